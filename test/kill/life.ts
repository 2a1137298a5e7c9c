import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { resolve } from 'node:path';
import type { Sandbox } from '../../src/sandbox/sandbox';
import { CLI, environment } from './project';

const HOOK = resolve(__dirname, 'hook.cjs');

/** What the preloaded hook does to a process. */
export interface Plan {
  /** Left out: nothing. */
  readonly point?: string;
  /** At which passage of the point. Default 1. */
  readonly nth?: number;
  /** Default SIGKILL. */
  readonly signal?: 'SIGKILL' | 'SIGSTOP' | 'SIGINT';
  /** Shorter terms of the lease than the real ones. */
  readonly lease?: { readonly heartbeatMs: number; readonly ttlMs: number };
  /** Loads everything and waits for `begin()`. */
  readonly waits?: boolean;
}

export interface Place {
  readonly directory: string;
  readonly sandbox: Sandbox;
}

export interface LifeEnd {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** One process of Offpeak, from its start to its end. */
export class Life {
  readonly child: ChildProcess;
  readonly ended: Promise<LifeEnd>;
  #said = '';

  constructor({ directory, sandbox }: Place, args: readonly string[], plan: Plan = {}) {
    this.child = spawn(process.execPath, ['-r', HOOK, CLI, ...args], {
      cwd: directory,
      env: { ...environment(sandbox), PLAN: JSON.stringify(plan) },
      stdio: ['pipe', 'ignore', 'pipe'],
    });
    this.child.stdin?.on('error', () => undefined); // it was killed before it read
    this.child.stderr?.setEncoding('utf8').on('data', (text: string) => (this.#said += text));
    // `close` and not `exit`: then all that it said is here.
    this.ended = once(this.child, 'close').then((args) => {
      const [code, signal] = args as [number | null, NodeJS.Signals | null];
      return { code, signal };
    });
  }

  /** What it wrote to standard error so far. */
  get said(): string {
    return this.#said;
  }

  get isOver(): boolean {
    return this.child.exitCode !== null || this.child.signalCode !== null;
  }

  /** Lets a process go that waits. */
  begin(): void {
    this.child.stdin?.end('\n');
  }

  async kill(): Promise<LifeEnd> {
    this.child.kill('SIGKILL');
    return this.ended;
  }
}

/** A life to its end. */
export async function live(place: Place, args: readonly string[], plan?: Plan): Promise<LifeEnd & { said: string }> {
  const life = new Life(place, args, plan);
  if (!plan?.waits) life.begin();
  return { ...(await life.ended), said: life.said };
}
