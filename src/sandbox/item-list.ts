import { z } from 'zod';
import type { Catalogue, Item } from './item';
import type { Listing } from './listing';

const PAGE_SIZE_MAX = 100;
const PARAM_INVALID = 2001;

/** Unknown parameters are ignored, filters too: every item, in the order of its id. */
const paramShape = z.object({
  pageNumber: z.coerce.number().int().min(1).default(1),
  pageSize: z.coerce.number().int().min(1).max(PAGE_SIZE_MAX).default(20),
});

/** One page of `open.item.list.get`; the fields of `data` as in the live response schema. Past the end: no items. */
export function listItems(param: unknown, { catalogue, userId }: { catalogue: Catalogue; userId: string }): Listing {
  const parsed = paramShape.safeParse(param);
  if (!parsed.success) {
    const message = `${String(parsed.error.issues[0]?.path[0] ?? 'param')}无效`;
    return { kind: 'invalid', result: PARAM_INVALID, message, data: { items: [] } };
  }
  const { pageNumber, pageSize } = parsed.data;
  const items: Item[] = [];
  const end = Math.min(catalogue.count, pageNumber * pageSize);
  for (let index = (pageNumber - 1) * pageSize; index < end; index += 1) items.push(catalogue.at(index));
  return {
    kind: 'page',
    page: `items ${userId} size ${pageSize} page ${pageNumber}`,
    recordCount: items.length,
    data: {
      totalItemCount: catalogue.count,
      totalPage: Math.ceil(catalogue.count / pageSize),
      currentPageNumber: pageNumber,
      currentPageItemCount: items.length,
      items,
    },
  };
}
