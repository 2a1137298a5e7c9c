import { nextMessage, startChild } from './child';
import type { Counts, Limit } from './counting';

export interface ServerSpec {
  /**
   * Ways to count every arrival, side by side, by name. The first one decides the reply; what the others would have
   * refused is right for a client that takes no notice of refusals. None: everything is served.
   */
  readonly countings: Readonly<Record<string, readonly Limit[]>>;
  /** From and to, before every reply, after the counting. */
  readonly latencyMs: readonly [number, number];
  /** Longest time that a request is on its way before it is counted; evenly drawn. */
  readonly spreadMs: number;
}

/** Since the server's start. */
export interface Totals {
  /** Of the server's monotonic clock. */
  readonly atMs: number;
  readonly counts: Readonly<Record<string, Counts>>;
}

export interface BareServer {
  readonly url: string;
  totals(): Promise<Totals>;
  close(): void;
}

/** On loopback, in a process of its own. */
export async function openBareServer(spec: ServerSpec): Promise<BareServer> {
  const child = startChild('server-process.ts', spec);
  const { port } = await nextMessage<{ port: number }>(child);
  return {
    url: `http://127.0.0.1:${port}`,
    totals: () => {
      const totals = nextMessage<Totals>(child);
      child.send({});
      return totals;
    },
    close: () => void child.kill(),
  };
}

/** What was counted between two looks. */
export function between(before: Totals, after: Totals, name: string): { served: number; refused: number } {
  const [first, last] = [before.counts[name], after.counts[name]];
  return {
    served: (last?.served ?? 0) - (first?.served ?? 0),
    refused: sum(last) - sum(first),
  };
}

function sum(counts: Counts | undefined): number {
  return Object.values(counts?.refused ?? {}).reduce((total, count) => total + count, 0);
}
