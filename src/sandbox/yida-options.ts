import { z } from 'zod';
import { banStatusOption, ipLimitOption } from './ip-ban';
import { lifetimeMsOption, limitOption, nameOption } from './option';

const FORM_INSTANCES_MAX = 1_000_000;

export const yidaOptions = z
  .strictObject({
    appKey: nameOption.default('dingsandbox000000001'),
    appSecret: nameOption.default('sandbox-yida-secret'),
    /** Two hours on the live platform. */
    accessTokenLifetimeMs: lifetimeMsOption.default(7_200_000),
    systemToken: nameOption.default('sandbox-system-token'),
    appType: nameOption.default('APP_SANDBOX'),
    /** The organization that the month counts for. */
    corpId: nameOption.default('dingsandboxcorp'),
    forms: z
      .record(nameOption, z.strictObject({ instances: z.int().min(0).max(FORM_INSTANCES_MAX) }))
      .default({ 'FORM-SANDBOX-0001': { instances: 600 } }),
    limits: z
      .strictObject({
        /** Calls a second of one app on one API; 40 for Yida (docs.aliwork.com, page wae8oddztfq167ly). */
        apiQps: limitOption.default(40),
        /** Calls a second of the whole organization on one API. */
        orgQps: limitOption.default(null),
        /** Calls a month of the organization, tokens not counted; 5000 or 10 000 by edition of that page. */
        perMonth: limitOption.default(null),
        /** Calls a second of one app on one API, as DingTalk's gateway counts them in front of Yida. */
        gatewayQps: limitOption.default(null),
        /** Calls a second of all of Yida's customers on one API: unpublished. */
        allQps: limitOption.default(null),
        /** Calls in 20 s from one address; one more bans it for 5 minutes. */
        ipPer20s: ipLimitOption,
      })
      .prefault({}),
    banStatus: banStatusOption,
    /** HTTP status of `tooManyVisitors`: 400 in one endpoint's table, 500 in another's. */
    busyStatus: z.union([z.literal(400), z.literal(500)]).default(400),
  })
  .prefault({});

export type YidaSettings = z.output<typeof yidaOptions>;
