import { z } from 'zod';
import { lifetimeMsOption, limitOption, nameOption } from './option';

const RECORDS_MAX = 1_000_000;

export const apigOptions = z
  .strictObject({
    projectId: nameOption.default('00000000000000000000000000000001'),
    instanceId: nameOption.default('00000000000000000000000000000002'),
    /** The app of the only caller, and three ways to show it. */
    appId: nameOption.default('sandbox-app'),
    appCode: nameOption.default('sandbox-app-code'),
    appKey: nameOption.default('sandbox-app-key'),
    appSecret: nameOption.default('sandbox-app-secret'),
    /** The IAM user whose tokens both the gateway and the control plane take. */
    userId: nameOption.default('sandbox-user'),
    domain: nameOption.default('sandbox-domain'),
    userName: nameOption.default('sandbox-user-name'),
    password: nameOption.default('sandbox-password'),
    /** A day on the live platform. */
    tokenLifetimeMs: lifetimeMsOption.default(86_400_000),
    /** Lists behind the gateway, by path, all GET. */
    apis: z
      .record(
        z.string().regex(/^\/[\w/-]+$/),
        z.strictObject({ records: z.int().min(0).max(RECORDS_MAX).default(600) }),
      )
      .default({ '/v1/orders': { records: 600 }, '/v1/items': { records: 600 } }),
    /** Records of a list at any other path; null for none there. */
    otherRecords: z.int().min(0).max(RECORDS_MAX).nullable().default(null),
    /** How the windows of policies are counted: the vendor does not say where they begin. */
    windows: z.enum(['sliding', 'fixed']).default('sliding'),
    limits: z
      .strictObject({
        /** Calls a second to an API that no policy is bound to. */
        apiQps: limitOption.default(200),
        /** Calls a day to the domain that is for debugging; 1000 on the live platform. */
        debugPerDay: limitOption.default(null),
        /** Calls a day, answered as ModelArts does. */
        modelPerDay: limitOption.default(null),
        /** Policies that the gateway may hold. */
        policies: z.int().positive().max(10_000).default(300),
      })
      .prefault({}),
  })
  .prefault({});

export type ApigSettings = z.output<typeof apigOptions>;
