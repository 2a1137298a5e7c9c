import { z } from 'zod';
import { OffpeakError } from '../../errors';
import { didYouMean, strictShape } from '../../job/faults';
import { isSecret, type Secret, secret } from '../../secrets';
import { CHINA_DAY } from '../account';
import { accessTokenOf } from '../authentication';
import { type BudgetDefinition, inFlight } from '../budgets';
import { definePlatform } from '../define';
import { keyOption, parseOptions, scopeName, secretOption } from '../options';
import type { Auth, HttpRequest, Platform, PlatformCall } from '../platform';
import { definitionOf, type PlatformOptions, platformOptions } from '../platform-options';
import { bodyText, withQuery } from '../rest';
import { vendor } from '../vendor';
import { DINGTALK_ORIGIN, THROTTLING_PAGE } from './dingtalk/rules';
import { dingtalkRenewal } from './dingtalk/tokens';
import { classifyYida } from './yida/replies';
import { YIDA_PAGE } from './yida/rules';

/** One Yida application, called through DingTalk's gateway. */
export interface YidaOptions extends PlatformOptions {
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

const DOCUMENTED: readonly BudgetDefinition[] = [
  { name: 'api-qps', limit: 40, per: '1s', scope: ['app', 'api'], source: YIDA_PAGE },
  { name: 'ip-20s', limit: 10_000, per: '20s', scope: ['ip'], source: THROTTLING_PAGE },
  inFlight(10),
];

const schema = strictShape({
  ...platformOptions,
  appKey: keyOption,
  appSecret: secretOption,
  appType: z.string().min(1),
  systemToken: secretOption,
  userId: z.string().min(1),
  org: z.string().min(1).default('own'),
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
export const yida = vendor<YidaOptions>(
  {
    name: 'yida',
    title: 'DingTalk Yida',
    support: 'full',
    confidence: 'high',
    page: YIDA_PAGE,
    call: { api: 'yida.forms.instances.search' },
    example: () =>
      yidaPlatform({
        appKey: 'this',
        appSecret: secret('env:YIDA_APP_SECRET'),
        appType: 'APP_EXAMPLE',
        systemToken: secret('env:YIDA_SYSTEM_TOKEN'),
        userId: 'example',
        org: 'this',
      }),
  },
  yidaPlatform,
);

function yidaPlatform(options: YidaOptions): Platform {
  const given = parseOptions('yida', schema, options);
  const { appKey, appSecret, systemToken, org } = given;
  const { origin } = new URL(given.baseUrl ?? DINGTALK_ORIGIN);
  const day = given.day ?? CHINA_DAY;
  return definePlatform({
    vendor: 'yida',
    origins: [origin],
    ...definitionOf(options, { day }),
    budgets: DOCUMENTED,
    secrets: [appKey, appSecret, systemToken].filter(isSecret),
    tokens: { owner: 'app', source: 'memory', renew: dingtalkRenewal({ origin, appKey, appSecret, day }) },
    app: scopeName(appKey),
    scope: () => ({ org, ip: 'own' }),
    request: (call, auth) => request(call, auth, { given, origin }),
    classify: classifyYida,
  });
}

function request(call: PlatformCall, auth: Auth, { given, origin }: { given: Given; origin: string }): HttpRequest {
  const apis = { ...APIS, ...given.apis };
  const api = Object.hasOwn(apis, call.api) ? apis[call.api] : undefined;
  if (!api)
    throw new OffpeakError(
      'JOB_INVALID',
      `call("${call.api}"): not an API of yida()${didYouMean(call.api, Object.keys(apis))}`,
    );
  const accessToken = accessTokenOf(auth, 'the app of yida()', 'Check appKey and appSecret of the DingTalk app.');
  const params = {
    ...call.params,
    appType: given.appType,
    systemToken: auth.reveal(given.systemToken),
    userId: given.userId,
  };
  const headers = { 'x-acs-dingtalk-access-token': accessToken };
  const url = `${origin}${api.path}`;
  if (api.method === 'GET') return { method: 'GET', url: withQuery(url, params), headers, body: null };
  return {
    method: 'POST',
    url,
    headers: { ...headers, 'content-type': 'application/json' },
    body: bodyText(call.api, filtersAsText(params)),
  };
}

/** Filters are JSON inside JSON: a filter given as an object is written out. */
function filtersAsText(params: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const isFilter = (name: string, value: unknown): boolean =>
    name.endsWith('Json') && typeof value === 'object' && value !== null;
  return Object.fromEntries(
    Object.entries(params).map(([name, value]) => [name, isFilter(name, value) ? JSON.stringify(value) : value]),
  );
}
