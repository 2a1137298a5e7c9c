import { z } from 'zod';
import type { Cursors } from './cursor';
import { type ListFault, NO_MORE, PARAM_INVALID, spanFault } from './list-span';
import type { Listing } from './listing';
import type { Order, OrderBook } from './order';

const DAY_MS = 86_400_000;
// Bounds of open.seller.order.refund.pcursor.list: https://open.kwaixiaodian.com/zone/docs/api?name=open.seller.order.refund.pcursor.list&version=1
// and result codes: vendor page "返回码说明".
const SPAN_MS_MAX = DAY_MS;
const TOO_LONG: ListFault = [300019, 'SEARCH TIME RANGE EXPAND LIMIT'];
const PAGE_SIZE_MAX = 100;
const PAGE_SIZE_DEFAULT = 20;

/** One order in so many is given back. */
const ORDERS_PER_REFUND = 4;
/** From an order's number to its refund's; 16 digits, as the live ones. */
const REFUND_ID_OFFSET = 1_000_000_000_000_000;

const instant = z.coerce.number().int().positive();
/** Unknown parameters are ignored; so are type, currentPage, status and negotiateStatus: every refund, oldest first. */
const paramShape = z.object({
  beginTime: instant,
  endTime: instant,
  pageSize: z.coerce.number().int().min(1).max(PAGE_SIZE_MAX).default(PAGE_SIZE_DEFAULT),
  pcursor: z.string().default(''),
  /** 1 by time of creation, 2 by time of update. */
  queryType: z.coerce.number().int().min(1).max(2).default(2),
});

const EMPTY = { beginTime: 0, endTime: 0, pcursor: '', refundOrderInfoList: [] };

/** One page of `open.seller.order.refund.pcursor.list`. Windows are half-open, as those of orders. */
export function listRefunds(
  param: unknown,
  context: { book: OrderBook; userId: string; cursors: Cursors; nowMs: number },
): Listing {
  const { book, userId, cursors, nowMs } = context;
  const parsed = paramShape.safeParse(param);
  if (!parsed.success) return refuse(PARAM_INVALID, `${String(parsed.error.issues[0]?.path[0] ?? 'param')}无效`);
  const { beginTime, endTime, pageSize, pcursor, queryType } = parsed.data;
  const fault = spanFault({ beginTime, endTime }, { spanMsMax: SPAN_MS_MAX, tooLong: TOO_LONG, nowMs });
  if (fault) return refuse(...fault);

  const by = queryType === 1 ? 'created' : 'updated';
  const query = `${userId} refunds ${by} ${beginTime}-${endTime} size ${pageSize}`;
  const offset = pcursor === '' ? 0 : cursors.read(query, pcursor, nowMs);
  if (offset === null) return refuse(PARAM_INVALID, 'pcursor无效');
  const range = book.range(by, { beginMs: beginTime, endMs: endTime });
  const first = Math.ceil(range.first / ORDERS_PER_REFUND) + offset;
  const end = Math.ceil(range.end / ORDERS_PER_REFUND);
  const refunds: object[] = [];
  for (let n = first; n < Math.min(end, first + pageSize); n += 1)
    refunds.push(refundOf(book.at(n * ORDERS_PER_REFUND)));
  const next =
    first + pageSize >= end ? NO_MORE : cursors.issue(query, { offset: offset + pageSize, issuedAtMs: nowMs });
  return {
    kind: 'page',
    page: `${query} from ${offset}`,
    recordCount: refunds.length,
    data: { beginTime, endTime, pageSize, pcursor: next, refundOrderInfoList: refunds },
  };
}

/** Every refund's number. */
export function* refundIdsOf(book: OrderBook): Generator<number> {
  for (let index = 0; index < book.count; index += ORDERS_PER_REFUND) yield refundOf(book.at(index)).refundId;
}

function refundOf({ oid, createTime, updateTime, totalFee }: Order) {
  return {
    refundId: oid + REFUND_ID_OFFSET,
    oid,
    refundFee: totalFee,
    handlingWay: 10,
    status: 60,
    createTime,
    updateTime,
  };
}

function refuse(result: number, message: string): Listing {
  return { kind: 'invalid', result, message, data: EMPTY };
}
