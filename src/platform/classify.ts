import type { Outcome, Refused } from '../job/outcome';
import type { Reading } from '../job/reading';
import { codeText, isEnvelope, plainText } from './envelope';
import { at, type EnvelopePaths, type ErrorReply, type ErrorTest, type RuleContext } from './error-reply';
import { parseJson } from './json';
import type { Match } from './match';
import type { HttpReply } from './platform';
import { accessRefused, type Draft, type Reaction } from './reaction';
import { malformed, refusalOfStatus } from './refusal';

/** One line of a platform's table: what an error of this kind means. */
export interface Rule {
  readonly match: Match;
  readonly react: Reaction;
  /** What the operator is told to do, in one sentence. */
  readonly advice: string;
  /** The vendor's page on it, where it is not the table's. */
  readonly page?: string;
  /** A key for counting, where the platform's own code says too little. */
  readonly as?: string;
  /** What it means in plain words, before the platform's own; null where the error does not say enough for them. */
  readonly says?: (error: ErrorReply) => string | null;
}

/** How the replies of one vendor are read. */
export interface Table {
  readonly paths: EnvelopePaths;
  /** Errors that come with a 2xx status. Any other status is an error in itself. */
  readonly isError: ErrorTest;
  /** The first that matches counts: throttles stand before the rules of access. */
  readonly rules: readonly Rule[];
  /** The vendor's page on limits and errors. */
  readonly page: string;
  /** What a successful body becomes. Left out, it is handed over as it is, and must be a JSON object. */
  readonly success?: (body: unknown, reply: HttpReply, context: RuleContext) => Outcome;
  /** What a reply says of limits, refused or not. */
  readonly readings?: (reply: HttpReply, context: RuleContext) => readonly Reading[];
}

export type Classify = (reply: HttpReply, context: RuleContext) => Outcome;

/**
 * Reads replies by a table. An error that no rule knows is never a success: it gets the meaning of its HTTP status, and is
 * marked as not recognised.
 */
export function classifyBy(table: Table): Classify {
  return (reply, context) => {
    const outcome = meaningOf(table, reply, context);
    const readings = table.readings?.(reply, context) ?? [];
    return readings.length === 0 ? outcome : { ...outcome, readings };
  };
}

/** A code is short; patterns are not tried on more. */
const CODE_CHARS_TRIED_MAX = 256;

/** Takes an error apart. A body that is a list is read by position: `0.errorCode`. */
export function readError(
  reply: HttpReply,
  value: unknown,
  { paths, context }: { readonly paths: EnvelopePaths; readonly context: RuleContext },
): ErrorReply {
  const { status, headers, body } = reply;
  const texts = paths.texts.map((path) => plainText(at(value, path))).filter((text) => text !== '');
  const inTexts = texts.map((text) => paths.codeInText?.exec(text)?.[1] ?? '');
  const codes = [...inTexts, ...paths.codes.map((path) => codeText(at(value, path)))]
    .filter((code) => code !== '')
    .map((code) => code.slice(0, CODE_CHARS_TRIED_MAX));
  return {
    status,
    headers,
    body,
    envelope: isEnvelope(value) ? value : {},
    value: value ?? null,
    codes,
    texts,
    context,
  };
}

function meaningOf(table: Table, reply: HttpReply, context: RuleContext): Outcome {
  const value = parseJson(reply.body);
  const envelope = isEnvelope(value) ? value : null;
  const isGood = reply.status >= 200 && reply.status < 300;
  if (isGood && (envelope === null || !table.isError(envelope))) {
    const known = envelope === null ? ruled(table, readError(reply, null, { paths: table.paths, context })) : null;
    return known ?? successOf(table, { value, reply, context });
  }
  const error = readError(reply, value, { paths: table.paths, context });
  return ruled(table, error) ?? unknown(table, error);
}

function successOf(
  { success, page }: Table,
  { value, reply, context }: { value: unknown; reply: HttpReply; context: RuleContext },
): Outcome {
  if (!success && isEnvelope(value)) return { kind: 'ok', body: value };
  const outcome = success ? success(value, reply, context) : malformed();
  if (outcome.kind === 'ok' || outcome.advice === undefined || /https?:/.test(outcome.advice)) return outcome;
  return { ...outcome, advice: `${outcome.advice} ${page}` };
}

/** By the first rule that matches. */
function ruled({ rules, page }: Table, error: ErrorReply): Refused | null {
  const rule = rules.find(({ match }) => match(error));
  if (!rule) return null;
  const { advice, as, says } = rule;
  const meaning = says?.(error) ?? null;
  return worded(rule.react(error), {
    code: as ?? codeOf(error),
    reason: meaning === null ? reasonOf(error) : [meaning, ...error.texts.slice(0, 1)].join(': '),
    advice: `${advice} ${rule.page ?? page}`,
  });
}

const UNKNOWN_ADVICE =
  'No rule knows this refusal: look its code up with the vendor, and report it with the output of `offpeak platform unknown`.';

/** What the HTTP status says of an error that no rule knows. */
function unknown(table: Table, error: ErrorReply): Refused {
  const { status, codes, texts } = error;
  const words = { code: codeOf(error), reason: reasonOf(error), advice: `${UNKNOWN_ADVICE} ${table.page}` };
  // A status with nothing behind it says all that there is to know.
  const mark =
    codes.length + texts.length > 0 || (status >= 200 && status < 300) ? { unrecognised: true as const } : {};
  const saysMore = status === 408 || status === 429 || status >= 500 || (status >= 300 && status < 400);
  if (saysMore) {
    const byStatus = refusalOfStatus(error, error.context);
    const told = codes.length + texts.length > 0 ? words : { advice: `${byStatus.advice} ${table.page}` };
    return { ...byStatus, ...told, ...mark };
  }
  return { ...(status === 401 ? accessRefusal(error) : { kind: 'fatal', scope: null }), ...words, ...mark };
}

/** No more than the one whose token it is. */
function accessRefusal(error: ErrorReply): Draft {
  return accessRefused(error.context.scope.user === undefined ? ['app'] : ['app', 'user'])(error);
}

function worded(draft: Draft, words: { code: string; reason: string; advice: string }): Refused {
  return { ...draft, ...words };
}

const CODE_CHARS_KEPT_MAX = 80;

function codeOf({ codes, status }: ErrorReply): string {
  const code = codeText(codes[0]).replace(/\s+/g, '_').slice(0, CODE_CHARS_KEPT_MAX);
  return code || (status >= 200 && status < 300 ? 'UNNAMED' : `HTTP_${status}`);
}

function reasonOf({ texts, codes, status }: ErrorReply): string {
  return texts[0] ?? (codes[0] === undefined ? `HTTP ${status}` : `code ${codes[0]}`);
}
