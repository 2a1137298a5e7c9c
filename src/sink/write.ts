import { messageOf, OffpeakError } from '../errors';
import type { FunctionSink, Sink, SinkPage, SinkWrite, WriteSink } from '../job/sink';
import { appendJsonl } from './jsonl';
import { upsertRows } from './upsert';

/** The sinks of a project. What a sink cannot do throws SINK_FAILED. */
export function openSinks(projectDirectory: string): WriteSink {
  return async (sink: Sink, page: SinkPage): Promise<SinkWrite> => {
    if (typeof sink === 'function') return deliver(sink, page);
    switch (sink.kind) {
      case 'upsert':
        return { upsert: { table: sink.table, rows: upsertRows(sink, page.records) }, state: page.state };
      case 'jsonl':
        return { upsert: null, state: await appendJsonl(projectDirectory, sink, page) };
    }
  };
}

async function deliver(sink: FunctionSink, page: SinkPage): Promise<SinkWrite> {
  const { job, partition, idempotencyKey, records, state } = page;
  try {
    await sink(records, { job, partition, idempotencyKey });
  } catch (cause) {
    throw new OffpeakError('SINK_FAILED', `sink of ${idempotencyKey}: ${messageOf(cause)}`, { cause });
  }
  return { upsert: null, state };
}
