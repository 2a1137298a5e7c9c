import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { Sqlite } from '../../src/store/driver';
import { type Ended } from './process';
import { configFile, makeProject, ordersJob, type ProjectOptions, removeAll, type TestProject } from './project';

afterAll(removeAll);

/** One clear message, on standard error only. */
function expectRefusal(
  { code, stdout, stderr }: Ended,
  expected: { code: number; says: readonly (string | RegExp)[] },
): void {
  expect({ code, stdout, stderr }).toMatchObject({ code: expected.code, stdout: '' });
  for (const text of expected.says) expect(stderr).toMatch(text);
  expect(stderr).not.toMatch(/\n\s+at /);
  expect(stderr.match(/^error: /gm)).toHaveLength(1);
}

interface Row {
  readonly args: readonly string[];
  readonly options?: ProjectOptions;
  readonly env?: Readonly<Record<string, string>>;
  readonly arrange?: (project: TestProject) => void;
  readonly code: number;
  readonly says: readonly (string | RegExp)[];
}

const rows: Record<string, Row> = {
  'a job file with a syntax error, by file and line': {
    args: ['run', 'orders'],
    options: {
      jobs: { 'orders.ts': "import { defineJob } from 'offpeak';\nexport default defineJob({ name: 'orders', ;\n" },
    },
    code: 2,
    says: [/error: jobs\/orders\.ts:2:\d+: /],
  },
  'a wrong cron expression': {
    args: ['run', 'orders'],
    options: { jobs: { 'orders.ts': ordersJob({ schedule: "{ cron: '0 25 * * *', timezone: 'Asia/Shanghai' }" }) } },
    code: 2,
    says: [/jobs\/orders\.ts schedule\.cron: .*25/],
  },
  'an unknown platform, with the nearest name': {
    args: ['run', 'orders'],
    options: { jobs: { 'orders.ts': ordersJob({ platform: 'shob' }) } },
    code: 2,
    says: [/jobs\/orders\.ts platform: .*got "shob", did you mean "shop"\?/],
  },
  'an unknown job, with the nearest name': {
    args: ['run', 'order'],
    code: 2,
    says: ['there is no job "order", did you mean "orders"?'],
  },
  'a job that never was, in `runs`': { args: ['runs', 'order'], code: 2, says: ['did you mean "orders"?'] },
  'a job whose file is broken under another name': {
    args: ['run', 'invoices'],
    options: { jobs: { 'orders.ts': ordersJob(), 'bills.ts': ordersJob({ name: 'invoices', platform: 'none' }) } },
    code: 2,
    says: ['there is no job "invoices"', 'jobs/bills.ts'],
  },
  'a project without a config file': {
    args: ['status'],
    arrange: ({ directory }) => rmSync(join(directory, 'offpeak.config.ts')),
    code: 2,
    says: [/expected offpeak\.config\.ts .* got no such file/, '--config'],
  },
  'a folder that does not exist': {
    args: ['jobs', '-C', 'nowhere'],
    code: 2,
    says: [/offpeak\.config\.ts .* in .*nowhere/],
  },
  'a project without a jobs folder': {
    args: ['jobs'],
    arrange: ({ directory }) => rmSync(join(directory, 'jobs'), { recursive: true }),
    code: 2,
    says: ['jobs directory jobs: expected a directory that can be read'],
  },
  'an unknown key in the config, with the nearest one': {
    args: ['jobs'],
    options: { config: configFile({ more: 'partitionInFlight: 2,' }) },
    code: 2,
    says: ['offpeak.config.ts: unknown key "partitionInFlight", did you mean "partitionsInFlight"?'],
  },
  'a secret in clear text in the config, without printing it': {
    args: ['jobs'],
    options: { config: configFile().replace("secret('env:SIGN_SECRET')", "'hunter2-hunter2'") },
    code: 2,
    says: [/signSecret: expected a reference such as secret\('env:NAME'\), got text/, /^(?!.*hunter2)/s],
  },
  'a secret that is not set, by its reference': {
    args: ['run', 'orders'],
    env: { SIGN_SECRET: '' },
    code: 2,
    says: ['environment variable SIGN_SECRET is not set', '[secret env:SIGN_SECRET]'],
  },
  'a database file that is damaged': {
    args: ['status'],
    arrange: ({ write }) => write('data/offpeak.db', 'no database, but long enough to look like one. '.repeat(100)),
    code: 1,
    says: [/data\/offpeak\.db is damaged or is no SQLite database/, 'bring back a backup'],
  },
  'a database of a newer Offpeak': {
    args: ['run', 'orders'],
    arrange: makeNewer,
    code: 1,
    says: [/it is at version 99, this one knows/],
  },
  'a data folder that cannot be made': {
    args: ['run', 'orders', '--store', 'offpeak.config.ts/offpeak.db'],
    code: 1,
    says: [/offpeak\.db cannot be opened for writing/, 'this user may write'],
  },
  'an unknown run': { args: ['runs', '7'], code: 2, says: ['there is no run 7'] },
  'an unknown platform in `quota`, with the nearest name': {
    args: ['quota', 'shob'],
    code: 2,
    says: ['the config file has no platform "shob", did you mean "shop"?'],
  },
  'a checkpoint without its partition': {
    args: ['state', 'show', 'orders'],
    code: 2,
    says: ['expected JOB/PARTITION, got "orders"'],
  },
  'a checkpoint that does not exist': {
    args: ['state', 'get', 'orders/none'],
    code: 2,
    says: ['there is no checkpoint orders/none'],
  },
  'an unknown option': {
    args: ['run', 'orders', '--dri'],
    code: 2,
    says: ["unknown option '--dri'", '--dry?'],
  },
  'an unknown command': { args: ['rum'], code: 2, says: ["unknown command 'rum'", 'Did you mean run'] },
  'a missing argument': { args: ['run'], code: 2, says: ["missing required argument 'job'"] },
  'a count that is none, by the name of its option': {
    args: ['run', 'orders', '--max-calls', '0'],
    code: 2,
    says: ["option '--max-calls <count>' argument '0' is invalid", 'whole number of at least 1'],
  },
  'a quota day that is too short': {
    args: ['sandbox', '--day', '10ms'],
    code: 2,
    says: ["option '--day <duration>' argument '10ms'", 'at least 1s'],
  },
  'a port that is none': {
    args: ['sandbox', '--yida-port', '70000'],
    code: 2,
    says: ["'--yida-port <port>' argument '70000'"],
  },
};

test.concurrent.each(Object.entries(rows))('refuses %s', async (_, { args, options, env, arrange, code, says }) => {
  const project = await makeProject(options);
  arrange?.(project);
  expectRefusal(await project.offpeak(args, env ? { env } : {}), { code, says });
  expect(project.sandbox.ledger.attempts()).toEqual([]);
});

function makeNewer({ directory }: TestProject): void {
  mkdirSync(join(directory, 'data'));
  const db = new Sqlite(join(directory, 'data', 'offpeak.db'));
  db.pragma(`application_id = ${Buffer.from('OFPK').readInt32BE()}`);
  db.pragma('user_version = 99');
  db.close();
}

test.concurrent('refuses a job name that another file has, and says which', async () => {
  const { offpeak } = await makeProject({ jobs: { 'a.ts': ordersJob(), 'b.ts': ordersJob() } });
  const { code, stdout, stderr } = await offpeak(['jobs']);
  expect(code).toBe(2);
  expect(stdout).toContain('jobs/a.ts');
  expect(stderr).toContain('broken: jobs/b.ts name: expected a name of its own, got "orders", which jobs/a.ts has');
});

test.concurrent('a broken job file does not stop the other jobs', async () => {
  const jobs = { 'broken.ts': 'export default {', 'orders.ts': ordersJob() };
  const { offpeak, json } = await makeProject({ jobs });
  expect((await offpeak(['run', 'orders'])).code).toBe(0);
  const { code, stdout, stderr } = await offpeak(['jobs']);
  expect(code).toBe(2);
  expect(stdout).toMatch(/\norders +shop /);
  expect(stderr).toMatch(/^broken: jobs\/broken\.ts:1:\d+: /);
  const status = await json<{ jobs: { name: string }[]; broken: { file: string; code: string }[] }>(['status']);
  expect(status.jobs).toMatchObject([{ name: 'orders' }]);
  expect(status.broken).toMatchObject([{ file: 'jobs/broken.ts', code: 'JOB_INVALID' }]);
});

test.concurrent('a config with a secret in clear text warns of it by line, without printing it', async () => {
  const config = `const apiSecret = 'hunter2-hunter2-hunter2';\n${configFile()}\nvoid apiSecret;\n`;
  const { offpeak } = await makeProject({ config });
  const { code, stderr } = await offpeak(['jobs']);
  expect(code).toBe(0);
  expect(stderr).toContain('warning: offpeak.config.ts:1 apiSecret: a secret in clear text?');
  expect(stderr).not.toContain('hunter2');
});

test.concurrent('refuses a data folder that it may not write to, and makes no call', async () => {
  const { offpeak, directory, sandbox } = await makeProject();
  const data = join(directory, 'data');
  mkdirSync(data);
  // Root writes past every mode, but not past the immutable flag.
  const setImmutable = (flag: string): boolean =>
    spawnSync('sh', ['-c', '"$0" "$1" "$2"', 'chattr', flag, data]).status === 0;
  const isSet = setImmutable('+i');
  if (!isSet && process.getuid?.() === 0) {
    console.warn('skipped: this file system has no immutable flag');
    return;
  }
  if (!isSet) spawnSync('chmod', ['500', data]);
  try {
    const refused = await offpeak(['run', 'orders']);
    expectRefusal(refused, { code: 1, says: [/data\/offpeak\.db cannot be opened for writing/] });
    expect((await offpeak(['status'])).code).toBe(0);
    expect(sandbox.ledger.attempts()).toEqual([]);
  } finally {
    setImmutable('-i');
    spawnSync('chmod', ['700', data]);
  }
});

test.concurrent('refuses a sandbox port that is in use, and names the option', async () => {
  const { offpeak } = await makeProject();
  const other = createServer().listen(0, '127.0.0.1');
  try {
    await new Promise((resolve) => other.once('listening', resolve));
    const { port } = other.address() as { port: number };
    const refused = await offpeak(['sandbox', '--kuaishou-port', '0', '--yida-port', String(port)]);
    expectRefusal(refused, { code: 1, says: [`port ${port} on 127.0.0.1 is already in use`, '0 takes any free one'] });
  } finally {
    other.close();
  }
});

test.concurrent('an error goes to standard error as text also with --json', async () => {
  const { offpeak } = await makeProject();
  expectRefusal(await offpeak(['runs', '7', '--json']), { code: 2, says: [/^error: there is no run 7\n/] });
});

test.concurrent('init makes a project that loads, and overwrites nothing', async () => {
  const { offpeak, directory } = await makeProject();
  expect((await offpeak(['init', 'fresh'])).code).toBe(0);
  const jobs = await offpeak(['jobs', '-C', 'fresh']);
  expect(jobs.code).toBe(0);
  expect(jobs.stdout).toContain('kuaishou-orders');
  const config = join(directory, 'fresh', 'offpeak.config.ts');
  writeFileSync(config, '// mine\n');
  expectRefusal(await offpeak(['init', 'fresh']), { code: 2, says: [/offpeak\.config\.ts is there already/] });
  expect(readFileSync(config, 'utf8')).toBe('// mine\n');
});
