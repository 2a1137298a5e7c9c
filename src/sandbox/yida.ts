import { z } from 'zod';
import { AppTokens } from './app-token';
import type { Answer, Finding, Received } from './arrival';
import { Form } from './form';
import { searchForm } from './form-search';
import type { YidaSettings } from './options';
import type { Draw, Quota } from './quota';

/** The names of the two requests in the ledger and in fault targets. */
const TOKEN_API = 'oauth2.accessToken';
const SEARCH_API = 'yida.forms.instances.search';
const TOKEN_ROUTE = 'POST /v1.0/oauth2/accessToken';
const SEARCH_ROUTE = 'POST /v1.0/yida/forms/instances/search';

const credentials = z.object({ appKey: z.string(), appSecret: z.string() });

/** DingTalk's new gateway with Yida's form search behind it. */
export class Yida {
  readonly tokens: AppTokens;
  readonly #settings: YidaSettings;
  readonly #quota: Quota;
  readonly #forms: ReadonlyMap<string, Form>;

  constructor(settings: YidaSettings, parts: { seed: string; anchorMs: number; quota: Quota }) {
    const { seed, anchorMs, quota } = parts;
    this.#settings = settings;
    this.#quota = quota;
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
    if (route === TOKEN_ROUTE) return this.#issueToken(request);
    if (route === SEARCH_ROUTE) return this.#authorize(request);
    const body = envelope(request.n, 'InvalidAction.NotFound', `Specified api is not found: ${route}`);
    return { ...reply(404, body, { api: 'unknown', verdict: 'invalid' }), metered: false };
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
      const error = envelope(request.n, 'invalidClientIdOrSecret', '无效的clientId或者clientSecret');
      return { ...reply(400, error, { api: TOKEN_API, scope, verdict: 'denied' }), metered: false };
    }
    const { accessToken, expiresInMs } = this.tokens.issue(request.atMs);
    const tokens = { accessToken, expireIn: Math.floor(expiresInMs / 1_000) };
    return { ...reply(200, tokens, { api: TOKEN_API, scope, verdict: 'served' }), metered: false };
  }

  #authorize(request: Received): Answer {
    const { appKey: app, corpId: org } = this.#settings;
    const token = request.headers['x-acs-dingtalk-access-token'];
    if (typeof token !== 'string' || !this.tokens.isGood(token, request.atMs)) {
      // Status and text as in github.com/satorijs/satori issue 240 and apache/ozhera issue 74.
      const error = envelope(request.n, 'InvalidAuthentication', '不合法的access_token');
      return reply(400, error, { api: SEARCH_API, scope: { app }, verdict: 'denied' });
    }
    const scope = { app, api: SEARCH_API, org };
    const spent = this.#quota.take(this.#draws(scope), { wallMs: request.atMs, monotonicMs: request.monotonicMs });
    if (spent) return refuse(request.n, spent, scope);
    return this.#search(request, scope);
  }

  #search(request: Received, scope: Finding['scope']): Answer {
    const { appType, systemToken } = this.#settings;
    const found = searchForm(jsonOf(request.body), { forms: this.#forms, appType, systemToken });
    switch (found.kind) {
      case 'invalid':
        return reply(400, envelope(request.n, found.code, found.message), {
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

  #draws({ app, api, org }: { app: string; api: string; org: string }): Draw[] {
    const { apiQps, orgQps, perMonth } = this.#settings.limits;
    const draws = [
      { budget: 'org-month', scope: { org }, limit: perMonth, per: 'month' },
      { budget: 'api-qps', scope: { app, api }, limit: apiQps, per: 'second' },
      { budget: 'org-qps', scope: { api, org }, limit: orgQps, per: 'second' },
    ] as const;
    return draws.flatMap(({ limit, ...draw }) => (limit === null ? [] : [{ ...draw, limit }]));
  }
}

function refuse(n: number, { budget, limit }: Draw, scope: Finding['scope']): Answer {
  const finding = { api: SEARCH_API, scope, verdict: 'refused', budget } as const;
  if (budget !== 'org-month') {
    return reply(
      400,
      envelope(n, 'failure.operation.requestTooFast', `请求过于频繁，请稍后重试:${SEARCH_API}`),
      finding,
    );
  }
  // The text is that of the old API's 90020 (help page 1061621972); status and code are those of the new one.
  const text = `您的企业本月api调用量已超过限制,调用量:${limit + 1}次,额度:${limit}次,请登录开发者后台-资源管理-查看用量明细`;
  return reply(403, envelope(n, 'Forbidden.AccessDenied.ApiCountLimitForOrg', text), finding);
}

function envelope(n: number, code: string, message: string): object {
  return { code, message, requestid: `SANDBOX-${String(n).padStart(12, '0')}` };
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

type PartFinding = Pick<Finding, 'api' | 'verdict'> & Partial<Finding>;

function reply(status: number, body: object, finding: PartFinding): Answer {
  return { status, body, metered: true, finding: { scope: {}, budget: null, page: null, recordCount: 0, ...finding } };
}
