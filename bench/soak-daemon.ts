import { createRequire } from 'node:module';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { childSpec, tellParent } from './child';

/** The daemon as pm2 starts it, which also tells what only its own process can know. */
export interface OwnSample {
  readonly heapBytes: number;
  /** Since the sample before. */
  readonly commitP99Ms: number;
  readonly loopDelayP99Ms: number;
}

const SAMPLE_MS = 1_000;

const requireBuilt = createRequire(__filename);
// What users run: job files import the built package.
const { serve } = requireBuilt('../dist/cli/serve') as typeof import('../src/cli/serve');
const { Connection } = requireBuilt('../dist/store/connection') as typeof import('../src/store/connection');

const commitsMs: number[] = [];
const write = Reflect.get(Connection.prototype, 'write') as (work: () => unknown) => Promise<unknown>;
Reflect.set(Connection.prototype, 'write', function (this: unknown, work: () => unknown) {
  const startMs = performance.now();
  const written = write.call(this, work); // the transaction is over when this returns
  commitsMs.push(performance.now() - startMs);
  return written;
});

const delay = monitorEventLoopDelay({ resolution: 10 });
delay.enable();
setInterval(() => {
  const sorted = commitsMs.splice(0).sort((a, b) => a - b);
  tellParent({
    heapBytes: process.memoryUsage().heapUsed,
    commitP99Ms: sorted[Math.floor(sorted.length * 0.99)] ?? 0,
    loopDelayP99Ms: delay.percentile(99) / 1e6,
  } satisfies OwnSample);
  delay.reset();
}, SAMPLE_MS).unref();

const { directory } = childSpec() as { readonly directory: string };
process.chdir(directory);
void serve({ dir: directory }).then((exitCode) => process.exit(exitCode));
