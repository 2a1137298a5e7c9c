import { type Command, InvalidArgumentError, Option } from 'commander';
import { OffpeakError } from '../errors';
import type { CounterKind } from '../sandbox/counter';
import type { SandboxOptions } from '../sandbox/options';
import { openSandbox, type Sandbox } from '../sandbox/sandbox';
import { accountOf, PLATFORMS, type PlatformName, TWINS } from '../sandbox/twins';
import { parseDuration } from '../time/duration';
import type { DayRule } from '../time/window';
import { parseCount } from './command';
import { note, print, printJson } from './print';

type PortOptions = { readonly [N in PlatformName as `${N}Port`]: number };

interface SandboxCommandOptions extends PortOptions {
  readonly seed: string;
  readonly orders: number;
  readonly instances: number;
  readonly appPerDay: number;
  readonly qps: number;
  readonly rpm: number;
  readonly inFlight: number;
  readonly counter: CounterKind['kind'];
  readonly burst?: number;
  readonly day?: DayRule;
  readonly spread: number;
  readonly latency: number;
  readonly errorRate: number;
  readonly json?: boolean;
}

/** Invented names of what each twin holds. */
const MERCHANTS = ['3649418105', '3649418106', '3649418107', '3649418108'];
const FORMS = ['FORM-SANDBOX-0001', 'FORM-SANDBOX-0002'];
const PROCESSES = ['PROC-SANDBOX-0001', 'PROC-SANDBOX-0002'];
const LISTS = ['/v1/orders', '/v1/items'];

/** `offpeak sandbox`: the sandbox platforms on their own, to point any client at. */
export function addSandbox(program: Command): void {
  const command = program
    .command('sandbox')
    .description('serve the sandbox platforms on loopback until a signal ends it');
  withTwins(command)
    .option('--seed <text>', 'the same seed gives the same data, latencies and faults', 'offpeak')
    .addOption(
      new Option('--counter <kind>', 'how a second is counted')
        .choices(['sliding', 'fixed', 'bucket'])
        .default('sliding'),
    )
    .option('--burst <count>', 'calls that a bucket holds (default: a tenth of --qps)', parseCount)
    .option('--day <duration>', 'length of a quota day, such as 30s (default: a day of Asia/Shanghai)', parseDay)
    .option('--spread <ms>', 'longest time that a request is on its way before it is counted', parseMs, 0)
    .option('--latency <ms>', 'longest latency', parseMs, 50)
    .option(
      '--error-rate <share>',
      'share of calls answered with a server error, 0 to 1, on every platform',
      parseShare,
      0,
    )
    .option('--json', 'print the addresses and accounts as one JSON object')
    .addHelpText(
      'after',
      '\nGET /sandbox/ledger on any port shows what arrived and what was refused.\n\nExamples:\n  offpeak sandbox --day 30s --app-per-day 200\n  offpeak sandbox --openai-port 9000 --rpm 60 --error-rate 0.02',
    )
    .action(async (options: SandboxCommandOptions) => {
      const sandbox = await openSandbox({
        seed: options.seed,
        ports: Object.fromEntries(PLATFORMS.map((name) => [name, options[`${name}Port`]])),
        day: options.day ?? { kind: 'civil', at: '00:00', timezone: 'Asia/Shanghai' },
        counter: counterOf(options),
        spreadMs: options.spread,
        latencyMs: [0, options.latency],
        faults: { errorRate: options.errorRate },
        ...twinOptionsOf(options),
      });
      const signalled = ended(); // listens before anybody is told where: they may end it at once
      introduce(sandbox, options);
      await signalled;
      await sandbox.close();
    });
}

/** The options of single platforms, each with the names of those that it is for. */
function withTwins(command: Command): Command {
  for (const name of PLATFORMS) {
    command.option(`--${name}-port <port>`, `${TWINS[name].about}; 0 for any free one`, parsePort, TWINS[name].port);
  }
  return command
    .option('--orders <count>', 'kuaishou: orders of each merchant, and items as many', parseCount, 1_000)
    .option(
      '--instances <count>',
      'yida, dingtalk, apig: instances of each form and process, users of the department, records of each list',
      parseCount,
      1_000,
    )
    .option('--app-per-day <count>', 'kuaishou: calls a day of the app', parseCount, 100_000)
    .option(
      '--qps <count>',
      'kuaishou, yida, dingtalk: calls a second of an app on one API; apig: of an API without a policy',
      parseCount,
      20,
    )
    .option('--rpm <count>', 'openai: calls a minute of each model', parseCount, 500)
    .option('--in-flight <count>', 'zhipu: calls at once of each model', parseCount, 5);
}

/** The data and limits that options change; every other limit is the twin's own. */
function twinOptionsOf(options: SandboxCommandOptions): SandboxOptions {
  return {
    kuaishou: {
      merchants: Object.fromEntries(MERCHANTS.map((user) => [user, { orders: options.orders, items: options.orders }])),
      limits: { appPerDay: options.appPerDay, apiQps: options.qps, apiQpsByApi: {} },
    },
    yida: {
      forms: Object.fromEntries(FORMS.map((form) => [form, { instances: options.instances }])),
      limits: { apiQps: options.qps },
    },
    dingtalk: {
      departments: { '1': { users: options.instances } },
      processes: Object.fromEntries(PROCESSES.map((code) => [code, { instances: options.instances }])),
      limits: { apiQps: options.qps },
    },
    apig: {
      apis: Object.fromEntries(LISTS.map((path) => [path, { records: options.instances }])),
      limits: { apiQps: options.qps },
    },
    openai: { limits: { rpm: options.rpm } },
    zhipu: { limits: { inFlight: options.inFlight } },
  };
}

function counterOf({ counter, burst, qps }: SandboxCommandOptions): CounterKind {
  if (counter === 'bucket') return { kind: 'bucket', burst: burst ?? Math.ceil(qps / 10) };
  if (burst === undefined) return { kind: counter };
  throw new OffpeakError('USAGE', `--burst is for --counter bucket, got --counter ${counter}`);
}

function introduce(sandbox: Sandbox, { json }: SandboxCommandOptions): void {
  const accounts = PLATFORMS.map((name) => [name, accountOf(name, sandbox[name])] as const);
  if (json) return printJson(Object.fromEntries(accounts));
  for (const [name, values] of accounts) {
    print(name);
    for (const [field, value] of Object.entries(values))
      print(`  ${field.padEnd(14)}${typeof value === 'string' ? value : JSON.stringify(value)}`);
  }
  note('\ninvented accounts, loopback only; Ctrl-C ends it');
}

/** Until a signal. */
function ended(): Promise<void> {
  return new Promise((resolve) => {
    const keepAlive = setInterval(() => undefined, 3_600_000);
    const end = (): void => {
      clearInterval(keepAlive);
      resolve();
    };
    process.once('SIGINT', end);
    process.once('SIGTERM', end);
  });
}

function parseDay(text: string): DayRule {
  const lengthMs = parseDuration(text);
  if (lengthMs === null || lengthMs < 1_000) throw new InvalidArgumentError('Expected a duration of at least 1s.');
  return { kind: 'fixed', lengthMs };
}

function parsePort(text: string): number {
  const port = Number(text);
  if (Number.isInteger(port) && port >= 0 && port <= 65_535) return port;
  throw new InvalidArgumentError('Expected a port from 0 to 65535.');
}

function parseMs(text: string): number {
  const ms = Number(text);
  if (Number.isInteger(ms) && ms >= 0) return ms;
  throw new InvalidArgumentError('Expected milliseconds.');
}

function parseShare(text: string): number {
  const share = Number(text);
  if (share >= 0 && share <= 1) return share;
  throw new InvalidArgumentError('Expected a share from 0 to 1.');
}
