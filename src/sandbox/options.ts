import { z } from 'zod';
import { OffpeakError } from '../errors';
import type { Clock } from '../time/clock';
import { systemClock } from '../time/system-clock';
import { isTimezone } from '../time/window';
import { counterKind } from './counter';
import { ITEMS_PER_MERCHANT_MAX } from './item';
import { ORDERS_PER_MERCHANT_MAX } from './order';

const DAY_MS = 86_400_000;
const MERCHANTS_MAX = 100_000;
const FORM_INSTANCES_MAX = 1_000_000;

const rate = z.number().min(0).max(1).default(0);
/** Calls; null for no limit. */
const limit = z.int().positive().nullable();
/** The platforms state lifetimes in whole seconds. */
const lifetimeMs = z.int().min(1_000);
const name = z.string().min(1).max(200);

const dayRule = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('civil'),
    at: z.string().regex(/^([01]\d|2[0-3]):[0-5]\d$/, 'expected "HH:mm"'),
    timezone: z.string().refine(isTimezone, 'expected an IANA zone such as Asia/Shanghai'),
  }),
  z.strictObject({ kind: z.literal('fixed'), lengthMs: z.int().positive() }),
]);

const kuaishouLimits = z
  .strictObject({
    /** Calls a second of one app on one API; 100 at first (vendor page "API限流说明"). */
    apiQps: limit.default(100),
    /** APIs with a limit of their own; 300 for the order list (same page). */
    apiQpsByApi: z.record(name, limit).default({ 'open.order.cursor.list': 300 }),
    /** Calls a second of one app on one API for one merchant. */
    userQps: limit.default(null),
    /** Calls a day of the whole app; 100 000 before it goes online (vendor page "应用流量申请规则"). */
    appPerDay: limit.default(100_000),
    /** Calls a day of one test user; the platform's own figure is 2000 (K1008). */
    userPerDay: limit.default(null),
    /** Calls a day of one merchant on one API. */
    apiUserPerDay: limit.default(null),
  })
  .prefault({});

const kuaishou = z
  .strictObject({
    appKey: name.default('ks600000000000000001'),
    signSecret: name.default('sandbox-sign-secret'),
    appSecret: name.default('sandbox-app-secret'),
    merchants: z
      .record(
        z.string().regex(/^\d{1,15}$/, 'expected a user id of 1 to 15 digits'),
        z.strictObject({
          orders: z.int().min(0).max(ORDERS_PER_MERCHANT_MAX),
          items: z.int().min(0).max(ITEMS_PER_MERCHANT_MAX),
        }),
      )
      .refine((merchants) => Object.keys(merchants).length <= MERCHANTS_MAX, `at most ${MERCHANTS_MAX} merchants`)
      .default({
        '3649418105': { orders: 1_200, items: 60 },
        '3649418106': { orders: 800, items: 40 },
        '3649418107': { orders: 400, items: 20 },
      }),
    /** By user id; left out, they are `access-<userId>` and `refresh-<userId>`. */
    tokens: z
      .record(
        name,
        z.strictObject({
          accessToken: name.optional(),
          refreshToken: name.optional(),
          accessTokenLifetimeMs: lifetimeMs.optional(),
        }),
      )
      .default({}),
    /** 48 hours on the live platform. */
    accessTokenLifetimeMs: lifetimeMs.default(172_800_000),
    /** 180 days on the live platform, inherited by every successor. */
    refreshTokenLifetimeMs: lifetimeMs.default(180 * DAY_MS),
    /** How long a used refresh token still works; the live platform promises "within 5 minutes". */
    refreshGraceMs: z.int().min(0).max(DAY_MS).default(0),
    /** How long a cursor may be used; null for ever. */
    cursorLifetimeMs: lifetimeMs.nullable().default(null),
    /** HTTP status of a refusal by a limit. No live one was ever published; every SDK expects 200. */
    refusalStatus: z.int().min(200).max(599).default(200),
    /** Whom `userPerDay` limits; left out, every merchant. */
    testUsers: z.array(name).optional(),
    limits: kuaishouLimits,
  })
  .prefault({})
  .superRefine(({ tokens, merchants }, context) => {
    for (const user of Object.keys(tokens)) {
      if (!Object.hasOwn(merchants, user)) {
        context.addIssue({ code: 'custom', path: ['tokens', user], message: 'no such merchant under `merchants`' });
      }
    }
  });

const yida = z
  .strictObject({
    appKey: name.default('dingsandbox000000001'),
    appSecret: name.default('sandbox-yida-secret'),
    /** Two hours on the live platform. */
    accessTokenLifetimeMs: lifetimeMs.default(7_200_000),
    systemToken: name.default('sandbox-system-token'),
    appType: name.default('APP_SANDBOX'),
    /** The organization that the month counts for. */
    corpId: name.default('dingsandboxcorp'),
    forms: z
      .record(name, z.strictObject({ instances: z.int().min(0).max(FORM_INSTANCES_MAX) }))
      .default({ 'FORM-SANDBOX-0001': { instances: 600 } }),
    limits: z
      .strictObject({
        /** Calls a second of one app on one API; 40 for Yida (docs.aliwork.com, page wae8oddztfq167ly). */
        apiQps: limit.default(40),
        /** Calls a second of the whole organization on one API. */
        orgQps: limit.default(null),
        /** Calls a month of the organization, tokens not counted; 5000 or 10 000 by edition of that page. */
        perMonth: limit.default(null),
      })
      .prefault({}),
  })
  .prefault({});

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
  ports: z.strictObject({ kuaishou: port, yida: port }).prefault({}),
  /** When the daily quotas turn over; fixed days may last seconds, and a month is 30 of them. */
  day: dayRule.default({ kind: 'civil', at: '00:00', timezone: 'Asia/Shanghai' }),
  /** What the records' instants are relative to, epoch ms; left out, the opening. */
  nowMs: z.int().positive().optional(),
  /** How the limits of calls a second are counted, on both platforms. */
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
  kuaishou,
  yida,
  faults: faultRates.prefault({}),
});

/** Everything is optional; `{}` gives three merchants and one form with the platforms' published limits. */
export type SandboxOptions = z.input<typeof schema>;
export type SandboxSettings = z.output<typeof schema>;
export type KuaishouSettings = SandboxSettings['kuaishou'];
export type YidaSettings = SandboxSettings['yida'];

/** Throws CONFIG_INVALID that names every wrong option. */
export function parseSandboxOptions(options: unknown): SandboxSettings {
  return parseOption(schema, options, 'sandbox');
}

export function parseOption<T>(shape: z.ZodType<T>, value: unknown, where: string): T {
  const parsed = shape.safeParse(value);
  if (parsed.success) return parsed.data;
  throw new OffpeakError('CONFIG_INVALID', `${where} options:\n${z.prettifyError(parsed.error)}`);
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127(\.\d{1,3}){3}$/.test(host);
}

function isClock(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return ['nowMs', 'monotonicMs', 'sleep'].every((method) => typeof Reflect.get(value, method) === 'function');
}
