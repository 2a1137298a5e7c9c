import { z } from 'zod';
import type { Answer, Finding, Received } from './answer';
import { AppTokens } from './app-token';
import { Approvals } from './approval';
import { type DingtalkList, listInstances, listUsers, userIdOf } from './dingtalk-list';
import type { DingtalkSettings } from './dingtalk-options';
import { monthText, newError, oldError, plainOldError } from './dingtalk-reply';
import { IpBan } from './ip-ban';
import { jsonOf } from './json';
import type { Draw, Quota } from './quota';
import { reply, requestId, unmetered } from './reply';
import type { TwinParts } from './twin';

/** The names of the requests in the ledger and in fault targets. */
const TOKEN_API = 'oauth2.accessToken';
const TOKEN_ROUTE = /^POST \/v1\.0\/oauth2\/(accessToken|[^/]+\/token)$|^GET \/gettoken$/;

/** What the gateway knows of a path: which form its replies have, and whether the month counts it. */
interface Route {
  readonly api: string;
  readonly isOld: boolean;
  readonly isMetered: boolean;
}

const ROUTES: Readonly<Record<string, Route>> = {
  'POST /topapi/v2/user/list': { api: 'topapi.v2.user.list', isOld: true, isMetered: false },
  'POST /v1.0/workflow/processes/instanceIds/query': {
    api: 'workflow.processes.instanceIds.query',
    isOld: false,
    isMetered: true,
  },
};

const SECOND_MS = 1_000;
/** All year round. */
const BEIJING_AHEAD_MS = 8 * 3_600_000;

const ownCredentials = z
  .object({ appKey: z.string(), appSecret: z.string() })
  .transform(({ appKey, appSecret }) => ({ key: appKey, secret: appSecret }));
const corpCredentials = z
  .object({ client_id: z.string(), client_secret: z.string() })
  .transform(({ client_id: key, client_secret: secret }) => ({ key, secret }));

/** DingTalk's gateway, the new one and the old one behind one address, with a list behind each. */
export class Dingtalk {
  readonly tokens: AppTokens;
  readonly #settings: DingtalkSettings;
  readonly #quota: Quota;
  readonly #ban: IpBan;
  readonly #processes: ReadonlyMap<string, Approvals>;

  constructor(settings: DingtalkSettings, { seed, anchorMs, quota }: TwinParts) {
    this.#settings = settings;
    this.#quota = quota;
    this.#ban = new IpBan({ quota, limit: settings.limits.ipPer20s, status: settings.banStatus });
    this.tokens = new AppTokens(`${seed}/dingtalk`, settings.accessTokenLifetimeMs);
    this.#processes = new Map(
      Object.entries(settings.processes).map(([processCode, { instances }]) => [
        processCode,
        new Approvals({ seed, processCode, count: instances, anchorMs }),
      ]),
    );
  }

  answer(request: Received): Answer {
    const path = `${request.method} ${request.path}`;
    const route = Object.hasOwn(ROUTES, path) ? ROUTES[path] : undefined;
    const isToken = TOKEN_ROUTE.test(path);
    const banned = this.#ban.check(request, route?.api ?? (isToken ? TOKEN_API : 'unknown'));
    if (banned) return banned;
    if (isToken) return unmetered(this.#issueToken(request));
    if (route) return this.#authorize(request, route);
    const error = newError(request.n, 'InvalidAction.NotFound', `Specified api is not found: ${path}`);
    return unmetered(reply(404, error, { api: 'unknown', verdict: 'invalid' }));
  }

  *userIds(): Generator<string> {
    for (const [dept, { users }] of Object.entries(this.#settings.departments))
      for (let index = 0; index < users; index += 1) yield userIdOf(dept, index);
  }

  *instanceIds(): Generator<string> {
    for (const approvals of this.#processes.values()) yield* approvals.ids();
  }

  /** Three ways to the same tokens: either API takes them. */
  #issueToken(request: Received): Answer {
    const { appKey, appSecret } = this.#settings;
    const finding = { api: TOKEN_API, scope: { app: appKey } };
    const isOld = request.method === 'GET';
    const given = isOld ? queryCredentials(request.query) : this.#bodyCredentials(request);
    if (given?.key !== appKey || given.secret !== appSecret) {
      const denied = { ...finding, verdict: 'denied' } as const;
      if (isOld) return reply(200, plainOldError(request.n, 40_089, '不合法的corpid或corpsecret'), denied);
      return reply(400, newError(request.n, 'invalidClientIdOrSecret', '无效的clientId或者clientSecret'), denied);
    }
    const { accessToken, expiresInMs } = this.tokens.issue(request.atMs);
    const livesS = Math.floor(expiresInMs / SECOND_MS);
    const named = { access_token: accessToken, expires_in: livesS };
    const body = request.path.endsWith('/accessToken')
      ? { accessToken, expireIn: livesS }
      : { ...(isOld ? { errcode: 0, errmsg: 'ok' } : {}), ...named };
    return reply(200, body, { ...finding, verdict: 'served' });
  }

  #bodyCredentials({ path, body }: Received): { key: string; secret: string } | undefined {
    if (path.endsWith('/accessToken')) return ownCredentials.safeParse(jsonOf(body)).data;
    const isOwnCorp = path === `/v1.0/oauth2/${encodeURIComponent(this.#settings.corpId)}/token`;
    return isOwnCorp ? corpCredentials.safeParse(jsonOf(body)).data : undefined;
  }

  #authorize(request: Received, route: Route): Answer {
    const { appKey: app, corpId: org } = this.#settings;
    const { api, isOld } = route;
    const token = isOld ? request.query.get('access_token') : request.headers['x-acs-dingtalk-access-token'];
    if (typeof token !== 'string' || !this.tokens.isGood(token, request.atMs)) {
      const finding = { api, scope: { app }, verdict: 'denied' } as const;
      if (isOld) return reply(200, oldError(request.n, '40014', '不合法的access_token'), finding);
      return reply(400, newError(request.n, 'InvalidAuthentication', '不合法的access_token'), finding);
    }
    const scope = { app, api, org };
    const now = { wallMs: request.atMs, monotonicMs: request.monotonicMs };
    const spent = this.#quota.take(this.#draws(scope, route), now);
    return spent ? refuse(request, spent, { route, scope }) : this.#list(request, route, scope);
  }

  #draws({ app, api, org }: { app: string; api: string; org: string }, { isMetered }: Route): Draw<Refusable>[] {
    const { apiQps, allQps, perMonth } = this.#settings.limits;
    const draws = [
      { budget: 'org-month', scope: { org }, limit: isMetered ? perMonth : null, per: 'month' },
      { budget: 'api-qps', scope: { app, api }, limit: apiQps, per: 'second' },
      { budget: 'all-qps', scope: { api }, limit: allQps, per: 'second' },
    ] as const;
    return draws.flatMap(({ limit, ...draw }) => (limit === null ? [] : [{ ...draw, limit }]));
  }

  #list(request: Received, { api, isOld }: Route, scope: Finding['scope']): Answer {
    const body = jsonOf(request.body);
    const found = isOld ? listUsers(body, this.#settings.departments) : listInstances(body, this.#processes);
    if (found.kind === 'page') {
      const { page, recordCount } = found;
      return reply(200, successOf(request.n, found, isOld), { api, scope, verdict: 'served', page, recordCount });
    }
    const finding = { api, scope, verdict: 'invalid' } as const;
    if (isOld) return reply(200, plainOldError(request.n, 40_035, found.message), finding);
    return reply(400, newError(request.n, 'invalidParameter', found.message), finding);
  }
}

type Refusable = 'org-month' | 'api-qps' | 'all-qps';

/** Codes by budget: of the old API, of the new one after `Forbidden.AccessDenied.` */
const CODES: Readonly<Record<Refusable, readonly [old: string, new: string]>> = {
  'org-month': ['90020', 'ApiCountLimitForOrg'],
  'api-qps': ['90018', 'QpsLimitForAppkeyAndApi'],
  'all-qps': ['90002', 'QpsLimitForApi'],
};

function refuse(
  { n, atMs }: Received,
  { budget, limit }: Draw<Refusable>,
  { route: { api, isOld }, scope }: { route: Route; scope: Finding['scope'] },
): Answer {
  const finding = { api, scope, verdict: 'refused', budget } as const;
  const [oldCode, newCode] = CODES[budget];
  if (!isOld) {
    const message = budget === 'org-month' ? monthText(limit) : `触发了qps流控, 限制将在 ${endAfter(atMs)} 结束`;
    return reply(403, newError(n, `Forbidden.AccessDenied.${newCode}`, message), finding);
  }
  if (budget === 'org-month') return reply(200, plainOldError(n, Number(oldCode), monthText(limit)), finding);
  // As logged in ali-sdk/node-dingtalk issue 32 and dataelement/Clawith issue 373.
  const message =
    budget === 'all-qps'
      ? `您的服务器调用钉钉开放平台当前接口的所有请求都被暂时禁用了, apiPath(${api}), 请求总次数超过了 ${limit} 次, 处罚将在 ${endAfter(atMs)} 结束.`
      : `您的应用触发了qps流控, 请求总次数超过 ${limit} 次`;
  const body = budget === 'all-qps' ? plainOldError(n, Number(oldCode), message) : oldError(n, oldCode, message);
  return reply(200, body, finding);
}

/** A second later, in Beijing, rounded up: the text has no fractions. */
function endAfter(atMs: number): string {
  const endMs = Math.ceil((atMs + SECOND_MS) / SECOND_MS) * SECOND_MS;
  return new Date(endMs + BEIJING_AHEAD_MS).toISOString().slice(0, 19).replace('T', ' ');
}

function successOf(n: number, { result }: Extract<DingtalkList, { kind: 'page' }>, isOld: boolean): object {
  return isOld ? { errcode: 0, errmsg: 'ok', result, request_id: requestId(n) } : { result, success: true };
}

function queryCredentials(query: URLSearchParams): { key: string; secret: string } {
  return { key: query.get('appkey') ?? '', secret: query.get('appsecret') ?? '' };
}
