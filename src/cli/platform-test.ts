import { type Command, InvalidArgumentError } from 'commander';
import type { AttemptRecord } from '../job/attempt';
import type { Scope } from '../job/scope';
import type { CallEnd } from '../run/call-end';
import { stopControl } from '../run/stop';
import { openStore } from '../store/open';
import { formatDuration } from '../time/duration';
import { nextTurn, systemClock } from '../time/system-clock';
import { formatInstant } from '../time/window';
import { color } from './color';
import { type GlobalOptions, storePath, withGlobals } from './command';
import { openEngine } from './engine';
import { note, plain, print, printJson } from './print';
import { assertPlatform, loadProject, type Project } from './project';
import { withScope } from './scope';
import { stopOnSignals } from './signals';
import { openTerminalLog } from './terminal-log';
import { findVendor } from './vendors';

interface TestOptions extends GlobalOptions {
  readonly api?: string;
  readonly params: Readonly<Record<string, unknown>>;
  readonly scope?: Scope;
}

/** Characters of a reply that are shown. */
const BODY_CHARS_SHOWN = 2_000;

/** `offpeak platform test NAME`: one real call to a platform of the project, counted like any other. */
export function addPlatformTest(platform: Command): void {
  withGlobals(
    withScope(
      platform
        .command('test <name>')
        .description("make one real call to a platform of the project; it counts against the platform's limits")
        .option('--api <name>', "the call to make (default: the vendor's usual one)")
        .option('--params <json>', 'its parameters, a JSON object', parseParams, {}),
      'whose call it is, such as user=42',
    ),
  )
    .addHelpText(
      'after',
      '\nExit codes: 0 answered, also when it was refused for a while; 1 failed; 4 the store is in use.\n\n' +
        'Example:\n  offpeak platform test kuaishou --scope user=3649418105 --api open.item.list.get --params \'{"pageNumber":1,"pageSize":10}\'',
    )
    .action(async (name: string, options: TestOptions) => {
      const project = await loadProject(options);
      assertPlatform(project, name);
      const { vendor, secrets } = project.config.platforms[name] ?? { vendor: '', secrets: [] };
      const [missing] = project.vault.missing(secrets);
      if (missing) project.vault.reveal(missing); // throws with what to do
      const usual = findVendor(vendor)?.call;
      const api = options.api ?? usual?.api ?? '';
      const scope = { ...(options.api === undefined ? usual?.scope : {}), ...options.scope };
      process.exitCode = await probe(project, name, { call: { api, params: options.params, scope }, options });
    });
}

async function probe(
  project: Project,
  name: string,
  { call, options }: { call: { api: string; params: TestOptions['params']; scope: Scope }; options: TestOptions },
): Promise<number> {
  const stop = stopControl(systemClock, project.config.shutdownTimeoutMs);
  const signals = stopOnSignals(stop);
  const log = openTerminalLog('warn', (line) => project.vault.scrub(line));
  const attempts: AttemptRecord[] = [];
  const onAttempt = (attempt: AttemptRecord): void => {
    attempts.push(attempt);
    if (!options.json) print(attemptLine(attempt));
  };
  const onWait = ({ waitMs, because }: { waitMs: number; because: string }): void =>
    note(`waits ${formatDuration(waitMs)} for ${plain(because)}`);
  const store = await openStore(storePath(project), { clock: systemClock, nextTurn });
  try {
    const parts = { project: { ...project, jobs: [] }, store, log, stop, clock: systemClock, random: Math.random };
    const engine = await openEngine({ ...parts, command: `platform test ${name}`, onEvent: () => undefined });
    try {
      const end = await engine.probe({ platform: name, call, onAttempt, onWait });
      if (options.json) printJson({ platform: name, api: call.api, end: shownEnd(end, project), attempts });
      else showEnd(end, project, name);
      return signals.exitCode() ?? (end.kind === 'fail' ? 1 : 0);
    } finally {
      await engine.close();
    }
  } finally {
    await store.close();
    signals.detach();
  }
}

function attemptLine({ attempt, status: httpStatus, outcome, durationMs, reason }: AttemptRecord): string {
  const status = httpStatus === null ? 'no reply' : `HTTP ${httpStatus}`;
  return `attempt ${attempt}: ${status}, ${outcome}, ${formatDuration(durationMs)}${reason === null ? '' : `: ${plain(reason)}`}`;
}

/** A reply may hold anything: known secrets are taken out, and it is cut. */
function shownEnd(end: CallEnd, { vault }: Project): object {
  return end.kind === 'ok' ? { kind: 'ok', body: vault.scrub(bodyText(end)).slice(0, BODY_CHARS_SHOWN) } : end;
}

function bodyText({ body }: { body: unknown }): string {
  return body === undefined ? '' : JSON.stringify(body);
}

function showEnd(end: CallEnd, { vault, config }: Project, name: string): void {
  switch (end.kind) {
    case 'ok':
      print(color.green('answered'));
      return print(plain(vault.scrub(bodyText(end)).slice(0, BODY_CHARS_SHOWN)));
    case 'park': {
      const day = config.platforms[name]?.day;
      const until = day ? formatInstant(end.untilMs, day) : new Date(end.untilMs).toISOString();
      return print(`${color.yellow(`parked until ${until}`)}: ${plain(end.reason)}`);
    }
    case 'rewind':
    case 'fail':
      return print(`${color.red('refused')}: ${plain(end.reason)}`);
    case 'stop':
      return note('stopped');
  }
}

function parseParams(text: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
  } catch {
    // The same message says what was expected.
  }
  throw new InvalidArgumentError('Expected a JSON object such as {"page":1}.');
}
