import type { HttpRequest } from '../../src/platform/platform';
import { Moods } from './moods';
import {
  type Answer,
  type ListQuery,
  listedByNumber,
  type PlatformServer,
  replyOf,
  type ServerOptions,
  type Sources,
  servedPage,
  withRepeat,
} from './server';
import { ServerLedger } from './server-ledger';

export const MALL_ORIGIN = 'https://api.mall.test';
const PAGE_SIZE = 3;

/** A plain REST API: status codes, `Retry-After`, lists by page number that move while they are read. */
export class MallServer implements PlatformServer {
  readonly name = 'mall';
  readonly origin = MALL_ORIGIN;
  readonly ledger: ServerLedger;
  readonly moods: Moods;
  readonly #sources: Sources;

  constructor({ day, limit, sources, random }: ServerOptions) {
    this.ledger = new ServerLedger(day, limit);
    this.moods = new Moods(random);
    this.#sources = sources;
  }

  listOf({ url }: HttpRequest): ListQuery {
    return queryOf(new URL(url));
  }

  answer(request: HttpRequest, nowMs: number): Answer {
    const isLeft = this.ledger.count(nowMs);
    if (this.moods.strikes('fails-with-5xx', nowMs, 0.4)) return noPage(503, {}, nowMs);
    if (!isLeft) return noPage(429, { 'retry-after': secondsTo(this.ledger.at(nowMs).endMs, nowMs) }, nowMs);
    if (this.moods.strikes('refuses-as-too-fast', nowMs, 0.3)) return noPage(429, { 'retry-after': '2' }, nowMs);
    const url = new URL(request.url);
    const query = queryOf(url);
    const source = this.#sources.get(`${query.job}/${query.partition}`)!;
    const found = listedByNumber(source, query, nowMs);
    const listed = this.moods.strikes('repeats-records', nowMs, 0.5) ? withRepeat(found, source) : found;
    const reply = replyOf(200, { records: listed.records, next: listed.next }, { nowMs });
    return { reply, page: servedPage(query, listed, nowMs) };
  }
}

function queryOf({ pathname, searchParams }: URL): ListQuery {
  return {
    job: pathname.slice(1),
    partition: searchParams.get('shop') ?? '',
    sinceMs: Number(searchParams.get('since')),
    untilMs: Number(searchParams.get('until')),
    page: searchParams.get('page') ?? '',
    pageSize: PAGE_SIZE,
  };
}

function noPage(status: number, headers: Readonly<Record<string, string>>, nowMs: number): Answer {
  return { reply: replyOf(status, '', { nowMs, headers }), page: null };
}

function secondsTo(atMs: number, nowMs: number): string {
  return String(Math.ceil((atMs - nowMs) / 1_000));
}
