import { CHINA_DAY } from '../../account';
import { PLATFORM_TROUBLE, REQUEST_REFUSED } from '../../advice';
import type { Rule } from '../../classify';
import { any, code, type Match, status, text } from '../../match';
import { backoff, fatal, park, pause, type Reaction } from '../../reaction';
import { retryAfter, type StatedWait, secondsIn, untilNext, wallTimeIn } from '../../stated-wait';

/** Codes from 1302 to 1321. */
export const CODES_PAGE = 'https://docs.bigmodel.cn/cn/faq/api-code';
const LIMITS_PAGE = 'https://docs.bigmodel.cn/cn/api/rate-limit';

/** What one or more codes mean, and the words that tell the same where no code comes along. */
interface Meaning {
  readonly codes: readonly string[];
  readonly words?: RegExp;
  readonly react: Reaction;
  readonly advice: string;
  readonly page?: string;
}

const MODEL = ['app', 'model'] as const;
const HOUR_MS = 3_600_000;
/** The shorter window of a plan. */
const PLAN_WINDOW_MS = 5 * HOUR_MS;
/** A reset that is past already: their clock is ahead of what they say. */
const RESET_MS_MIN = 60_000;
/** 1302 states no wait; clients of others take 1 to 3 s. It doubles with each refusal. */
const CONCURRENCY_ELSE_MS = 3_000;
const FREQUENCY_ELSE_MS = 10_000;

/**
 * The wording around the reset has changed more than once, its form has not: the first date and time in the message, in
 * Beijing time, on z.ai too (hugalafutro/model-hotel #955).
 */
const planReset: StatedWait = (error) => {
  const ms = wallTimeIn('Asia/Shanghai')(error);
  return ms === null ? null : Math.max(RESET_MS_MIN, ms);
};
const planHours = secondsIn(/(\d{1,3}) ?(?:小时|hours?\b)/i, HOUR_MS);

/** In the order in which their words are tried: the words of one may stand in the sentence of a later one. */
const MEANINGS: readonly Meaning[] = [
  {
    codes: ['1313'],
    words: /公平使用|fair use/i,
    react: fatal(['app']),
    advice: 'The account was slowed down by the fair use policy, which is lifted by hand: ask the vendor.',
  },
  {
    codes: ['1310'],
    words: /每周|每月|weekly|monthly/i,
    react: park({ scope: ['app'], stated: [planReset], until: untilNext('day', CHINA_DAY) }),
    advice: "The plan's quota of the week or month is used up: wait for its reset, or buy a larger plan.",
  },
  {
    codes: ['1308', '1316', '1317', '1318', '1319', '1320', '1321'],
    words: /使用上限|usage limit reached/i,
    react: park({ scope: ['app'], stated: [planReset, planHours], until: () => PLAN_WINDOW_MS }),
    advice: "The plan's quota of this window is used up: wait for its reset, or allow extra usage in the console.",
  },
  {
    codes: ['1304'],
    words: /今日调用次数限额/,
    react: park({ scope: ['app', 'api'], until: untilNext('day', CHINA_DAY) }),
    advice: 'The calls of the day are used up: wait for the next day in Beijing, or ask the vendor for more.',
  },
  {
    codes: ['1302'],
    words: /速率限制|并发数过高|rate limit reached/i,
    react: pause({ scope: MODEL, stated: [retryAfter], elseMs: CONCURRENCY_ELSE_MS, hidden: true }),
    advice:
      'Nothing to do: if it repeats, set inFlight to the concurrency that the console shows for the model, less for workdays from 15:00 to 18:00 in Beijing, when it is lowered.',
    page: LIMITS_PAGE,
  },
  {
    codes: ['1303'],
    words: /频率过高/,
    react: pause({ scope: MODEL, stated: [retryAfter], elseMs: FREQUENCY_ELSE_MS, hidden: true }),
    advice: 'Nothing to do: if it repeats, give the model a budget such as limits.rpm.',
    page: LIMITS_PAGE,
  },
  {
    codes: ['1305', '1312'],
    words: /访问量过大|已触发流量限制|temporarily overloaded/i,
    react: backoff(MODEL),
    advice: 'Nothing to do: the model is overloaded, which is not the fault of the account.',
  },
  {
    codes: ['1113'],
    words: /欠费|余额不足|insufficient balance/i,
    react: fatal(['app']),
    advice:
      'The account is in arrears or has no package for this: recharge it. A key of a coding plan needs the coding base URL.',
  },
  {
    codes: ['1309'],
    words: /套餐已到期|plan has expired/i,
    react: fatal(['app']),
    advice: 'The plan has expired: renew it.',
  },
  {
    codes: ['1311'],
    react: fatal(MODEL),
    advice: 'The plan does not include this model: use another one or a larger plan.',
  },
  {
    codes: ['1314', '1315'],
    react: fatal(['app']),
    advice: 'The plan is not valid or the key is of the wrong kind for it: see the console.',
  },
  {
    codes: ['1000', '1001', '1002', '1003', '1004', '1005', '401'],
    words: /身份验证|authentication|authorization|令牌/i,
    react: fatal(['app']),
    advice: 'The API key is wrong, expired or revoked: put a good one where apiKey refers to.',
  },
  {
    codes: ['1110', '1111', '1112', '1121'],
    words: /账户已被锁定|账号已被锁定/,
    react: fatal(['app']),
    advice: 'The account is not active or is locked: ask the vendor.',
  },
  {
    codes: ['1220'],
    words: /您无权访问/,
    react: fatal(['app', 'api']),
    advice: 'The account may not use this API: see its permissions in the console.',
  },
  {
    codes: ['1120', '1200', '1230', '1234', '500'],
    words: /网络错误/,
    react: backoff(),
    advice: PLATFORM_TROUBLE,
  },
  {
    codes: ['1211'],
    react: fatal(MODEL),
    advice: 'The model does not exist: check its name.',
  },
  {
    codes: ['1210', '1212', '1213', '1214', '1215', '1221', '1222', '1261'],
    react: fatal(),
    advice: REQUEST_REFUSED,
  },
  {
    codes: ['1300', '1301'],
    words: /敏感内容|被策略阻止/,
    react: fatal(),
    advice: 'The content filter took exception to this one request: change or leave out its text.',
  },
];

export const RULES: readonly Rule[] = [
  ...MEANINGS.map((meaning) => ruleOf(meaning, byCode(meaning.codes))),
  ...MEANINGS.flatMap((meaning) => (meaning.words ? [ruleOf(meaning, text(meaning.words))] : [])),
  { match: status(401), react: fatal(['app']), advice: 'The API key is not accepted: put a good one in its place.' },
];

function ruleOf({ react, advice, page }: Meaning, match: Match): Rule {
  return { match, react, advice, ...(page !== undefined && { page }) };
}

/** The code itself, or as the endpoint in Anthropic's form repeats it: `[1302][…]`. */
function byCode(codes: readonly string[]): Match {
  return any(code(...codes), text(new RegExp(`\\[\\s?(?:${codes.join('|')})\\s?\\]`)));
}
