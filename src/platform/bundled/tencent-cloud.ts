import { secret } from '../../secrets';
import { type AccountOptions, type AccountVendor, accountPlatform, CHINA_DAY } from '../account';
import { PLATFORM_TROUBLE } from '../advice';
import { headerKey } from '../authentication';
import { inFlight } from '../budgets';
import { classifyBy, type Rule } from '../classify';
import { anyError, differs, present } from '../error-reply';
import { any, code } from '../match';
import { backoff, fatal, pause, reauth } from '../reaction';
import type { RequestBuilder } from '../rest';
import { mainAccount } from '../stopped-scope';
import { vendor } from '../vendor';

/**
 * One sub-account on Tencent Cloud in one access region: limits are counted by action, region and sub-account. Requests are
 * signed: `request` builds them, with the vendor's algorithm, and `credentials` names the secrets that it reveals. A call is best
 * named after its action.
 */
export type TencentCloudOptions = AccountOptions & { readonly request: RequestBuilder };

const LIMITS_PAGE = 'https://cloud.tencent.com/document/product/1278/109059';
const CODES_PAGE = 'https://tencentcloud.com/document/product/1140/51177';

/** Limits are per second, by the time of arrival. Source: LIMITS_PAGE. */
const SECOND_MS = 1_000;

const RULES: readonly Rule[] = [
  {
    match: code('RequestLimitExceeded.IPLimitExceeded'),
    react: pause({ scope: ['ip'], elseMs: SECOND_MS }),
    advice: "Nothing to do: this machine's address is limited per second.",
  },
  {
    match: code(/^RequestLimitExceeded\.(GlobalRegion)?UinLimitExceeded$/),
    react: pause({ scope: mainAccount, elseMs: SECOND_MS }),
    advice: 'Nothing to do: the main account is limited per second, over all its sub-accounts.',
  },
  {
    match: any(code(/^RequestLimitExceeded(\.|$)/), code('LimitExceeded.RequestLimitExceeded')),
    react: pause({ scope: ['app', 'api'], elseMs: SECOND_MS }),
    advice: 'Nothing to do: the action is limited per second, usually to 20 calls.',
  },
  {
    match: code(/^LimitExceeded(\.|$)/),
    react: fatal(['app', 'api']),
    advice: 'The account has as many of these resources as it may: no wait cures that, ask for a larger quota.',
    page: CODES_PAGE,
  },
  {
    match: code('AuthFailure.TokenFailure'),
    react: reauth(['app']),
    advice: 'The temporary credentials have ended: fetch new ones.',
    page: CODES_PAGE,
  },
  {
    match: code('AuthFailure.SignatureExpire'),
    react: fatal(['app']),
    advice: "Set this machine's clock: it may differ from the server's by 5 minutes.",
    page: CODES_PAGE,
  },
  {
    match: code('AuthFailure.UnauthorizedOperation', /^UnauthorizedOperation(\.|$)/),
    react: fatal(['app', 'api']),
    advice: 'The sub-account lacks the permission for this action: grant it in CAM.',
    page: CODES_PAGE,
  },
  {
    match: code(/^AuthFailure(\.|$)/),
    react: fatal(['app']),
    advice: 'Check SecretId and SecretKey, and how requests are signed.',
    page: CODES_PAGE,
  },
  {
    match: code(/^(InternalError|ServiceUnavailable|ResourceUnavailable)(\.|$)/),
    react: backoff(),
    advice: PLATFORM_TROUBLE,
    page: CODES_PAGE,
  },
  {
    match: code(/^(InvalidParameter|InvalidParameterValue|MissingParameter|UnknownParameter|InvalidAction)(\.|$)/),
    react: fatal(),
    advice: 'Correct this call: a parameter of it, or its action, was refused.',
    page: CODES_PAGE,
  },
];

const TENCENT_CLOUD: AccountVendor = {
  name: 'tencent-cloud',
  baseUrl: 'https://cvm.tencentcloudapi.com',
  day: CHINA_DAY,
  // Every action has a figure of its own, on the overview page of its product.
  budgets: [inFlight(10)],
  classify: classifyBy({
    page: LIMITS_PAGE,
    // Version 2 of the API: codeDesc, and a number of its own.
    paths: { codes: ['Response.Error.Code', 'codeDesc', 'code'], texts: ['Response.Error.Message', 'message'] },
    isError: anyError(present('Response.Error'), differs('code', '0')),
    rules: RULES,
  }),
};

export const tencentCloud = vendor<TencentCloudOptions>(
  {
    name: 'tencent-cloud',
    aliases: ['tencentcloud', 'qcloud'],
    title: 'Tencent Cloud',
    support: 'classified',
    confidence: 'high',
    page: LIMITS_PAGE,
    call: { api: 'POST /' },
    example: () =>
      accountPlatform(TENCENT_CLOUD, {
        app: 'this',
        credentials: [headerKey('x-secret-id', secret('env:TENCENT_ID'))],
      }),
  },
  (options) => accountPlatform(TENCENT_CLOUD, options),
);
