import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { makeProject, ordersJob, removeAll, type TestProject, USERS } from './project';

const [USER] = USERS;
const STEERING = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202a-\u202e]/;

let server: Server;
afterEach(() => server.close());
afterAll(removeAll);

/** A project whose platform knows nothing of its own table, and repeats the token in it. */
async function setup(): Promise<{
  project: TestProject;
  run: (...args: string[]) => ReturnType<TestProject['offpeak']>;
}> {
  const project = await makeProject({ jobs: { 'orders.ts': ordersJob({ users: [USER] }) } });
  const token = project.sandbox.kuaishou.tokens(USER)?.accessToken ?? '';
  const body = `{"result":987654,"data":"\u009b2J\u202e",\n"error_msg":"no word for ${token}"}`;
  server = createServer((_, response) => response.writeHead(200, { 'content-type': 'text/plain' }).end(body));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const env = { SHOP_URL: `http://127.0.0.1:${port}` };
  return { project, run: (...args) => project.offpeak(args, { env }) };
}

test('replies that no rule knows are told at the end of a run and in the status, shown, and forgotten', async () => {
  const { project, run } = await setup();
  const token = project.sandbox.kuaishou.tokens(USER)?.accessToken ?? '';
  const line = '1 reply that no rule knows: `offpeak platform unknown`';
  expect((await run('platform', 'unknown')).stdout).toBe('no reply that no rule knows\n');
  expect((await run('status')).stdout).not.toContain('no rule knows');

  const ran = await run('run', 'orders');
  expect(ran).toMatchObject({ code: 1, stderr: expect.stringContaining(line) as string });
  const status = await run('status');
  expect(status.stdout).toContain(line);

  const table = await run('platform', 'unknown', 'shop');
  expect(table.stdout).toMatch(
    /\nshop +open\.order\.cursor\.list +987654 +200 +1 +20\d\d-.* +\{"result":987654,"data":"·2J·",/,
  );
  expect(table.stdout).not.toContain('no word for');

  const { unknown } = await project.json<{ unknown: unknown[] }>(['platform', 'unknown']);
  expect(unknown).toMatchObject([
    {
      platform: 'shop',
      vendor: 'kuaishou',
      api: 'open.order.cursor.list',
      code: '987654',
      times: 1,
      lastAtMs: expect.any(Number) as number,
      reply: {
        status: 200,
        headers: { 'content-type': 'text/plain' },
        body: `{"result":987654,"data":"\u009b2J\u202e",\n"error_msg":"no word for [secret env:TOKEN_${USER}]"}`,
      },
    },
  ]);
  const whole = await run('platform', 'unknown', '--json');
  for (const { stdout, stderr } of [ran, status, table, whole]) {
    expect(stdout + stderr).not.toMatch(STEERING);
    expect(stdout + stderr).not.toContain(token);
  }

  expect((await run('platform', 'unknown', 'shop', '--forget')).stderr).toContain('replies forgotten: 1');
  expect((await run('status')).stdout).not.toContain('no rule knows');
});

test('a platform that is neither configured nor kept is refused with the nearest name', async () => {
  const { run } = await setup();
  const { code, stderr } = await run('platform', 'unknown', 'shob');
  expect(code).toBe(2);
  expect(stderr).toContain('the config file has no platform "shob", did you mean "shop"?');
});
