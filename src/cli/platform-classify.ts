import { type Command, InvalidArgumentError } from 'commander';
import { z } from 'zod';
import { errorOf, OffpeakError } from '../errors';
import type { Outcome } from '../job/outcome';
import type { Scope } from '../job/scope';
import { isEnvelope } from '../platform/envelope';
import { parseJson } from '../platform/json';
import type { HttpReply, Platform } from '../platform/platform';
import { formatDuration } from '../time/duration';
import { systemClock } from '../time/system-clock';
import { formatInstant } from '../time/window';
import { color, noteColor } from './color';
import { type GlobalOptions, withGlobals } from './command';
import { readInput } from './input';
import { note, plain, print, printJson } from './print';
import { loadProject } from './project';
import { withScope } from './scope';
import { findVendor, unknownPlatform } from './vendors';

interface ClassifyOptions extends GlobalOptions {
  readonly file?: string;
  readonly api?: string;
  readonly scope?: Scope;
  readonly at?: number;
}

/** `offpeak platform classify NAME`: what a reply means, pasted from a log. */
export function addPlatformClassify(platform: Command): void {
  withGlobals(
    withScope(
      platform
        .command('classify <name>')
        .description('say what a reply of a platform means: read from standard input, or from a file')
        .option('--file <path>', 'read the reply from a file')
        .option('--api <name>', 'the call that got it'),
      'whose call it was, such as user=42',
    ).option('--at <instant>', 'when it came, RFC 3339 (default: now)', parseInstant),
  )
    .addHelpText(
      'after',
      '\nThe reply is JSON: { "status": 429, "headers": { … }, "body": … }; a body alone is taken for one with status 200.\n' +
        'Names that are not given with --scope stand as "this" in the answer.\n\n' +
        'Example:\n  offpeak platform classify zhipu --json < reply.json',
    )
    .action(async (name: string, options: ClassifyOptions) => {
      const { platform: known, scope: usual } = await platformNamed(name, options);
      const { reply, ...said } = parseReply(await readInput('a reply', options.file));
      const api = options.api ?? said.api ?? 'this';
      const nowMs = options.at ?? said.nowMs ?? systemClock.nowMs();
      const scope = known.scope({
        api,
        params: said.params,
        scope: { ...usual, ...ANYONE, ...said.scope, ...options.scope },
      });
      const outcome = known.classify(reply, { scope, nowMs });
      const answer = answerOf(outcome, nowMs);
      if (options.json) printJson({ platform: name, ...answer });
      else show(answer, outcome, known);
    });
}

/** Stands for each name of a scope that nobody gave. */
const ANYONE: Scope = { user: 'this', org: 'this', ip: 'this', model: 'this' };

interface Named {
  readonly platform: Platform;
  readonly scope: Scope;
}

/** A vendor, or a platform of the project by the name that it has there. */
async function platformNamed(name: string, options: GlobalOptions): Promise<Named> {
  const about = findVendor(name);
  if (about) return { platform: about.example(), scope: about.call.scope ?? {} };
  const project = await loadProject(options).catch(errorOf);
  if (project instanceof Error) throw unknownPlatform(name, [], project);
  const platform = project.config.platforms[name];
  if (!platform) throw unknownPlatform(name, Object.keys(project.config.platforms));
  return { platform, scope: {} };
}

const HTTP_STATUS = 'expected an HTTP status from 100 to 599';
const headerText = z.union([z.string(), z.number(), z.array(z.string()).transform((values) => values.join(', '))]);

const replyShape = z.looseObject({
  status: z.coerce.number(HTTP_STATUS).int(HTTP_STATUS).min(100, HTTP_STATUS).max(599, HTTP_STATUS).default(200),
  headers: z.record(z.string(), headerText.transform(String)).nullish(),
  body: z.unknown().optional(),
  api: z.string().optional(),
  params: z.record(z.string(), z.unknown()).default({}),
  scope: z.record(z.string(), z.string()).default({}),
  nowMs: z.number().optional(),
});

interface Said {
  readonly reply: HttpReply;
  readonly api?: string | undefined;
  readonly params: Readonly<Record<string, unknown>>;
  readonly scope: Scope;
  readonly nowMs?: number | undefined;
}

/** A reply as people paste it. Throws USAGE. */
function parseReply(text: string): Said {
  if (text.trim() === '')
    throw new OffpeakError('USAGE', 'expected a reply, got nothing', {
      hint: 'An empty body is { "status": 502, "body": "" }.',
    });
  const value = parseJson(text);
  // A body alone: an HTML page, or JSON that has none of a reply's own names.
  const isWhole = isEnvelope(value) && ('body' in value || 'headers' in value || hasNoOther(value));
  const parsed = replyShape.safeParse(isWhole ? value : { body: value ?? text });
  if (!parsed.success)
    throw new OffpeakError('USAGE', `the reply is not { status, headers, body }: ${z.prettifyError(parsed.error)}`);
  const { status, headers, body, ...rest } = parsed.data;
  const lower = Object.entries(headers ?? {}).map(([name, field]) => [name.toLowerCase(), field] as const);
  const bodyText = typeof body === 'string' ? body : body === undefined ? '' : JSON.stringify(body);
  return { ...rest, reply: { status, headers: Object.fromEntries(lower), body: bodyText } };
}

/** `{ "status": 429 }`: a reply of which no more was logged. */
function hasNoOther(value: Readonly<Record<string, unknown>>): boolean {
  return 'status' in value && Object.keys(value).every((name) => Object.hasOwn(replyShape.shape, name));
}

interface Answer {
  readonly kind: Outcome['kind'];
  readonly code: string | null;
  readonly reason: string | null;
  /** What stops; null where nothing but this call does. */
  readonly scope: Scope | null;
  /** Of a park, epoch ms; and the same as RFC 3339. */
  readonly untilMs?: number;
  readonly until?: string;
  /** Of a pause, ms from now. */
  readonly afterMs?: number;
  readonly learned: { readonly perSecond: number } | null;
  /** A limit over all callers: nothing of ours is lowered. */
  readonly hidden?: true;
  /** No rule knows it. */
  readonly unrecognised?: true;
  readonly advice: string;
  readonly readings?: Outcome['readings'];
  readonly spent?: Readonly<Record<string, number>>;
}

const ADVICE: Readonly<Record<Outcome['kind'], string>> = {
  ok: 'Nothing to do.',
  pause: 'Nothing to do: what is named here waits, and goes on by itself.',
  backoff: 'Nothing to do: it is tried again, later and later.',
  park: 'Nothing to do: it resumes at the same page; `offpeak unpark` if the quota is back earlier.',
  reauth: 'Nothing to do: the access token is renewed, and the call is made once more.',
  rewind: 'Nothing to do: the partition goes back to its bookmark.',
  fatal: 'No wait cures it: look it up with the vendor.',
};

function answerOf(outcome: Outcome, nowMs: number): Answer {
  const { kind, readings } = outcome;
  const read = readings && readings.length > 0 ? { readings } : {};
  if (outcome.kind === 'ok') {
    const spent = outcome.spent ? { spent: outcome.spent } : {};
    return { kind, code: null, reason: null, scope: null, learned: null, advice: ADVICE.ok, ...read, ...spent };
  }
  const { code, reason, unrecognised, advice = ADVICE[kind] } = outcome;
  const words = { kind, code, reason, scope: 'scope' in outcome ? outcome.scope : null };
  const rest = { learned: null, ...(unrecognised ? { unrecognised } : {}), advice, ...read };
  if (outcome.kind === 'park') {
    const { untilMs } = outcome;
    return { ...words, untilMs, until: new Date(untilMs).toISOString(), afterMs: untilMs - nowMs, ...rest };
  }
  if (outcome.kind !== 'pause') return { ...words, ...rest };
  const { forMs, learnedPerSecond, hidden } = outcome;
  const learned = learnedPerSecond === undefined ? null : { perSecond: learnedPerSecond };
  return { ...words, afterMs: forMs, ...rest, learned, ...(hidden ? { hidden } : {}) };
}

function show(answer: Answer, outcome: Outcome, { day }: Platform): void {
  const { kind, code, reason, scope, untilMs, afterMs, learned, advice } = answer;
  print(color.bold(kind) + (code === null ? '' : ` ${plain(code)}`));
  if (reason !== null) print(`  ${plain(reason)}`);
  if (scope)
    print(
      `  stops    ${Object.entries(scope)
        .map(([name, value]) => `${name}=${plain(value)}`)
        .join('; ')}`,
    );
  else if (outcome.kind !== 'ok') print('  stops    this call only');
  if (untilMs !== undefined) print(`  until    ${formatInstant(untilMs, day)}`);
  else if (afterMs !== undefined) print(`  for      ${formatDuration(afterMs)}`);
  if (learned) print(`  learned  ${learned.perSecond} calls per second`);
  print(`  ${plain(advice)}`);
  if (answer.unrecognised) note(noteColor.yellow('no rule knows this error: please report it'));
}

function parseInstant(text: string): number {
  const atMs = Date.parse(text);
  if (Number.isNaN(atMs)) throw new InvalidArgumentError('Expected an instant such as 2026-03-01T02:00:00Z.');
  return atMs;
}
