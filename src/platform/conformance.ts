import { z } from 'zod';
import { OffpeakError } from '../errors';
import type { Costs } from '../job/cost';
import { faultLines, faultsOf, strictShape } from '../job/faults';
import type { Outcome } from '../job/outcome';
import { pickScope, SCOPE_NAMES, type Scope, type ScopeName, scopeKey } from '../job/scope';
import type { HttpReply, Platform } from './platform';
import { driftsOf } from './wording-drift';

/** What a platform's classifier is tried with: a usual call, what its success looks like, and a row for every refusal. */
export interface Conformance {
  readonly call: { readonly api: string; readonly scope?: Scope; readonly params?: Readonly<Record<string, unknown>> };
  /** The body of a success of that call. */
  readonly success: unknown;
  /** Where in it the records stand, as a path (`data.orders`): whatever they hold, it stays a success. */
  readonly records?: string;
  /** The clock of the rows, epoch ms. Default 2026-03-01 10:00 in Shanghai. */
  readonly nowMs?: number;
  readonly rows: readonly Row[];
}

/** One reply and what it must mean. Only the fields that are written are compared. */
export interface Row {
  readonly name: string;
  readonly reply: {
    /** Default 200. */
    readonly status?: number;
    readonly headers?: Readonly<Record<string, string>>;
    /** JSON, or text as it comes. */
    readonly body: unknown;
  };
  readonly want: {
    readonly kind: Outcome['kind'];
    /** Names of the call's scope, or a scope with its values; null where nothing else stops. */
    readonly scope?: readonly ScopeName[] | Scope | null;
    /** Of a park: RFC 3339. */
    readonly until?: string;
    readonly untilMs?: number;
    /** Of a pause, ms. */
    readonly forMs?: number;
    readonly code?: string;
    /** Calls per second. */
    readonly learned?: number | undefined;
    readonly advice?: RegExp;
    readonly hidden?: true;
    readonly spent?: Costs;
    /** True for an error that no rule is meant to know; left out, one must know it. */
    readonly unrecognised?: true;
  };
  /** Differs from that of the usual call. */
  readonly scope?: Scope;
  /** False where the wording itself is what the row is about. */
  readonly drift?: false;
}

const KINDS = [
  'ok',
  'pause',
  'backoff',
  'park',
  'reauth',
  'rewind',
  'fatal',
] as const satisfies readonly Outcome['kind'][];

const scope = z.partialRecord(z.enum(SCOPE_NAMES), z.string());
const isPattern = (value: unknown): boolean => value instanceof RegExp;

const want = strictShape({
  kind: z.enum(KINDS),
  scope: z.union([z.array(z.enum(SCOPE_NAMES)), scope]).nullish(),
  until: z.iso.datetime({ offset: true, error: 'expected RFC 3339, such as 2026-03-02T00:00:00+08:00' }).optional(),
  untilMs: z.number().optional(),
  forMs: z.number().optional(),
  code: z.string().optional(),
  learned: z.number().optional(),
  advice: z.custom<RegExp>(isPattern, 'expected a regular expression').optional(),
  hidden: z.literal(true).optional(),
  spent: z.record(z.string(), z.number()).optional(),
  unrecognised: z.literal(true).optional(),
});

const row = strictShape({
  name: z.string().min(1),
  reply: strictShape({
    status: z.int().min(100).max(599).optional(),
    headers: z.record(z.string(), z.string()).optional(),
    body: z.unknown(),
  }),
  want,
  scope: scope.optional(),
  drift: z.literal(false).optional(),
});

const conformanceShape = strictShape({
  call: strictShape({
    api: z.string().min(1),
    scope: scope.optional(),
    params: z.record(z.string(), z.unknown()).optional(),
  }),
  success: z.unknown(),
  records: z.string().optional(),
  nowMs: z.number().optional(),
  rows: z.array(row).min(1),
});

/** A file's `conformance` export. Throws CONFIG_INVALID, all faults at once. */
export function parseConformance(value: unknown, file: string): Conformance {
  const parsed = conformanceShape.safeParse(value);
  if (parsed.success) return value as Conformance;
  throw new OffpeakError('CONFIG_INVALID', faultLines(`${file} conformance`, faultsOf(parsed.error.issues, value)), {
    hint: 'docs/platforms.md, "A platform of your own", shows one.',
  });
}

/** 2026-03-01 10:00 in Shanghai. */
export const CONFORMANCE_NOW_MS = Date.parse('2026-03-01T02:00:00Z');

/** Where a reply was understood otherwise than its row says. */
export interface RowFault {
  /** The row's name, and how its wording was changed. */
  readonly row: string;
  readonly field: string;
  readonly want: string;
  readonly got: string;
}

/** Tries one row, as it is written and with its wording drifted. Empty when all is well. */
export function checkRow(platform: Platform, conformance: Conformance, row: Row): RowFault[] {
  const drifts = row.drift === false ? [] : driftsOf(row.reply.body);
  const forms = [
    { name: row.name, body: row.reply.body },
    ...drifts.map((drift) => ({ ...drift, name: `${row.name}, ${drift.name}` })),
  ];
  return forms.flatMap(({ name, body }) =>
    faultsOfForm({ name, reply: replyOf({ ...row.reply, body }) }, row, { platform, conformance }),
  );
}

/** What a reply means on a conformance table's usual call. */
export function classifyOn(
  platform: Platform,
  { call, nowMs = CONFORMANCE_NOW_MS }: Conformance,
  { reply, scope: own = {} }: { readonly reply: HttpReply; readonly scope?: Scope | undefined },
): Outcome {
  return platform.classify(reply, { scope: wholeScope(platform, call, own), nowMs });
}

/** A reply as the HTTP edge hands it over. */
export function replyOf({ status = 200, headers = {}, body }: Row['reply']): HttpReply {
  return { status, headers, body: typeof body === 'string' ? body : JSON.stringify(body) };
}

function wholeScope(platform: Platform, call: Conformance['call'], own: Scope): Scope {
  const { api = call.api, ...rest } = own;
  return platform.scope({ api, params: call.params ?? {}, scope: { ...call.scope, ...rest } });
}

interface Trial {
  readonly platform: Platform;
  readonly conformance: Conformance;
}

function faultsOfForm({ name, reply }: { name: string; reply: HttpReply }, row: Row, trial: Trial): RowFault[] {
  const outcome = classifyOn(trial.platform, trial.conformance, { reply, scope: row.scope });
  const scope = wholeScope(trial.platform, trial.conformance.call, row.scope ?? {});
  return [...comparisons(row.want, outcome, scope), ...manners(outcome)]
    .filter(({ want, got }) => want !== got)
    .map(({ field, want, got }) => ({ row: name, field, want, got }));
}

interface Comparison {
  readonly field: string;
  readonly want: string;
  readonly got: string;
}

function comparisons(want: Row['want'], outcome: Outcome, scope: Scope): Comparison[] {
  const got = factsOf(outcome);
  const untilMs = want.untilMs ?? (want.until === undefined ? undefined : Date.parse(want.until));
  const advice = want.advice?.test(got.advice ?? '');
  return [
    same('kind', want.kind, outcome.kind),
    same('learned', want.learned, got.learnedPerSecond),
    same('hidden', want.hidden, got.hidden),
    ...(want.scope === undefined ? [] : [same('scope', scopeText(want.scope, scope), scopeText(got.scope, scope))]),
    ...(untilMs === undefined ? [] : [same('until', instant(untilMs), instant(got.untilMs))]),
    ...(want.forMs === undefined ? [] : [same('forMs', want.forMs, got.forMs)]),
    ...(want.code === undefined ? [] : [same('code', want.code, got.code)]),
    ...(want.spent === undefined ? [] : [same('spent', JSON.stringify(want.spent), JSON.stringify(got.spent))]),
    ...(want.advice === undefined ? [] : [same('advice', true, advice)]),
    ...(outcome.kind === 'ok' ? [] : [same('unrecognised', want.unrecognised ?? false, got.unrecognised ?? false)]),
  ];
}

type Fact = string | number | boolean | undefined;

function same(field: string, want: Fact, got: Fact): Comparison {
  return { field, want: String(want), got: String(got) };
}

/** An outcome with the fields of every kind. */
interface Facts {
  readonly scope?: Scope | null;
  readonly untilMs?: number;
  readonly forMs?: number;
  readonly code?: string;
  readonly learnedPerSecond?: number;
  readonly hidden?: true;
  readonly unrecognised?: true;
  readonly spent?: Costs;
  readonly advice?: string;
}

function factsOf(outcome: Outcome): Facts {
  return outcome;
}

/** What every refusal owes to its reader: a code without blanks, one line of reason, and one of what to do about it. */
function manners(outcome: Outcome): Comparison[] {
  if (outcome.kind === 'ok') return [];
  const { code, reason, unrecognised = false } = outcome;
  const { advice = '' } = factsOf(outcome);
  return [
    { field: 'code is one word', want: 'true', got: String(/^\S+$/.test(code)) },
    { field: 'reason is one line', want: 'true', got: String(ONE_LINE.test(reason)) },
    ...(unrecognised ? [] : [{ field: 'advice is one line', want: 'true', got: String(ONE_LINE.test(advice)) }]),
  ];
}

const ONE_LINE = /^\P{Cc}+$/u;

function scopeText(stated: readonly ScopeName[] | Scope | null | undefined, whole: Scope): string {
  if (stated === undefined) return 'none';
  if (stated === null) return 'null';
  return scopeKey(Array.isArray(stated) ? pickScope(whole, stated as readonly ScopeName[]) : (stated as Scope));
}

function instant(atMs: number | undefined): string {
  return atMs === undefined ? 'none' : new Date(atMs).toISOString();
}
