import { OffpeakError } from '../errors';
import { describeValue } from './faults';

/** How many records a list of numbered pages had when it was last asked, and whether that changed since its first page. */
export interface PageCount {
  readonly total: number;
  readonly moved: boolean;
}

/** Where the reading of one list stands: the page to ask for next. */
export interface Position<Token> {
  readonly page: Token;
  /** Of numbered pages, from the second page that is read on. */
  readonly count?: PageCount | undefined;
}

export type Step<Token> =
  | { readonly kind: 'next'; readonly position: Position<Token> }
  | { readonly kind: 'last' }
  | { readonly kind: 'too-deep'; readonly total: number };

/** In which order the pages of one list are read. */
export interface Walk<Token, Reply> {
  readonly first: Token;
  /** The position to go on from: a cursor may come from before the list was counted. */
  resume(position: Position<Token>): Position<Token>;
  after(position: Position<Token>, reply: Reply): Step<Token>;
}

/** Each page says which one comes next; null after the last. */
export function walkByToken<Token>(first: Token): Walk<Token, { readonly next: Token | null }> {
  return {
    first,
    resume: ({ page }) => ({ page }),
    after: (_position, { next }) => (next === null ? { kind: 'last' } : { kind: 'next', position: { page: next } }),
  };
}

export interface NumberWalkOptions {
  /** Records on a page. */
  readonly pageSize: number;
  /** Records that can be reached by page number; any number when left out. */
  readonly depthMax?: number | undefined;
}

const FIRST_PAGE = 1;

/**
 * Page 1, which says how many there are, then from the last page down to page 2; and page 1 again, unless the total never
 * changed.
 *
 * Nothing is skipped although records leave the list in the meantime, as long as the others keep their order: after page p
 * was read, whatever is still to come stands in front of it, and what leaves only moves it further to the front. An upward
 * walk would lose as many records as left in front of it. What page 1 brought at first is all that it holds in the end
 * unless something left, which the total tells. When the total has grown, the walk goes up again as far as new records
 * can have pushed the old ones back. Only a record that enters between the same two replies between which another one
 * leaves can hide one; a list that nothing enters, such as a closed span of modification times, has none of these.
 */
export function walkByNumber(options: NumberWalkOptions): Walk<number, { readonly total: number }> {
  checkNumbers(options);
  const { pageSize, depthMax = Number.POSITIVE_INFINITY } = options;
  const pagesMax = Math.floor(depthMax / pageSize);
  return {
    first: FIRST_PAGE,
    resume: (position) => (position.count ? position : { page: FIRST_PAGE }),
    after({ page, count }, { total }) {
      checkTotal(total);
      const lastPage = Math.ceil(total / pageSize);
      if (lastPage > pagesMax) return { kind: 'too-deep', total };
      const moved = count !== undefined && (count.moved || count.total !== total);
      const next = count ? Math.min(lastPage, page + stride(page, lastPage, total - count.total)) : lastPage;
      if (next <= (moved ? 0 : FIRST_PAGE)) return { kind: 'last' };
      return { kind: 'next', position: { page: next, count: { total, moved } } };
    },
  };

  /** In pages: up as far as new records can have pushed old ones, if there is something above; else one down. */
  function stride(page: number, lastPage: number, grown: number): number {
    return grown > 0 && lastPage > page ? Math.ceil(grown / pageSize) : -1;
  }
}

function checkNumbers({ pageSize, depthMax }: NumberWalkOptions): void {
  if (!Number.isInteger(pageSize) || pageSize < 1) {
    throw new OffpeakError('JOB_INVALID', `pageSize: expected a whole number above 0, got ${describeValue(pageSize)}`);
  }
  if (depthMax === undefined || depthMax >= pageSize) return;
  const got = describeValue(depthMax);
  throw new OffpeakError('JOB_INVALID', `depthMax: expected at least pageSize, which is ${pageSize}, got ${got}`);
}

/** What a platform says is data from outside, and a job file often plain JavaScript. */
function checkTotal(total: unknown): void {
  if (typeof total === 'number' && Number.isInteger(total) && total >= 0) return;
  throw new OffpeakError(
    'RUN_FAILED',
    `fetch() total: expected a whole number of records in all, got ${describeValue(total)}`,
    { hint: 'Return the total of the reply from fetch(); a list that states none is paged with first and next.' },
  );
}
