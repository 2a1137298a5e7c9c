import type { Readable, Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createBrotliDecompress, createGunzip, createInflate } from 'node:zlib';
import { type DecodeOptions, decodeText } from './charset';
import { Fault } from './fault';

export interface BodyOptions extends DecodeOptions {
  /** The `content-encoding` header. */
  readonly encoding: string;
  /** Largest size after decompression. */
  readonly bytesMax: number;
  /** Called at every piece that arrives. */
  readonly onPiece: () => void;
}

export interface ReadBody {
  readonly text: string;
  readonly wireBytes: number;
}

/** Reads a reply's body whole, decompressed, and stops at the cap: a few kilobytes can unpack to gigabytes. */
export async function readBody(body: Readable, options: BodyOptions): Promise<ReadBody> {
  let wireBytes = 0;
  const pieces: Buffer[] = [];
  async function* count(source: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
    for await (const piece of source) {
      wireBytes += piece.length;
      options.onPiece();
      yield piece;
    }
  }
  async function collect(source: AsyncIterable<Buffer>): Promise<void> {
    let bytes = 0;
    for await (const piece of source) {
      bytes += piece.length;
      if (bytes > options.bytesMax)
        throw new Fault('BODY_TOO_LARGE', `the body is larger than ${options.bytesMax} bytes`, TOO_LARGE_ADVICE);
      pieces.push(piece);
    }
  }
  const decoder = openDecoder(body, options);
  if (decoder) await pipeline(body, count, decoder, collect);
  else await pipeline(body, count, collect);
  return { text: decodeText(Buffer.concat(pieces), options), wireBytes };
}

const TOO_LARGE_ADVICE = 'Ask for smaller pages, or raise replyBytesMax in offpeak.config.ts.';

const ENCODING_ADVICE = 'See what stands between here and the platform: none of this was asked for.';

/** Null for a body that is not compressed. Chains of encodings multiply and are refused. */
function openDecoder(body: Readable, { encoding, mode }: BodyOptions): Transform | null {
  switch (encoding.trim().toLowerCase()) {
    case '':
    case 'identity':
      return null;
    case 'gzip':
    case 'x-gzip':
      return createGunzip();
    case 'deflate':
      return createInflate();
    case 'br':
      return createBrotliDecompress();
    default:
      body.on('error', () => undefined).destroy();
      throw new Fault(
        'ENCODING_REFUSED',
        'the body is neither plain nor gzip, deflate or br alone',
        mode === 'exact' ? ENCODING_ADVICE : null, // an error may pass, however it is packed
      );
  }
}
