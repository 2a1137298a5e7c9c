import { errors } from 'undici';
import { codeOf, messageOf } from '../errors';

/** Why an attempt failed, in our own words. */
export type FaultCode =
  | 'ABORTED'
  | 'ADDRESS_REFUSED'
  | 'CONNECT_TIMEOUT'
  | 'HEADERS_TIMEOUT'
  | 'BODY_TIMEOUT'
  | 'TOTAL_TIMEOUT'
  | 'HEADERS_TOO_LARGE'
  | 'BODY_TOO_LARGE'
  | 'BODY_MALFORMED'
  | 'ENCODING_REFUSED'
  | 'CHARSET_REFUSED'
  | 'CONNECTION_CLOSED'
  | 'PROXY_REFUSED'
  | 'REPLY_MALFORMED'
  | 'NETWORK_FAILED';

/** Ends an attempt from the inside; never leaves src/http. */
export class Fault extends Error {
  /** @param advice what to do, where another attempt would end in the same way. */
  constructor(
    readonly code: FaultCode,
    message: string,
    readonly advice: string | null = null,
  ) {
    super(message);
  }
}

export interface FaultDescription {
  readonly code: string;
  readonly reason: string;
  readonly advice: string | null;
}

/** undici's codes in ours. */
const FROM_UNDICI: ReadonlyMap<string, FaultCode> = new Map([
  ['UND_ERR_CONNECT_TIMEOUT', 'CONNECT_TIMEOUT'],
  ['UND_ERR_HEADERS_OVERFLOW', 'HEADERS_TOO_LARGE'],
  ['UND_ERR_SOCKET', 'CONNECTION_CLOSED'],
  ['UND_ERR_RES_CONTENT_LENGTH_MISMATCH', 'REPLY_MALFORMED'],
  ['UND_ERR_DESTROYED', 'ABORTED'],
  ['UND_ERR_CLOSED', 'ABORTED'],
]);

/** `ECONNREFUSED` and its like, and those of TLS such as `CERT_HAS_EXPIRED`. */
const SYSTEM_CODE = /^(?!UND_ERR)[A-Z][A-Z0-9_]+$/;

/** A stable code and one line for whatever ended an attempt. */
export function describeFault(thrown: unknown): FaultDescription {
  if (thrown instanceof Fault) return { code: thrown.code, reason: thrown.message, advice: thrown.advice };
  return { ...translated(thrown), advice: null };
}

function translated(thrown: unknown): { code: string; reason: string } {
  const code = codeOf(thrown) ?? '';
  const reason = firstLine(messageOf(thrown)) || code;
  if (reason.startsWith('Proxy response')) return { code: 'PROXY_REFUSED', reason };
  if (/^(Z_|ERR_BROTLI|ERR__ERROR|ERR_ZLIB)/.test(code))
    return { code: 'BODY_MALFORMED', reason: `the body does not decompress: ${reason}` };
  if (thrown instanceof errors.HTTPParserError) return { code: 'REPLY_MALFORMED', reason };
  const known = FROM_UNDICI.get(code);
  if (known) return { code: known, reason };
  return { code: SYSTEM_CODE.test(code) ? code : 'NETWORK_FAILED', reason };
}

function firstLine(text: string): string {
  return text.split(/[\r\n]/, 1)[0] ?? '';
}
