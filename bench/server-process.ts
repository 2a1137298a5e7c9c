import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { childSpec, tellParent } from './child';
import { Counting } from './counting';
import type { ServerSpec, Totals } from './server';

/** A bare HTTP server around the sandbox's counters: the least that can be refused by, so that it is never the bottleneck. */
const { countings, latencyMs, spreadMs } = childSpec() as ServerSpec;
const all = Object.entries(countings).map(([name, limits]) => ({ name, counting: new Counting(limits) }));

const server = createServer((request, response) => {
  const path = request.url ?? '/';
  if (path === '/warm') reply(response, 200);
  else if (spreadMs > 0) setTimeout(() => count(path, response), Math.random() * spreadMs);
  else count(path, response);
});

function count(path: string, response: ServerResponse): void {
  const now = { wallMs: Date.now(), monotonicMs: performance.now() };
  const verdicts = all.map(({ counting }) => counting.admits(path, now));
  const status = verdicts[0] === false ? 429 : 200;
  const [minMs, maxMs] = latencyMs;
  setTimeout(() => reply(response, status), minMs + Math.random() * (maxMs - minMs));
}

function reply(response: ServerResponse, status: number): void {
  response.writeHead(status, { 'content-type': 'application/json' });
  response.end(status === 200 ? '{"result":1}' : '{"result":1016}');
}

process.on('message', () => {
  const counts = Object.fromEntries(all.map(({ name, counting }) => [name, counting.counts]));
  tellParent({ atMs: performance.now(), counts } satisfies Totals);
});

server.keepAliveTimeout = 60_000;
server.listen({ port: 0, host: '127.0.0.1', backlog: 4_096 }, () =>
  tellParent({ port: (server.address() as AddressInfo).port }),
);
