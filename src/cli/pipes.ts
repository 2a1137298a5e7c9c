import { codeOf } from '../errors';

/**
 * A reader that goes away (`offpeak runs | head -1`) is no fault: what it did not want is dropped, and the command ends as
 * it would have ended.
 */
export function surviveClosedPipes(): void {
  for (const stream of [process.stdout, process.stderr]) {
    stream.on('error', (error) => {
      if (codeOf(error) !== 'EPIPE') throw error;
    });
  }
}
