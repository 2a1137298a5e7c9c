import type { Rule } from '../../classify';
import { keysAre, scopeFromKeys } from '../../key-list';
import { all, any, code, type Match, not, status, text } from '../../match';
import { backoff, fatal, park, pause, reauth, rewind } from '../../reaction';
import { untilNext } from '../../stated-wait';
import { APP_QUOTA, KEYS, maxQps, QPS, QUOTA } from './limit-messages';
import { DOCS, FAQ } from './pages';

/** The rate is counted per second. */
const RATE_PAUSE_MS = 1_000;

/** The text decides before the codes, and a refusal before the HTTP status: page K1008 prints texts only. */
const LIMITS: readonly Rule[] = [
  {
    // The limit over all callers, which the vendor has for each API and does not publish: its figure says nothing of ours.
    match: keysAre(QPS, KEYS, ['api']),
    react: pause({ scope: ['api'], elseMs: RATE_PAUSE_MS, hidden: true }),
    as: 'QPS',
    advice: 'Nothing to do: the API is limited over all its callers.',
    page: DOCS.limits,
  },
  {
    match: text(QPS),
    react: pause({ scope: scopeFromKeys(QPS, KEYS), elseMs: RATE_PAUSE_MS, perSecond: maxQps }),
    as: 'QPS',
    advice:
      'Nothing to do: the pace is lowered. If it repeats, apply for a higher QPS under App traffic in the console.',
    page: FAQ.K1008,
  },
  {
    match: any(keysAre(QUOTA, KEYS, ['user', 'api']), keysAre(QUOTA, KEYS, ['user', 'api', 'app'])),
    react: park({ scope: scopeFromKeys(QUOTA, KEYS), until: untilNext('day') }),
    as: 'QUOTA_USER_API',
    advice: 'This user may not call this API again today; other users may.',
    page: FAQ.K1008,
  },
  {
    match: any(keysAre(QUOTA, KEYS, ['user', 'app']), keysAre(QUOTA, KEYS, ['user'])),
    react: park({ scope: scopeFromKeys(QUOTA, KEYS), until: untilNext('day') }),
    as: 'QUOTA_TEST_USER',
    advice:
      "This user is on the app's list of test users, 2,000 calls a day: take the user off the list, put the app online and have it authorised again.",
    page: FAQ.K1008,
  },
  {
    match: any(keysAre(QUOTA, KEYS, ['app']), all(text(APP_QUOTA), not(text(QUOTA)))),
    react: park({ scope: ['app'], until: untilNext('day') }),
    as: 'QUOTA_APP',
    advice:
      "The app's daily calls are used up: apply for a larger daily quota, or reset today's under App traffic in the console and run `offpeak unpark`.",
    page: FAQ.K1008,
  },
  {
    match: text(QUOTA),
    react: park({ scope: scopeFromKeys(QUOTA, KEYS), until: untilNext('day') }),
    as: 'QUOTA',
    advice: 'A daily quota is used up; the message does not name which: see App traffic in the console.',
    page: FAQ.K1008,
  },
];

/**
 * Seen as throttling by other clients, their exact meaning is not documented: wait long enough to spare a spent quota,
 * short enough if it was the rate only.
 */
const CAUTIOUS_PAUSE_MS = 60_000;
const UNSURE = 'Nothing to do: the app is throttled. If it repeats, see App traffic in the console.';

/** By code alone, where no text told more. */
const THROTTLES: readonly Rule[] = [
  {
    match: code('1017'),
    react: park({ scope: ['api', 'user'], until: untilNext('day') }),
    as: 'QUOTA_USER_API',
    advice: 'This user may not call this API again today; other users may.',
  },
  { match: code('802006'), react: pause({ scope: ['app'], elseMs: CAUTIOUS_PAUSE_MS }), as: '802006', advice: UNSURE },
  {
    match: code('15', '16', '17', '1016'),
    react: pause({ scope: ['app', 'api'], elseMs: CAUTIOUS_PAUSE_MS }),
    advice: UNSURE,
  },
  {
    match: code('802000'),
    react: pause({ scope: ['app', 'api'], elseMs: CAUTIOUS_PAUSE_MS }),
    as: '802000',
    advice: UNSURE,
  },
];

const AUTHORISE = 'let the merchant authorise the app again and store the new tokens';

const ACCESS: readonly Rule[] = [
  {
    match: text(/验签失败|签名校验失败|签名错误/),
    react: fatal(['app']),
    advice: 'Check signSecret: it is not the appSecret.',
    page: FAQ.K1004,
  },
  {
    match: any(code('24'), text(/AUTHORIZATION_REVOKED|revokedAuthorization/i)),
    react: fatal(['user']),
    advice: `The consent was withdrawn or has ended: ${AUTHORISE}.`,
    page: FAQ.K0006,
  },
  {
    match: any(code('26'), text(/主账号不存在/)),
    react: fatal(['user']),
    advice: `The account is gone or the token is of the wrong kind: ${AUTHORISE}.`,
    page: FAQ.K0005,
  },
  {
    match: text(/无\s*scope\s*(的)?权限/i),
    react: fatal(['api', 'user']),
    advice: `The merchant did not grant this API: ${AUTHORISE}, with its permission in it.`,
    page: FAQ.K0003,
  },
  {
    match: code('100200101'),
    react: fatal(['app']),
    advice: 'Check appKey, and that the app is online in the console.',
    page: DOCS.authorisation,
  },
  {
    match: any(code('21', '28', '100200102', '803000'), text(/TOKEN\s*过期|鉴权失败|access_?token/i)),
    react: reauth(['user']),
    advice: `Nothing to do: the token is renewed. If it repeats, ${AUTHORISE}.`,
    page: FAQ.K0004,
  },
];

/** Redirects, `too many requests` and trouble on the server's side are what they are, whatever the body says. */
const isAnswer: Match = ({ status: http }) => http < 300 || (http >= 400 && http < 500 && http !== 408 && http !== 429);

const BUSY =
  /系统(繁忙|异常|错误)|服务(繁忙|异常|超时|不可用)|稍后(再|重)?试|server_?error|\btimed?[ -]?out\b(?! of)|超时/i;

/** The page token of a list has expired or was never good: the bookmark is older and still holds. */
const CURSOR_REJECTED =
  /cursor\s*(已)?(无效|失效|过期|不合法|错误|is invalid|invalid|expired)|(invalid|expired)\s*p?cursor/i;

const BUSINESS: readonly Rule[] = [
  {
    match: all(isAnswer, text(CURSOR_REJECTED)),
    react: rewind(),
    advice: 'Nothing to do: the list is read again from the bookmark.',
    page: DOCS.returnCodes,
  },
  {
    match: any(code('100200500'), all(isAnswer, text(BUSY))),
    react: backoff(),
    advice: 'Nothing to do: the platform is busy.',
    page: DOCS.authorisation,
  },
  {
    match: all(isAnswer, any(code('300004'), text(/SEARCH TIME RANGE EXPAND 7 DAYS/i))),
    react: fatal(),
    advice: 'Ask for at most 7 days at once: see slices().',
    page: DOCS.returnCodes,
  },
  {
    match: all(isAnswer, any(code('300005'), text(/CAN NOT SEARCH BEFORE 90 DAYS/i))),
    react: fatal(),
    advice: 'Ask for nothing older than 90 days: move the bookmark forward.',
    page: DOCS.returnCodes,
  },
  {
    match: all(isAnswer, any(code('300019'), text(/SEARCH TIME RANGE EXPAND LIMIT/i))),
    react: fatal(),
    advice: 'Ask for a shorter range of time at once, refunds for at most a day: see slices().',
    page: DOCS.returnCodes,
  },
  {
    match: all(isAnswer, code(/^3000(0[236789]|1[0-8])$/)),
    react: fatal(),
    advice: 'Correct the parameters of this call: the table of return codes says what is wrong with them.',
    page: DOCS.returnCodes,
  },
  {
    // As captured: {"code":"807000","errorMsg":"endTime无效","msg":"业务处理失败","result":2001,…}
    match: all(isAnswer, code('2001'), text(/无效/)),
    react: fatal(),
    advice: 'Correct the parameters of this call: the message names the one that is refused.',
    page: DOCS.returnCodes,
  },
];

const saysNothing: Match = ({ codes, texts }) => codes.length === 0 && texts.length === 0;

/** What stands between us and the platform answers without an envelope. */
const BARE: readonly Rule[] = [
  {
    match: all(saysNothing, status(401)),
    react: reauth(['user']),
    advice: `Nothing to do: the token is renewed. If it repeats, ${AUTHORISE}.`,
    page: FAQ.K0004,
  },
  {
    match: all(saysNothing, status(403, 404)),
    react: backoff(),
    advice: 'Nothing to do at first. If it repeats, check baseUrl and what stands between here and the platform.',
  },
];

/** What every refusal means; throttles stand before the rules of access. */
export const KUAISHOU_RULES: readonly Rule[] = [...LIMITS, ...THROTTLES, ...ACCESS, ...BUSINESS, ...BARE];
