import type { ScopeName } from '../../../job/scope';
import type { Rule } from '../../classify';
import { all, any, code, not, text } from '../../match';
import { backoff, fatal, park, pause, type Reaction, reauth } from '../../reaction';
import { type StatedWait, secondsIn } from '../../stated-wait';
import { SMS_RULES } from '../aliyun/sms';

/** The codes: 'Troubleshooting and Error Codes'. */
export const ERRORS_PAGE = 'https://developer.alibaba.com/docs/doc.htm?articleId=102707&docType=1&treeId=19';

/** "This ban will last for 31062 more seconds": the same code stands for a burst and for a day's quota. */
const BAN: StatedWait = secondsIn(/ban will last (?:for )?(\d+)/i);
const BAN_MS_PAUSED_MAX = 60_000;
const SECOND_MS = 1_000;

/** Where no end is stated, it may be either. */
const UNSTATED_MS = 60_000;

const DAY_ADVICE = 'Nothing to do: the gateway stated the end of the ban itself. A long one is a quota of the day.';

/** Throttles first, by what the sub_code names; then codes without one. */
export const TAOBAO_RULES: readonly Rule[] = [
  { match: code('accesscontrol.limited-by-app-access-count'), react: banned(['app']), advice: DAY_ADVICE },
  { match: code('accesscontrol.limited-by-app-api-access-count'), react: banned(['app', 'api']), advice: DAY_ADVICE },
  {
    match: code('accesscontrol.limited-by-api-access-count'),
    react: banned(['api'], { hidden: true }),
    advice: 'Nothing to do: the API is limited over all applications together.',
  },
  {
    match: code('isp.call-limited'),
    react: pause({ scope: ['api'], stated: [afterBan], elseMs: SECOND_MS, hidden: true }),
    advice: 'Nothing to do: the service behind the API limits all applications together.',
  },
  {
    match: code(/^accesscontrol\.limited-by-/, 'isv.app-call-limited'),
    react: banned(['app', 'api']),
    advice: DAY_ADVICE,
  },
  { match: any(code('4', '5'), text(/\b(User|Session) Call Limited/i)), react: banned(['user']), advice: DAY_ADVICE },
  {
    match: any(code('6', '7', '8'), text(/\b(App|Partner) Call (Limited|Exceeds)/i)),
    react: banned(['app']),
    advice: DAY_ADVICE,
  },
  // The messages that Alibaba Cloud sends now were once sent here.
  ...SMS_RULES,
  { match: code(/^isp\./), react: backoff(), advice: 'Nothing to do: a service behind the gateway failed.' },
  {
    match: all(code('10', '15'), not(code(/^isv\./))),
    react: backoff(),
    advice: 'Nothing to do: a service behind the gateway failed.',
  },
  {
    match: code(
      '26',
      '27',
      'session-expired',
      'session-not-exist',
      'invalid-sessionkey',
      /^isv\.(invalid-session|access-token-)/,
    ),
    react: reauth(['user']),
    advice: 'The session has ended: let the shop authorise the application again, and store the new token.',
  },
  {
    match: code('24', '25', '28', '29', /^isv\.(invalid-signature|invalid-app-?key)/, /^isv\.appkey-/),
    react: fatal(['app']),
    advice: 'Check appKey and appSecret.',
  },
  {
    match: code('11', '13', /^isv\.permission-/, 'isv.access-denied'),
    react: fatal(['app', 'api']),
    advice: 'The application lacks the permission for this API: apply for it in the console.',
  },
  {
    match: code('12'),
    react: fatal(['api', 'user']),
    advice: 'The shop may not use this API: its contract or its authorisation lacks it.',
  },
  {
    match: code('30', '31'),
    react: fatal(['app']),
    advice: "Set this machine's clock: it may differ from the gateway's by 10 minutes.",
  },
  {
    match: any(code('3', '9', '21', '22', '23', '32', '33', '34', '40', '41', '42', '43'), code(/^isv\./)),
    react: fatal(),
    advice: 'Correct this call: its parameters, or what it asks for, were refused.',
  },
];

/** A short ban is waited out in the run, and a second more; a longer one parks. */
function banned(scope: readonly ScopeName[], { hidden = false }: { readonly hidden?: boolean } = {}): Reaction {
  const short = pause({ scope, stated: [afterBan], elseMs: UNSTATED_MS, hidden });
  const long = park({ scope, until: BAN });
  return (error) => ((BAN(error) ?? 0) > BAN_MS_PAUSED_MAX ? long(error) : short(error));
}

function afterBan(error: Parameters<StatedWait>[0]): number | null {
  const ms = BAN(error);
  return ms === null ? null : ms + SECOND_MS;
}
