import { z } from 'zod';
import { messageOf, OffpeakError } from '../errors';
import { didYouMean, strictShape } from '../job/faults';
import type { Budget } from '../limit/budget';
import { isSecret, type Secret } from '../secrets';
import type { DayRule } from '../time/window';
import { type BudgetsOption, budgetsOption, withOverrides } from './budgets';
import { dingtalkRenewal } from './dingtalk-tokens';
import {
  dayOption,
  guardOption,
  keyOption,
  originOption,
  parseOptions,
  reprobeOption,
  scopeName,
  secretOption,
} from './options';
import type { Auth, HttpRequest, Platform, PlatformCall } from './platform';
import { classifyYida } from './yida-replies';

/** One Yida application, called through DingTalk's gateway. */
export interface YidaOptions {
  /** Client ID of the DingTalk app (`ding…`). */
  readonly appKey: string | Secret;
  /** Client Secret of the DingTalk app. */
  readonly appSecret: Secret;
  /** The Yida application, `APP_…`. */
  readonly appType: string;
  /** The Yida application's own secret, from its settings page. */
  readonly systemToken: Secret;
  /** The DingTalk user in whose name forms are read. */
  readonly userId: string;
  /** A name for the organisation, in scopes and logs only. Default `own`. */
  readonly org?: string;
  /** Default https://api.dingtalk.com. */
  readonly baseUrl?: string;
  /** When days and months turn over. Default 00:00 Asia/Shanghai. */
  readonly day?: DayRule;
  /** Default 2000, at most an hour. */
  readonly resetGuardMs?: number;
  /**
   * How often a scope that the platform put down is asked again before its reset: `'1h'`, from 1 minute to 1 day. Default
   * `false`, never: a refused call may count.
   */
  readonly reprobe?: string | false;
  /** Figures that differ from the documented ones, and budgets of your own, such as DingTalk's calls per month. */
  readonly budgets?: BudgetsOption;
  /** More APIs: `{ 'yida.processes.instances.search': { method: 'POST', path: '/v1.0/yida/processes/instances' } }`. */
  readonly apis?: Readonly<Record<string, YidaApi>>;
}

export interface YidaApi {
  readonly method: 'GET' | 'POST';
  readonly path: string;
}

const APIS: Readonly<Record<string, YidaApi>> = {
  'yida.forms.instances.search': { method: 'POST', path: '/v1.0/yida/forms/instances/search' },
};

const THROTTLING_PAGE =
  'https://open.dingtalk.com/document/development/how-to-process-api-throttling-on-the-dingtalk-server';
const YIDA_PAGE = 'https://docs.aliwork.com/docs/yida_support/lbtl0t/wae8oddztfq167ly';

const DOCUMENTED: readonly Budget[] = [
  { name: 'api-qps', limit: 40, per: { rollingMs: 1_000 }, scope: ['app', 'api'], source: YIDA_PAGE },
  { name: 'ip-20s', limit: 10_000, per: { rollingMs: 20_000 }, scope: ['ip'], source: THROTTLING_PAGE },
  { name: 'in-flight', limit: 10, per: 'in-flight', scope: ['app'], source: 'offpeak default' },
];

const schema = strictShape({
  appKey: keyOption,
  appSecret: secretOption,
  appType: z.string().min(1),
  systemToken: secretOption,
  userId: z.string().min(1),
  org: z.string().min(1).default('own'),
  baseUrl: originOption.default('https://api.dingtalk.com'),
  day: dayOption.default({ kind: 'civil', at: '00:00', timezone: 'Asia/Shanghai' }),
  resetGuardMs: guardOption.default(2_000),
  reprobe: reprobeOption.default(null),
  budgets: budgetsOption.default({}),
  apis: z
    .record(
      z.string(),
      strictShape({
        method: z.enum(['GET', 'POST']),
        path: z.string().regex(/^\/v[\w./-]+$/, 'expected a path such as /v1.0/yida/…'),
      }),
    )
    .default({}),
});

type Given = z.output<typeof schema>;

/**
 * A Yida application. The form is a parameter of the call: `call('yida.forms.instances.search', { formUuid, … })`.
 * Throws CONFIG_INVALID.
 */
export function yida(options: YidaOptions): Platform {
  const given = parseOptions('yida', schema, options);
  const { origin } = new URL(given.baseUrl);
  const app = scopeName(given.appKey);
  const appKey = (auth: Auth): string => (isSecret(given.appKey) ? auth.reveal(given.appKey) : given.appKey);
  return {
    vendor: 'yida',
    origins: [origin],
    day: given.day,
    resetGuardMs: given.resetGuardMs,
    reprobeMs: given.reprobe,
    budgets: withOverrides('yida', DOCUMENTED, given.budgets),
    secrets: [given.appKey, given.appSecret, given.systemToken].filter(isSecret),
    tokens: {
      owner: 'app',
      source: 'memory',
      renew: dingtalkRenewal({ origin, appKey, appSecret: given.appSecret, day: given.day }),
    },
    scope: (call) => ({ ...call.scope, app, api: call.api, org: given.org, ip: 'own' }),
    request: (call, auth) => request(call, auth, { given, origin }),
    classify: (reply, context) => classifyYida(reply, context, given.day),
  };
}

function request(call: PlatformCall, auth: Auth, { given, origin }: { given: Given; origin: string }): HttpRequest {
  const apis = { ...APIS, ...given.apis };
  const api = Object.hasOwn(apis, call.api) ? apis[call.api] : undefined;
  if (!api)
    throw new OffpeakError(
      'JOB_INVALID',
      `call("${call.api}"): not an API of yida()${didYouMean(call.api, Object.keys(apis))}`,
    );
  if (auth.accessToken === null) throw new OffpeakError('SECRET_MISSING', 'no DingTalk access token for yida()');
  const params = {
    ...call.params,
    appType: given.appType,
    systemToken: auth.reveal(given.systemToken),
    userId: given.userId,
  };
  const headers = { 'x-acs-dingtalk-access-token': auth.accessToken };
  const url = `${origin}${api.path}`;
  if (api.method === 'GET') return { method: 'GET', url: `${url}?${queryText(params)}`, headers, body: null };
  return {
    method: 'POST',
    url,
    headers: { ...headers, 'content-type': 'application/json' },
    body: bodyText(call.api, params),
  };
}

function queryText(params: Readonly<Record<string, unknown>>): string {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(params)) {
    if (value !== undefined && value !== null) query.set(name, fieldText(value));
  }
  return query.toString();
}

/** Filters are JSON inside JSON: a filter given as an object is written out. */
function bodyText(api: string, params: Readonly<Record<string, unknown>>): string {
  const isNested = (name: string, value: unknown): boolean =>
    name.endsWith('Json') && typeof value === 'object' && value !== null;
  try {
    return JSON.stringify(
      Object.fromEntries(
        Object.entries(params).map(([name, value]) => [name, isNested(name, value) ? JSON.stringify(value) : value]),
      ),
    );
  } catch (cause) {
    throw new OffpeakError('JOB_INVALID', `call("${api}"): the parameters are not JSON: ${messageOf(cause)}`, {
      cause,
    });
  }
}

function fieldText(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}
