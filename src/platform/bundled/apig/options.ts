import { z } from 'zod';
import { OffpeakError } from '../../../errors';
import { strictShape } from '../../../job/faults';
import { isSecret, type Secret } from '../../../secrets';
import { keyOption, originOption, parseOptions, secretOption } from '../../options';
import { type PlatformOptions, platformOptions } from '../../platform-options';
import { apisMeant, type BoundPolicy } from './budgets';
import type { IamAccount } from './iam';
import { parseThrottlePolicy } from './policy';

/** One caller of the APIs behind a gateway of Huawei Cloud API Gateway. */
export interface ApigOptions extends PlatformOptions {
  /** The domain of the API group: `https://api.example.com`. */
  readonly baseUrl: string;
  readonly auth: ApigAuth;
  /** The app's id, for special throttles. Default `own`: in scopes and logs only. */
  readonly app?: string;
  /** The user's id, for special throttles. Default `own`; a partition may name another. */
  readonly user?: string;
  /** The environment, where it is not RELEASE: sent as `X-Stage`. */
  readonly stage?: string;
  /** Asks for the rate headers, which the gateway sends on demand only. Default false. */
  readonly debug?: boolean;
  /**
   * Throttling policies: the JSON of the vendor's create call as it is, `{ policy, apis, specials }`, or what
   * `offpeak apig throttle pull` wrote.
   */
  readonly throttles?: readonly object[];
}

/** How the gateway knows who calls. */
export type ApigAuth =
  /** `X-Apig-AppCode` */
  | { readonly kind: 'app-code'; readonly code: Secret }
  /** SDK-HMAC-SHA256: of an app, or AK and SK of an IAM user. */
  | { readonly kind: 'signature'; readonly key: string | Secret; readonly secret: Secret }
  /** `X-Auth-Token`, issued by hand: lives 24 h at most. */
  | { readonly kind: 'token'; readonly token: Secret }
  /** `X-Auth-Token`, fetched and renewed. */
  | ({ readonly kind: 'iam' } & IamAccount)
  | { readonly kind: 'none' };

/** Checks the options. Throws CONFIG_INVALID. */
export function parseApigOptions(options: ApigOptions): z.output<typeof schema> & { readonly bound: BoundPolicy[] } {
  const given = parseOptions('apig', schema, options);
  const bound = given.throttles.map((entry, at) => boundPolicy(entry, `apig().throttles[${at}]`));
  assertOneShared(bound);
  return { ...given, bound };
}

const auth = z.discriminatedUnion('kind', [
  strictShape({ kind: z.literal('app-code'), code: secretOption }),
  strictShape({ kind: z.literal('signature'), key: keyOption, secret: secretOption }),
  strictShape({ kind: z.literal('token'), token: secretOption }),
  strictShape({
    kind: z.literal('iam'),
    endpoint: originOption,
    domain: z.string().min(1),
    user: z.string().min(1),
    password: secretOption,
    project: z.string().min(1),
  }),
  strictShape({ kind: z.literal('none') }),
]);

const THROTTLE_EXPECTED = 'expected a throttling policy as JSON, or { policy, apis, specials }';

const schema = strictShape({
  ...platformOptions,
  baseUrl: originOption,
  auth,
  app: z.string().min(1).default('own'),
  user: z.string().min(1).default('own'),
  stage: z.string().min(1).optional(),
  debug: z.boolean().default(false),
  throttles: z.array(z.record(z.string(), z.unknown(), { error: THROTTLE_EXPECTED })).default([]),
});

const API_EXPECTED = 'expected "GET /v1/orders", or a path for every method';

const entry = strictShape({
  policy: z.record(z.string(), z.unknown(), { error: THROTTLE_EXPECTED }),
  apis: z.array(z.string().regex(/^((GET|POST|PUT|DELETE|ANY) )?\/\S*$/, API_EXPECTED)).optional(),
  specials: z
    .array(
      strictShape({
        object_type: z.enum(['APP', 'USER']),
        object_id: z.string().min(1),
        call_limits: z.int().min(1).max(2_147_483_647),
      }),
    )
    .optional(),
});

/** A policy alone is bound to every API. */
function boundPolicy(value: Readonly<Record<string, unknown>>, where: string): BoundPolicy {
  if (!Object.hasOwn(value, 'policy')) return { policy: parseThrottlePolicy(value, where) };
  const parsed = entry.safeParse(value);
  if (parsed.success) {
    const { policy, apis, specials } = parsed.data;
    return {
      policy: parseThrottlePolicy(policy, `${where}.policy`),
      ...(apis ? { apis } : {}),
      ...(specials ? { specials } : {}),
    };
  }
  throw new OffpeakError(
    'CONFIG_INVALID',
    parsed.error.issues.map(({ path, message }) => `${where}.${path.join('.')}: ${message}`).join('\n'),
  );
}

/** An API has one policy in an environment: what two shared ones count together cannot be told apart. */
function assertOneShared(bound: readonly BoundPolicy[]): void {
  const shared = bound.filter(({ policy }) => policy.type === 2);
  const owners = new Map<string, string>();
  for (const { policy, apis } of shared) {
    for (const api of apis?.flatMap(apisMeant) ?? ['']) {
      const other = owners.get(api);
      if (other !== undefined)
        throw new OffpeakError(
          'CONFIG_INVALID',
          `apig().throttles: expected one shared policy for ${api || 'all APIs'}, got ${other} and ${policy.name}`,
        );
      owners.set(api, policy.name);
    }
  }
}

/** The secrets that a request or a renewal needs. */
export function secretsOfAuth(given: ApigAuth): Secret[] {
  return Object.values(given).filter(isSecret);
}
