import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { openSandbox, type Sandbox } from '../../src/sandbox/sandbox';
import { openStore } from '../../src/store/open';
import { CLI } from './project';

const USER = '3649418105';
const RENEWAL = 'oauth2.refresh_token';
const HOOK = resolve(__dirname, 'renewal-hook.cjs');
/** What the vendor promises at most: "within 5 minutes". */
const GRACE_MS = 300_000;
/** Lives start and end several times in a test. */
const TEST_MS = 60_000;

let sandbox: Sandbox;
let directory: string;
let tokensPath: string;

afterEach(async () => {
  await sandbox.close();
  await rm(directory, { recursive: true, force: true });
});

/** A merchant's job whose access token has ended: a renewal comes before the first call. */
async function open(refreshGraceMs: number): Promise<void> {
  sandbox = await openSandbox({
    latencyMs: [0, 0],
    faults: { slowBodyMs: 60_000 },
    kuaishou: { merchants: { [USER]: { orders: 60, items: 0 } }, refreshGraceMs },
  });
  directory = await mkdtemp(join(tmpdir(), 'offpeak-renewal-'));
  tokensPath = join(directory, 'data/tokens.json');
  await mkdir(join(directory, 'jobs'));
  await mkdir(join(directory, 'data'));
  const { appKey } = sandbox.kuaishou;
  const tokens = { accessToken: `access-${USER}`, refreshToken: `refresh-${USER}`, expiresAtMs: 1 };
  await writeFile(tokensPath, JSON.stringify({ [USER]: tokens }));
  await writeFile(
    join(directory, 'offpeak.config.ts'),
    `import { defineConfig, kuaishou, secret, tokenFile } from 'offpeak';
export default defineConfig({
  platforms: {
    shop: kuaishou({
      appKey: '${appKey}', signSecret: secret('env:SIGN_SECRET'), appSecret: secret('env:APP_SECRET'),
      tokens: tokenFile('data/tokens.json'), baseUrl: process.env.SANDBOX_URL,
    }),
  },
});
`,
  );
  await writeFile(
    join(directory, 'jobs', 'orders.ts'),
    `import { defineJob, upsert, z } from 'offpeak';
export default defineJob({
  name: 'orders',
  platform: 'shop',
  partitions: () => [{ key: '${USER}', scope: { user: '${USER}' } }],
  cursor: z.object({ page: z.string() }),
  initial: () => ({ page: '' }),
  async *pages({ cursor, call, nowMs }) {
    let { page } = cursor;
    while (page !== 'nomore') {
      const reply = await call('open.order.cursor.list', { beginTime: nowMs - 6.9 * 86_400_000, endTime: nowMs, pageSize: 50, cursor: page });
      page = reply.data.cursor;
      yield { records: reply.data.orderList, cursor: { page } };
    }
  },
  sink: upsert('orders', { key: 'oid' }),
});
`,
  );
}

function start(killAt = ''): ChildProcess & { said: () => string } {
  const child = spawn(process.execPath, ['-r', HOOK, CLI, 'run', 'orders'], {
    cwd: directory,
    env: {
      ...process.env,
      SANDBOX_URL: sandbox.kuaishou.url,
      SIGN_SECRET: sandbox.kuaishou.signSecret,
      APP_SECRET: sandbox.kuaishou.appSecret,
      KILL_AT: killAt,
    },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let said = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (said += text));
  return Object.assign(child, { said: () => said });
}

async function endOf(child: ChildProcess): Promise<NodeJS.Signals | number | null> {
  const [code, signal] = (await once(child, 'exit')) as [number | null, NodeJS.Signals | null];
  return signal ?? code;
}

/** The life that is killed at a step of the second token write, or while it waits for the reply. */
async function killedLife(killAt: string): Promise<void> {
  if (killAt !== 'the reply') {
    expect(await endOf(start(killAt))).toBe('SIGKILL');
    return;
  }
  sandbox.failNext(1, 'slow-body', { api: RENEWAL });
  const child = start();
  const end = endOf(child);
  while (renewals() === 0) await sleep(5);
  child.kill('SIGKILL');
  expect(await end).toBe('SIGKILL');
}

function renewals(): number {
  return sandbox.ledger.attempts({ api: RENEWAL }).length;
}

async function savedRefreshToken(): Promise<string> {
  const entries = JSON.parse(await readFile(tokensPath, 'utf8')) as Record<string, { refreshToken: string }>;
  return entries[USER]?.refreshToken ?? '';
}

async function storedOrders(): Promise<number> {
  const store = await openStore(join(directory, 'data/offpeak.db'), { readOnly: true });
  const keys = await store.records.keys('orders');
  await store.close();
  return keys.length;
}

/**
 * The first write is the note that a renewal is begun, the second one saves what it brought. A kill takes nothing from the
 * system's own memory: only a power cut makes `unsynced` a loss.
 */
const SAVED_OR_UNSENT = [
  '1 opening',
  '1 unsynced',
  '1 written',
  '1 renamed',
  '1 synced',
  '2 unsynced',
  '2 written',
  '2 renamed',
  '2 synced',
];
/** The platform has replaced the refresh token, and nothing of its reply is in a file. */
const LOST = ['the reply', '2 opening'];

describe('a process that is killed in the middle of a renewal', () => {
  it.each(SAVED_OR_UNSENT)(
    'at "%s" loses no refresh token, even if the old one died at once',
    async (killAt) => {
      await open(0);
      await killedLife(killAt);
      expect(await endOf(start())).toBe(0);
      expect(await storedOrders()).toBe(60);
      expect(renewals()).toBe(1);
      expect(await savedRefreshToken()).toBe(sandbox.kuaishou.tokens(USER)?.refreshToken);
    },
    TEST_MS,
  );

  it.each(LOST)(
    'at "%s" renews before anything else, from the refresh token that is still good',
    async (killAt) => {
      await open(GRACE_MS);
      await killedLife(killAt);
      const before = sandbox.ledger.attempts().length;
      expect(await endOf(start())).toBe(0);
      expect(sandbox.ledger.attempts()[before]?.api).toBe(RENEWAL);
      expect(await storedOrders()).toBe(60);
      expect(await savedRefreshToken()).toBe(sandbox.kuaishou.tokens(USER)?.refreshToken);
    },
    TEST_MS,
  );

  it.each(LOST)(
    'at "%s" tells the operator at once, with what to do, if the old refresh token is dead',
    async (killAt) => {
      await open(0);
      await killedLife(killAt);
      const late = start();
      expect(await endOf(late)).not.toBe(0);
      expect(late.said()).toMatch(/authorise the app again/);
    },
    TEST_MS,
  );
});
