import { z } from 'zod';
import { OffpeakError } from '../errors';
import type { CallParams, Page, PageContext } from './definition';
import { describeValue, faultLines, faultsOf, strictShape } from './faults';
import { type ListCursor, listCursor, listPages } from './paging';
import type { Partition } from './partition';
import type { SinkRecord } from './sink';

export interface RestListOptions {
  /** What `call` takes as the API: `GET /v1/orders`. */
  readonly api: string;
  /** Sent with every page. */
  readonly params?: CallParams | ((context: RestListContext) => CallParams);
  /** Path to the list in what `call` resolves with: `data.orders`. */
  readonly records: string;
  /**
   * Where the next page comes from: `page` counts from 1 until a page is empty (or shorter than `pageSize`);
   * `cursor:data.next_cursor` is the path of a token, which is null, empty or missing after the last page; `link` is the
   * `next` of what `call` resolves with, the query of the reply's link to the next page or null.
   */
  readonly next: 'page' | 'link' | `cursor:${string}`;
  /** The parameter that carries the page number or the token. Default `page` or `cursor`; not with `link`. */
  readonly pageParam?: string;
  /** Only with `page`: a shorter page is the last one, which saves a call. */
  readonly pageSize?: number;
}

export interface RestListContext {
  readonly partition: Partition;
  readonly nowMs: number;
}

const pageParams = z.record(z.string(), z.union([z.string(), z.number()]));
const cursorSchema = listCursor(pageParams);

/** The parameters that ask for one page: `{ page: 2 }`, `{ cursor: 'x' }`, the query of a link. */
type PageParams = z.output<typeof pageParams>;

/** Three fields of a job, to be spread into its definition. */
export interface RestList {
  readonly cursor: typeof cursorSchema;
  readonly initial: () => { page: PageParams };
  readonly pages: (
    context: PageContext<z.output<typeof cursorSchema>>,
  ) => AsyncGenerator<Page<ListCursor<PageParams>>, void, void>;
}

/**
 * A job over a plain list, read as a whole in each run. Throws one JOB_INVALID that lists every fault.
 * @example defineJob({ name, platform, sink, ...restList({ api: 'GET /v1/orders', records: 'data.orders', next: 'link' }) })
 */
export function restList(options: RestListOptions): RestList {
  checkOptions(options);
  const { api, params = {} } = options;
  const follow = followerOf(options);
  return {
    cursor: cursorSchema,
    initial: () => ({ page: follow.first }),
    pages: ({ cursor, call, partition, nowMs }) => {
      const fixed = typeof params === 'function' ? params({ partition, nowMs }) : params;
      const repeats = repetitions(api);
      return listPages<PageParams>({
        cursor,
        first: follow.first,
        async fetch({ page }) {
          const reply: unknown = await call(api, { ...fixed, ...page });
          const records = recordsIn(reply, options);
          repeats.check(records, page);
          return { records, next: follow.next(reply, { page, records }) };
        },
      });
    },
  };
}

/** A list that grows by a page between two calls gives one page twice; more often is no accident. */
const SAME_PAGES_MAX = 3;

const PATH = /^[^.:\s]+(\.[^.:\s]+)*$/;
const NEXT = /^(page|link|cursor:[^.:\s]+(\.[^.:\s]+)*)$/;

const shape = strictShape({
  api: z.string().min(1),
  params: z
    .custom((value) => typeof value === 'object' || typeof value === 'function', 'expected an object')
    .optional(),
  records: z.string().regex(PATH, 'expected a path such as "data.orders"'),
  next: z.string().regex(NEXT, 'expected "page", "link" or "cursor:" and a path, such as "cursor:data.next_cursor"'),
  pageParam: z.string().min(1).optional(),
  pageSize: z.int().min(1).optional(),
}).superRefine(({ next, params, pageParam, pageSize }, context) => {
  const fault = (path: PropertyKey[], message: string): void => context.addIssue({ code: 'custom', path, message });
  if (next === 'link' && pageParam !== undefined) fault(['pageParam'], 'expected nothing beside next: "link"');
  if (next !== 'page' && pageSize !== undefined) fault(['pageSize'], 'expected nothing but beside next: "page"');
  const carrier = pageParam ?? (next === 'page' ? 'page' : 'cursor');
  if (next !== 'link' && typeof params === 'object' && params !== null && carrier in params)
    fault(['params', carrier], 'expected no parameter that carries the page');
});

function checkOptions(options: unknown): void {
  const result = shape.safeParse(options);
  if (!result.success)
    throw new OffpeakError('JOB_INVALID', faultLines('restList()', faultsOf(result.error.issues, options)));
}

interface Follower {
  readonly first: PageParams;
  next(reply: unknown, read: { page: PageParams; records: readonly unknown[] }): PageParams | null;
}

function followerOf({ next, pageParam, pageSize = 1, api }: RestListOptions): Follower {
  if (next === 'link') return { first: {}, next: (reply) => linkIn(reply, api) };
  if (next === 'page') {
    const name = pageParam ?? 'page';
    return {
      first: { [name]: 1 },
      next: (_reply, { page, records }) => (records.length < pageSize ? null : { [name]: Number(page[name] ?? 1) + 1 }),
    };
  }
  const path = next.slice('cursor:'.length);
  return { first: {}, next: (reply) => tokenIn(reply, { path, name: pageParam ?? 'cursor', api }) };
}

function linkIn(reply: unknown, api: string): PageParams | null {
  const found = valueAt(reply, 'next');
  const parsed = pageParams.nullable().safeParse(found);
  if (parsed.success) return parsed.data;
  const got = describeValue(found);
  throw new OffpeakError('RUN_FAILED', `${api} next: expected the query of a link or null, got ${got}`, {
    hint: 'next: "link" needs a platform that reads the Link header.',
  });
}

function tokenIn(reply: unknown, { path, name, api }: { path: string; name: string; api: string }): PageParams | null {
  const token = valueAt(reply, path);
  if (token === undefined || token === null || token === '' || token === false) return null;
  if (typeof token === 'string' || typeof token === 'number') return { [name]: token };
  throw new OffpeakError('RUN_FAILED', `${api} ${path}: expected a token or null, got ${describeValue(token)}`);
}

/** Null stands for an empty list at some platforms; a path that leads nowhere is a fault. */
function recordsIn(reply: unknown, { api, records: path }: RestListOptions): readonly SinkRecord[] {
  const found = valueAt(reply, path);
  if (found === null) return [];
  const parsed = z.array(z.record(z.string(), z.unknown())).safeParse(found);
  if (parsed.success) return parsed.data;
  throw new OffpeakError('RUN_FAILED', `${api} ${path}: expected a list of objects, got ${describeValue(found)}`, {
    hint: 'Name the path of the list in what call() resolves with: restList({ records }).',
  });
}

/** An API that does not know the parameter would give its first page for ever. */
function repetitions(api: string): { check(records: readonly unknown[], page: PageParams): void } {
  let last = '';
  let times = 0;
  return {
    check(records, page) {
      const text = JSON.stringify(records);
      times = text === last ? times + 1 : 1;
      last = text;
      if (records.length === 0 || times < SAME_PAGES_MAX) return;
      throw new OffpeakError(
        'RUN_FAILED',
        `${api}: expected another page for ${JSON.stringify(page)}, got the same records ${times} times`,
        { hint: 'Does the API know this parameter? Name the right one: restList({ pageParam }).' },
      );
    },
  };
}

function valueAt(value: unknown, path: string): unknown {
  let at = value;
  for (const key of path.split('.')) {
    if (typeof at !== 'object' || at === null || !Object.hasOwn(at, key)) return undefined;
    at = (at as Record<string, unknown>)[key];
  }
  return at;
}
