import type { Scope } from '../job/scope';
import { type DayRule, windowAt } from '../time/window';
import type { Answer, Received } from './answer';
import type { Instant } from './counter';
import { Cursors } from './cursor';
import { Catalogue } from './item';
import { listItems } from './item-list';
import { jsonOf } from './json';
import { REFRESH_PATH, refreshTokens } from './kuaishou-oauth';
import type { KuaishouSettings } from './kuaishou-options';
import {
  AUTHORIZATION_REVOKED,
  authError,
  businessError,
  type KuaishouBudget,
  refusal,
  success,
} from './kuaishou-reply';
import type { Listing } from './listing';
import { MerchantTokens } from './merchant-token';
import { OrderBook } from './order';
import { listOrders } from './order-list';
import type { Draw, Quota } from './quota';
import { listRefunds, refundIdsOf } from './refund-list';
import { reply, unmetered } from './reply';
import { isSigned } from './signature';
import type { TwinParts } from './twin';

const APIS = ['open.order.cursor.list', 'open.seller.order.refund.pcursor.list', 'open.item.list.get'] as const;
type Api = (typeof APIS)[number];

interface Merchant {
  readonly orders: OrderBook;
  readonly items: Catalogue;
}

/** Of the day's traffic must be used before it can be reset, and how often a day it can. */
const RESET_SHARE = 0.6;
const RESETS_PER_DAY = 3;

export type TrafficReset = 'reset' | 'too-early' | 'too-often';

/** Kuaishou's gateway: signature, token, limits and the list APIs. Answers at once; the caller adds latency and faults. */
export class Kuaishou {
  readonly tokens: MerchantTokens;
  readonly #settings: KuaishouSettings;
  readonly #quota: Quota;
  readonly #cursors: Cursors;
  readonly #day: DayRule;
  #resets = { dayStartMs: Number.NaN, times: 0 };
  readonly #merchants: ReadonlyMap<string, Merchant>;

  constructor(settings: KuaishouSettings, parts: TwinParts) {
    const { seed, anchorMs, openedAtMs, quota, day } = parts;
    this.#settings = settings;
    this.#quota = quota;
    this.#day = day;
    this.tokens = new MerchantTokens(settings, { seed, openedAtMs });
    this.#cursors = new Cursors(seed, settings.cursorLifetimeMs);
    this.#merchants = new Map(
      Object.entries(settings.merchants).map(([userId, { orders, items }], ordinal) => [
        userId,
        {
          orders: new OrderBook({ seed, userId, ordinal, count: orders, anchorMs }),
          items: new Catalogue({ seed, userId, ordinal, count: items, anchorMs }),
        },
      ]),
    );
  }

  answer(request: Received): Answer {
    const params = paramsOf(request);
    if (request.path === REFRESH_PATH) {
      return refreshTokens(request, params, { settings: this.#settings, tokens: this.tokens });
    }
    const api = APIS.find((name) => request.path === `/${name.replaceAll('.', '/')}`);
    if (!api) return noSuchUrl(request);
    return this.#authorize(request, { api, params });
  }

  *orderIds(userId?: string): Generator<number> {
    for (const [user, { orders }] of this.#merchants) if ((userId ?? user) === user) yield* orders.oids();
  }

  *refundIds(userId?: string): Generator<number> {
    for (const [user, { orders }] of this.#merchants) if ((userId ?? user) === user) yield* refundIdsOf(orders);
  }

  *itemIds(userId?: string): Generator<number> {
    for (const [user, { items }] of this.#merchants) if ((userId ?? user) === user) yield* items.ids();
  }

  /** The button "reset today's traffic" of the console. Source: "Rules for applying for app traffic", 应用流量申请规则. */
  resetTraffic(now: Instant): TrafficReset {
    const { appKey, limits } = this.#settings;
    const dayStartMs = windowAt(this.#day, 'day', now.wallMs).startMs;
    if (this.#resets.dayStartMs !== dayStartMs) this.#resets = { dayStartMs, times: 0 };
    if (this.#resets.times >= RESETS_PER_DAY) return 'too-often';
    const draw = {
      budget: 'app-day',
      scope: { app: appKey },
      limit: limits.appPerDay ?? Infinity,
      per: 'day',
    } as const;
    if (this.#quota.standing(draw, now).used <= draw.limit * RESET_SHARE) return 'too-early';
    this.#resets.times += 1;
    this.#quota.restore({ budget: 'app-day', scope: {} });
    return 'reset';
  }

  #authorize(request: Received, { api, params }: { api: Api; params: ReadonlyMap<string, string> }): Answer {
    const deny = (body: object, scope: Scope = { api }): Answer => reply(200, body, { api, scope, verdict: 'denied' });
    const appKey = this.#settings.appKey;
    // No body of a bad app or signature was ever published: the codes are ours, the signature's text is the title of K1004.
    if (params.get('appkey') !== appKey) return deny(authError(request.n, { result: 21, message: 'appkey无效' }));
    const timestamp = Number(params.get('timestamp'));
    const isWhole = params.get('method') === api && params.get('version') === '1' && Number.isSafeInteger(timestamp);
    if (!isWhole || timestamp <= 0 || !isSigned(params, this.#settings.signSecret)) {
      return deny(authError(request.n, { result: 21, message: '签名校验失败' }), { app: appKey, api });
    }
    const access = this.tokens.check(params.get('access_token') ?? '', request.atMs);
    switch (access.kind) {
      case 'expired':
        return deny(authError(request.n, { result: 28, message: 'TOKEN过期' }), { app: appKey, api });
      case 'revoked':
        return deny(AUTHORIZATION_REVOKED, { app: appKey, api, user: access.userId });
      case 'good':
        return this.#admit(request, { api, userId: access.userId, param: params.get('param') ?? '{}' });
    }
  }

  #admit(request: Received, call: { api: Api; userId: string; param: string }): Answer {
    const scope = { app: this.#settings.appKey, api: call.api, user: call.userId };
    const spent = this.#quota.take(this.#draws(scope), { wallMs: request.atMs, monotonicMs: request.monotonicMs });
    if (spent) {
      const finding = { api: call.api, scope, verdict: 'refused', budget: spent.budget } as const;
      return reply(this.#settings.refusalStatus, refusal(request.n, spent), finding);
    }
    const listing = this.#list(call, request.atMs);
    switch (listing.kind) {
      case 'invalid':
        return reply(200, businessError(request.n, listing), { api: call.api, scope, verdict: 'invalid' });
      case 'page': {
        const { page, recordCount } = listing;
        const finding = { api: call.api, scope, verdict: 'served', page, recordCount } as const;
        return reply(200, success(request.n, listing.data), finding);
      }
    }
  }

  /** Checked in this order: the app's day, the user's day, the user's day on the API, then the seconds. */
  #draws({ app, api, user }: { app: string; api: string; user: string }): Draw<KuaishouBudget>[] {
    const { limits, testUsers } = this.#settings;
    const isLimitedUser = testUsers === undefined || testUsers.includes(user);
    const apiQps = Object.hasOwn(limits.apiQpsByApi, api) ? (limits.apiQpsByApi[api] ?? null) : limits.apiQps;
    const draws = [
      { budget: 'app-day', scope: { app }, limit: limits.appPerDay, per: 'day' },
      { budget: 'user-day', scope: { app, user }, limit: isLimitedUser ? limits.userPerDay : null, per: 'day' },
      { budget: 'api-user-day', scope: { app, api, user }, limit: limits.apiUserPerDay, per: 'day' },
      { budget: 'api-qps', scope: { app, api }, limit: apiQps, per: 'second' },
      { budget: 'user-qps', scope: { app, api, user }, limit: limits.userQps, per: 'second' },
    ] as const;
    return draws.flatMap(({ limit, ...draw }) => (limit === null ? [] : [{ ...draw, limit }]));
  }

  #list({ api, userId, param }: { api: Api; userId: string; param: string }, nowMs: number): Listing {
    const merchant = this.#merchants.get(userId);
    const parsed = jsonObject(param);
    if (!merchant || parsed === null) return { kind: 'invalid', result: 2001, message: 'param无效', data: {} };
    switch (api) {
      case 'open.order.cursor.list':
        return listOrders(parsed, { book: merchant.orders, userId, cursors: this.#cursors, nowMs });
      case 'open.seller.order.refund.pcursor.list':
        return listRefunds(parsed, { book: merchant.orders, userId, cursors: this.#cursors, nowMs });
      case 'open.item.list.get':
        return listItems(parsed, { catalogue: merchant.items, userId });
    }
  }
}

/** Query and form body together, whichever carries a parameter; the body wins. */
function paramsOf({ query, body, method }: Received): ReadonlyMap<string, string> {
  const form = method === 'POST' ? new URLSearchParams(body) : [];
  return new Map([...query, ...form]);
}

function jsonObject(text: string): object | null {
  const value = jsonOf(text);
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? value : null;
}

function noSuchUrl({ n }: Received): Answer {
  const body = businessError(n, { result: 2001, message: 'Invalid url', data: {} });
  return unmetered(reply(404, body, { api: 'unknown', verdict: 'invalid' }));
}
