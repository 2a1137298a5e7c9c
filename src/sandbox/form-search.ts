import { z } from 'zod';
import type { Form, TimeWindow } from './form';

const PAGE_SIZE_MAX = 100;
/** How deep a search may page, in records: `…cursorExceedFiveThousand` (vendor error table of the endpoint). */
const DEPTH_MAX = 5_000;
const DAY_MS = 86_400_000;

export type FormSearch =
  | { kind: 'page'; page: string; recordCount: number; body: object }
  | { kind: 'invalid'; code: string; message: string };

/**
 * A day (`2026-03-01`, in UTC, the closing one included, as in the SDK's docs) or an instant (ISO 8601; the closing one
 * excluded, so that slices share no record).
 */
const moment = z
  .string()
  .refine((text) => !Number.isNaN(Date.parse(text)), 'expected yyyy-MM-dd or an ISO 8601 instant');

/** Unknown fields are ignored, as are searchFieldJson and dynamicOrder: every instance, oldest modification first. */
const bodyShape = z.object({
  appType: z.string(),
  systemToken: z.string(),
  userId: z.string().min(1),
  formUuid: z.string(),
  currentPage: z.int().min(1).default(1),
  pageSize: z.int().min(1).max(PAGE_SIZE_MAX).default(10),
  createFromTimeGMT: moment.optional(),
  createToTimeGMT: moment.optional(),
  modifiedFromTimeGMT: moment.optional(),
  modifiedToTimeGMT: moment.optional(),
});

/** One page of `POST /v1.0/yida/forms/instances/search`. */
export function searchForm(
  body: unknown,
  context: { forms: ReadonlyMap<string, Form>; appType: string; systemToken: string },
): FormSearch {
  const parsed = bodyShape.safeParse(body);
  // The live codes for bad parameters were not found; these are the sandbox's own.
  if (!parsed.success) return invalid('invalidParameter', z.prettifyError(parsed.error));
  const { appType, systemToken, formUuid, currentPage, pageSize, ...times } = parsed.data;
  if (appType !== context.appType) return invalid('invalidParameter.appType', `应用不存在:${appType}`);
  if (systemToken !== context.systemToken) return invalid('invalidParameter.systemToken', '应用密钥不正确');
  const form = context.forms.get(formUuid);
  if (!form) return invalid('invalidParameter.formUuid', `表单不存在:${formUuid}`);
  if (currentPage * pageSize > DEPTH_MAX) {
    const text = `搜索接口翻页不能超过5000，请细化过滤条件缩小查询范围:${currentPage * pageSize}`;
    return invalid('invalidState.openSearch.cursorExceedFiveThousand', text);
  }
  const modified = windowOf(times.modifiedFromTimeGMT, times.modifiedToTimeGMT);
  const created = windowOf(times.createFromTimeGMT, times.createToTimeGMT);
  const { first, end } = form.range(modified, created);
  const from = first + (currentPage - 1) * pageSize;
  const data: object[] = [];
  for (let index = from; index < Math.min(end, from + pageSize); index += 1) data.push(form.at(index));
  const filters = `modified ${textOf(modified)} created ${textOf(created)}`;
  return {
    kind: 'page',
    page: `instances ${formUuid} ${filters} size ${pageSize} page ${currentPage}`,
    recordCount: data.length,
    body: { currentPage, totalCount: end - first, data },
  };
}

function windowOf(from: string | undefined, to: string | undefined): TimeWindow {
  return {
    beginMs: from === undefined ? Number.NEGATIVE_INFINITY : Date.parse(from),
    endMs:
      to === undefined ? Number.POSITIVE_INFINITY : Date.parse(to) + (to.length <= 'yyyy-MM-dd'.length ? DAY_MS : 0),
  };
}

function textOf({ beginMs, endMs }: TimeWindow): string {
  return `${Number.isFinite(beginMs) ? beginMs : ''}-${Number.isFinite(endMs) ? endMs : ''}`;
}

function invalid(code: string, message: string): FormSearch {
  return { kind: 'invalid', code, message };
}
