import { REASON_CHARS_MAX } from '../job/attempt';

/** A reason as it is kept: cut to REASON_CHARS_MAX. */
export function keptReason(reason: string): string {
  return reason.slice(0, REASON_CHARS_MAX);
}
