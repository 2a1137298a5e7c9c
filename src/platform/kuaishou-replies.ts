import type { Outcome, Pause, Refused } from '../job/outcome';
import type { ScopeName } from '../job/scope';
import { type DayRule, nextResetMs } from '../time/window';
import { codeText, type Envelope, parseEnvelope, plainText } from './envelope';
import { type KuaishouRefusal, readRefusal } from './kuaishou-refusal';
import { replyShapeOf } from './kuaishou-reply-shapes';
import type { ClassifyContext, HttpReply } from './platform';
import { refusalOfStatus, scopeOf, waitFor } from './refusal';

/** "Page K1008" and the like are articles of the vendor's support pages, https://open.kwaixiaodian.com/zone/new/faq */
const ADVICE = {
  app: "The app's daily calls are used up: apply for a larger daily quota, or reset today's under App traffic in the console (page K1008).",
  user: "This user is on the app's list of test users, 2,000 calls a day: take the user off the list, put the app online and have it authorised again (page K1008).",
  userApi: 'This user may not call this API again today; other users may (page K1008).',
  unnamed: 'A daily quota is used up; the message does not name which (page K1008).',
} as const;

/**
 * Seen as throttling by other clients, their exact meaning is not documented: wait long enough to spare a spent quota,
 * short enough if it was the rate only.
 */
const THROTTLE_CODES = new Set(['802000', '802006', '15', '16', '17', '1016']);
const CAUTIOUS_PAUSE_MS = 60_000;

/** The rate is counted per second. */
const RATE_PAUSE_MS = 1_000;

/** What a reply means. The text decides before the codes, and a refusal before the HTTP status: see page K1008. */
export function classifyKuaishou(reply: HttpReply, context: ClassifyContext, day: DayRule): Outcome {
  const envelope = parseEnvelope(reply.body);
  if (envelope === null) return refusalOfStatus(reply, context);
  const isSuccess = codeText(envelope['result']) === '1';
  if (isSuccess && reply.status >= 200 && reply.status < 300) return parseBody(envelope, context);
  const failure = readFailure(envelope);
  const refusal = failure.texts.map(readRefusal).find((found) => found !== null);
  if (refusal) return limitOutcome(refusal, failure, { context, day });
  const known = throttleOutcome(failure, { context, day }) ?? accessOutcome(failure, context);
  if (known) return known;
  const isAnswer = failure.code !== '' && !isSuccess && !saysMoreThanBody(reply.status);
  return isAnswer ? businessOutcome(failure) : refusalOfStatus(reply, context);
}

/** Redirects, `too many requests` and trouble on the server's side are what they are, whatever the body says. */
function saysMoreThanBody(status: number): boolean {
  return status === 408 || status === 429 || status >= 500 || (status >= 300 && status < 400);
}

/** The parts of an error envelope. `codes` holds all that it has, the most exact first. */
interface Failure {
  readonly texts: readonly string[];
  readonly codes: readonly string[];
  readonly code: string;
  readonly reason: string;
}

const TEXT_FIELDS = ['error_msg', 'errorMsg', 'sub_msg', 'subMsg', 'msg'];
const CODE_FIELDS = ['sub_code', 'subCode', 'result', 'code'];

function readFailure(envelope: Envelope): Failure {
  const texts = TEXT_FIELDS.map((field) => plainText(envelope[field])).filter((text) => text !== '');
  const codes = CODE_FIELDS.map((field) => codeText(envelope[field])).filter((code) => code !== '');
  const code = codes[0] ?? '';
  return { texts, codes, code, reason: texts[0] ?? `result ${code || 'missing'}` };
}

interface Where {
  readonly context: ClassifyContext;
  readonly day: DayRule;
}

function limitOutcome(refusal: KuaishouRefusal, { reason }: Failure, { context, day }: Where): Refused {
  const scope = refusal.names === null ? context.scope : scopeOf(context, refusal.names);
  if (refusal.limit === 'qps')
    return { kind: 'pause', code: 'QPS', reason, scope, forMs: RATE_PAUSE_MS, ...paceOf(refusal) };
  const { code, advice } = quotaOf(refusal.names);
  return { kind: 'park', code, reason, scope, untilMs: nextResetMs(day, context.nowMs), advice };
}

/**
 * A key that names the API alone is of the limit over all callers, which the vendor has for each API and does not publish:
 * its figure says nothing of ours. Source: page "API call limits", see kuaishou-budgets.ts
 */
function paceOf({ names, perSecondMax }: KuaishouRefusal): Pick<Pause, 'hidden' | 'learnedPerSecond'> {
  if (names?.every((name) => name === 'api')) return { hidden: true };
  return perSecondMax === null ? {} : { learnedPerSecond: perSecondMax };
}

function quotaOf(names: readonly ScopeName[] | null): { code: string; advice: string } {
  const has = (name: ScopeName): boolean => names?.includes(name) ?? false;
  if (has('user') && has('api')) return { code: 'QUOTA_USER_API', advice: ADVICE.userApi };
  if (has('user')) return { code: 'QUOTA_TEST_USER', advice: ADVICE.user };
  if (has('app') && !has('api')) return { code: 'QUOTA_APP', advice: ADVICE.app };
  return { code: 'QUOTA', advice: ADVICE.unnamed };
}

/** By code alone, where no text told more. */
function throttleOutcome({ codes, reason }: Failure, { context, day }: Where): Refused | null {
  const { nowMs } = context;
  if (codes.includes('1017')) {
    const scope = scopeOf(context, ['api', 'user']);
    return {
      kind: 'park',
      code: 'QUOTA_USER_API',
      reason,
      scope,
      untilMs: nextResetMs(day, nowMs),
      advice: ADVICE.userApi,
    };
  }
  const code = codes.find((candidate) => THROTTLE_CODES.has(candidate));
  if (code === undefined) return null;
  const scope = scopeOf(context, code === '802006' ? ['app'] : ['app', 'api']);
  return waitFor({ code, reason, scope, forMs: CAUTIOUS_PAUSE_MS, advice: ADVICE.unnamed }, nowMs);
}

const AUTHORISE = 'Let the merchant authorise the app again and store the new tokens';

/** Tokens, consent and signature: pages K0003 to K0006 and K1004. */
function accessOutcome({ codes, texts, code, reason }: Failure, context: ClassifyContext): Refused | null {
  const says = (pattern: RegExp): boolean => texts.some((text) => pattern.test(text));
  const is = (...known: string[]): boolean => known.some((one) => codes.includes(one));
  const fatal = (names: readonly ScopeName[], advice: string): Refused => {
    return { kind: 'fatal', code, reason, scope: scopeOf(context, names), advice };
  };
  if (says(/验签失败|签名校验失败|签名错误/))
    return fatal(['app'], 'Check signSecret: it is not the appSecret (page K1004).');
  if (is('24') || says(/AUTHORIZATION_REVOKED|revokedAuthorization/i))
    return fatal(['user'], `${AUTHORISE} (page K0006).`);
  if (is('26') || says(/主账号不存在/))
    return fatal(['user'], `The account is gone or the token is of the wrong kind. ${AUTHORISE} (page K0005).`);
  if (says(/无\s*scope\s*(的)?权限/i))
    return fatal(
      ['api', 'user'],
      `The merchant did not grant this API. ${AUTHORISE}, with its permission in it (page K0003).`,
    );
  if (is('100200101')) return fatal(['app'], 'Check appKey, and that the app is online in the console.');
  const isStale = is('21', '28', '100200102', '803000') || says(/TOKEN\s*过期|鉴权失败|access_?token/i);
  return isStale ? { kind: 'reauth', code, reason, scope: scopeOf(context, ['user']) } : null;
}

const BUSY =
  /系统(繁忙|异常|错误)|服务(繁忙|异常|超时|不可用)|稍后(再|重)?试|server_?error|\btimed?[ -]?out\b(?! of)|超时/i;

/** The page token of a list has expired or was never good: the bookmark is older and still holds. */
const CURSOR_REJECTED =
  /cursor\s*(已)?(无效|失效|过期|不合法|错误|is invalid|invalid|expired)|(invalid|expired)\s*p?cursor/i;

/** The request itself was refused. Everything that is not known lands here too: an error is never taken for data. */
function businessOutcome({ code, codes, texts, reason }: Failure): Refused {
  if (texts.some((text) => CURSOR_REJECTED.test(text))) return { kind: 'rewind', code, reason };
  if (codes.includes('100200500') || texts.some((text) => BUSY.test(text)))
    return { kind: 'backoff', code, reason, scope: null };
  return {
    kind: 'fatal',
    code,
    reason,
    scope: null,
    advice: WINDOWS.get(code) ?? 'Correct the parameters of this call: the platform refused them.',
  };
}

/** Bounds of open.order.cursor.list. */
const WINDOWS: ReadonlyMap<string, string> = new Map([
  ['300004', 'Ask for at most 7 days at once: see slices().'],
  ['300005', 'Ask for nothing older than 90 days: move the bookmark forward.'],
]);

function parseBody(envelope: Envelope, { scope }: ClassifyContext): Outcome {
  const parsed = replyShapeOf(scope.api ?? '').safeParse(envelope);
  if (parsed.success) return { kind: 'ok', body: parsed.data };
  const where = parsed.error.issues.map(({ path }) => path.join('.')).join(', ');
  return {
    kind: 'backoff',
    code: 'UNEXPECTED_REPLY',
    reason: `the reply says success, but lacks or changes ${where}`,
    scope: null,
  };
}
