import fc from 'fast-check';
import type { Outcome } from '../job/outcome';
import { CONFORMANCE_NOW_MS, type Conformance, classifyOn, type Row, replyOf } from './conformance';
import { isEnvelope } from './envelope';
import type { Platform } from './platform';
import { withMessages } from './wording-drift';

/** A promise that holds for every reply, tried with replies that are made up. */
export interface Property {
  /** `has a meaning for every reply that there can be`. */
  readonly name: string;
  /** Throws with the smallest reply that breaks it. */
  readonly check: (platform: Platform, conformance: Conformance) => void;
}

const RUNS = 300;

export const PROPERTIES: readonly Property[] = [
  { name: 'has a meaning for every reply that there can be', check: hasMeaning },
  { name: 'takes no refusal for a success, whatever its words, its data and its status', check: keepsRefusals },
  { name: 'takes no success for a refusal, whatever its records hold', check: keepsSuccess },
  { name: 'takes nothing with a status outside 2xx for a success', check: honoursStatus },
  { name: 'keeps a prototype out of the body', check: keepsPrototypeOut },
];

const HEADERS = fc.record(
  {
    'retry-after': fc.oneof(fc.string(), fc.integer().map(String)),
    'content-type': fc.string(),
    ratelimit: fc.string(),
    'x-ratelimit-remaining': fc.string(),
    'x-ratelimit-reset': fc.oneof(fc.string(), fc.integer().map(String)),
  },
  { requiredKeys: [] },
);

/** Any bytes, as the edge hands over an error's page. */
const BYTES = fc.uint8Array().map((bytes) => new TextDecoder().decode(bytes));

/** More levels than a stack has, alone or in the place of a field. */
const DEEP = fc
  .constantFrom('', '{"data":', '{"error":{"message":', '{"code":')
  .map((start) => `${start}${'['.repeat(20_000)}${']'.repeat(20_000)}${'}'.repeat(start.split('{').length - 1)}`);

/** A classifier that throws would be taken for a bug in the middle of a run. */
function hasMeaning(platform: Platform, conformance: Conformance): void {
  const nowMs = conformance.nowMs ?? CONFORMANCE_NOW_MS;
  const bodies = fc.oneof(
    fc.string(),
    BYTES,
    fc.json(),
    fc.anything().map(jsonOf),
    mutated(conformance).map(jsonOf),
    DEEP,
  );
  fc.assert(
    fc.property(fc.integer({ min: 100, max: 599 }), HEADERS, bodies, (status, headers, body) => {
      const outcome = classifyOn(platform, conformance, {
        reply: { status, headers, body },
      });
      return isSound(outcome, nowMs);
    }),
    { numRuns: RUNS },
  );
}

function isSound(outcome: Outcome, nowMs: number): boolean {
  if (outcome.kind === 'pause') return Number.isFinite(outcome.forMs) && outcome.forMs >= 0;
  if (outcome.kind === 'park') return Number.isFinite(outcome.untilMs) && outcome.untilMs > nowMs;
  return true;
}

/** Replies of the table with one part replaced by something else. */
function mutated({ rows, success }: Conformance): fc.Arbitrary<unknown> {
  const bodies = [success, ...rows.map(({ reply }) => reply.body)];
  return fc.tuple(fc.constantFrom(...bodies), fc.nat(), fc.anything()).map(([body, place, value]) => {
    if (!isEnvelope(body)) return body;
    const keys = Object.keys(body);
    return { ...body, [keys[place % Math.max(1, keys.length)] ?? 'code']: value };
  });
}

/** Success fields beside an error, other words in it: an error stays one, also under 200. */
function keepsRefusals(platform: Platform, conformance: Conformance): void {
  const refused = conformance.rows.filter(
    (row) => isEnvelope(row.reply.body) && tellsAnError(platform, conformance, row),
  );
  if (refused.length === 0) return;
  fc.assert(
    fc.property(fc.constantFrom(...refused), fc.string({ minLength: 1 }), fc.boolean(), (row, words, isMixed) => {
      const body = withMessages(row.reply.body, words);
      const mixed = isMixed && isEnvelope(conformance.success) ? { ...conformance.success, ...(body as object) } : body;
      const outcome = classifyOn(platform, conformance, {
        reply: replyOf({ ...row.reply, body: mixed }),
        scope: row.scope,
      });
      return outcome.kind !== 'ok';
    }),
    { numRuns: RUNS },
  );
}

/** A success that only lacks a part is left out: with the part put back it would be one again. */
function tellsAnError(platform: Platform, conformance: Conformance, { reply, scope, want }: Row): boolean {
  if (want.kind === 'ok') return false;
  const outcome = classifyOn(platform, conformance, { reply: replyOf(reply), scope });
  return outcome.kind === 'ok' || !['MALFORMED_REPLY', 'UNEXPECTED_REPLY'].includes(outcome.code);
}

function keepsSuccess(platform: Platform, conformance: Conformance): void {
  const { success, records, rows } = conformance;
  const words = rows.map(({ reply }) => jsonOf(reply.body));
  const note = fc.oneof(fc.json(), fc.anything(), fc.constantFrom('', ...words), fc.constantFrom(...bodiesOf(rows)));
  fc.assert(
    fc.property(note, (value) => {
      const body = records === undefined ? success : placed(success, records.split('.'), [{ note: value }]);
      return classifyOn(platform, conformance, { reply: replyOf({ body: jsonOf(body) }) }).kind === 'ok';
    }),
    { numRuns: records === undefined ? 1 : RUNS },
  );
}

function bodiesOf(rows: readonly Row[]): [unknown, ...unknown[]] {
  return [null, ...rows.map(({ reply }) => reply.body)];
}

function honoursStatus(platform: Platform, conformance: Conformance): void {
  for (const status of [100, 300, 304, 400, 401, 403, 404, 418, 429, 500, 503, 599]) {
    const { kind } = classifyOn(platform, conformance, { reply: replyOf({ status, body: conformance.success }) });
    if (kind === 'ok') throw new Error(`a success body with HTTP ${status} was taken for a success`);
  }
}

function keepsPrototypeOut(platform: Platform, conformance: Conformance): void {
  const text = jsonOf(conformance.success);
  if (!text.startsWith('{')) return;
  const poisoned = text.replace('{', '{"__proto__":{"admin":true},"constructor":{"prototype":{"x":1}},');
  const outcome = classifyOn(platform, conformance, { reply: replyOf({ body: poisoned }) });
  const body = outcome.kind === 'ok' ? (outcome.body as Record<string, unknown>) : {};
  if (Object.hasOwn(body, '__proto__') || body['admin'] !== undefined) throw new Error('__proto__ reached the body');
}

/** A copy with a value at a path of names. */
function placed(body: unknown, [name, ...rest]: readonly string[], value: unknown): unknown {
  if (name === undefined) return value;
  const object = isEnvelope(body) ? body : {};
  return { ...object, [name]: placed(object[name], rest, value) };
}

/** JSON of anything that fast-check makes up; text stays what it is. */
function jsonOf(value: unknown): string {
  if (typeof value === 'string') return value;
  return JSON.stringify(value, (_, part: unknown) =>
    typeof part === 'bigint' || part === undefined ? String(part) : part,
  );
}
