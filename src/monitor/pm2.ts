import { codeOf, messageOf, OffpeakError } from '../errors';
import { CONTROLS } from '../log';
import type { Clock } from '../time/clock';
import { type Action, actionsOf, type Operations } from './pm2-action';
import { type DaemonState, metricsOf } from './pm2-metrics';

/** Messages to and from the process that started this one. */
export interface Pm2Channel {
  /** Never throws: pm2 may be gone. */
  send(message: object): void;
  /** Returns how to listen no more. */
  listen(onMessage: (message: unknown) => void): () => void;
}

export interface Pm2Options {
  readonly channel: Pm2Channel;
  readonly clock: Clock;
  readonly operations: Operations;
  /** Null while it cannot be told. */
  readonly state: () => Promise<DaemonState | null>;
  /** Blanks the secrets that are known. */
  readonly scrub: (text: string) => string;
}

/** Shows the daemon to pm2. */
export interface Pm2 {
  /** Answers what is still asked, then sends nothing more. */
  close(): Promise<void>;
}

const METRICS_EVERY_MS = 5_000;
/** `pm2 trigger` itself waits for ever. */
const ANSWER_MS_MAX = 10_000;
const ANSWER_CHARS_MAX = 200_000;
const ASKED_MAX = 8;

/**
 * Sends metrics every 5 seconds and answers pm2's actions. Both are messages of a few words (the types `axm:…`) that pm2 has
 * taken since its first versions: no package of pm2 is needed. A process that is started again announces its actions again.
 */
export function openPm2({ channel, clock, operations, state, scrub }: Pm2Options): Pm2 {
  const closing = new AbortController();
  const actions = actionsOf(operations);
  const asked = new Set<Promise<void>>();
  const answer = async (name: string, action: Action, parameter: unknown): Promise<void> => {
    const answered = asked.size < ASKED_MAX ? within(clock, closing.signal, () => action(parameter)) : refusedAsBusy();
    const given = await answered.catch(errorAnswer);
    channel.send({ type: 'axm:reply', data: { action_name: name, return: sendable(given, scrub) } });
  };
  const deaf = channel.listen((message) => {
    const { name, parameter } = parseRequest(message);
    const action = actions.get(name);
    if (!action) return; // pm2's own, or none of ours
    const answering = answer(name, action, parameter).finally(() => asked.delete(answering));
    asked.add(answering);
  });
  for (const name of actions.keys()) {
    channel.send({ type: 'axm:action', data: { action_name: name, action_type: 'custom', arity: 2 } });
  }
  const measuring = measure();

  async function measure(): Promise<void> {
    while (!closing.signal.aborted) {
      const now = await state().catch(() => null); // a store that is busy for a moment: at the next turn
      if (now) channel.send({ type: 'axm:monitor', data: sendable(metricsOf(now), scrub) as object });
      await clock.sleep(METRICS_EVERY_MS, closing.signal);
    }
  }

  return {
    async close() {
      deaf();
      closing.abort();
      await Promise.all([...asked, measuring]);
    },
  };
}

/** pm2 sends the name alone, or with the parameter as `opts`. */
function parseRequest(message: unknown): { name: string; parameter: unknown } {
  if (typeof message === 'string') return { name: message, parameter: undefined };
  if (typeof message !== 'object' || message === null || !('msg' in message)) return { name: '', parameter: undefined };
  return { name: String(message.msg), parameter: 'opts' in message ? message.opts : undefined };
}

/** Nobody waits for an answer longer than this: whoever asked is told so, and the work goes on. */
async function within(clock: Clock, closing: AbortSignal, work: () => Promise<unknown>): Promise<unknown> {
  const answered = new AbortController();
  const late = clock.sleep(ANSWER_MS_MAX, AbortSignal.any([closing, answered.signal])).then(() => {
    const why = closing.aborted ? 'the process ends' : `it takes longer than ${ANSWER_MS_MAX / 1_000} s`;
    throw new OffpeakError('RUN_FAILED', `no answer: ${why}`, { hint: '`offpeak status` shows how it stands.' });
  });
  try {
    return await Promise.race([work(), late]);
  } finally {
    late.catch(() => undefined);
    answered.abort();
  }
}

function refusedAsBusy(): Promise<never> {
  const hint = 'Ask again in a moment.';
  return Promise.reject(new OffpeakError('RUN_FAILED', `${ASKED_MAX} actions are under way`, { hint }));
}

/** An error is an answer too: without one `pm2 trigger` hangs. */
function errorAnswer(thrown: unknown): unknown {
  const hint = thrown instanceof OffpeakError ? thrown.hint : undefined;
  return { error: codeOf(thrown) ?? 'FAILED', message: messageOf(thrown), ...(hint === undefined ? {} : { hint }) };
}

/** As JSON has it, without secrets and without what steers a terminal: pm2 prints it. */
function sendable(value: unknown, scrub: (text: string) => string): unknown {
  const text = JSON.stringify(value ?? null);
  if (text.length > ANSWER_CHARS_MAX) {
    const hint = 'Ask for less, or ask the command line: `offpeak status --json`.';
    return { error: 'RUN_FAILED', message: `the answer has more than ${ANSWER_CHARS_MAX} characters`, hint };
  }
  const clean = (part: string): string => scrub(part).replace(CONTROLS, '·');
  return JSON.parse(text, (_key, part: unknown) => {
    if (typeof part === 'string') return clean(part);
    if (typeof part !== 'object' || part === null || Array.isArray(part)) return part;
    // What a cursor's fields are called may come from a platform, too.
    return Object.fromEntries(Object.entries(part).map(([name, value]: [string, unknown]) => [clean(name), value]));
  }) as unknown;
}
