import { mkdtemp, rm } from 'node:fs/promises';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { Worker } from 'node:worker_threads';
import { Agent, request } from 'undici';
import { EVERYTHING, openEngine } from '../src/cli/engine';
import type { Project } from '../src/cli/project';
import { parseConfig } from '../src/config';
import { kuaishou, secret, upsert, z } from '../src/index';
import { type Job, parseJob } from '../src/job/parse';
import { stopControl } from '../src/run/stop';
import { SecretVault } from '../src/secrets';
import { openStore } from '../src/store/open';
import { systemClock } from '../src/time/system-clock';

/** Calls per second through the whole path when no limit binds, beside plain undici on the same stub in the same run. */
const IN_FLIGHT = 32;
const RECORDS_PER_PAGE = 50;

/** Answers like an order list: a page of records, and a cursor that counts up. Runs on a thread of its own. */
const STUB = `
const { createServer } = require('node:http');
const { parentPort } = require('node:worker_threads');
const records = Array.from({ length: ${RECORDS_PER_PAGE} }, (_, n) => ({ n, title: 'a record of some length, as orders have '.repeat(3) }));
let served = 0;
const server = createServer((request, response) => {
  const cursor = String((served += 1));
  const orderList = records.map((record) => ({ oid: served * 100 + record.n, ...record }));
  response.setHeader('content-type', 'application/json');
  response.end(JSON.stringify({ result: 1, data: { cursor, orderList } }));
});
server.keepAliveTimeout = 60_000;
server.listen(0, '127.0.0.1', () => parentPort.postMessage(server.address().port));
`;

interface Figures {
  readonly subject: string;
  readonly calls: number;
  readonly seconds: number;
  readonly callsPerSecond: number;
  readonly cpuPerCallUs: number;
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: { calls: { type: 'string', default: '4000' }, json: { type: 'boolean', default: false } },
  });
  const calls = Number(values.calls);
  const stub = new Worker(STUB, { eval: true });
  const port = await new Promise<number>((resolve) => stub.once('message', resolve));
  const url = `http://127.0.0.1:${port}`;
  await plain(url, 500); // warm-up
  const peer = await plain(url, calls);
  const offpeak = await throughOffpeak(url, calls);
  await stub.terminate();
  const machine = `${cpus().length} x ${cpus()[0]?.model ?? 'cpu'}, Node ${process.version}`;
  const ratio = Math.round((offpeak.callsPerSecond / peer.callsPerSecond) * 1_000) / 1_000;
  const report = {
    machine,
    command: `npm run -s bench:path -- --calls ${calls}`,
    inFlight: IN_FLIGHT,
    cases: [peer, offpeak],
    ratio,
  };
  if (values.json) console.log(JSON.stringify(report, null, 2));
  else {
    console.log(`${machine}\n${report.command}, ${IN_FLIGHT} calls in flight, ${RECORDS_PER_PAGE} records a page`);
    console.table(report.cases);
    console.log(`offpeak / plain undici: ${ratio}`);
  }
}

async function plain(url: string, calls: number): Promise<Figures> {
  const agent = new Agent({ connections: IN_FLIGHT });
  let left = calls;
  const lane = async (): Promise<void> => {
    while (left > 0) {
      left -= 1;
      const reply = await request(`${url}/open/order/cursor/list?cursor=${left}`, { dispatcher: agent });
      await reply.body.json();
    }
  };
  const figures = await measure('plain undici', calls, () => Promise.all(Array.from({ length: IN_FLIGHT }, lane)));
  await agent.close();
  return figures;
}

async function throughOffpeak(url: string, calls: number): Promise<Figures> {
  const directory = await mkdtemp(join(tmpdir(), 'offpeak-bench-'));
  const job = benchJob(Math.floor(calls / IN_FLIGHT));
  const project = benchProject({ directory, url, job });
  const store = await openStore(join(directory, 'bench.db'));
  const log = { debug: nothing, info: nothing, warn: nothing, error: nothing };
  const stop = stopControl(systemClock, 1_000);
  const engine = await openEngine({
    project,
    store,
    log,
    stop,
    command: 'bench',
    clock: systemClock,
    random: Math.random,
    onEvent: nothing,
  });
  const run = await store.runs.open({ job: job.name, slotAtMs: Date.now(), kind: 'manual', fence: engine.lease.fence });
  if (!run) throw new Error('the run exists already');
  const figures = await measure('offpeak, no limit binding', calls, () => engine.runOnce(job, run, EVERYTHING));
  await engine.close();
  await store.close();
  await rm(directory, { recursive: true, force: true });
  return figures;
}

function benchJob(pagesEach: number): Job {
  return parseJob(
    {
      name: 'bench',
      platform: 'stub',
      partitions: () => Array.from({ length: IN_FLIGHT }, (_, n) => ({ key: String(n), scope: { user: String(n) } })),
      cursor: z.object({ page: z.number() }),
      initial: () => ({ page: 0 }),
      async *pages({ call }: { call: (api: string, params: object) => Promise<{ data: { orderList: object[] } }> }) {
        for (let page = 1; page <= pagesEach; page += 1) {
          const reply = await call('open.order.cursor.list', { cursor: String(page), pageSize: RECORDS_PER_PAGE });
          yield { records: reply.data.orderList, cursor: { page } };
        }
      },
      sink: upsert('orders', { key: 'oid' }),
      partitionsInFlight: IN_FLIGHT,
    },
    { file: 'bench/path.ts', platforms: ['stub'], checkSchedule: () => [] },
  );
}

function benchProject({ directory, url, job }: { directory: string; url: string; job: Job }): Project {
  const tokens = Object.fromEntries(Array.from({ length: IN_FLIGHT }, (_, n) => [String(n), secret('env:TOKEN')]));
  const unlimited = 1_000_000_000;
  const platform = kuaishou({
    appKey: 'ks0',
    signSecret: secret('env:SECRET'),
    tokens,
    baseUrl: url,
    // The ledger still counts every call; nothing binds.
    budgets: {
      'app-day': unlimited,
      'order-list-app-qps': false,
      'order-list-user-qps': false,
      'in-flight': IN_FLIGHT,
    },
  });
  const config = parseConfig({ platforms: { stub: platform }, partitionsInFlight: IN_FLIGHT }, 'bench');
  const vault = new SecretVault({ env: () => 'invented-for-the-bench', file: () => '' });
  return { directory, config, jobs: [job], broken: [], warnings: [], vault };
}

async function measure(subject: string, calls: number, work: () => Promise<unknown>): Promise<Figures> {
  const cpu = process.cpuUsage();
  const startedMs = performance.now();
  await work();
  const seconds = (performance.now() - startedMs) / 1_000;
  const { user, system } = process.cpuUsage(cpu);
  const round = (value: number): number => Math.round(value * 100) / 100;
  return {
    subject,
    calls,
    seconds: round(seconds),
    callsPerSecond: Math.round(calls / seconds),
    cpuPerCallUs: Math.round((user + system) / calls),
  };
}

function nothing(): void {
  // the bench watches nothing
}

void main();
