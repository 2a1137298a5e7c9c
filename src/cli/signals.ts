import type { StopControl } from '../run/stop';
import { note } from './print';

/** Exit codes that a shell expects after a signal. */
const SIGNAL_EXIT = { SIGINT: 130, SIGTERM: 143 } as const;

/**
 * Ends calmly on SIGINT, SIGTERM and pm2's `shutdown` message; a second signal ends at once. Returns how the process was
 * asked to end: the exit code of the signal, or null when nobody asked. `onAsked` says so to whoever watches.
 */
export function stopOnSignals(
  stop: StopControl,
  onAsked: (name: string) => void = noteAsked,
): { exitCode(): number | null; detach(): void } {
  let exitCode: number | null = null;
  let isSignaled = false;
  const ask = (name: keyof typeof SIGNAL_EXIT): void => {
    if (exitCode !== null) return;
    exitCode = SIGNAL_EXIT[name];
    stop.request(name);
    onAsked(name);
  };
  const onSignal = (name: keyof typeof SIGNAL_EXIT): void => {
    if (isSignaled) process.exit(SIGNAL_EXIT[name]);
    isSignaled = true;
    ask(name);
  };
  const onInt = (): void => onSignal('SIGINT');
  const onTerm = (): void => onSignal('SIGTERM');
  // pm2 sends a SIGINT some seconds after it (a reload in cluster mode): only who sends two signals is impatient.
  const onMessage = (message: unknown): void => {
    if (message === 'shutdown') ask('SIGINT');
  };
  process.on('SIGINT', onInt);
  process.on('SIGTERM', onTerm);
  process.on('message', onMessage);
  return {
    exitCode: () => exitCode,
    detach() {
      process.off('SIGINT', onInt);
      process.off('SIGTERM', onTerm);
      process.off('message', onMessage);
    },
  };
}

function noteAsked(): void {
  note('stopping when the calls under way have ended; a second signal ends at once');
}
