import type { HttpReply, HttpRequest } from '../../src/platform/platform';
import { Moods } from './moods';
import {
  type Answer,
  type ListQuery,
  listedByCursor,
  type PlatformServer,
  replyOf,
  type ServerOptions,
  type Sources,
  servedPage,
  withRepeat,
} from './server';
import { ServerLedger } from './server-ledger';

export const SHOP_ORIGIN = 'https://openapi.shop.test';
export const APP_KEY = 'ks1';
/** The job of each API, and where its list and its cursor stand. */
const LISTS = {
  'open.order.cursor.list': { job: 'orders', records: 'orderList', cursor: 'cursor', pageSize: 2 },
  'open.seller.order.refund.pcursor.list': {
    job: 'refunds',
    records: 'refundOrderInfoList',
    cursor: 'pcursor',
    pageSize: 3,
  },
} as const;
type Api = keyof typeof LISTS;

const TOKEN_SECONDS = 30 * 3_600;
/** The one before stays good for a crash between the renewal and its save. */
const OLD_REFRESH_TOKENS_KEPT = 2;

/** An open platform as Kuaishou's speaks: errors with status 200, tokens that expire, refusals in words. */
export class KuaishouServer implements PlatformServer {
  readonly name = 'shop';
  readonly origin = SHOP_ORIGIN;
  readonly ledger: ServerLedger;
  readonly moods: Moods;
  readonly #sources: Sources;
  readonly #tokens = new Map<string, { number: number; expiresAtMs: number }>();

  constructor({ day, limit, sources, random }: ServerOptions) {
    this.ledger = new ServerLedger(day, limit);
    this.moods = new Moods(random);
    this.#sources = sources;
  }

  /** The merchant's consent: the first tokens. */
  consent(user: string, nowMs: number): { accessToken: string; refreshToken: string; expiresAtMs: number } {
    const expiresAtMs = nowMs + TOKEN_SECONDS * 1_000;
    const number = (this.#tokens.get(user)?.number ?? 0) + 1;
    this.#tokens.set(user, { number, expiresAtMs });
    return { accessToken: `a.${user}.${number}`, refreshToken: `r.${user}.${number}`, expiresAtMs };
  }

  /** Every token ends before its time. */
  expireTokens(): void {
    for (const token of this.#tokens.values()) token.expiresAtMs = 0;
  }

  listOf({ url }: HttpRequest): { readonly job: string; readonly partition: string } | null {
    const { searchParams } = new URL(url);
    const api = searchParams.get('method');
    if (api === null) return null;
    const [, partition = ''] = (searchParams.get('access_token') ?? '').split('.');
    return { job: LISTS[api as Api].job, partition };
  }

  answer(request: HttpRequest, nowMs: number): Answer {
    const url = new URL(request.url);
    if (url.pathname === '/oauth2/refresh_token') return { reply: this.#renew(request.body ?? '', nowMs), page: null };
    const isLeft = this.ledger.count(nowMs);
    if (this.moods.strikes('fails-with-5xx', nowMs, 0.4)) return noPage(replyOf(502, '', { nowMs }));
    if (!isLeft) return refused(`Exceed quota limit, KEY [appkey:${APP_KEY}]`, nowMs);
    const api = url.searchParams.get('method') ?? '';
    if (this.moods.strikes('refuses-as-too-fast', nowMs, 0.3))
      return refused(`Exceed qps limit, KEY [apiId:${api};appkey:${APP_KEY}]`, nowMs);
    const [, user = '', number = ''] = (url.searchParams.get('access_token') ?? '').split('.');
    const token = this.#tokens.get(user);
    if (token?.number !== Number(number) || nowMs >= token.expiresAtMs)
      return noPage(replyOf(200, { result: 28, error_msg: 'access_token 过期' }, { nowMs }));
    return this.#list(api as Api, { user, param: url.searchParams.get('param') ?? '{}' }, nowMs);
  }

  #list(api: Api, { user, param }: { user: string; param: string }, nowMs: number): Answer {
    const shape = LISTS[api];
    const asked = JSON.parse(param) as { beginTime: number; endTime: number; page: string };
    const query: ListQuery = {
      job: shape.job,
      partition: user,
      sinceMs: asked.beginTime,
      // Nothing is known of the time to come, whatever clock the client has.
      untilMs: Math.min(asked.endTime, nowMs),
      page: asked.page,
      pageSize: shape.pageSize,
    };
    if (asked.page !== '' && this.moods.strikes('rejects-cursors', nowMs, 0.3))
      return noPage(replyOf(200, { result: 3, error_msg: 'cursor 已过期' }, { nowMs }));
    const source = this.#sources.get(`${shape.job}/${user}`)!;
    const found = listedByCursor(source, query);
    const listed = this.moods.strikes('repeats-records', nowMs, 0.5) ? withRepeat(found, source) : found;
    const data = { [shape.cursor]: listed.next, [shape.records]: listed.records };
    const page = servedPage({ ...query, untilMs: asked.endTime }, listed, nowMs);
    return { reply: replyOf(200, { result: 1, data }, { nowMs }), page };
  }

  #renew(body: string, nowMs: number): HttpReply {
    const [, user = '', number = ''] = (new URLSearchParams(body).get('refresh_token') ?? '').split('.');
    const token = this.#tokens.get(user);
    if (!token || token.number - Number(number) > OLD_REFRESH_TOKENS_KEPT)
      return replyOf(200, { result: 100200106, error: 'refresh_token dead' }, { nowMs });
    const { accessToken, refreshToken } = this.consent(user, nowMs);
    const renewed = { access_token: accessToken, refresh_token: refreshToken, expires_in: TOKEN_SECONDS };
    return replyOf(200, { result: 1, ...renewed }, { nowMs });
  }
}

function refused(text: string, nowMs: number): Answer {
  return noPage(replyOf(200, { result: 802_000, error_msg: text }, { nowMs }));
}

function noPage(reply: HttpReply): Answer {
  return { reply, page: null };
}
