import { promisify } from 'node:util';
import { brotliDecompress, gunzip, inflate } from 'node:zlib';
import { codeOf } from '../errors';
import { type DecodeOptions, decodeText } from './charset';
import { Fault } from './fault';

/** Unpacks a whole body, of at most so many bytes. */
type Unpack = (packed: Buffer, options: { readonly maxOutputLength: number }) => Promise<Buffer>;

const UNPACKERS: Readonly<Record<string, Unpack>> = {
  gzip: promisify(gunzip),
  'x-gzip': promisify(gunzip),
  deflate: promisify(inflate),
  br: promisify(brotliDecompress),
};

export interface BodyOptions extends DecodeOptions {
  /** The `content-encoding` header. Chains of encodings multiply and are refused. */
  readonly encoding: string;
  /** Largest size, on the wire and after decompression. */
  readonly bytesMax: number;
}

/**
 * The body of one reply, piece by piece as it arrives, up to a cap: a few kilobytes can unpack to gigabytes. Pieces are
 * collected as they are: a chain of streams for each reply cost a fifth of the whole call.
 */
export class Body {
  readonly #options: BodyOptions;
  readonly #unpack: Unpack | null;
  readonly #pieces: Buffer[] = [];
  #wireBytes = 0;

  /** Throws ENCODING_REFUSED. */
  constructor(options: BodyOptions) {
    this.#options = options;
    this.#unpack = unpackerOf(options.encoding, options.mode);
  }

  get wireBytes(): number {
    return this.#wireBytes;
  }

  /** Throws BODY_TOO_LARGE. */
  add(piece: Buffer): void {
    this.#wireBytes += piece.length;
    if (this.#wireBytes > this.#options.bytesMax) throw tooLarge(this.#options.bytesMax);
    this.#pieces.push(piece);
  }

  /** The whole of it. Throws BODY_TOO_LARGE, BODY_MALFORMED, CHARSET_REFUSED, or what zlib says of what does not decompress. */
  async text(): Promise<string> {
    return decodeText(await this.#bytes(), this.#options);
  }

  async #bytes(): Promise<Buffer> {
    const [only] = this.#pieces;
    const wire = only && this.#pieces.length === 1 ? only : Buffer.concat(this.#pieces, this.#wireBytes);
    if (!this.#unpack || wire.length === 0) return wire;
    const { bytesMax } = this.#options;
    try {
      return await this.#unpack(wire, { maxOutputLength: bytesMax });
    } catch (thrown) {
      throw codeOf(thrown) === 'ERR_BUFFER_TOO_LARGE' ? tooLarge(bytesMax) : thrown;
    }
  }
}

const TOO_LARGE_ADVICE = 'Ask for smaller pages, or raise replyBytesMax in offpeak.config.ts.';
const ENCODING_ADVICE = 'See what stands between here and the platform: none of this was asked for.';

function tooLarge(bytesMax: number): Fault {
  return new Fault('BODY_TOO_LARGE', `the body is larger than ${bytesMax} bytes`, TOO_LARGE_ADVICE);
}

/** Null for a body that is not compressed. */
function unpackerOf(encoding: string, mode: DecodeOptions['mode']): Unpack | null {
  const name = encoding.trim().toLowerCase();
  if (name === '' || name === 'identity') return null;
  if (Object.hasOwn(UNPACKERS, name)) return UNPACKERS[name] ?? null;
  throw new Fault(
    'ENCODING_REFUSED',
    'the body is neither plain nor gzip, deflate or br alone',
    mode === 'exact' ? ENCODING_ADVICE : null, // an error may pass, however it is packed
  );
}
