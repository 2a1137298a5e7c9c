import { z } from 'zod';
import { OffpeakError } from '../errors';
import type { Page } from './definition';
import { describeValue } from './faults';
import { type Position, type Walk, walkByNumber, walkByToken } from './page-walk';
import type { SinkRecord } from './sink';
import { checkSlices, type Slice } from './slices';

/** Position in a list; `page` alone is its beginning. */
export type ListCursor<Token> = Position<Token>;

/** Bookmark and position: everything before `sinceMs` is delivered, `page` is the next one of `slice`. */
export interface SlicedCursor<Token> extends Position<Token> {
  readonly sinceMs: number;
  /** What is being read, so that a resume asks for the same span again. Left out between two slices. */
  readonly slice?: Slice | undefined;
}

interface SlicedOptions<Token> {
  readonly cursor: SlicedCursor<Token>;
  /** Epoch ms, excluded. Not in the future: what is still changing inside a slice may be skipped. */
  readonly toMs: number;
  /** The longest span of one query. */
  readonly stepMs: number;
  /**
   * How far each slice reaches back into what was read before, in an earlier run too: for clocks that differ, and for
   * changes that the platform shows late. Default 0; below `stepMs`.
   */
  readonly overlapMs?: number | undefined;
}

export interface SlicedTokens<Token> extends SlicedOptions<Token> {
  /** The first page of a slice: `''`, `0`, `{}`. */
  readonly first: Token;
  /** `next` is null after the last page. */
  readonly fetch: (
    query: Slice & { readonly page: Token },
  ) => Promise<{ readonly records: readonly SinkRecord[]; readonly next: Token | null }>;
}

export interface SlicedNumbers extends SlicedOptions<number> {
  /** Records on a page: pages are numbered from 1, and the helper chooses their order. */
  readonly pageSize: number;
  /** How many records the platform lets page through; a slice with more is halved. Any number when left out. */
  readonly depthMax?: number | undefined;
  /** Slices are cut at multiples of this. Default 1,000: a whole second. */
  readonly sliceMsMin?: number | undefined;
  /** `total`: the records of the slice on all its pages, at the time of asking. */
  readonly fetch: (
    query: Slice & { readonly page: number },
  ) => Promise<{ readonly records: readonly SinkRecord[]; readonly total: number }>;
}

export interface ListTokens<Token> {
  readonly cursor: ListCursor<Token>;
  readonly first: Token;
  readonly fetch: (query: {
    readonly page: Token;
  }) => Promise<{ readonly records: readonly SinkRecord[]; readonly next: Token | null }>;
}

export interface ListNumbers {
  readonly cursor: ListCursor<number>;
  readonly pageSize: number;
  readonly fetch: (query: {
    readonly page: number;
  }) => Promise<{ readonly records: readonly SinkRecord[]; readonly total: number }>;
}

/** Reads on from a cursor; what it yields is `pages` of a job. */
export type Pages<Cursor> = AsyncGenerator<Page<Cursor>, void, void>;

const SLICE_MS_MIN = 1_000;

const countSchema = z.object({ total: z.int().min(0), moved: z.boolean() }).optional();

/** Cursor schema for `listPages`. Also takes `{ page }` alone. */
export function listCursor<Token extends z.ZodType>(
  page: Token,
): z.ZodObject<{ page: Token; count: typeof countSchema }> {
  return z.object({ page, count: countSchema });
}

const sliceSchema = z
  .object({ fromMs: z.number(), toMs: z.number() })
  .refine(({ fromMs, toMs }) => fromMs < toMs, 'expected fromMs before toMs')
  .optional();

/** Cursor schema for `slicedPages`. Also takes `{ sinceMs, page }` alone. */
export function slicedCursor<Token extends z.ZodType>(
  page: Token,
): z.ZodObject<{ sinceMs: z.ZodNumber; page: Token; slice: typeof sliceSchema; count: typeof countSchema }> {
  return z.object({ sinceMs: z.number(), page, slice: sliceSchema, count: countSchema });
}

/**
 * The pages of a whole list, from the first to the last; the next run begins again. With `first`, each page names the next
 * one. With `pageSize`, pages are numbered and read downwards, so that records may leave the list meanwhile.
 * @example listPages({ cursor, first: '', fetch: async ({ page }) => ({ records, next: reply.cursor || null }) })
 */
export function listPages<Token>(options: ListTokens<Token>): Pages<ListCursor<Token>>;
export function listPages(options: ListNumbers): Pages<ListCursor<number>>;
export function listPages<Token>(
  options: ListTokens<Token> | ListNumbers,
): Pages<ListCursor<Token>> | Pages<ListCursor<number>> {
  if ('pageSize' in options) return readList(options, walkByNumber({ pageSize: options.pageSize }));
  return readList(options, walkByToken(options.first));
}

/**
 * The pages of everything from the cursor's bookmark to `toMs`, in slices of at most `stepMs`, oldest slice first. The
 * bookmark moves to the end of a slice after its last page. With `first`, each page names the next one. With `pageSize`,
 * pages are numbered: a slice that is deeper than `depthMax` is halved, and its pages are read downwards, so that records
 * may leave the slice meanwhile. Ask for slices that end in the past: then none can enter.
 * Throws RUN_FAILED for a slice that is too deep and cannot be cut, JOB_INVALID for options that lead nowhere.
 * @example
 * slicedPages({ cursor, toMs: nowMs, stepMs: 7 * DAY_MS, pageSize: 100, depthMax: 5_000,
 *   fetch: async ({ fromMs, toMs, page }) => ({ records: reply.data, total: reply.totalCount }) })
 */
export function slicedPages<Token>(options: SlicedTokens<Token>): Pages<SlicedCursor<Token>>;
export function slicedPages(options: SlicedNumbers): Pages<SlicedCursor<number>>;
export function slicedPages<Token>(
  options: SlicedTokens<Token> | SlicedNumbers,
): Pages<SlicedCursor<Token>> | Pages<SlicedCursor<number>> {
  const { cursor, toMs, stepMs, overlapMs = 0 } = options;
  checkSlices({ fromMs: cursor.sinceMs, toMs, stepMs, overlapMs }, 'slicedPages()');
  if ('pageSize' in options) {
    checkSliceMsMin(options.sliceMsMin);
    return readSlices(options, walkByNumber(options));
  }
  return readSlices(options, walkByToken(options.first));
}

function checkSliceMsMin(sliceMsMin: unknown = SLICE_MS_MIN): void {
  if (typeof sliceMsMin === 'number' && Number.isFinite(sliceMsMin) && sliceMsMin >= 1) return;
  const got = describeValue(sliceMsMin);
  throw new OffpeakError('JOB_INVALID', `slicedPages() sliceMsMin: expected milliseconds from 1 on, got ${got}`);
}

interface Reply {
  readonly records: readonly SinkRecord[];
}

interface ListOptions<Token, Body> {
  readonly cursor: ListCursor<Token>;
  readonly fetch: (query: { readonly page: Token }) => Promise<Reply & Body>;
}

async function* readList<Token, Body>(
  { cursor, fetch }: ListOptions<Token, Body>,
  walk: Walk<Token, Body>,
): Pages<ListCursor<Token>> {
  for (let position = walk.resume(cursor); ; ) {
    const reply = await fetch({ page: position.page });
    const step = walk.after(position, reply);
    if (step.kind === 'next') position = step.position;
    yield { records: reply.records, cursor: step.kind === 'next' ? position : { page: walk.first } };
    if (step.kind !== 'next') return;
  }
}

interface SliceReading<Token, Body> extends SlicedOptions<Token> {
  readonly sliceMsMin?: number | undefined;
  readonly fetch: (query: Slice & { readonly page: Token }) => Promise<Reply & Body>;
}

async function* readSlices<Token, Body>(
  options: SliceReading<Token, Body>,
  walk: Walk<Token, Body>,
): Pages<SlicedCursor<Token>> {
  const { toMs, stepMs, overlapMs = 0, fetch } = options;
  const strideMsMax = stepMs - overlapMs;
  let strideMs = strideMsMax;
  for (let at = options.cursor; ; ) {
    const { sinceMs } = at;
    const slice = at.slice ?? nextSlice(at, { toMs, strideMs, overlapMs, first: walk.first });
    if (slice.toMs <= sinceMs) return;
    const position = walk.resume(at);
    const reply = await fetch({ ...slice, page: position.page });
    const step = walk.after(position, reply);
    switch (step.kind) {
      case 'next':
        at = { sinceMs, slice, ...step.position };
        yield { records: reply.records, cursor: at };
        break;
      case 'last':
        // After a cut, neighbours are probably dense too: the next slice is twice as long, not at once the longest.
        strideMs = Math.min(strideMsMax, 2 * strideMs);
        at = { sinceMs: slice.toMs, page: walk.first };
        yield { records: reply.records, cursor: at };
        break;
      case 'too-deep': {
        const cut = halve(sinceMs, slice, { sliceMsMin: options.sliceMsMin ?? SLICE_MS_MIN, total: step.total });
        strideMs = cut.toMs - sinceMs;
        at = { sinceMs, slice: cut, page: walk.first };
        // Without a record: nothing of a slice that cannot be read to its end. The cut itself is kept, it cost a call.
        yield { records: [], cursor: at };
      }
    }
  }
}

interface NextSlice<Token> {
  readonly toMs: number;
  readonly strideMs: number;
  readonly overlapMs: number;
  readonly first: Token;
}

/** Empty at the end of the range. */
function nextSlice<Token>({ sinceMs, page }: SlicedCursor<Token>, next: NextSlice<Token>): Slice {
  // A position without its slice was made by a loop over slices(), whose first slice reaches back no further.
  const isInside = JSON.stringify(page) !== JSON.stringify(next.first);
  const fromMs = isInside ? sinceMs : sinceMs - next.overlapMs;
  return { fromMs, toMs: Math.min(sinceMs + next.strideMs, next.toMs) };
}

function halve(sinceMs: number, { fromMs, toMs }: Slice, bounds: { sliceMsMin: number; total: number }): Slice {
  const { sliceMsMin, total } = bounds;
  const middleMs = Math.floor((sinceMs + toMs) / 2 / sliceMsMin) * sliceMsMin;
  if (middleMs > sinceMs) return { fromMs, toMs: middleMs };
  const span = `${instant(fromMs)} to ${instant(toMs)}`;
  throw new OffpeakError(
    'RUN_FAILED',
    `slicedPages(): expected no more than depthMax records from ${span}, got ${total}, and the slice cannot be cut further`,
    { hint: 'Filter the query further, one partition for each part, or ask the vendor for a greater depth.' },
  );
}

function instant(atMs: number): string {
  return new Date(atMs).toISOString();
}
