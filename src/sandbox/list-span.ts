const DAY_MS = 86_400_000;
const AGE_MS_MAX = 90 * DAY_MS;

/** Seen as `endTime无效` in a captured body; the live platform uses it for any bad parameter. */
export const PARAM_INVALID = 2001;
/** The cursor after the last page. */
export const NO_MORE = 'nomore';

/** An error of Kuaishou's lists: its code, and its words. */
export type ListFault = readonly [result: number, message: string];

/** What is wrong with the span of a list query: result codes of the vendor's page "返回码说明"; null where nothing is. */
export function spanFault(
  { beginTime, endTime }: { readonly beginTime: number; readonly endTime: number },
  { spanMsMax, tooLong, nowMs }: { readonly spanMsMax: number; readonly tooLong: ListFault; readonly nowMs: number },
): ListFault | null {
  if (endTime <= beginTime) return [300003, 'ENDTIME MUST AFTER BEGINTIME'];
  if (endTime - beginTime > spanMsMax) return tooLong;
  return beginTime < nowMs - AGE_MS_MAX ? [300005, 'CAN NOT SEARCH BEFORE 90 DAYS'] : null;
}
