import { type Command, InvalidArgumentError, Option } from 'commander';
import { OffpeakError } from '../errors';
import type { CounterKind } from '../sandbox/counter';
import { openSandbox, type Sandbox } from '../sandbox/sandbox';
import { parseDuration } from '../time/duration';
import type { DayRule } from '../time/window';
import { parseCount } from './command';
import { note, print, printJson } from './print';

interface SandboxCommandOptions {
  readonly kuaishouPort: number;
  readonly yidaPort: number;
  readonly seed: string;
  readonly orders: number;
  readonly instances: number;
  readonly appPerDay: number;
  readonly qps: number;
  readonly counter: CounterKind['kind'];
  readonly burst?: number;
  readonly day?: DayRule;
  readonly spread: number;
  readonly latency: number;
  readonly errorRate: number;
  readonly json?: boolean;
}

const MERCHANTS = ['3649418105', '3649418106', '3649418107', '3649418108'];
const FORMS = ['FORM-SANDBOX-0001', 'FORM-SANDBOX-0002'];

/** `offpeak sandbox`: the sandbox platforms on their own, to point any client at. */
export function addSandbox(program: Command): void {
  program
    .command('sandbox')
    .description('serve the sandbox platforms on loopback until a signal ends it')
    .option('--kuaishou-port <port>', '0 for any free one', parsePort, 8601)
    .option('--yida-port <port>', '0 for any free one', parsePort, 8602)
    .option('--seed <text>', 'the same seed gives the same data, latencies and faults', 'offpeak')
    .option('--orders <count>', 'orders of each merchant', parseCount, 1_000)
    .option('--instances <count>', 'instances of each form', parseCount, 1_000)
    .option('--app-per-day <count>', 'calls a day of the Kuaishou app', parseCount, 100_000)
    .option('--qps <count>', 'calls a second of an app on one API', parseCount, 20)
    .addOption(
      new Option('--counter <kind>', 'how a second is counted')
        .choices(['sliding', 'fixed', 'bucket'])
        .default('sliding'),
    )
    .option('--burst <count>', 'calls that a bucket holds (default: a tenth of --qps)', parseCount)
    .option('--day <duration>', 'length of a quota day, such as 30s (default: a day of Asia/Shanghai)', parseDay)
    .option('--spread <ms>', 'longest time that a request is on its way before it is counted', parseMs, 0)
    .option('--latency <ms>', 'longest latency', parseMs, 50)
    .option('--error-rate <share>', 'share of calls answered with a server error, 0 to 1', parseShare, 0)
    .option('--json', 'print the addresses and accounts as one JSON object')
    .addHelpText(
      'after',
      '\nGET /sandbox/ledger on either port shows what arrived and what was refused.\n\nExample:\n  offpeak sandbox --day 30s --app-per-day 200',
    )
    .action(async (options: SandboxCommandOptions) => {
      const sandbox = await openSandbox({
        seed: options.seed,
        ports: { kuaishou: options.kuaishouPort, yida: options.yidaPort },
        day: options.day ?? { kind: 'civil', at: '00:00', timezone: 'Asia/Shanghai' },
        counter: counterOf(options),
        spreadMs: options.spread,
        latencyMs: [0, options.latency],
        faults: { errorRate: options.errorRate },
        kuaishou: {
          merchants: Object.fromEntries(
            MERCHANTS.map((user) => [user, { orders: options.orders, items: options.orders }]),
          ),
          limits: { appPerDay: options.appPerDay, apiQps: options.qps, apiQpsByApi: {} },
        },
        yida: {
          forms: Object.fromEntries(FORMS.map((form) => [form, { instances: options.instances }])),
          limits: { apiQps: options.qps },
        },
      });
      const signalled = ended(); // listens before anybody is told where: they may end it at once
      introduce(sandbox, options);
      await signalled;
      await sandbox.close();
    });
}

function counterOf({ counter, burst, qps }: SandboxCommandOptions): CounterKind {
  if (counter === 'bucket') return { kind: 'bucket', burst: burst ?? Math.ceil(qps / 10) };
  if (burst === undefined) return { kind: counter };
  throw new OffpeakError('USAGE', `--burst is for --counter bucket, got --counter ${counter}`);
}

function introduce({ kuaishou, yida }: Sandbox, { json }: SandboxCommandOptions): void {
  const tokens = Object.fromEntries(kuaishou.userIds.map((user) => [user, kuaishou.tokens(user)?.accessToken]));
  const account = {
    kuaishou: {
      url: kuaishou.url,
      appKey: kuaishou.appKey,
      signSecret: kuaishou.signSecret,
      appSecret: kuaishou.appSecret,
      accessTokens: tokens,
    },
    yida: {
      url: yida.url,
      appKey: yida.appKey,
      appSecret: yida.appSecret,
      appType: yida.appType,
      systemToken: yida.systemToken,
      forms: yida.formUuids,
    },
  };
  if (json) return printJson(account);
  for (const [name, values] of Object.entries(account)) {
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
