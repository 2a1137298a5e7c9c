import type { Platform } from '../platform/platform';
import type { Sandbox } from '../sandbox/sandbox';
import type { DayRule } from '../time/window';

/** How the platforms of a vendor run on their twin in an open sandbox. */
export interface OnTwin {
  /** What the platform's `secret('env:…')` references resolve to, by name; no two vendors share a name. */
  secrets(sandbox: Sandbox): Readonly<Record<string, string>>;
  platform(sandbox: Sandbox, run: TwinRun): Platform | Promise<Platform>;
}

export interface TwinRun {
  /** When the sandbox's quota day turns over, and how far its clock and ours may be apart. */
  readonly day: DayRule;
  readonly resetGuardMs: number;
  readonly testUsers?: readonly string[];
}
