/** A reply that no rule of its platform's table knows, kept so that it can be reported. */
export interface UnknownReply extends UnknownReplyKey {
  readonly vendor: string;
  /** What the classifier said of it, in one line. */
  readonly reason: string;
  /** Those of the first one, see keptHeaders(). */
  readonly headers: Readonly<Record<string, string>>;
  /** That of the first one, see keptBody(). */
  readonly body: string;
  readonly times: number;
  readonly firstAtMs: number;
  readonly lastAtMs: number;
}

/** Replies with the same key are one row. */
interface UnknownReplyKey {
  /** The platform's name in the config. */
  readonly platform: string;
  readonly api: string;
  /** The refusal's code. */
  readonly code: string;
  /** HTTP status. */
  readonly status: number;
}

/** Rows kept per platform: beyond it, the one that was last seen longest ago goes. */
export const UNKNOWN_REPLIES_MAX = 200;

/** Port: what no rule knows outlives the process. */
export interface UnknownReplyStore {
  /** New rows, or more times of the rows with their keys: the first body stays. */
  keep(replies: readonly UnknownReply[], fence: number): Promise<void>;
  /** By platform, the one that was seen last first. */
  list(platform?: string): Promise<UnknownReply[]>;
  /** Deletes those of a platform, or all. Returns how many rows. An operator needs no lease. */
  forget(platform?: string): Promise<number>;
}

/** Longest body kept, UTF-8, with the mark of the cut. */
export const UNKNOWN_BODY_BYTES_MAX = 4_096;
export const CUT_MARK = '… [cut]';

/** A body fit to be kept, from one without secrets: cut between two characters, and marked where it was cut. */
export function keptBody(scrubbed: string): string {
  const encoder = new TextEncoder();
  const fits = new Uint8Array(UNKNOWN_BODY_BYTES_MAX);
  if (encoder.encodeInto(scrubbed, fits).read === scrubbed.length) return scrubbed;
  const room = fits.subarray(encoder.encode(CUT_MARK).length);
  return scrubbed.slice(0, encoder.encodeInto(scrubbed, room).read) + CUT_MARK;
}

const HEADERS_MAX = 20;
const HEADER_CHARS_MAX = 200;
/** No other header is kept: cookies, locations and signatures are secrets. Rate headers are those of platform/rate-headers.ts */
const KEPT_HEADER = /^(?:content-type|date|retry-after(?:-ms)?|(?:[a-z0-9-]+-)?rate-?limit(?:-[a-z0-9-]+)?)$/;

/** The headers that tell what kind of reply it is, and of which limit; `clean` takes the secrets out of a value. */
export function keptHeaders(
  headers: Readonly<Record<string, string>>,
  clean: (value: string) => string,
): Readonly<Record<string, string>> {
  const kept = Object.entries(headers).filter(([name]) => KEPT_HEADER.test(name));
  return Object.fromEntries(
    kept.slice(0, HEADERS_MAX).map(([name, value]) => [name, clean(value).slice(0, HEADER_CHARS_MAX)]),
  );
}
