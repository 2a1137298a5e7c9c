import { z } from 'zod';
import { strictShape } from '../../job/faults';
import { isSecret, type Secret, secret } from '../../secrets';
import { CHINA_DAY } from '../account';
import { headerKey, queryKey } from '../authentication';
import { definePlatform } from '../define';
import { keyOption, originOption, parseOptions, scopeName, secretOption } from '../options';
import type { Platform } from '../platform';
import { definitionOf, type PlatformOptions, platformOptions } from '../platform-options';
import { type RequestBuilder, rest } from '../rest';
import { vendor } from '../vendor';
import { APP_KINDS, type AppKind, dingtalkBudgets, EDITIONS, type Edition, UNMETERED } from './dingtalk/budgets';
import { classifyDingtalk, DINGTALK_ORIGIN, THROTTLING_PAGE } from './dingtalk/rules';
import { dingtalkRenewal } from './dingtalk/tokens';

/**
 * One app on the DingTalk open platform, for one organisation. Calls name method and path, of the new API
 * (`call('GET /v1.0/contact/users/{unionId}', …)`) or of the old one (`call('POST /topapi/v2/user/list', …)`).
 */
export interface DingtalkOptions extends PlatformOptions {
  /** Client ID of the app (`ding…`). */
  readonly appKey: string | Secret;
  /** Client Secret of the app. */
  readonly appSecret: Secret;
  /** Default `internal`: the organisation's own. That of a third party may call more often, and needs `corpId`. */
  readonly appKind?: AppKind;
  /** The organisation whose data is read. Left out, the one that the app belongs to. */
  readonly corpId?: string;
  /** The organisation's edition of DingTalk. Default `standard`. */
  readonly edition?: Edition;
  /** A name for the organisation, in scopes and logs only. Default `own`. */
  readonly org?: string;
  /** Beginnings of the paths that the organisation's month does not count. Default: tokens, sign-in and contacts. */
  readonly unmetered?: readonly string[];
  /** Of the old API; `baseUrl` is that of the new one. Default https://oapi.dingtalk.com. */
  readonly oldBaseUrl?: string;
}

const CORP_EXPECTED = 'expected the organisation that the app of a third party is called for, got none';

const schema = strictShape({
  ...platformOptions,
  appKey: keyOption,
  appSecret: secretOption,
  appKind: z.enum(APP_KINDS).default('internal'),
  corpId: z.string().min(1).optional(),
  edition: z.enum(EDITIONS).default('standard'),
  org: z.string().min(1).default('own'),
  unmetered: z
    .array(z.string().regex(/^\/\S+$/, 'expected the beginning of a path: /v1.0/contact/'))
    .default([...UNMETERED]),
  oldBaseUrl: originOption.default('https://oapi.dingtalk.com'),
}).refine(({ appKind, corpId }) => appKind === 'internal' || corpId !== undefined, {
  path: ['corpId'],
  error: CORP_EXPECTED,
});

export const dingtalk = vendor<DingtalkOptions>(
  {
    name: 'dingtalk',
    aliases: ['dingding'],
    title: 'DingTalk open platform',
    support: 'full',
    confidence: 'high',
    page: THROTTLING_PAGE,
    call: { api: 'POST /v1.0/workflow/processes/instanceIds/query' },
    example: () => dingtalkPlatform({ appKey: 'this', appSecret: secret('env:DINGTALK_APP_SECRET'), org: 'this' }),
  },
  dingtalkPlatform,
);

function dingtalkPlatform(options: DingtalkOptions): Platform {
  const given = parseOptions('dingtalk', schema, options);
  const { appKey, appSecret, corpId, unmetered, org } = given;
  const { origin } = new URL(given.baseUrl ?? DINGTALK_ORIGIN);
  const oldOrigin = new URL(given.oldBaseUrl).origin;
  const day = given.day ?? CHINA_DAY;
  const renewal = { origin, appKey, appSecret, day, ...(corpId === undefined ? {} : { corpId }) };
  return definePlatform({
    vendor: 'dingtalk',
    origins: [origin, oldOrigin],
    ...definitionOf(options, { day }),
    budgets: dingtalkBudgets(given),
    secrets: [appKey, appSecret].filter(isSecret),
    tokens: { owner: 'app', source: 'memory', renew: dingtalkRenewal(renewal) },
    app: scopeName(appKey),
    // A call that the month does not count is not of the organisation: what stops the month lets it go on.
    scope: ({ api }) => ({ ip: 'own', ...(isUnder(unmetered, pathOf(api)) ? {} : { org }) }),
    request: requestOf(origin, oldOrigin),
    classify: classifyDingtalk,
  });
}

/** The path tells the API: a version stands in front of those of the new one. */
function requestOf(origin: string, oldOrigin: string): RequestBuilder {
  const newApi = rest({ baseUrl: origin, credentials: [headerKey('x-acs-dingtalk-access-token', 'access-token')] });
  const oldApi = rest({ baseUrl: oldOrigin, credentials: [queryKey('access_token', 'access-token')] });
  return (call, auth) => (/^\/v\d+\.\d+\//.test(pathOf(call.api)) ? newApi : oldApi)(call, auth);
}

function pathOf(api: string): string {
  return api.slice(api.indexOf(' ') + 1);
}

function isUnder(beginnings: readonly string[], path: string): boolean {
  return beginnings.some((beginning) => path.startsWith(beginning));
}
