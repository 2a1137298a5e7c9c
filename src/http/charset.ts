import { isUtf8 } from 'node:buffer';
import { Fault } from './fault';

export interface DecodeOptions {
  /** The `content-type` header. */
  readonly contentType: string;
  /** `exact` refuses what is not text in its charset; `lossy` shows it as U+FFFD. */
  readonly mode: 'exact' | 'lossy';
}

/**
 * A body as text, by the charset that its content type names; UTF-8 where it names none. A byte order mark is dropped. Data
 * that does not decode is refused instead of being stored with holes; for an error's page, what can be read is enough.
 */
export function decodeText(bytes: Buffer, { contentType, mode }: DecodeOptions): string {
  const charset = charsetOf(contentType);
  // Servers name Latin by default, and send UTF-8 all the same: text with accents in it is hardly ever valid UTF-8.
  if ((charset === 'utf-8' || charset === 'windows-1252') && isUtf8(bytes)) return withoutMark(bytes.toString('utf8'));
  if (mode === 'lossy') return new TextDecoder(charset ?? 'utf-8').decode(bytes);
  if (charset === null)
    throw new Fault('CHARSET_REFUSED', 'the body is in a charset that is not known here', CHARSET_ADVICE);
  try {
    return new TextDecoder(charset, { fatal: true }).decode(bytes);
  } catch {
    throw new Fault('BODY_MALFORMED', `the body is not valid ${charset}`);
  }
}

const CHARSET_ADVICE = 'Ask the platform for UTF-8, in a header or parameter of the request.';

/** The charset by the name that https://encoding.spec.whatwg.org gives it; null for one that is not known. */
function charsetOf(contentType: string): string | null {
  const label = /;\s*charset\s*=\s*["']?([^\s"';,]+)/i.exec(contentType)?.[1];
  if (label === undefined || /^utf-?8$/i.test(label)) return 'utf-8';
  try {
    return new TextDecoder(label).encoding;
  } catch {
    return null;
  }
}

function withoutMark(text: string): string {
  return text.startsWith('\uFEFF') ? text.slice(1) : text;
}
