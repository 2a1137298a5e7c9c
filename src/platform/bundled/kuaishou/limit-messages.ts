import type { ErrorReply } from '../../error-reply';
import type { KeyNames } from '../../key-list';

/**
 * The messages of page K1008, in whatever case, with text in between or wrapped lines. `KEY [name:value;name:value]`: the
 * names that are present are the scope.
 */
export const QUOTA = /exceed(s|ed)?\s*quota\s*limit/i;
export const QPS = /exceed(s|ed)?\s*qps\s*limit/i;
/** "The app has reached its limit of calls of the day": seen alone and inside the fourth message. */
export const APP_QUOTA = /APP\s*已\s*达到\s*当天\s*调用\s*额度\s*限制/i;

export const KEYS: KeyNames = { appkey: 'app', apiId: 'api', primaryUserId: 'user' };

const MAX_QPS = /max\s*_?\s*qps\s*\[?\s*(\d+(?:\.\d+)?)/i;

/** The figure of `MAX_QPS [300.0]`, in calls per second; null where it is not said. */
export function maxQps({ texts }: ErrorReply): number | null {
  const perSecond = Number(texts.map((text) => MAX_QPS.exec(text)?.[1]).find((figure) => figure !== undefined));
  return perSecond > 0 ? perSecond : null;
}
