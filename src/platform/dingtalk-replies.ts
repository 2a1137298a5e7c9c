import type { Refused } from '../job/outcome';
import { type DayRule, windowAt } from '../time/window';
import { codeText, type Envelope, plainText } from './envelope';
import type { ClassifyContext } from './platform';
import { scopeOf, waitFor } from './refusal';

/** An error of DingTalk's gateway, in the form of the new API or the old one. */
export interface DingtalkError {
  readonly code: string;
  readonly text: string;
  /** The code and the platform's own words, for the operator. */
  readonly reason: string;
}

/** Null for an envelope that is no error. */
export function readDingtalkError(envelope: Envelope): DingtalkError | null {
  const text = plainText(envelope['message'] ?? envelope['errmsg'] ?? envelope['errorMsg']);
  const code = codeText(envelope['code']) || oldCode(envelope, text) || codeText(envelope['errorCode']);
  if (code === '' && envelope['success'] !== false) return null;
  return { code, text, reason: text === '' ? `code ${code || 'missing'}` : `${code}: ${text}` };
}

/** The old API wraps the real code in 88: beside it, or only inside the text. */
function oldCode(envelope: Envelope, text: string): string {
  const code = codeText(envelope['errcode']);
  if (code === '0') return '';
  if (code !== '88') return code;
  return codeText(envelope['sub_code']) || codeText(envelope['subcode']) || (/sub_?code=(\d+)/.exec(text)?.[1] ?? code);
}

interface Rule {
  readonly code: RegExp;
  readonly outcome: (error: DingtalkError, where: Where) => Refused;
}

interface Where {
  readonly context: ClassifyContext;
  readonly day: DayRule;
}

const SECOND_MS = 1_000;
const MINUTE_MS = 60_000;

/**
 * What the gateway refuses before any API sees the call. Throttles stand before the other Forbidden codes.
 * Source: https://open.dingtalk.com/document/development/how-to-process-api-throttling-on-the-dingtalk-server
 */
const RULES: readonly Rule[] = [
  { code: /^(90020|.*ApiCountLimitForOrg)$/, outcome: monthIsSpent },
  {
    code: /QpmLimitForAppkeyAndApi$/,
    outcome: (error, where) => slowDown(error, where, { names: ['app', 'api'], forMs: MINUTE_MS }),
  },
  {
    code: /^90002$|QpsLimitForApi$/,
    // Counted over all callers of DingTalk.
    outcome: (error, where) => slowDown(error, where, { names: ['api'], forMs: SECOND_MS, hidden: true }),
  },
  {
    code: /^90018$|^90019$|Q\w+Limit|Throttl/,
    outcome: (error, where) => slowDown(error, where, { names: ['app', 'api'], forMs: SECOND_MS }),
  },
  {
    code: /^(InvalidAuthentication|40014|42001)$/,
    outcome: ({ code, reason }, { context }) => ({ kind: 'reauth', code, reason, scope: scopeOf(context, ['app']) }),
  },
  {
    code: /^invalidClientIdOrSecret$/i,
    outcome: (error, { context }) =>
      denied(error, context, 'Check appKey and appSecret (Client ID and Client Secret of the app).'),
  },
  {
    code: /IpNotInWhiteList$/i,
    outcome: (error, { context }) =>
      denied(error, context, "Add this machine's address to the app's list of allowed exits."),
  },
  {
    code: /^Forbidden\.AccessDenied/,
    outcome: (error, { context }) =>
      denied(error, context, 'Give the app the permission that the message names, in the developer console.'),
  },
];

/** What the gateway's code means; null for a code that is not the gateway's. */
export function classifyDingtalkError(error: DingtalkError, where: Where): Refused | null {
  const rule = RULES.find(({ code }) => code.test(error.code));
  return rule ? rule.outcome(error, where) : null;
}

/** Ban of the source address: 10,000 calls in 20 s. */
const BAN_MS = 5 * 60_000;

/** The ban comes as an HTML page without a code; null for any other page. */
export function classifyBanPage(body: string, context: ClassifyContext): Refused | null {
  const text = body.replaceAll('&quot;', '"');
  if (!/"status"\s*:\s*"?1111\b/.test(text) || !/"punish"\s*:\s*"deny"/.test(text)) return null;
  const reason = "DingTalk has banned this machine's address for 5 minutes: more than 10,000 calls in 20 s";
  return { kind: 'pause', code: 'IP_BANNED', reason, scope: scopeOf(context, ['ip']), forMs: BAN_MS };
}

function monthIsSpent({ code, reason }: DingtalkError, { context, day }: Where): Refused {
  const untilMs = windowAt(day, 'month', context.nowMs).endMs;
  const advice = "The organisation's calls of the month are used up: a larger DingTalk edition takes effect at once.";
  return { kind: 'park', code, reason, scope: scopeOf(context, ['org']), untilMs, advice };
}

function slowDown(
  { code, text, reason }: DingtalkError,
  { context }: Where,
  { names, forMs, hidden }: { names: readonly ('app' | 'api')[]; forMs: number; hidden?: true },
): Refused {
  const scope = scopeOf(context, names);
  const endsAtMs = statedEndMs(text);
  const statedMs = endsAtMs === null ? forMs : Math.max(endsAtMs - context.nowMs, SECOND_MS);
  const wait = waitFor(
    { code, reason, scope, forMs: statedMs, advice: 'DingTalk stated this end itself.' },
    context.nowMs,
  );
  return hidden && wait.kind === 'pause' ? { ...wait, hidden } : wait;
}

/** "The limit (the penalty) will end at …", in Beijing time whatever zone this machine is in. */
function statedEndMs(text: string): number | null {
  const match = /(?:限制|处罚)将在\s*(\d{4}-\d{2}-\d{2}) (\d{2}:\d{2}:\d{2})\s*结束/.exec(text);
  const atMs = match ? Date.parse(`${match[1] ?? ''}T${match[2] ?? ''}+08:00`) : Number.NaN;
  return Number.isNaN(atMs) ? null : atMs;
}

function denied({ code, reason }: DingtalkError, context: ClassifyContext, advice: string): Refused {
  return { kind: 'fatal', code, reason, scope: scopeOf(context, ['app']), advice };
}
