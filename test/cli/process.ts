import { type ChildProcess, type StdioOptions, spawn } from 'node:child_process';
import { once } from 'node:events';

/** How long a process may take to say or do what a test waits for. */
const WAIT_MS_MAX = 20_000;

export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A process that runs. */
export interface Live {
  readonly child: ChildProcess;
  readonly ended: Promise<Ended>;
  /** Messages over IPC. */
  readonly messages: readonly unknown[];
  /** Both streams, so far. */
  readonly output: () => string;
  /** Resolves when the output has it; rejects when the process ends before. */
  readonly says: (pattern: RegExp) => Promise<void>;
  /** Ends it by force unless it has ended. */
  readonly kill: () => Promise<void>;
}

export interface SpawnOptions {
  readonly input?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly ipc?: true;
  /** Another program than the command line: `dist/main.js`. */
  readonly script?: string;
}

interface Launch extends SpawnOptions {
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
}

/** Begins a Node process. */
export function launch(args: readonly string[], { cwd, env, input, ipc }: Launch): Live {
  const stdio: StdioOptions = ipc ? ['pipe', 'pipe', 'pipe', 'ipc'] : 'pipe';
  const child = spawn(process.execPath, args, { cwd, env, stdio });
  const messages: unknown[] = [];
  const text = { stdout: '', stderr: '' };
  let isOver = false;
  const watchers = new Set<() => void>();
  const notify = (): void => [...watchers].forEach((watch) => watch());
  for (const name of ['stdout', 'stderr'] as const) {
    child[name]?.setEncoding('utf8').on('data', (chunk: string) => {
      text[name] += chunk;
      notify();
    });
  }
  child.on('message', (message) => {
    messages.push(message);
    notify();
  });
  child.stdin?.on('error', () => undefined).end(input ?? '');
  // Not the child's own `close`: it never comes once the channel was closed from this side.
  const streams = [child.stdout, child.stderr].map((stream) => stream && once(stream, 'close'));
  const ended = Promise.all([once(child, 'exit'), ...streams]).then(([exit]): Ended => {
    const [code, signal] = exit as [number | null, NodeJS.Signals | null];
    isOver = true;
    notify();
    return { code, signal, ...text };
  });
  const kill = async (): Promise<void> => {
    if (!isOver) child.kill('SIGKILL');
    await ended;
  };
  const output = (): string => text.stdout + text.stderr;
  const says = (pattern: RegExp): Promise<void> => {
    const { promise, resolve, reject } = withResolvers();
    const watch = (): void => {
      if (pattern.test(output())) resolve();
      else if (isOver) reject(new Error(`ended without saying ${String(pattern)}: ${output()}`));
    };
    const timer = setTimeout(() => reject(new Error(`did not say ${String(pattern)}: ${output()}`)), WAIT_MS_MAX);
    watchers.add(watch);
    watch();
    return promise.finally(() => {
      clearTimeout(timer);
      watchers.delete(watch);
    });
  };
  return { child, ended, messages, output, says, kill };
}

function withResolvers(): { promise: Promise<void>; resolve: () => void; reject: (error: Error) => void } {
  let resolve!: () => void;
  let reject!: (error: Error) => void;
  const promise = new Promise<void>((resolved, rejected) => {
    resolve = resolved;
    reject = rejected;
  });
  return { promise, resolve, reject };
}

/** Waits for a condition that another process brings about. */
export async function until(
  holds: () => boolean | Promise<boolean>,
  what: string,
  waitMsMax = WAIT_MS_MAX,
): Promise<void> {
  const lastMs = Date.now() + waitMsMax;
  while (!(await holds())) {
    if (Date.now() > lastMs) throw new Error(`in vain: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
