import { promisify } from 'node:util';
import { brotliDecompress, gunzip, inflate } from 'node:zlib';
import { codeOf } from '../errors';
import { Fault } from './fault';

/** Unpacks a whole body, of at most so many bytes. */
type Unpack = (packed: Buffer, options: { readonly maxOutputLength: number }) => Promise<Buffer>;

const UNPACKERS: Readonly<Record<string, Unpack>> = {
  gzip: promisify(gunzip),
  'x-gzip': promisify(gunzip),
  deflate: promisify(inflate),
  br: promisify(brotliDecompress),
};

/**
 * The body of one reply, piece by piece as it arrives, up to a cap: a few kilobytes can unpack to gigabytes. Pieces are
 * collected as they are: a chain of streams for each reply cost a fifth of the whole call.
 */
export class Body {
  readonly #unpack: Unpack | null;
  readonly #bytesMax: number;
  readonly #pieces: Buffer[] = [];
  #wireBytes = 0;

  /**
   * @param options.encoding the `content-encoding` header. Throws ENCODING_REFUSED for chains of them, which multiply.
   * @param options.bytesMax largest size, on the wire and after decompression.
   */
  constructor({ encoding, bytesMax }: { encoding: string; bytesMax: number }) {
    this.#unpack = unpackerOf(encoding);
    this.#bytesMax = bytesMax;
  }

  get wireBytes(): number {
    return this.#wireBytes;
  }

  /** Throws BODY_TOO_LARGE. */
  add(piece: Buffer): void {
    this.#wireBytes += piece.length;
    if (this.#wireBytes > this.#bytesMax) throw tooLarge(this.#bytesMax);
    this.#pieces.push(piece);
  }

  /** The whole of it. Throws BODY_TOO_LARGE, or what zlib says of a body that does not decompress. */
  async bytes(): Promise<Buffer> {
    const [only] = this.#pieces;
    const wire = only && this.#pieces.length === 1 ? only : Buffer.concat(this.#pieces, this.#wireBytes);
    if (!this.#unpack || wire.length === 0) return wire;
    try {
      return await this.#unpack(wire, { maxOutputLength: this.#bytesMax });
    } catch (thrown) {
      throw codeOf(thrown) === 'ERR_BUFFER_TOO_LARGE' ? tooLarge(this.#bytesMax) : thrown;
    }
  }
}

function tooLarge(bytesMax: number): Fault {
  return new Fault('BODY_TOO_LARGE', `the body is larger than ${bytesMax} bytes`);
}

/** Null for a body that is not compressed. */
function unpackerOf(encoding: string): Unpack | null {
  const name = encoding.trim().toLowerCase();
  if (name === '' || name === 'identity') return null;
  if (Object.hasOwn(UNPACKERS, name)) return UNPACKERS[name] ?? null;
  throw new Fault('ENCODING_REFUSED', 'the body is neither plain nor gzip, deflate or br alone');
}
