import type { Checkpoint } from '../job/checkpoint';
import { cut } from './print';

const CURSOR_CHARS_SHOWN = 60;

/** As programs read it. */
export function checkpointJson(checkpoint: Checkpoint): unknown {
  // What a sink keeps is its own.
  return {
    ...checkpoint,
    sinkState: undefined,
    cursor: parsed(checkpoint.cursor),
    bookmark: parsed(checkpoint.bookmark),
  };
}

export function cutCursor(cursor: string | null): string {
  return cursor === null ? '-' : cut(cursor, CURSOR_CHARS_SHOWN);
}

export function parsed(text: string | null): unknown {
  return text === null ? null : JSON.parse(text);
}
