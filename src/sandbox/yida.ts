import { z } from 'zod';
import type { Answer, Finding, Received } from './answer';
import { AppTokens } from './app-token';
import { monthText, newError } from './dingtalk-reply';
import { Form } from './form';
import { searchForm } from './form-search';
import { IpBan } from './ip-ban';
import { jsonOf } from './json';
import type { Draw, Quota } from './quota';
import { reply, unmetered } from './reply';
import type { TwinParts } from './twin';
import type { YidaSettings } from './yida-options';

/** The names of the two requests in the ledger and in fault targets. */
const TOKEN_API = 'oauth2.accessToken';
const SEARCH_API = 'yida.forms.instances.search';
const TOKEN_ROUTE = 'POST /v1.0/oauth2/accessToken';
const SEARCH_ROUTE = 'POST /v1.0/yida/forms/instances/search';
const APIS: Readonly<Record<string, string>> = { [TOKEN_ROUTE]: TOKEN_API, [SEARCH_ROUTE]: SEARCH_API };

const credentials = z.object({ appKey: z.string(), appSecret: z.string() });

/** DingTalk's new gateway with Yida's form search behind it. */
export class Yida {
  readonly tokens: AppTokens;
  readonly #settings: YidaSettings;
  readonly #quota: Quota;
  readonly #ban: IpBan;
  readonly #forms: ReadonlyMap<string, Form>;

  constructor(settings: YidaSettings, parts: TwinParts) {
    const { seed, anchorMs, quota } = parts;
    this.#settings = settings;
    this.#quota = quota;
    this.#ban = new IpBan({ quota, limit: settings.limits.ipPer20s, status: settings.banStatus });
    this.tokens = new AppTokens(seed, settings.accessTokenLifetimeMs);
    this.#forms = new Map(
      Object.entries(settings.forms).map(([formUuid, { instances }]) => [
        formUuid,
        new Form({ seed, formUuid, count: instances, anchorMs }),
      ]),
    );
  }

  answer(request: Received): Answer {
    const route = `${request.method} ${request.path}`;
    const banned = this.#ban.check(request, APIS[route] ?? 'unknown');
    if (banned) return banned;
    if (route === TOKEN_ROUTE) return this.#issueToken(request);
    if (route === SEARCH_ROUTE) return this.#authorize(request);
    const body = newError(request.n, 'InvalidAction.NotFound', `Specified api is not found: ${route}`);
    return unmetered(reply(404, body, { api: 'unknown', verdict: 'invalid' }));
  }

  *instanceIds(formUuid?: string): Generator<string> {
    for (const [name, form] of this.#forms) if ((formUuid ?? name) === name) yield* form.ids();
  }

  /** No limit counts it (DingTalk: requests for credentials are not metered). */
  #issueToken(request: Received): Answer {
    const { appKey, appSecret } = this.#settings;
    const scope = { app: appKey };
    const given = credentials.safeParse(jsonOf(request.body)).data;
    if (given?.appKey !== appKey || given.appSecret !== appSecret) {
      const error = newError(request.n, 'invalidClientIdOrSecret', '无效的clientId或者clientSecret');
      return unmetered(reply(400, error, { api: TOKEN_API, scope, verdict: 'denied' }));
    }
    const { accessToken, expiresInMs } = this.tokens.issue(request.atMs);
    const tokens = { accessToken, expireIn: Math.floor(expiresInMs / 1_000) };
    return unmetered(reply(200, tokens, { api: TOKEN_API, scope, verdict: 'served' }));
  }

  #authorize(request: Received): Answer {
    const { appKey: app, corpId: org } = this.#settings;
    const token = request.headers['x-acs-dingtalk-access-token'];
    if (typeof token !== 'string' || !this.tokens.isGood(token, request.atMs)) {
      // Status and text as in github.com/satorijs/satori issue 240 and apache/ozhera issue 74.
      const error = newError(request.n, 'InvalidAuthentication', '不合法的access_token');
      return reply(400, error, { api: SEARCH_API, scope: { app }, verdict: 'denied' });
    }
    const scope = { app, api: SEARCH_API, org };
    const spent = this.#quota.take(this.#draws(scope), { wallMs: request.atMs, monotonicMs: request.monotonicMs });
    if (spent) return refuse(request.n, spent, { scope, busyStatus: this.#settings.busyStatus });
    return this.#search(request, scope);
  }

  #search(request: Received, scope: Finding['scope']): Answer {
    const { appType, systemToken } = this.#settings;
    const found = searchForm(jsonOf(request.body), { forms: this.#forms, appType, systemToken });
    switch (found.kind) {
      case 'invalid':
        return reply(400, newError(request.n, found.code, found.message), {
          api: SEARCH_API,
          scope,
          verdict: 'invalid',
        });
      case 'page': {
        const { page, recordCount } = found;
        return reply(200, found.body, { api: SEARCH_API, scope, verdict: 'served', page, recordCount });
      }
    }
  }

  #draws({ app, api, org }: { app: string; api: string; org: string }): Draw<Refusable>[] {
    const { apiQps, orgQps, perMonth, gatewayQps, allQps } = this.#settings.limits;
    const draws = [
      { budget: 'org-month', scope: { org }, limit: perMonth, per: 'month' },
      { budget: 'gateway-qps', scope: { app, api }, limit: gatewayQps, per: 'second' },
      { budget: 'api-qps', scope: { app, api }, limit: apiQps, per: 'second' },
      { budget: 'org-qps', scope: { api, org }, limit: orgQps, per: 'second' },
      { budget: 'all-qps', scope: { api }, limit: allQps, per: 'second' },
    ] as const;
    return draws.flatMap(({ limit, ...draw }) => (limit === null ? [] : [{ ...draw, limit }]));
  }
}

type Refusable = 'org-month' | 'gateway-qps' | 'api-qps' | 'org-qps' | 'all-qps';

function refuse(
  n: number,
  { budget, limit }: Draw<Refusable>,
  { scope, busyStatus }: { scope: Finding['scope']; busyStatus: number },
): Answer {
  const finding = { api: SEARCH_API, scope, verdict: 'refused', budget } as const;
  const forbidden = (code: string, text: string): Answer =>
    reply(403, newError(n, `Forbidden.AccessDenied.${code}`, text), finding);
  switch (budget) {
    case 'org-month':
      // The text is that of the old API's 90020; status and code are those of the new one.
      return forbidden('ApiCountLimitForOrg', monthText(limit));
    case 'gateway-qps':
      return forbidden('QpsLimitForAppkeyAndApi', '触发了qps流控');
    case 'all-qps': {
      const text = `平台当前访问人数过多，请稍后重试:${SEARCH_API}`;
      return reply(busyStatus, newError(n, 'failure.operation.tooManyVisitors', text), finding);
    }
    case 'api-qps':
    case 'org-qps': {
      const text = `请求过于频繁，请稍后重试:${SEARCH_API}`;
      return reply(400, newError(n, 'failure.operation.requestTooFast', text), finding);
    }
  }
}
