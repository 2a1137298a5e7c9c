import type { Scope, ScopeName } from '../../../job/scope';
import type { Rule } from '../../classify';
import type { ErrorReply } from '../../error-reply';
import { all, code, type Match, status, text } from '../../match';
import { accessRefused, backoff, fatal, park, pause } from '../../reaction';
import { retryAfter, type StatedWait, untilNext } from '../../stated-wait';
import { scopeOf } from '../../stopped-scope';

/** "Error Codes" of the user guide: what a caller meets. The texts may change without notice: the codes decide. */
export const ERROR_PAGE = 'https://support.huaweicloud.com/intl/en-us/usermanual-apig/apig-ug-180530090.html';

const THROTTLING_PAGE = 'https://support.huaweicloud.com/intl/th-th/oce_faq/en-us_topic_0000001887959462.html';

/** The vendor's advice is to try again after 2 to 5 s, same page. */
const UNSTATED_MS = 2_000;
const MINUTE_MS = 60_000;

/** `policy user over ratelimit,limit:10,time:1 minute`, with blanks wherever they drift to. */
const OVER =
  /policy\s+([a-z-]+)\s+over\s+rate\s?limit\s*,\s*limit\s*:\s*(\d{1,10})\s*,\s*time\s*:\s*(\d{1,9})\s*(second|minute|hour|day)/i;

const UNIT_MS: Readonly<Record<string, number>> = {
  second: 1_000,
  minute: 60_000,
  hour: 3_600_000,
  day: 86_400_000,
};

/** No policy is longer than that: what states more is not understood. */
const WINDOW_MS_MAX = 366 * 86_400_000;

interface Over {
  readonly word: string;
  readonly limit: number;
  readonly windowMs: number;
}

/** What the gateway calls the four limits of a policy, as the names of a counter beside the API or the shared policy. */
const BESIDE: ReadonlyMap<string, readonly ScopeName[]> = new Map([
  ['api', []],
  ['user', ['user']],
  ['app', ['app']],
  ['ip', ['ip']],
]);

/** How `org` begins where it stands for a shared policy: a partition may have an organisation of its own in that place. */
export const GROUP_PREFIX = 'throttle:';

/**
 * What a policy counts together: its APIs where it is shared, which `org` stands for, else each API alone. A word that is
 * none of the four stops the app's calls of this API.
 */
export function countedBy(word: string, scope: Scope): readonly ScopeName[] {
  const beside = BESIDE.get(word);
  if (!beside) return ['app', 'api'];
  return [scope.org?.startsWith(GROUP_PREFIX) ? 'org' : 'api', ...beside];
}

/** Codes of the gateway; one older client writes APIGW. */
function gateway(...numbers: readonly string[]): Match {
  return code(new RegExp(`^APIGW?\\.(${numbers.join('|')})$`, 'i'));
}

/** Where there is a renewal the token is renewed, else somebody must see to it. */
const access = accessRefused(['app']);

export const RULES: readonly Rule[] = [
  {
    // The 1,000 calls a day of a domain that is for debugging only; and models' own days.
    match: any0308(/daily quota|quota exhausted|debug|policy\s+domain\b/i),
    react: park({ scope: ['app'], until: untilNext('day') }),
    advice:
      'The calls of the day are used up. A domain that the gateway assigned takes 1,000 a day: bind a domain of your own, or ask for a larger quota.',
  },
  {
    match: text(OVER),
    react: pause({ scope: stopped, stated: [window], elseMs: UNSTATED_MS, perSecond }),
    advice:
      'Nothing to do: the call goes on after the whole window. If it repeats, take the policy over with `offpeak apig throttle pull`.',
    page: THROTTLING_PAGE,
  },
  {
    match: gateway('0308'),
    react: pause({ scope: ['app', 'api'], stated: [retryAfter], elseMs: UNSTATED_MS }),
    advice: 'Nothing to do: too fast. If it repeats, give the API a budget or its throttling policy.',
    page: THROTTLING_PAGE,
  },
  {
    match: code('ModelArts.81101', 'ModelArts.81103'),
    react: pause({ scope: ['app', 'api'], stated: [retryAfter], elseMs: MINUTE_MS }),
    advice: "Nothing to do: the model's calls or tokens of the minute are used up.",
  },
  {
    match: gateway('0501'),
    react: park({ scope: ['app'], until: untilNext('day') }),
    advice: 'The quota of the app is used up: raise it in the gateway, or wait for its next period.',
  },
  {
    // Here the owner of the API has replaced the gateway's body.
    match: all(status(429), lacksGatewayCode),
    react: pause({ scope: ['app', 'api'], stated: [retryAfter], elseMs: UNSTATED_MS }),
    advice: 'Nothing to do: too fast. The owner of the API has replaced the message that names the limit.',
    page: THROTTLING_PAGE,
  },
  {
    match: gateway('0301', '0307'),
    react: access,
    advice: 'The IAM token is not good: set a new one, or use auth of kind iam, which renews it.',
  },
  {
    match: gateway('0303', '0305', '0311', '0312', '0313', '1009', '2201'),
    react: fatal(['app']),
    advice:
      "The gateway does not take the app's key, secret or AppCode: check them, and that this machine's clock is less than 15 minutes off.",
  },
  {
    match: gateway('0302', '0304', '0306'),
    react: fatal(['app', 'api']),
    advice: 'The app or user may not call this API: have it authorised for the API in this environment.',
  },
  {
    match: gateway('0310', '0314', '0401', '0402', '0404', '0405', '0502', '0802'),
    react: fatal(['app']),
    advice: 'Access is closed to this project, address or account: see access control, and the balance of the account.',
  },
  {
    match: gateway('0101'),
    react: fatal(),
    advice: 'No such API in this environment: check method, path, domain and the option stage.',
  },
  {
    match: all(code(/^APIGW?\.\d{4}$/i), (error) => error.status >= 500),
    react: backoff(),
    advice: "Nothing to do: the gateway or what stands behind it failed. If it lasts, tell the API's owner.",
  },
  {
    match: gateway('0106', '0201', '0204', '0205', '0602', '0607'),
    react: fatal(),
    advice: 'The gateway did not take the request: correct its parameters; a body may have 12 MB, a URL 32 KB.',
  },
];

function any0308(words: RegExp): Match {
  return all(gateway('0308'), text(words));
}

function lacksGatewayCode({ codes }: ErrorReply): boolean {
  return !codes.some((one) => /^APIGW?\.\d{4}$/i.test(one));
}

function overIn({ texts }: ErrorReply): Over | null {
  for (const one of texts) {
    const [, word = '', limit, length, unit = ''] = OVER.exec(one) ?? [];
    const windowMs = Number(length) * (UNIT_MS[unit.toLowerCase()] ?? Number.NaN);
    if (windowMs > 0 && windowMs <= WINDOW_MS_MAX) return { word: word.toLowerCase(), limit: Number(limit), windowMs };
  }
  return null;
}

/** Where a window begins is not documented: a whole one after the refusal is enough for every phase. */
function window(error: ErrorReply): ReturnType<StatedWait> {
  return overIn(error)?.windowMs ?? null;
}

function perSecond(error: ErrorReply): number | null {
  const over = overIn(error);
  return over && (over.limit * 1_000) / over.windowMs;
}

function stopped(error: ErrorReply): Scope {
  const { context } = error;
  return scopeOf(context, countedBy(overIn(error)?.word ?? '', context.scope));
}
