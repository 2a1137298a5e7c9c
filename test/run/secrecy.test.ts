import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import fc from 'fast-check';
import { z } from '../../src/index';
import { memoryTokens } from '../../src/platform/token-source';
import { copiesOf } from '../secret-copies';
import { type JobChanges, ordersJob, pagesOf } from './jobs';
import { type Bundle, type SetupOptions, START, setup } from './setup';

const USER = '101';
const API = 'open.order.cursor.list';

/** Where a secret turns up: in what the platform answers, or in what the user's own code does. */
interface Place {
  readonly answer?: (secret: string) => { body: string; status?: number; headers?: Record<string, string> };
  readonly job?: (secret: string) => JobChanges;
  readonly platform?: SetupOptions['platform'];
}

type Answer = ReturnType<NonNullable<Place['answer']>>;
const answerOf = ({ answer }: Place, secret: string): Answer => answer?.(secret) ?? refused('no');

const refused = (error_msg: unknown, result: unknown = 987654): { body: string } => ({
  body: JSON.stringify({ result, error_msg }),
});
const base64 = (text: string): string => Buffer.from(text).toString('base64');
const throwing = (thrown: (secret: string) => unknown): Place => ({
  job: (secret) => ({
    async *pages(context) {
      yield* pagesOf(Date.parse(START))(context);
      throw thrown(secret);
    },
  }),
  answer: () => ({ body: JSON.stringify({ result: 1, data: { cursor: 'nomore', orderList: [] } }) }),
});
const inCall = (api: (secret: string) => string): Place => ({
  job: (secret) => ({
    async *pages({ call, cursor }) {
      await call(api(secret), {});
      yield { records: [], cursor };
    },
  }),
});

const PLACES: Readonly<Record<string, Place>> = {
  'the message of an unknown refusal': { answer: (secret) => refused(`what ${secret} asks for`) },
  'the message, where it is cut': { answer: (secret) => refused('x'.repeat(3_072 - 9) + secret + 'y'.repeat(9_999)) },
  'the message of a park': {
    answer: (secret) =>
      refused(`KEY [${secret}] 每日调用量超过限制 The daily limit of [appkey] is exceeded ${secret}`, 802),
  },
  'the code': { answer: (secret) => refused('no', secret) },
  'the code, behind what is kept of one': { answer: (secret) => refused('no', `${'c'.repeat(74)}${secret}`) },
  'nested JSON': { answer: (secret) => refused(JSON.stringify({ request: { access_token: secret } })) },
  'JSON with every character escaped': {
    answer: (secret) => {
      const escaped = [...Array(secret.length).keys()].map(
        (at) => `\\u${secret.charCodeAt(at).toString(16).padStart(4, '0')}`,
      );
      return { body: `{"result":987654,"error_msg":"${escaped.join('')}"}` };
    },
  },
  'a page of HTML': {
    answer: (secret) => ({
      status: 500,
      body: `<p>${secret.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')}</p>`,
    }),
  },
  'an address that the reply repeats': {
    answer: (secret) =>
      refused(`GET /?access_token=${encodeURIComponent(secret)}&x=${new URLSearchParams({ secret }).toString()}`),
  },
  'base64 of more': { answer: (secret) => refused(`Basic ${base64(`user:${secret}`)} ${base64(secret)}`) },
  hex: { answer: (secret) => refused(Buffer.from(secret).toString('hex').toUpperCase()) },
  'a header that is kept': {
    answer: (secret) => ({ ...refused('no'), headers: { 'x-ratelimit-policy': encodeURIComponent(secret) } }),
  },
  'a header that says who asks': {
    answer: (secret) => refused(secret),
    platform: (shop) => ({
      request: (call, auth) => {
        const request = shop.request(call, auth);
        return { ...request, headers: { ...request.headers, authorization: `Bearer ${String(auth.accessToken)}` } };
      },
    }),
  },
  'a success': {
    // What a platform delivers belongs to the user: here nothing is yielded of it.
    answer: (secret) => ({ body: JSON.stringify({ result: 1, data: { cursor: 'nomore', orderList: [], secret } }) }),
    job: () => ({
      async *pages({ call, cursor }) {
        await call(API, {});
        yield { records: [], cursor };
      },
    }),
  },
  'a reply that does not fit its schema': {
    answer: (secret) => ({ body: JSON.stringify({ result: 1, data: { page: secret, secret } }) }),
    job: () => ({
      async *pages({ call, cursor }) {
        await call(API, {}, { reply: z.object({ data: z.strictObject({ page: z.literal('nomore') }) }) });
        yield { records: [], cursor };
      },
    }),
  },
  'what a job throws': throwing((secret) => new Error(`failed: ${secret}`, { cause: new TypeError(secret) })),
  'what a job throws that is no error': throwing((secret) => `failed: ${secret}`),
  'what partitions() throws': {
    job: (secret) => ({ partitions: () => Promise.reject(new Error(`failed: ${secret}`)) }),
  },
  'a partition key': { job: (secret) => ({ partitions: () => [{ key: encodeURIComponent(secret).slice(0, 190) }] }) },
  'a partition key that is refused': {
    job: (secret) => ({ partitions: () => [{ key: secret }, { key: secret }] }),
  },
  'a scope': { job: (secret) => ({ partitions: () => [{ key: 'k', scope: { user: secret } }] }) },
  'the name of a call': inCall((secret) => `GET /bot${secret}/getUpdates`),
  'the query of a call': inCall((secret) => `GET /orders?access_token=${encodeURIComponent(secret)}`),
  'a cursor': {
    job: (secret) => ({
      cursor: z.object({ page: z.string() }),
      // eslint-disable-next-line @typescript-eslint/require-await
      async *pages() {
        yield { records: [], cursor: { page: `https://a.example/?token=${encodeURIComponent(secret)}` } };
        yield { records: [], cursor: { page: secret } };
      },
    }),
  },
  'what a sink throws': {
    answer: () => ({ body: JSON.stringify({ result: 1, data: { cursor: 'nomore', orderList: [] } }) }),
    job: (secret) => ({
      sink: () => {
        throw new Error(`POST failed: ${JSON.stringify({ authorization: secret })}`);
      },
    }),
  },
};

/** The two ways in which a value becomes known: by a reference, and by a token source. */
const KINDS = ['reference', 'token'] as const;

const characters = fc.constantFrom(...Array.from('"\\/%<>&\'+=-_.:;?#@ \n\tabcXYZ019éß中文😀ﬁ２\u200b'));
const secrets = fc
  .string({ unit: characters, minLength: 8, maxLength: 190 })
  // Blanks at the ends are not kept in a secret file; of few different characters there are many by chance.
  .filter((value) => value === value.trim() && new Set(value).size >= 6);

let server: Server | null = null;
let bundle: Bundle | null = null;
afterEach(closeAll);

async function closeAll(): Promise<void> {
  await bundle?.close();
  server?.closeAllConnections();
  server?.close();
  bundle = server = null;
}

async function open(place: Place, secret: string, kind: (typeof KINDS)[number]): Promise<Bundle> {
  server = createServer((_, response) => {
    const { body, status = 200, headers = {} } = answerOf(place, secret);
    response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(body);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const tokens = memoryTokens();
  const accessToken = kind === 'token' ? secret : 'another-token';
  await tokens.save(USER, { accessToken, refreshToken: null, expiresAtMs: null });
  bundle = await setup({
    sandbox: { kuaishou: { merchants: { [USER]: { orders: 0, items: 0 } } } },
    kuaishou: { baseUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, tokens },
    jobs: () => [ordersJob([USER]), ordersJob([USER], { name: 'carrier', ...place.job?.(secret) })],
    ...(kind === 'reference' && { secrets: { SIGN_SECRET: secret } }),
    ...(place.platform && { platform: place.platform }),
  });
  return bundle;
}

/** Runs both jobs, and returns all that was told of it: events, errors, and the bytes of every file. */
async function toldOf(place: Place, secret: string, kind: (typeof KINDS)[number]): Promise<string> {
  const { run, jobs, events, directory, store, play } = await open(place, secret, kind);
  const errors: string[] = [];
  // The first job has used the token when the second one begins.
  for (const job of jobs) {
    await run({}, job).catch((thrown: unknown) =>
      errors.push(thrown instanceof Error ? thrown.message : String(thrown)),
    );
  }
  await play(store.unknownReplies.list());
  const files = readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => readFileSync(join(entry.parentPath, entry.name), 'utf8'));
  expect(files.length).toBeGreaterThan(1);
  return [
    JSON.stringify(events),
    ...events.map((event) => ('reason' in event ? event.reason : '')),
    ...errors,
    ...files,
  ].join('\n');
}

describe.each(KINDS)('a secret that is known by a %s', (kind) => {
  it.each(Object.keys(PLACES))('stays out of the store, the events and the errors: %s', async (name) => {
    const place = PLACES[name] ?? {};
    await fc.assert(
      fc.asyncProperty(secrets, async (secret) => {
        const told = await toldOf(place, secret, kind);
        await closeAll();
        for (const copy of copiesOf(secret)) expect(told.includes(copy) ? copy : null).toBeNull();
      }),
      { numRuns: Number(process.env['OFFPEAK_SECRETS'] ?? 1), endOnFailure: true },
    );
  });
});
