import { secret } from '../../secrets';
import { type AccountOptions, type AccountVendor, accountPlatform, CHINA_DAY } from '../account';
import { MINUTE_LIMIT } from '../advice';
import { headerKey } from '../authentication';
import { inFlight } from '../budgets';
import { classifyBy, type Rule } from '../classify';
import { present } from '../error-reply';
import { code } from '../match';
import { fatal, park, pause } from '../reaction';
import type { RequestBuilder } from '../rest';
import { untilNext, untilNextSpan } from '../stated-wait';
import { vendor } from '../vendor';

/**
 * One application on Tencent Meeting. Requests are signed: `request` builds them, with the vendor's algorithm, and `credentials`
 * names the secrets that it reveals.
 */
export type TencentMeetingOptions = AccountOptions & { readonly request: RequestBuilder };

const LIMITS_PAGE = 'https://cloud.tencent.com/document/product/1095/105276';
const CODES_PAGE = 'https://cloud.tencent.com/document/product/1095/43704';

const MINUTE_MS = 60_000;
const nextMinute = { stated: [untilNextSpan(MINUTE_MS)], elseMs: MINUTE_MS } as const;

const RULES: readonly Rule[] = [
  {
    match: code('190310'),
    react: pause({ scope: ['app'], ...nextMinute }),
    advice: 'Nothing to do: the application has 300 calls a minute.',
  },
  {
    match: code('190313', '500046'),
    react: pause({ scope: ['app', 'api'], ...nextMinute }),
    advice: MINUTE_LIMIT,
  },
  {
    match: code('190311'),
    react: park({ scope: ['app'], until: untilNext('day') }),
    advice: "The application's 200,000 calls of the day are used up: the reset at midnight in Beijing is our reading.",
  },
  {
    match: code('500168'),
    react: park({ scope: ['app', 'api'], until: untilNext('month') }),
    advice: 'The calls of the month are used up: more advanced accounts give more.',
  },
  {
    match: code('190300', '190301'),
    react: fatal(['app']),
    advice: "Set this machine's clock, and give every request a nonce of its own.",
    page: CODES_PAGE,
  },
  {
    match: code('190303'),
    react: fatal(['app']),
    advice: 'Check the application id and the secrets of the requests.',
    page: CODES_PAGE,
  },
];

const TENCENT_MEETING: AccountVendor = {
  name: 'tencent-meeting',
  baseUrl: 'https://api.meeting.qq.com',
  day: CHINA_DAY,
  budgets: [
    { name: 'app-minute', limit: 300, per: '1m', scope: ['app'], source: LIMITS_PAGE },
    { name: 'app-day', limit: 200_000, per: 'day', scope: ['app'], source: LIMITS_PAGE },
    inFlight(10),
  ],
  classify: classifyBy({
    page: LIMITS_PAGE,
    paths: { codes: ['error_info.error_code'], texts: ['error_info.message'] },
    isError: present('error_info'),
    rules: RULES,
  }),
};

export const tencentMeeting = vendor<TencentMeetingOptions>(
  {
    name: 'tencent-meeting',
    title: 'Tencent Meeting',
    support: 'classified',
    confidence: 'high',
    page: LIMITS_PAGE,
    call: { api: 'GET /v1/meetings' },
    example: () =>
      accountPlatform(TENCENT_MEETING, {
        app: 'this',
        credentials: [headerKey('x-tc-key', secret('env:MEETING_KEY'))],
      }),
  },
  (options) => accountPlatform(TENCENT_MEETING, options),
);
