import { z } from 'zod';
import { ITEMS_PER_MERCHANT_MAX } from './item';
import { lifetimeMsOption, limitOption, nameOption } from './option';
import { ORDERS_PER_MERCHANT_MAX } from './order';

const DAY_MS = 86_400_000;
const MERCHANTS_MAX = 100_000;

const kuaishouLimits = z
  .strictObject({
    /** Calls a second of one app on one API; 100 at first (vendor page "API限流说明"). */
    apiQps: limitOption.default(100),
    /** APIs with a limit of their own; 300 for the order list (same page). */
    apiQpsByApi: z.record(nameOption, limitOption).default({ 'open.order.cursor.list': 300 }),
    /** Calls a second of one app on one API for one merchant. */
    userQps: limitOption.default(null),
    /** Calls a day of the whole app; 100 000 before it goes online (vendor page "应用流量申请规则"). */
    appPerDay: limitOption.default(100_000),
    /** Calls a day of one test user; the platform's own figure is 2000 (K1008). */
    userPerDay: limitOption.default(null),
    /** Calls a day of one merchant on one API. */
    apiUserPerDay: limitOption.default(null),
  })
  .prefault({});

export const kuaishouOptions = z
  .strictObject({
    appKey: nameOption.default('ks600000000000000001'),
    signSecret: nameOption.default('sandbox-sign-secret'),
    appSecret: nameOption.default('sandbox-app-secret'),
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
        nameOption,
        z.strictObject({
          accessToken: nameOption.optional(),
          refreshToken: nameOption.optional(),
          accessTokenLifetimeMs: lifetimeMsOption.optional(),
        }),
      )
      .default({}),
    /** 48 hours on the live platform. */
    accessTokenLifetimeMs: lifetimeMsOption.default(172_800_000),
    /** 180 days on the live platform, inherited by every successor. */
    refreshTokenLifetimeMs: lifetimeMsOption.default(180 * DAY_MS),
    /** How long a used refresh token still works; the live platform promises "within 5 minutes". */
    refreshGraceMs: z.int().min(0).max(DAY_MS).default(0),
    /** How long a cursor may be used; null for ever. */
    cursorLifetimeMs: lifetimeMsOption.nullable().default(null),
    /** HTTP status of a refusal by a limit. No live one was ever published; every SDK expects 200. */
    refusalStatus: z.int().min(200).max(599).default(200),
    /** Whom `userPerDay` limits; left out, every merchant. */
    testUsers: z.array(nameOption).optional(),
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

export type KuaishouSettings = z.output<typeof kuaishouOptions>;
