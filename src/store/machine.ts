import { readFileSync, readlinkSync } from 'node:fs';
import { hostname } from 'node:os';
import { codeOf } from '../errors';

/** What tells this process from every other one, and whether a process of this machine still lives. */
export interface Machine {
  readonly host: string;
  /** Boot and PID namespace: a pid means something only within the same one. Empty where the system does not tell. */
  readonly bootId: string;
  readonly pid: number;
  /** When a process started, as opaque text: a reused pid has another. Null: no such process. Empty: cannot be told. */
  processStart(pid: number): string | null;
}

/** A process, as it described itself. */
export interface ProcessMark {
  readonly host: string;
  readonly bootId: string;
  readonly pid: number;
  readonly processStart: string;
}

export function ownMark(machine: Machine): ProcessMark {
  const { host, bootId, pid } = machine;
  return { host, bootId, pid, processStart: machine.processStart(pid) ?? '' };
}

/** True only when it is certain: nothing is known of processes on other machines or in other containers. */
export function isGone(mark: ProcessMark, machine: Machine): boolean {
  if (mark.host !== machine.host || mark.bootId !== machine.bootId) return false;
  const start = machine.processStart(mark.pid);
  if (start === null) return true;
  return start !== '' && mark.processStart !== '' && start !== mark.processStart;
}

export const thisMachine: Machine = {
  host: hostname(),
  bootId: bootId(),
  pid: process.pid,
  processStart(pid) {
    return isRunning(pid) ? startOf(pid) : null;
  },
};

function bootId(): string {
  try {
    const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
    return `${boot} ${readlinkSync('/proc/self/ns/pid')}`;
  } catch {
    return ''; // no /proc: not Linux
  }
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (thrown) {
    return codeOf(thrown) === 'EPERM'; // it runs, as another user
  }
}

function startOf(pid: number): string | null {
  try {
    // proc(5): pid (comm) state …; comm may hold spaces and brackets, so fields are counted behind its last one.
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1)?.split(' ') ?? [];
    const [state] = fields;
    if (state === 'Z' || state === 'X') return null; // dead, and not yet reaped by its parent
    return fields[STARTTIME_FIELD - STATE_FIELD] ?? '';
  } catch {
    return '';
  }
}

const STATE_FIELD = 3;
const STARTTIME_FIELD = 22;
