import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { CHECKOUT, makeProject, removeAll, type TestProject, USERS } from './project';

afterAll(removeAll);

interface Answer {
  readonly kind: string;
  readonly scope: Readonly<Record<string, string>> | null;
  readonly afterMs?: number;
  readonly untilMs?: number;
  readonly learned: { readonly perSecond: number } | null;
  readonly advice: string;
}

const QPS = 'Exceed qps limit, KEY [apiId:open.item.new;appkey:ks1], MAX_QPS [300.0]';

describe('offpeak platform classify', () => {
  const classify = async ({ offpeak }: TestProject, input: string, ...args: string[]): Promise<Answer> => {
    const { code, stdout, stderr } = await offpeak(['platform', 'classify', ...args, '--json'], { input });
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    return JSON.parse(stdout) as Answer;
  };

  test.concurrent('says what stops, for how long, and what is learned', async () => {
    const project = await makeProject();
    const reply = JSON.stringify({ status: 200, headers: {}, body: { result: 1016, error_msg: QPS } });
    expect(await classify(project, reply, 'kuaishou')).toMatchObject({
      kind: 'pause',
      scope: { app: 'this', api: 'this' },
      afterMs: 1_000,
      learned: { perSecond: 300 },
    });
  });

  test.concurrent('says until when, at the instant and for the scope that are given', async () => {
    const project = await makeProject();
    const body = JSON.stringify({ result: 1017, error_msg: '[1017] exceed quota limit,[apiId:a;primaryUserId:7]' });
    const how = ['--at', '2026-03-01T02:00:00Z', '--scope', 'user=7', '--api', 'open.item.new'];
    const answer = await classify(project, body, 'kwai', ...how);
    expect(answer).toMatchObject({
      kind: 'park',
      scope: { user: '7', api: 'open.item.new' },
      untilMs: Date.parse('2026-03-01T16:00:00Z'),
    });
    expect(answer.advice).toMatch(/other users/);
  });

  test.concurrent('takes a page that is no JSON as a body, and a success for a success', async () => {
    const project = await makeProject();
    const page = '<html>{"status":1111,"wait":5,"source":"x5","punish":"deny","uuid":"xxx"}</html>';
    expect(await classify(project, page, 'yida')).toMatchObject({ kind: 'pause', afterMs: 300_000 });
    expect(await classify(project, '{"result":1,"data":{}}', 'kuaishou')).toMatchObject({ kind: 'ok', scope: null });
    expect(await classify(project, '{"status":429}', 'kuaishou')).toMatchObject({ kind: 'pause', code: 'HTTP_429' });
  });

  test.concurrent('takes a reply that has no body', async () => {
    const project = await makeProject();
    expect(await classify(project, '{"status":503,"headers":{}}', 'kuaishou')).toMatchObject({ kind: 'backoff' });
  });

  test.concurrent.each([
    ['nothing at all', ['kuaishou'], '', /^error: expected a reply, got nothing\n/],
    ['a status that is none', ['kuaishou'], '{"status":"x","body":{}}', /expected an HTTP status from 100 to 599/],
    ['a file that is not there', ['kuaishou', '--file', 'none.json'], '', /^error: none\.json cannot be read: ENOENT/],
    [
      'more than a reply can be',
      ['kuaishou'],
      'x'.repeat(33 * 1024 * 1024),
      /expected a reply, got more than 33554432 bytes/,
    ],
    [
      'an unknown platform beside a broken config',
      ['-C', 'none', 'shop'],
      '{}',
      /The project was not read: expected offpeak/,
    ],
  ])('refuses %s', async (...[, args, input, says]) => {
    const { offpeak } = await makeProject();
    const { code, stdout, stderr } = await offpeak(['platform', 'classify', ...args], { input });
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toMatch(says);
  });

  test.concurrent("takes a platform of the project by the project's name for it", async () => {
    const project = await makeProject();
    const reply = JSON.stringify({ status: 429, body: { result: 1016, error_msg: QPS } });
    expect(await classify(project, reply, 'shop')).toMatchObject({ kind: 'pause' });
  });

  test.concurrent('names the nearest platform, and what a reply looks like', async () => {
    const { offpeak } = await makeProject();
    const unknown = await offpeak(['platform', 'classify', 'kuaishuo'], { input: '{}' });
    expect(unknown).toMatchObject({ code: 2, stderr: expect.stringContaining('did you mean "kuaishou"?') as string });
    const wrong = await offpeak(['platform', 'classify', 'kuaishou'], { input: '{"status":"soon","body":1}' });
    expect(wrong).toMatchObject({ code: 2, stderr: expect.stringContaining('{ status, headers, body }') as string });
  });
});

describe('offpeak platform ls and show', () => {
  test.concurrent('list every platform with its budgets and their sources', async () => {
    const { json, offpeak } = await makeProject();
    const { platforms: listed } = await json<{ platforms: { name: string; budgets: { source: string }[] }[] }>([
      'platform',
      'ls',
    ]);
    expect(listed.map(({ name }) => name)).toEqual(expect.arrayContaining(['kuaishou', 'yida']));
    for (const { budgets } of listed) for (const { source } of budgets) expect(source).not.toBe('');
    const shown = await offpeak(['platform', 'show', 'yida']);
    expect(shown).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/api-qps +40 +1\.0 s +app, api +\[1\]/) as string,
    });
  });

  test.concurrent('show a platform of the project with what was learned', async () => {
    const { json } = await makeProject();
    expect(await json(['platform', 'show', 'shop'])).toMatchObject({ name: 'shop', vendor: 'kuaishou', learned: [] });
  });

  test.concurrent('name the nearest of both', async () => {
    const { offpeak } = await makeProject();
    const { code, stderr } = await offpeak(['platform', 'show', 'shpo']);
    expect({ code, stderr }).toEqual({ code: 2, stderr: expect.stringContaining('known: shop, ') as string });
  });
});

describe('offpeak platform test', () => {
  test.concurrent('makes one real call, which counts', async () => {
    const { json, sandbox } = await makeProject();
    const page = { pageNumber: 1, pageSize: 10 };
    const call = ['--api', 'open.item.list.get', '--params', JSON.stringify(page), '--scope', `user=${USERS[0]}`];
    const tested = await json<{ end: { kind: string }; attempts: { status: number; outcome: string }[] }>([
      'platform',
      'test',
      'shop',
      ...call,
    ]);
    expect(tested).toMatchObject({ end: { kind: 'ok' }, attempts: [{ status: 200, outcome: 'ok' }] });
    expect(sandbox.ledger.totals()).toMatchObject({ arrivals: 1 });
    const { usage } = await json<{ usage: { budget: string; used: number; reserved: number }[] }>(['quota']);
    expect(usage).toEqual([expect.objectContaining({ budget: 'app-day', used: 1, reserved: 0 })]);
  });

  test.concurrent('fails with what the platform said', async () => {
    const { offpeak } = await makeProject();
    const { code, stdout } = await offpeak([
      'platform',
      'test',
      'shop',
      '--api',
      'open.no.such.api',
      '--scope',
      `user=${USERS[0]}`,
    ]);
    expect(code).toBe(1);
    expect(stdout).toMatch(/attempt 1: HTTP 404, fatal/);
  });
});

describe('offpeak platform check', () => {
  const sample = /```ts\n(\/\/ platforms\/parcels\.ts\n[^]*?)```/.exec(
    readFileSync(join(CHECKOUT, 'docs', 'platforms.md'), 'utf8'),
  )?.[1];

  test.concurrent('passes the platform of docs/platforms.md', async () => {
    const { write, offpeak } = await makeProject();
    write('platforms/parcels.ts', sample ?? '');
    const { code, stdout, stderr } = await offpeak(['platform', 'check', 'platforms/parcels.ts']);
    expect({ code, stderr }).toEqual({ code: 0, stderr: 'parcels: 9 passed, 0 failed\n' });
    expect(stdout).toMatch(/✓ a shop's day\n/);
  });

  test.concurrent('names each row that is understood otherwise', async () => {
    const { write, offpeak } = await makeProject();
    write(
      'platforms/parcels.ts',
      (sample ?? '').replace("react.park({ scope: ['user']", "react.park({ scope: ['app']"),
    );
    const { code, stdout } = await offpeak(['platform', 'check', 'platforms/parcels.ts']);
    expect(code).toBe(1);
    expect(stdout).toContain("✗ a shop's day\n    a shop's day: scope: expected user=shop-7, got app=own");
  });

  test.concurrent('finds a refusal that is taken for a success', async () => {
    const { write, offpeak } = await makeProject();
    write('platforms/parcels.ts', (sample ?? '').replace("reply.present('error')", '() => false'));
    const { code, stdout } = await offpeak(['platform', 'check', 'platforms/parcels.ts']);
    expect(code).toBe(1);
    expect(stdout).toContain('✗ takes no refusal for a success');
  });

  test.concurrent('says what a file lacks', async () => {
    const { write, offpeak } = await makeProject();
    write('a.ts', 'export default {};');
    write('b.ts', (sample ?? '').replace('export const conformance', 'export const rows'));
    write('c.ts', (sample ?? '').replace("kind: 'pause'", "kind: 'wait'"));
    expect((await offpeak(['platform', 'check', 'a.ts'])).stderr).toContain('definePlatform()');
    expect((await offpeak(['platform', 'check', 'b.ts'])).stderr).toContain('b.ts conformance');
    expect((await offpeak(['platform', 'check', 'c.ts'])).stderr).toMatch(/rows\[1\]\.want\.kind: .*"wait"/);
  });
});
