import { codeText, type Envelope, isEnvelope, plainText } from './envelope';
import { at, type ErrorReply } from './error-reply';
import type { Match } from './match';
import { statedResetMs } from './stated-reset';
import type { StatedWait } from './stated-wait';

/**
 * What Google's errors carry behind the message: `error.details`, a list of typed parts in no fixed order.
 * Source: https://docs.cloud.google.com/apis/design/errors
 */
export function detailsOf({ value }: ErrorReply, type: 'QuotaFailure' | 'RetryInfo' | 'ErrorInfo'): Envelope[] {
  const details = at(value, 'error.details') ?? at(value, '0.error.details');
  if (!Array.isArray(details)) return [];
  return details.filter(isEnvelope).filter((detail) => codeText(detail['@type']).endsWith(`google.rpc.${type}`));
}

/** `RetryInfo.retryDelay`, a protobuf Duration: `18s`, `1.58s`, `600.5s`. */
export const retryDelay: StatedWait = (error) => {
  const [info] = detailsOf(error, 'RetryInfo');
  return statedResetMs(codeText(info?.['retryDelay']).toLowerCase(), error.context.nowMs);
};

const RETRY_IN = /retry in ((?:\d{1,9}(?:\.\d{1,9})?(?:ms|h|m|s))+)/i;

/** `Please retry in 1.58s.` in the message. */
export const retryIn: StatedWait = ({ texts, context }) => {
  const found = texts.map((text) => RETRY_IN.exec(text)?.[1]).find((span) => span !== undefined);
  return statedResetMs(found?.toLowerCase(), context.nowMs);
};

/** One of the limits that an error says are spent. */
interface Violation {
  /** `GenerateRequestsPerDayPerProjectPerModel-FreeTier`, `Units per minute per user`; empty where it is not named. */
  readonly limit: string;
  /** Its figure as text; empty where it is not told. */
  readonly value: string;
}

const METRIC = /quota metric '[^']*' and limit '([^']{1,200})'/gi;

/** The limits that an error names, in its details or in its message. */
export function violationsOf(error: ErrorReply): Violation[] {
  const failures = detailsOf(error, 'QuotaFailure')
    .flatMap(({ violations }): unknown[] => (Array.isArray(violations) ? violations : []))
    .map((one) => ({
      limit: codeText(at(one, 'quotaId')) || codeText(at(one, 'quotaMetric')),
      value: codeText(at(one, 'quotaValue')),
    }));
  const infos = detailsOf(error, 'ErrorInfo').map((one) => ({
    limit: codeText(at(one, 'metadata.quota_limit')),
    value: codeText(at(one, 'metadata.quota_limit_value')),
  }));
  const worded = error.texts.flatMap((text) =>
    [...text.matchAll(METRIC)].map(([, limit]) => ({ limit: plainText(limit), value: '' })),
  );
  return [...failures, ...infos, ...worded].filter(({ limit, value }) => limit + value !== '');
}

/** Any limit that the error names fits: `quota(/per.?day/i)`. */
export function quota(pattern: RegExp): Match {
  return (error) => violationsOf(error).some(({ limit }) => pattern.test(limit));
}

/** The window stands in the limit's name, in either way of writing. */
export const PER_DAY = /per[\s_-]?day/i;
export const PER_MINUTE = /per[\s_-]?minute/i;
