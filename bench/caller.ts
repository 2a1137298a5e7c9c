import { Agent, request } from 'undici';

export interface Reply {
  readonly refused: boolean;
  readonly roundTripMs: number;
}

export interface Caller {
  call(path: string): Promise<Reply>;
  /** Replies since the start that said that the limit was passed. */
  readonly refused: number;
  readonly done: number;
}

/** Calls over enough connections for so many at once, opened before anything is measured. */
export async function openCaller(url: string, connections: number): Promise<Caller> {
  const dispatcher = new Agent({ connections, keepAliveTimeout: 60_000, keepAliveMaxTimeout: 60_000 });
  const counts = { refused: 0, done: 0 };
  const send = async (path: string): Promise<Reply> => {
    const startedMs = performance.now();
    const { statusCode, body } = await request(`${url}${path}`, { dispatcher });
    const roundTripMs = performance.now() - startedMs;
    await body.dump();
    return { refused: statusCode === 429, roundTripMs };
  };
  await Promise.all(Array.from({ length: connections }, () => send('/warm')));
  return {
    get refused() {
      return counts.refused;
    },
    get done() {
      return counts.done;
    },
    call: async (path) => {
      const reply = await send(path);
      counts.done += 1;
      if (reply.refused) counts.refused += 1;
      return reply;
    },
  };
}
