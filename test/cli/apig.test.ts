import { once } from 'node:events';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import type { Sandbox } from '../../src/sandbox/sandbox';
import { DEMO } from '../platform/bundled/apig/demo';
import { makeProject, removeAll, type TestProject } from './project';

afterAll(removeAll);

let sandbox: Sandbox;
let project: TestProject;
beforeEach(async () => {
  project = await makeProject({ sandbox: { latencyMs: [0, 0] } });
  sandbox = project.sandbox;
});

/** `offpeak apig throttle …` against the twin. */
async function throttle(args: readonly string[], options: { input?: string; token?: string } = {}) {
  const { url, projectId, instanceId } = sandbox.apig;
  return project.offpeak(['apig', 'throttle', ...args], {
    env: {
      APIG_ENDPOINT: url,
      APIG_PROJECT_ID: projectId,
      APIG_INSTANCE_ID: instanceId,
      APIG_AUTH_TOKEN: options.token ?? sandbox.apig.issueToken(),
    },
    ...(options.input === undefined ? {} : { input: options.input }),
  });
}

async function json<T>(args: readonly string[], input?: string): Promise<T> {
  const { stdout, stderr, code } = await throttle([...args, '--json'], input === undefined ? {} : { input });
  if (code !== 0) throw new Error(stderr);
  return JSON.parse(stdout) as T;
}

const create = (changes: object = {}): Promise<{ id: string }> =>
  json(['create', '--file', '-'], JSON.stringify({ ...DEMO, ...changes }));

it("creates the vendor's own example, reads it back equal, and it limits calls", async () => {
  const file = join(project.directory, 'policy.json');
  writeFileSync(file, JSON.stringify(DEMO));
  const { id } = await json<{ id: string }>(['create', '--file', file]);
  expect(await json(['get', 'throttle_demo'])).toMatchObject({ ...DEMO, id, bind_num: 0 });
  expect((await throttle(['ls'])).stdout).toMatch(/throttle_demo +1 SECOND +800 +500 +300 +600 +each API +0/);
  const { publishIds, url, appCode } = sandbox.apig;
  await json(['bind', 'throttle_demo', ...Object.values(publishIds)]);
  await json(
    ['update', 'throttle_demo', '--file', '-'],
    JSON.stringify({ ...DEMO, app_call_limits: 2, time_unit: 'DAY' }),
  );
  const call = async (): Promise<number> =>
    (await fetch(`${url}/v1/orders`, { headers: { 'x-apig-appcode': appCode } })).status;
  expect([await call(), await call(), await call()]).toEqual([200, 200, 429]);
}, 30_000);

it('checks a policy before anything is sent, and names the parameter as the gateway would', async () => {
  const { code, stderr } = await throttle(['create', '--file', '-'], {
    input: JSON.stringify({ ...DEMO, user_call_limits: 900 }),
  });
  expect(code).toBe(2);
  expect(stderr).toContain(
    'standard input: APIG.2011 Invalid parameter value,parameterName:user_call_limits. Please refer to the support documentation',
  );
  expect(stderr).toContain('user_call_limits: expected at most api_call_limits (800), got 900');
  expect(sandbox.ledger.attempts()).toEqual([]);
});

it('explains what the control plane refuses, in one line and what to do', async () => {
  await create();
  const twice = await throttle(['create', '--file', '-'], { input: JSON.stringify(DEMO) });
  expect([twice.code, twice.stderr]).toEqual([1, expect.stringMatching(/APIG\.3204 .*\n.*names are unique/) as string]);
  const stale = await throttle(['ls'], { token: 'stale-token-value' });
  expect([stale.code, stale.stderr]).toEqual([1, expect.stringMatching(/APIG\.1002 .*\n.*new one from IAM/) as string]);
  expect(stale.stderr).not.toContain('stale-token-value');
}, 30_000);

it('takes the token by reference only', async () => {
  const { code, stderr } = await throttle(['ls', '--token', 'MIIabcdef']);
  expect(code).toBe(2);
  expect(stderr).toContain('--token: expected env:NAME or file:path');
  expect(stderr).not.toContain('MIIabcdef');
});

it('sends the token to a safe origin only', async () => {
  const { code, stderr } = await throttle(['ls', '--endpoint', 'http://example.com']);
  expect([code, stderr]).toEqual([2, expect.stringContaining('expected an https:// origin') as string]);
});

it('unbinds many at once, tells which failed, and ends with 1 for them', async () => {
  await create();
  await json(['bind', 'throttle_demo', ...Object.values(sandbox.apig.publishIds)]);
  const bound = await json<{ throttle_apply_id: string }[]>(['get', 'throttle_demo', '--apis']);
  const ids = bound.map(({ throttle_apply_id }) => throttle_apply_id);
  expect((await throttle(['unbind', ids[0]!])).code).toBe(0);
  const { code, stderr } = await throttle(['unbind', ...ids]);
  expect([code, stderr]).toEqual([1, expect.stringContaining(`${ids[0]}: APIG.3012`) as string]);
  expect((await throttle(['delete', 'throttle_demo'])).code).toBe(0);
}, 30_000);

it('keeps special throttles', async () => {
  await create();
  const { id } = await json<{ id: string }>(['special', 'create', 'throttle_demo', '--app', 'app-1', '--limit', '40']);
  await json(['special', 'update', 'throttle_demo', id, '--limit', '50']);
  expect((await throttle(['special', 'ls', 'throttle_demo'])).stdout).toMatch(/app +app-1 +50/);
  expect((await throttle(['special', 'delete', 'throttle_demo', id])).code).toBe(0);
  expect(await json(['special', 'ls', 'throttle_demo'])).toEqual([]);
}, 30_000);

it('pulls what the throttles of apig() take, the same each time', async () => {
  await create();
  await create({ name: 'another', type: 2 });
  await json(['bind', 'throttle_demo', sandbox.apig.publishIds['/v1/orders']!]);
  await json(['special', 'create', 'throttle_demo', '--app', 'app-1', '--limit', '40']);
  const file = join(project.directory, 'data', 'apig-throttles.json');
  const pull = async (): Promise<string> => {
    expect((await throttle(['pull', '--out', file])).code).toBe(0);
    return readFileSync(file, 'utf8');
  };
  const first = await pull();
  expect(await pull()).toBe(first);
  expect(existsSync(`${file}.part`)).toBe(false);
  expect(JSON.parse(first)).toEqual([
    { policy: { ...DEMO, name: 'another', type: 2 }, apis: [] },
    {
      policy: DEMO,
      apis: ['GET /v1/orders'],
      specials: [{ object_type: 'APP', object_id: 'app-1', call_limits: 40 }],
    },
  ]);
  writeFileSync(
    join(project.directory, 'offpeak.config.ts'),
    `import { apig, defineConfig, secret } from 'offpeak';
import throttles from './data/apig-throttles.json';
export default defineConfig({
  platforms: {
    shop: apig({ baseUrl: 'https://api.example.com', auth: { kind: 'app-code', code: secret('env:CODE') }, app: 'app-1', throttles }),
  },
});
`,
  );
  const { stderr } = await project.offpeak(['jobs']);
  expect(stderr).not.toMatch(/config|throttl/i);
}, 40_000);

it('does not print a token that an answer repeats', async () => {
  const echo = createServer(({ headers }, response) => {
    response.writeHead(403, { 'content-type': 'application/json' });
    response.end(JSON.stringify({ error_code: 'APIG.1002', error_msg: `no ${String(headers['x-auth-token'])}` }));
  }).listen(0, '127.0.0.1');
  await once(echo, 'listening');
  const { port } = echo.address() as AddressInfo;
  const answered = await throttle(['ls', '--endpoint', `http://127.0.0.1:${port}`], { token: 'MIIFQgYJKoZIhvcNAQcC' });
  echo.close();
  expect(answered.stderr).toContain('APIG.1002 no [secret env:APIG_AUTH_TOKEN]');
});
