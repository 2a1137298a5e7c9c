import { secret } from '../../secrets';
import { type AccountOptions, type AccountVendor, accountPlatform, CHINA_DAY } from '../account';
import { MINUTE_LIMIT, PLATFORM_TROUBLE } from '../advice';
import { headerKey } from '../authentication';
import { inFlight } from '../budgets';
import { classifyBy, type Rule } from '../classify';
import { anyError, differs } from '../error-reply';
import { any, body, code, text } from '../match';
import { backoff, fatal, pause, reauth } from '../reaction';
import type { RequestBuilder } from '../rest';
import { untilNextSpan } from '../stated-wait';
import { mainAccount } from '../stopped-scope';
import { vendor } from '../vendor';
import { SMS_RULES } from './aliyun/sms';

/**
 * One Alibaba Cloud account and product. Requests are signed: `request` builds them, with the vendor's algorithm, and
 * `credentials` names the secrets that it reveals. A call is best named after its action, which its limits are counted by.
 */
export type AliyunOptions = AccountOptions & { readonly request: RequestBuilder };

const THROTTLING_PAGE = 'https://help.aliyun.com/zh/ecs/developer-reference/api-throttling';
const CODES_PAGE = 'https://help.aliyun.com/document_detail/149360.htm';

/** What is refused in one minute is open again in the next. Source: THROTTLING_PAGE. */
const MINUTE_MS = 60_000;
const nextMinute = { stated: [untilNextSpan(MINUTE_MS)], elseMs: MINUTE_MS } as const;

const RULES: readonly Rule[] = [
  {
    match: any(code(/^Throttling\.User$/i), body(xmlError('Throttling\\.User'))),
    react: pause({ scope: mainAccount, ...nextMinute }),
    advice: 'Nothing to do: the account is limited per minute, over all its keys, users and consoles.',
  },
  {
    match: any(
      code(/^Throttling(\.|$)/i),
      body(xmlError('Throttling[.\\w]*')),
      text(/denied due to (\w+ )?(request throttling|flow control)/i),
    ),
    react: pause({ scope: ['app', 'api'], ...nextMinute }),
    advice: MINUTE_LIMIT,
  },
  ...SMS_RULES,
  {
    match: code(/^(ServiceUnavailable|InternalError|UnknownError)/, 'isp.SYSTEM_ERROR', 'isp.GATEWAY_ERROR'),
    react: backoff(),
    advice: PLATFORM_TROUBLE,
    page: CODES_PAGE,
  },
  {
    match: code(/^InvalidSecurityToken/),
    react: reauth(['app']),
    advice: 'The temporary credentials have ended: fetch new ones.',
    page: CODES_PAGE,
  },
  {
    match: code(/^InvalidAccessKeyId/, 'SignatureDoesNotMatch', 'IncompleteSignature', 'InvalidSignatureMethod'),
    react: fatal(['app']),
    advice: 'Check the access key and how requests are signed.',
    page: CODES_PAGE,
  },
  {
    match: code(/^InvalidTimeStamp/i, 'IllegalTimestamp'),
    react: fatal(['app']),
    advice: "Set this machine's clock: it may differ from the gateway's by 15 minutes.",
    page: CODES_PAGE,
  },
  {
    match: code('InsufficientBalance', 'Forbidden.UserVerification', 'Forbidden.RiskControl'),
    react: fatal(['app']),
    advice: 'The account is without balance or blocked: see the console.',
    page: CODES_PAGE,
  },
  {
    match: code(/^Forbidden/, /^NoPermission/, 'isp.RAM_PERMISSION_DENY', 'ActionUnauthorized'),
    react: fatal(['app', 'api']),
    advice: 'The user of this access key lacks the permission: grant it in RAM.',
    page: CODES_PAGE,
  },
  {
    match: code(/^(MissingParameter|InvalidParameter|InvalidAction|NoSuchVersion|InvalidApi)/),
    react: fatal(),
    advice: 'Correct this call: a parameter of it, or its action, was refused.',
    page: CODES_PAGE,
  },
];

/** Codes of a success, where a product's replies have one. */
const GOOD = ['OK', 'ok', 'Success', 'success', '200', '0'] as const;

const ALIYUN: AccountVendor = {
  name: 'aliyun',
  baseUrl: 'https://ecs.aliyuncs.com',
  day: CHINA_DAY,
  // Every API has a figure of its own, written 200/60(s): see its product's pages.
  budgets: [inFlight(10)],
  classify: classifyBy({
    page: THROTTLING_PAGE,
    paths: { codes: ['Code', 'code'], texts: ['Message', 'message'] },
    isError: anyError(
      differs('Code', ...GOOD),
      differs('code', ...GOOD),
      (envelope) => envelope['Success'] === false || envelope['success'] === false,
    ),
    rules: RULES,
  }),
};

export const aliyun = vendor<AliyunOptions>(
  {
    name: 'aliyun',
    aliases: ['alibaba-cloud'],
    title: 'Alibaba Cloud',
    support: 'classified',
    confidence: 'high',
    page: THROTTLING_PAGE,
    call: { api: 'GET /' },
    example: () =>
      accountPlatform(ALIYUN, { app: 'this', credentials: [headerKey('x-acs-access-key', secret('env:ALIYUN_KEY'))] }),
  },
  (options) => accountPlatform(ALIYUN, options),
);

/** Older APIs answer in XML where no format is asked for. */
function xmlError(name: string): RegExp {
  return new RegExp(`^\\s*(?:<\\?xml[^>]{0,200}>\\s*)?<Error>[^]{0,2000}?<Code>${name}</Code>`);
}
