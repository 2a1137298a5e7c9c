import { z } from 'zod';
import type { Outcome, Refused } from '../job/outcome';
import type { ScopeName } from '../job/scope';
import type { DayRule } from '../time/window';
import { classifyBanPage, classifyDingtalkError, type DingtalkError, readDingtalkError } from './dingtalk-replies';
import { type Envelope, parseEnvelope } from './envelope';
import type { ClassifyContext, HttpReply } from './platform';
import { refusalOfStatus, scopeOf } from './refusal';

/** `yida.forms.instances.search`: a page of form instances, `currentPage` from 1. */
export interface YidaFormPage {
  readonly currentPage: number;
  /** Instances in all that fit the filter, at the time of asking. */
  readonly totalCount: number;
  /** As delivered; `formInstanceId` identifies an instance. */
  readonly data: readonly Readonly<Record<string, unknown>>[];
}

declare module '../job/definition' {
  interface ApiReplies {
    'yida.forms.instances.search': YidaFormPage;
  }
}

/** What a reply means. Yida's own codes first, then those of DingTalk's gateway, then the HTTP status. */
export function classifyYida(reply: HttpReply, context: ClassifyContext, day: DayRule): Outcome {
  const envelope = parseEnvelope(reply.body);
  const banned = envelope === null || 'punish' in envelope ? classifyBanPage(reply.body, context) : null;
  if (banned) return banned;
  if (envelope === null) return refusalOfStatus(reply, context);
  const error = readDingtalkError(envelope);
  if (error === null) return isSuccess(reply) ? parseBody(envelope, context) : refusalOfStatus(reply, context);
  return (
    classifyYidaError(error, context) ??
    classifyDingtalkError(error, { context, day }) ??
    unknownError(error, reply, context)
  );
}

/** The rate is counted per second; the vendor's cure is to wait one. https://docs.aliwork.com/docs/yida_support/lbtl0t/wae8oddztfq167ly */
const PAUSE_MS = 1_000;

/** Codes of Yida, or the words of a message that came without one. */
const SLOW_DOWN: readonly { readonly pattern: RegExp; readonly names: readonly ScopeName[]; readonly hidden?: true }[] =
  [
    { pattern: /requestTooFast$|请求过于频繁/i, names: ['app', 'api'] },
    { pattern: /operatingFrequencyTooFast$|操作频率过快/i, names: ['app', 'api'] },
    // Counted over all customers of Yida: every app of ours meets it.
    { pattern: /tooManyVisitors$|当前访问人数过多/i, names: ['api'], hidden: true },
  ];
const TOO_DEEP = /cursorExceedFiveThousand$|dataAmountExceedFiveThousand$|numberOfQueryDataExceed$|翻页不能超过/i;
const FROZEN = /canNotModify$|封网期间/i;
const PLAN_IS_FULL = /resourceReachedLimit$|theSubmissionRecordExceed$/i;

function classifyYidaError({ code, text, reason }: DingtalkError, context: ClassifyContext): Refused | null {
  const is = (pattern: RegExp): boolean => pattern.test(code) || pattern.test(text);
  const slow = SLOW_DOWN.find(({ pattern }) => is(pattern));
  const key = code || 'UNNAMED';
  if (slow) {
    const hidden = slow.hidden ? { hidden: slow.hidden } : {};
    return { kind: 'pause', code: key, reason, scope: scopeOf(context, slow.names), forMs: PAUSE_MS, ...hidden };
  }
  if (is(TOO_DEEP)) {
    const advice = 'Yida pages through 5,000 instances at most: cut the time range into smaller pieces with slices().';
    return { kind: 'fatal', code: key, reason, scope: null, advice };
  }
  if (is(FROZEN)) return { kind: 'backoff', code: key, reason, scope: scopeOf(context, ['app', 'api']) };
  if (is(PLAN_IS_FULL)) {
    const advice = "The plan's capacity is used up: extend the plan, or delete what is not needed.";
    return { kind: 'fatal', code: key, reason, scope: scopeOf(context, ['app']), advice };
  }
  return null;
}

function unknownError({ code, reason }: DingtalkError, reply: HttpReply, context: ClassifyContext): Outcome {
  const { status } = reply;
  if (status === 401) return { kind: 'reauth', code: code || 'HTTP_401', reason, scope: scopeOf(context, ['app']) };
  if (status >= 300 && (status < 400 || status === 408 || status === 429)) return refusalOfStatus(reply, context);
  if (status >= 500) return { kind: 'backoff', code: code || `HTTP_${status}`, reason, scope: null };
  const advice = 'Correct the parameters of this call: the platform refused them.';
  return { kind: 'fatal', code: code || 'UNNAMED', reason, scope: null, advice };
}

function isSuccess({ status }: HttpReply): boolean {
  return status >= 200 && status < 300;
}

const formPage = z.looseObject({
  currentPage: z.number(),
  totalCount: z.number(),
  data: z
    .array(z.record(z.string(), z.unknown()))
    .nullish()
    .transform((list) => list ?? []), // left out where there is none
});

function parseBody(envelope: Envelope, { scope }: ClassifyContext): Outcome {
  if (scope.api !== 'yida.forms.instances.search') return { kind: 'ok', body: envelope };
  const parsed = formPage.safeParse(envelope);
  if (parsed.success) return { kind: 'ok', body: parsed.data };
  const where = parsed.error.issues.map(({ path }) => path.join('.')).join(', ');
  return { kind: 'backoff', code: 'UNEXPECTED_REPLY', reason: `the reply lacks or changes ${where}`, scope: null };
}
