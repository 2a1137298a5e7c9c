import { z } from 'zod';
import type { Clock } from '../time/clock';
import { systemClock } from '../time/system-clock';
import { isTimezone } from '../time/window';
import { counterKind } from './counter';
import { parseOption } from './option';
import { PLATFORMS, type PlatformName, TWINS } from './twins';

const DAY_MS = 86_400_000;

const rate = z.number().min(0).max(1).default(0);

const dayRule = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('civil'),
    at: z.string().regex(/^([01]\d|2[0-3]):[0-5]\d$/, 'expected "HH:mm"'),
    timezone: z.string().refine(isTimezone, 'expected an IANA zone such as Asia/Shanghai'),
  }),
  z.strictObject({ kind: z.literal('fixed'), lengthMs: z.int().positive() }),
]);

export const faultRates = z
  .strictObject({
    errorRate: rate,
    resetRate: rate,
    malformedRate: rate,
    slowBodyRate: rate,
    slowBodyMs: z.int().min(0).max(DAY_MS).default(2_000),
  })
  .refine(
    ({ errorRate, resetRate, malformedRate, slowBodyRate }) =>
      errorRate + resetRate + malformedRate + slowBodyRate <= 1,
    'the rates together must be at most 1',
  );

const port = z.int().min(0).max(65_535).default(0);
const ports = Object.fromEntries(PLATFORMS.map((name) => [name, port])) as Record<PlatformName, typeof port>;
const twins = Object.fromEntries(PLATFORMS.map((name) => [name, TWINS[name].options])) as {
  [N in PlatformName]: (typeof TWINS)[N]['options'];
};

const schema = z.strictObject({
  clock: z.custom<Clock>(isClock, 'expected a Clock').default(systemClock),
  /** The same seed gives the same records, latencies and faults. */
  seed: z
    .union([z.string().max(200), z.number()])
    .transform(String)
    .default('offpeak'),
  /** Loopback only: the sandbox has no protection against a network. */
  host: z.string().refine(isLoopback, 'expected a loopback address: 127.0.0.1, ::1 or localhost').default('127.0.0.1'),
  /** 0 for any free port. */
  ports: z.strictObject(ports).prefault({}),
  /** When the daily quotas turn over; fixed days may last seconds, and a month is 30 of them. */
  day: dayRule.default({ kind: 'civil', at: '00:00', timezone: 'Asia/Shanghai' }),
  /** What the records' instants are relative to, epoch ms; left out, the opening. */
  nowMs: z.int().positive().optional(),
  /** How the limits of calls a second are counted, on every platform. */
  counter: counterKind.default({ kind: 'sliding' }),
  /** Longest time that a request is on its way, drawn evenly from 0; it is counted at the end of it. */
  spreadMs: z.int().min(0).max(DAY_MS).default(0),
  /** From and to, both included, before every reply, after the request was counted. */
  latencyMs: z
    .tuple([z.int().min(0), z.int().min(0).max(DAY_MS)])
    .refine(([min, max]) => min <= max, 'expected [min, max] with min at most max')
    .default([0, 0]),
  /** Arrivals that the ledger keeps in full. */
  arrivalsMax: z.int().positive().max(10_000_000).optional(),
  ...twins,
  faults: faultRates.prefault({}),
});

/** Everything is optional; `{}` gives every platform some data and its published limits. */
export type SandboxOptions = z.input<typeof schema>;
export type SandboxSettings = z.output<typeof schema>;

/** Throws CONFIG_INVALID that names every wrong option. */
export function parseSandboxOptions(options: unknown): SandboxSettings {
  return parseOption(schema, options, 'sandbox');
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127(\.\d{1,3}){3}$/.test(host);
}

function isClock(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return ['nowMs', 'monotonicMs', 'sleep'].every((method) => typeof Reflect.get(value, method) === 'function');
}
