import { z } from 'zod';
import type { Cursors } from './cursor';
import { type ListFault, NO_MORE, PARAM_INVALID, spanFault } from './list-span';
import type { Listing } from './listing';
import type { Order, OrderBook } from './order';

const DAY_MS = 86_400_000;
// Bounds of open.order.cursor.list and their result codes: vendor pages of the API and "返回码说明".
const SPAN_MS_MAX = 7 * DAY_MS;
const TOO_LONG: ListFault = [300004, 'SEARCH TIME RANGE EXPAND 7 DAYS'];
const PAGE_SIZE_MAX = 50;
const PAGE_SIZE_DEFAULT = 50;

const instant = z.coerce.number().int().positive();
/** Unknown parameters are ignored; so are orderViewStatus, sort and cpsType: every order, oldest first. */
const paramShape = z.object({
  beginTime: instant,
  endTime: instant,
  pageSize: z.coerce.number().int().min(1).max(PAGE_SIZE_MAX).default(PAGE_SIZE_DEFAULT),
  cursor: z.string().default(''),
  /** 1 by time of creation, 2 by time of update. */
  queryType: z.coerce.number().int().min(1).max(2).default(2),
});

/** An error still carries an empty list: `data` in a reply does not mean success (as in a body captured with the Java SDK). */
const EMPTY = { beginTime: 0, cursor: '', endTime: 0, orderList: [], pageSize: 0 };

/** One page of `open.order.cursor.list`. Windows are half-open, `[beginTime, endTime)`: adjacent slices share no order. */
export function listOrders(
  param: unknown,
  context: { book: OrderBook; userId: string; cursors: Cursors; nowMs: number },
): Listing {
  const { book, userId, cursors, nowMs } = context;
  const parsed = paramShape.safeParse(param);
  if (!parsed.success) return refuse(PARAM_INVALID, `${String(parsed.error.issues[0]?.path[0] ?? 'param')}无效`);
  const { beginTime, endTime, pageSize, cursor, queryType } = parsed.data;
  const fault = spanFault({ beginTime, endTime }, { spanMsMax: SPAN_MS_MAX, tooLong: TOO_LONG, nowMs });
  if (fault) return refuse(...fault);

  const by = queryType === 1 ? 'created' : 'updated';
  const query = `${userId} ${by} ${beginTime}-${endTime} size ${pageSize}`;
  const offset = cursor === '' ? 0 : cursors.read(query, cursor, nowMs);
  if (offset === null) return refuse(PARAM_INVALID, 'cursor无效');
  const { first, end } = book.range(by, { beginMs: beginTime, endMs: endTime });
  const last = Math.min(end, first + offset + pageSize);
  const orders: object[] = [];
  for (let index = first + offset; index < last; index += 1) orders.push(orderReply(book.at(index)));
  const next = last >= end ? NO_MORE : cursors.issue(query, { offset: offset + pageSize, issuedAtMs: nowMs });
  return {
    kind: 'page',
    page: `orders ${query} from ${offset}`,
    recordCount: orders.length,
    data: { beginTime, endTime, pageSize, cursor: next, orderList: orders },
  };
}

/** The live reply nests the fields in `orderBaseInfo`; they stand at the top too, for jobs that key on `oid`. */
function orderReply(order: Order): object {
  const { oid, createTime, updateTime, status, totalFee, sellerOpenId, buyerOpenId } = order;
  return { ...order, orderBaseInfo: { oid, createTime, updateTime, status, totalFee, sellerOpenId, buyerOpenId } };
}

function refuse(result: number, message: string): Listing {
  return { kind: 'invalid', result, message, data: EMPTY };
}
