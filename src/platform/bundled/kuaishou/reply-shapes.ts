import { z } from 'zod';
import { anyObject, isEnvelope } from '../../envelope';

/** What every reply of the platform has around its data. */
export interface KuaishouReply<Data> {
  readonly result: 1;
  readonly error_msg?: string;
  readonly data: Data;
}

/** `open.order.cursor.list`: a page of orders. */
export interface KuaishouOrderPage {
  /** Pass it on to get the next page; `nomore` after the last. */
  readonly cursor: string;
  /** As delivered, with `oid` lifted out of `orderBaseInfo`: it identifies an order. */
  readonly orderList: readonly Readonly<Record<string, unknown>>[];
}

/** `open.seller.order.refund.pcursor.list`: a page of refunds. At most a day at once, `pageSize` up to 100. */
export interface KuaishouRefundPage {
  /** Pass it on to get the next page; `nomore` after the last. */
  readonly pcursor: string;
  /** As delivered; `refundId` identifies a refund. */
  readonly refundOrderInfoList: readonly Readonly<Record<string, unknown>>[];
}

/** `open.item.list.get`: a page of items, `pageNumber` from 1, `pageSize` 10 to 100. */
export interface KuaishouItemPage {
  readonly totalItemCount: number;
  readonly currentPageNumber: number;
  /** Pages in all, at the time of asking. */
  readonly totalPage: number;
  /** As delivered; `kwaiItemId` identifies an item. */
  readonly items: readonly Readonly<Record<string, unknown>>[];
}

declare module '../../../job/definition' {
  interface ApiReplies {
    'open.order.cursor.list': KuaishouReply<KuaishouOrderPage>;
    'open.seller.order.refund.pcursor.list': KuaishouReply<KuaishouRefundPage>;
    'open.item.list.get': KuaishouReply<KuaishouItemPage>;
  }
}

/** An empty list arrives as null from some APIs. */
const records = z
  .array(anyObject)
  .nullable()
  .transform((list) => list ?? []);

/** A sink finds its key at the top of a record. */
function liftOid(order: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  const base = order['orderBaseInfo'];
  return !('oid' in order) && isEnvelope(base) && 'oid' in base ? { oid: base['oid'], ...order } : order;
}

const SHAPES: Readonly<Record<string, z.ZodType>> = {
  'open.order.cursor.list': z.looseObject({
    data: z.looseObject({ cursor: z.string(), orderList: records.transform((list) => list.map(liftOid)) }),
  }),
  'open.seller.order.refund.pcursor.list': z.looseObject({
    data: z.looseObject({ pcursor: z.string(), refundOrderInfoList: records }),
  }),
  'open.item.list.get': z.looseObject({
    data: z.looseObject({
      totalItemCount: z.number(),
      currentPageNumber: z.number(),
      totalPage: z.number(),
      items: records,
    }),
  }),
};

/** The shape that a successful reply of this API must have; of an API that is not known, any. */
export function replyShapeOf(api: string): z.ZodType {
  return Object.hasOwn(SHAPES, api) ? (SHAPES[api] ?? anyObject) : anyObject;
}
