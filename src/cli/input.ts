import { createReadStream } from 'node:fs';
import { messageOf, OffpeakError } from '../errors';
import { note } from './print';

/** As much as the largest reply that is read from a platform: nobody pastes more. */
const INPUT_BYTES_MAX = 32 * 1024 * 1024;

/** What a command is given on standard input, or in a file. Throws USAGE when it cannot be read, or is too much. */
export async function readInput(wanted: string, file?: string): Promise<string> {
  const where = file ?? 'standard input';
  if (file === undefined && process.stdin.isTTY) note(`reading ${wanted} from standard input; Ctrl-D ends it`);
  const chunks: Buffer[] = [];
  let bytes = 0;
  try {
    const stream: AsyncIterable<unknown> = file === undefined ? process.stdin : createReadStream(file);
    for await (const chunk of stream) {
      chunks.push(chunk as Buffer);
      bytes += (chunk as Buffer).length;
      if (bytes > INPUT_BYTES_MAX) break;
    }
  } catch (cause) {
    throw new OffpeakError('USAGE', `${where} cannot be read: ${messageOf(cause)}`, { cause });
  }
  if (bytes <= INPUT_BYTES_MAX) return Buffer.concat(chunks).toString('utf8');
  throw new OffpeakError('USAGE', `${where}: expected ${wanted}, got more than ${INPUT_BYTES_MAX} bytes`);
}
