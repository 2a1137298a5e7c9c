import type { Budget } from '../src/limit/budget';
import { type Caller, openCaller } from './caller';
import { childSpec, tellParent } from './child';
import {
  boundOf,
  burstOf,
  counterOn,
  isNginx,
  isOffpeak,
  type LimitCase,
  type LimitFigures,
  latencyOf,
  type ServerName,
} from './limit-case';
import { cpuUs, rounded } from './machine';
import { openNginx } from './nginx';
import { openOffpeak } from './offpeak';
import { type Gate, PEERS } from './peers';
import { type BareServer, between, openBareServer, type Totals } from './server';

/** One client against one server: both in processes of their own, so that `cpuPerCallUs` is the client's alone. */
const spec = childSpec() as LimitCase;

interface Look {
  readonly totals: Totals;
  readonly cpuUs: number;
  readonly caller: { readonly refused: number; readonly done: number };
}

async function main(): Promise<void> {
  const [answering = 'sliding'] = spec.servers;
  const { server, caller } = await open(answering);
  const look = async (): Promise<Look> => ({
    totals: await server.totals(),
    cpuUs: cpuUs(),
    caller: { refused: caller.refused, done: caller.done },
  });
  const gate = await openGate(answering);
  const opened = await look();
  work(gate, caller);
  if (spec.stallMs > 0) setInterval(() => stall(spec.stallMs), 1_000);
  await wait(spec.learnMs);
  const began = await look();
  await wait(spec.measureMs);
  const ended = await look();
  tellParent(spec.servers.map((name) => figures(name, { opened, began, ended })));
  server.close();
  process.disconnect();
  process.exit();
}

async function open(answering: ServerName): Promise<{ server: BareServer; caller: Caller }> {
  const { limit, latencyMs } = spec;
  const countings = Object.fromEntries(
    spec.servers.map((name) => [
      name,
      isNginx(name)
        ? [] // it serves whatever nginx lets through
        : [{ name, perSecond: limit, by: 'app', counter: counterOn(name, limit) } as const],
    ]),
  );
  const server = await openBareServer({ countings, latencyMs, spreadMs: spec.spreadMs });
  if (!isNginx(answering)) return { server, caller: await openCaller(server.url, inFlightMax()) };
  const burst = (burstOf(answering, limit) ?? 1) - 1;
  const nginx = await openNginx({ perSecond: limit, burst, upstream: server.url });
  return { server, caller: await openCaller(nginx.url, inFlightMax()) };
}

/** Half as many again as are on their way at the full rate and the longest latency, and what a stall holds up. */
function inFlightMax(): number {
  const longestMs = spec.latencyMs[1] + spec.spreadMs + spec.stallMs;
  return Math.ceil(spec.limit * 1.5 * (longestMs / 1_000)) + 20;
}

async function openGate(answering: ServerName): Promise<Gate> {
  const { subject, limit } = spec;
  const peer = PEERS[subject];
  if (peer) return peer(limit);
  const per = subject === 'offpeak' ? ({ rollingMs: 1_000 } as const) : periodOn(answering);
  const offpeak = openOffpeak([{ name: 'qps', limit, per, scope: ['app'], source: 'bench' }], inFlightMax());
  let turn = 0;
  return (call) => {
    turn = (turn + 1) % 8;
    return offpeak({ scope: { app: 'bench' }, flow: `partition-${turn}`, call });
  };
}

function periodOn(server: ServerName): Budget['per'] {
  const burst = burstOf(server, spec.limit);
  if (burst !== null) return { bucketMs: 1_000, burst };
  return server === 'fixed' ? { fixedMs: 1_000 } : { rollingMs: 1_000 };
}

/** So many that one always waits: a second's worth beside those in flight. */
function work(gate: Gate, caller: Caller): void {
  const worker = async (): Promise<never> => {
    for (;;) await gate(() => caller.call('/api/user'));
  };
  for (let n = 0; n < inFlightMax() + spec.limit; n += 1) void worker();
}

function stall(forMs: number): void {
  const untilMs = performance.now() + forMs;
  while (performance.now() < untilMs);
}

function wait(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

function figures(
  server: ServerName,
  { opened, began, ended }: Record<'opened' | 'began' | 'ended', Look>,
): LimitFigures {
  const refused = (from: Look, to: Look): number =>
    isNginx(server) ? to.caller.refused - from.caller.refused : between(from.totals, to.totals, server).refused;
  const { served } = between(began.totals, ended.totals, server);
  const seconds = (ended.totals.atMs - began.totals.atMs) / 1_000;
  const used = served / seconds / spec.limit;
  const bound = boundOf(spec, server);
  return {
    server,
    limit: spec.limit,
    latency: latencyOf(spec.latencyMs),
    spread: spec.spreadMs,
    stall: spec.stallMs,
    subject: spec.subject,
    used: rounded(used),
    bound: rounded(bound),
    ratio: rounded(used / bound),
    refused: refused(began, ended),
    refusedWhileLearning: isOffpeak(spec.subject) ? refused(opened, began) : null,
    served,
    seconds: rounded(seconds, 1),
    cpuPerCallUs: Math.round(
      (ended.cpuUs - began.cpuUs - spec.stallMs * 1_000 * seconds) / (ended.caller.done - began.caller.done),
    ),
  };
}

void main();
