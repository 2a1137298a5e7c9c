import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { childSpec, tellParent } from './child';

/** What the stub serves: the order lists of a platform. */
export interface OrderServerSpec {
  readonly recordsPerPage: number;
}

/** Answers every request with a page of new orders, put together from parts so that the server is never what is measured. */
const { recordsPerPage } = childSpec() as OrderServerSpec;
const title = 'a record of some length, as orders have '.repeat(3);
const tails = Array.from(
  { length: recordsPerPage },
  (_, n) => `${String(n).padStart(2, '0')},"n":${n},"title":"${title}"}`,
);
let served = 0;

const server = createServer((_request, response) => {
  served += 1;
  const orderList = tails.map((tail) => `{"oid":${served}${tail}`).join(',');
  response.setHeader('content-type', 'application/json');
  response.end(`{"result":1,"data":{"cursor":"${served}","orderList":[${orderList}]}}`);
});

server.keepAliveTimeout = 60_000;
server.listen({ port: 0, host: '127.0.0.1', backlog: 1_024 }, () =>
  tellParent({ port: (server.address() as AddressInfo).port }),
);
