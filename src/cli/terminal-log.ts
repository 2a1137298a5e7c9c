import { type LogLevel, type OpenLog, openLog } from '../log';
import { systemClock } from '../time/system-clock';
import { noteColor } from './color';

/** The log on standard error: lines for people on a terminal, NDJSON elsewhere (pm2, a pipe). */
export function openTerminalLog(level: LogLevel, scrub: (text: string) => string): OpenLog {
  const pretty = noteColor.isColorSupported ? 'pretty-color' : 'pretty';
  const format = process.stderr.isTTY ? pretty : 'ndjson';
  return openLog({ level, format, scrub, destination: process.stderr, nowMs: () => systemClock.nowMs() });
}
