import { classifyBy, type Rule } from '../../classify';
import { codeText } from '../../envelope';
import { anyError, differs, type EnvelopePaths, type ErrorReply, type ErrorTest } from '../../error-reply';
import { all, body, code, status } from '../../match';
import { backoff, fatal, park, pause, reauth } from '../../reaction';
import { retryAfter, type StatedWait, untilNext, wallTimeIn } from '../../stated-wait';

/** How DingTalk's gateway refuses, in the form of the new API or of the old one; what stands behind it uses the same. */

export const DINGTALK_ORIGIN = 'https://api.dingtalk.com';

export const THROTTLING_PAGE =
  'https://open.dingtalk.com/document/development/how-to-process-api-throttling-on-the-dingtalk-server';
const TOKEN_PAGE = 'https://open.dingtalk.com/document/orgapp/obtain-the-access_token-of-an-internal-app';
const MONTH_PAGE = 'http://www.dingtalk.com/qidian/help-detail-1061621972.html';
/** The codes of the old API, as a developers' site keeps them. */
const ERRORS_PAGE = 'https://www.mabiji.com/dingtalk/errcode.html';

/** The old API wraps the real code in 88: it stands beside it, or only inside the text. */
export const DINGTALK_PATHS: EnvelopePaths = {
  codes: ['sub_code', 'subcode', 'subCode', 'code', 'errcode', 'errorCode'],
  texts: ['sub_msg', 'submsg', 'subMsg', 'message', 'errmsg', 'errorMsg'],
  codeInText: /sub_?code\s*[=:]\s*"?(\d+)/i,
};

/** Error envelopes that come with HTTP 200: those of the old API, of pages, of the ban of an address. */
export const isDingtalkError: ErrorTest = anyError(
  differs('code', '', '0', '200'),
  differs('errcode', '', '0'),
  differs('errorCode', '', '0'),
  ({ success }) => success === false || success === 'false',
  (envelope) => codeText(envelope['status']) === '1111' && envelope['punish'] === 'deny',
);

const SECOND_MS = 1_000;
const MINUTE_MS = 60_000;

/** Ban of the source address: 10,000 calls in 20 s. */
const BAN_MS = 5 * MINUTE_MS;

/**
 * "The limit (the penalty) will end at …", in Beijing time whatever zone this machine is in. An end that is past asks for the
 * usual second: the limits count by the second.
 */
const BEIJING_END = wallTimeIn('Asia/Shanghai', /(?:限制|处罚)将在/);
const statedEnd: StatedWait = (error) => {
  const ms = BEIJING_END(error);
  return ms === null ? null : Math.max(ms, SECOND_MS);
};

const ENDS: readonly StatedWait[] = [statedEnd, retryAfter];

/** What the gateway refuses before any API sees the call. Throttles stand before the other Forbidden codes. */
export const DINGTALK_RULES: readonly Rule[] = [
  {
    match: all(
      body(/\bstatus(?:"|&quot;)\s*:\s*(?:"|&quot;)?1111\b/),
      body(/\bpunish(?:"|&quot;)\s*:\s*(?:"|&quot;)deny/),
    ),
    react: pause({ scope: ['ip'], elseMs: BAN_MS }),
    advice:
      "Nothing to do, unless it repeats: then keep all programs behind this machine's address under the limit together.",
    as: 'IP_BANNED',
    says: () => "DingTalk has banned this machine's address for 5 minutes: more than 10,000 calls in 20 s",
  },
  {
    match: code('90020', /ApiCountLimitForOrg$/i),
    react: park({ scope: ['org'], until: untilNext('month') }),
    advice:
      "The organisation's calls of the month are used up: a larger DingTalk edition takes effect at once, or wait for the 1st.",
    page: MONTH_PAGE,
    says: monthInWords,
  },
  {
    match: code(/QpmLimit\w*$/i),
    react: pause({ scope: ['app', 'api'], stated: ENDS, elseMs: MINUTE_MS }),
    advice: 'Nothing to do: the API is limited per minute; a budget of its own for that minute avoids the refusals.',
  },
  {
    match: code('90002', /QpsLimitForApi$/i),
    react: pause({ scope: ['api'], stated: ENDS, elseMs: SECOND_MS, hidden: true }), // counted over all callers of DingTalk
    advice:
      'Nothing to do: the API is busy with the calls of all customers; start jobs at ten past the hour, not on the hour.',
  },
  {
    match: code('90018', '90019', 'system.busy', /Q\w+Limit\w*$|Throttl/i),
    react: pause({ scope: ['app', 'api'], stated: ENDS, elseMs: SECOND_MS }),
    advice:
      "Nothing to do: the app is limited per second on this API. If it repeats, lower the budget to your edition's figure.",
  },
  {
    // A gateway's limit that this version does not know is still no matter of permission.
    match: code(/^Forbidden\.AccessDenied\.\w*Limit\w*$/i),
    react: pause({ scope: ['app', 'api'], stated: ENDS, elseMs: MINUTE_MS }),
    advice: 'Nothing to do at once: a limit that is not documented; ask DingTalk for its figure and give it a budget.',
  },
  {
    match: code('-1'),
    react: backoff(),
    advice: 'Nothing to do: DingTalk says that its servers are busy for a while.',
    page: ERRORS_PAGE,
  },
  {
    match: code('daily.call.limit'),
    react: park({ scope: ['app', 'api'], until: untilNext('day') }),
    advice:
      'The calls of the day on this API are used up: give it a budget per day, so that other jobs can plan with it.',
  },
  {
    match: code('InvalidAuthentication', '40014', '42001'),
    react: reauth(['app']),
    advice: 'Nothing to do: the access token is fetched anew.',
    page: TOKEN_PAGE,
  },
  {
    match: code(/^invalidClientIdOrSecret$/i, '40089'),
    react: fatal(['app']),
    advice: 'Check appKey and appSecret (Client ID and Client Secret of the app).',
    page: TOKEN_PAGE,
  },
  {
    match: code(/IpNotInWhiteList$/i, '60020'),
    react: fatal(['app']),
    advice: "Add this machine's address to the app's list of allowed exits.",
  },
  {
    match: code(/^Forbidden\.AccessDenied/i, '60011'),
    react: fatal(['app', 'api']),
    advice: 'Give the app the permission that the message names, in the developer console.',
  },
  {
    match: status(401),
    react: reauth(['app']),
    advice: 'Nothing to do: the access token is fetched anew. If it repeats, check appKey and appSecret.',
    page: TOKEN_PAGE,
  },
];

/** What a reply of the gateway means, also of that which renews tokens. */
export const classifyDingtalk = classifyBy({
  page: THROTTLING_PAGE,
  paths: DINGTALK_PATHS,
  isError: isDingtalkError,
  rules: DINGTALK_RULES,
});

/** The refusal of 90020 tells how much of the quota was used. */
function monthInWords({ texts }: ErrorReply): string | null {
  for (const one of texts) {
    const used = /调用量\s*[:：]?\s*(\d+)/.exec(one)?.[1];
    const quota = /额度\s*[:：]?\s*(\d+)/.exec(one)?.[1];
    if (used && quota) return `the organisation has made ${used} of its ${quota} calls of the month`;
  }
  return null;
}
