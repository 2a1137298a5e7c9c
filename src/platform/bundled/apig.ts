import type { Reading } from '../../job/reading';
import { pickScope, type Scope } from '../../job/scope';
import { secret } from '../../secrets';
import { CHINA_DAY } from '../account';
import { type Credential, headerKey } from '../authentication';
import { type BudgetDefinition, inFlight } from '../budgets';
import { classifyBy } from '../classify';
import { definePlatform } from '../define';
import { codeText } from '../envelope';
import type { RuleContext } from '../error-reply';
import { keyText } from '../options';
import type { HttpReply, Platform, TokenRules } from '../platform';
import { definitionOf } from '../platform-options';
import { readRateHeaders } from '../rate-headers';
import { type RequestBuilder, rest } from '../rest';
import { restReply } from '../rest-reply';
import { vendor } from '../vendor';
import { apisMeant, type BoundPolicy, budgetsOfPolicy, groupOf } from './apig/budgets';
import { iamRenewal } from './apig/iam';
import { type ApigAuth, type ApigOptions, parseApigOptions, secretsOfAuth } from './apig/options';
import { countedBy, ERROR_PAGE, RULES } from './apig/rules';
import { signRequest } from './apig/signature';

export type { ApigAuth, ApigOptions } from './apig/options';

const POLICY_PAGE = 'https://support.huaweicloud.com/intl/en-us/api-apig/CreateRequestThrottlingPolicyV2.html';
const DOMAIN_PAGE = 'https://support.huaweicloud.com/intl/en-us/my-kualalumpur-1-usermanual-apig/apig-faq-2005032.html';

const classify = classifyBy({
  page: ERROR_PAGE,
  paths: { codes: ['error_code', 'error.code', 'code'], texts: ['error_msg', 'error.message', 'message'] },
  // What stands behind the gateway has success bodies of its own: only the gateway's codes are errors in them.
  isError: (envelope) => /^APIGW?\.\d{4}$/i.test(codeText(envelope['error_code'])),
  rules: RULES,
  success: restReply,
  readings: debugReadings,
});

/**
 * The APIs behind a gateway of Huawei Cloud: `call('GET /v1/orders/{id}', { id })`. Throws CONFIG_INVALID; a throttling policy that breaks
 * a rule is refused in the form of APIG.2011.
 */
function apigPlatform(options: ApigOptions): Platform {
  const given = parseApigOptions(options);
  const { auth, bound, baseUrl } = given;
  return definePlatform({
    vendor: 'apig',
    origins: [baseUrl, ...(auth.kind === 'iam' ? [auth.endpoint] : [])],
    // The vendor names no zone.
    ...definitionOf(options, { day: CHINA_DAY }),
    budgets: [...documented(baseUrl, bound), ...bound.flatMap(budgetsOfPolicy)],
    secrets: secretsOfAuth(auth),
    tokens: auth.kind === 'iam' ? tokensOf(auth) : null,
    app: given.app,
    scope: (call) => ({ user: given.user, ip: 'own', ...call.scope, ...groupScope(call.api, bound) }),
    request: requestBuilder(given),
    classify,
  });
}

export const apig = vendor<ApigOptions>(
  {
    name: 'apig',
    aliases: ['huawei', 'huawei-apig', 'huaweicloud-apig', 'huawei-maas', 'modelarts'],
    title: 'Huawei Cloud API Gateway (APIG)',
    support: 'full',
    confidence: 'high',
    page: ERROR_PAGE,
    call: { api: 'GET /v1/orders' },
    example: () =>
      apigPlatform({
        baseUrl: 'https://api.example.com',
        auth: { kind: 'app-code', code: secret('env:APIG_APP_CODE') },
      }),
  },
  apigPlatform,
);

/** A gateway lets 200 calls a second through to an API that no policy is bound to; its owner may have changed that. */
const API_QPS: BudgetDefinition = { name: 'api-qps', limit: 200, per: '1s', scope: ['api'], source: POLICY_PAGE };

/** The gateway's own domain for a group is for trying out: 1,000 calls a day. */
const DEBUG_DOMAIN = /\.(apic|apig|apigw)\.[\w.-]*huaweicloudapis\.com$/;

function documented(baseUrl: string, bound: readonly BoundPolicy[]): BudgetDefinition[] {
  const apis = bound.flatMap(({ apis: named }) => named?.flatMap(apisMeant) ?? []);
  const isForAll = bound.some(({ apis: named }) => named === undefined);
  const apiQps = apis.length > 0 ? { ...API_QPS, except: { api: apis } } : API_QPS;
  const isDebugDomain = DEBUG_DOMAIN.test(new URL(baseUrl).hostname);
  return [
    ...(isForAll ? [] : [apiQps]),
    inFlight(10),
    ...(isDebugDomain
      ? [{ name: 'debug-domain-day', limit: 1_000, per: 'day', scope: ['app'], source: DOMAIN_PAGE } as const]
      : []),
  ];
}

/** The shared policy that counts an API together with others. */
function groupScope(api: string, bound: readonly BoundPolicy[]): Scope {
  const isShared = ({ policy, apis }: BoundPolicy): boolean =>
    policy.type === 2 && (apis === undefined || apis.flatMap(apisMeant).includes(api));
  const shared = bound.find((one) => one.apis !== undefined && isShared(one)) ?? bound.find(isShared);
  return shared ? { org: groupOf(shared.policy) } : {};
}

function tokensOf(account: Extract<ApigAuth, { kind: 'iam' }>): TokenRules {
  return { owner: 'app', source: 'memory', renew: iamRenewal(account) };
}

function requestBuilder({ baseUrl, auth, stage, debug }: ReturnType<typeof parseApigOptions>): RequestBuilder {
  const headers = {
    ...(stage === undefined ? {} : { 'x-stage': stage }),
    ...(debug ? { 'x-apig-mode': 'debug' } : {}),
  };
  const plain = rest({ baseUrl, credentials: credentialsOf(auth), headers });
  if (auth.kind !== 'signature') return plain;
  return (call, given) => {
    const key = keyText(auth.key, given);
    return signRequest(plain(call, given), { key, secret: given.reveal(auth.secret) }, given.nowMs);
  };
}

function credentialsOf(auth: ApigAuth): Credential[] {
  switch (auth.kind) {
    case 'app-code':
      return [headerKey('x-apig-appcode', auth.code)];
    case 'token':
      return [headerKey('x-auth-token', auth.token)];
    case 'iam':
      return [headerKey('x-auth-token', 'access-token')];
    case 'signature':
    case 'none':
      return [];
  }
}

/** Each of the gateway's headers is of another counter of the call; `api-allenv` is of the API over all environments. */
function debugReadings({ headers }: HttpReply, { scope, nowMs }: RuleContext): readonly Reading[] {
  return readRateHeaders(headers, nowMs).map((reading) => ({
    ...reading,
    scope: pickScope(scope, reading.name === undefined ? ['app', 'api'] : namesOf(reading.name, scope)),
  }));
}

function namesOf(word: string, scope: Scope): readonly (keyof Scope)[] {
  return word === 'api-allenv' ? ['api'] : countedBy(word, scope);
}
