import { z } from 'zod';
import { banStatusOption, ipLimitOption } from './ip-ban';
import { lifetimeMsOption, limitOption, nameOption } from './option';

const RECORDS_MAX = 1_000_000;
const count = z.int().min(0).max(RECORDS_MAX);

export const dingtalkOptions = z
  .strictObject({
    appKey: nameOption.default('dingsandbox000000002'),
    appSecret: nameOption.default('sandbox-dingtalk-secret'),
    /** Two hours on the live platform. */
    accessTokenLifetimeMs: lifetimeMsOption.default(7_200_000),
    /** The organization that the month counts for. */
    corpId: nameOption.default('dingsandboxcorp'),
    /** By dept_id. */
    departments: z.record(z.string().regex(/^\d+$/), z.strictObject({ users: count })).default({ '1': { users: 600 } }),
    /** Approval processes by processCode. */
    processes: z
      .record(nameOption, z.strictObject({ instances: count }))
      .default({ 'PROC-SANDBOX-0001': { instances: 600 } }),
    limits: z
      .strictObject({
        /** Calls a second of one app on one API, standard edition (open.dingtalk.com, the page on throttling). */
        apiQps: limitOption.default(20),
        /** Calls a second of everybody on one API: unpublished. */
        allQps: limitOption.default(null),
        /** Calls a month of the organization, contacts and tokens not counted: 5,000 in the page's text of May 2026. */
        perMonth: limitOption.default(5_000),
        /** Calls in 20 s from one address; one more bans it for 5 minutes. */
        ipPer20s: ipLimitOption,
      })
      .prefault({}),
    banStatus: banStatusOption,
  })
  .prefault({});

export type DingtalkSettings = z.output<typeof dingtalkOptions>;
