import { z } from 'zod';
import { OffpeakError } from './errors';
import { describeValue, faultLines, faultsOf, strictShape } from './job/faults';
import { type HoursDefinition, hoursShape } from './job/hours-definition';
import { LOG_LEVELS, type LogLevel } from './log';
import { networkOption } from './platform/options';
import type { Platform } from './platform/platform';
import { hoursFaults } from './schedule/hours-check';
import { type HoursLevel, parseLevel } from './schedule/hours-level';

/** Relative to the project directory. */
export const STORE_DEFAULT = 'data/offpeak.db';

/** A config file's default export. */
export interface ConfigDefinition {
  /** The SQLite file with all state, relative to the project directory. Default `data/offpeak.db`. */
  readonly store?: string;
  /** The directory of the job files, relative to the project directory. Default `jobs`. */
  readonly jobs?: string;
  /** The platforms by the names that job files use: a letter first, then letters, digits and `-`, lower case, at most 32. */
  readonly platforms: Readonly<Record<string, Platform>>;
  /** Hours of all jobs: a scheduled run may be under way where these, its platform's and its own are open. Default any time. */
  readonly hours?: HoursDefinition;
  /** Hours of the jobs of one platform, by names under `platforms`. Default any time. */
  readonly platformHours?: Readonly<Record<string, HoursDefinition>>;
  /** Partitions of one run side by side. Default 8, 1 to 1000. */
  readonly partitionsInFlight?: number;
  /** Runs side by side. Default 4, 1 to 100. */
  readonly jobsInFlight?: number;
  /** How long a stop waits for the calls under way. Default 20 000 ms, 0 to 10 minutes; under pm2 at most 80 % of its kill_timeout. */
  readonly shutdownTimeoutMs?: number;
  /** The longest reply, decompressed, in bytes. Default 32 MiB, 1 KiB to 512 MiB. */
  readonly replyBytesMax?: number;
  /** Where the names of platforms may lead besides public addresses. */
  readonly network?: NetworkDefinition;
  /**
   * Room that the disk of the store must have before a platform is called, in bytes. Default 64 MiB, 1 MiB to 1 PiB; twice
   * the size of the store's log where that is more.
   */
  readonly diskFreeBytesMin?: number;
  /** Whether the store may lie on a network disk, where SQLite's locks often do not hold. Default `refuse`. */
  readonly remoteDisk?: 'refuse' | 'allow';
  /** Default `info`. */
  readonly logLevel?: LogLevel;
}

export interface NetworkDefinition {
  /**
   * Addresses, networks and host names: `['10.0.0.0/8', 'apig.internal']`. A host that is listed by name may lead anywhere.
   * Default none, at most 100. A `baseUrl` with an address or `localhost` in it needs no entry.
   */
  readonly allow?: readonly string[];
}

/** The config with nothing left out, and hours as the core reads them. */
export interface Config extends Required<Omit<ConfigDefinition, 'hours' | 'platformHours' | 'network'>> {
  readonly network: Required<NetworkDefinition>;
  /** Null for any time. */
  readonly hours: HoursLevel | null;
  /** Platforms that are left out have none of their own. */
  readonly platformHours: Readonly<Record<string, HoursLevel>>;
}

/**
 * Defines the project's config. It is checked when it is loaded, all faults at once.
 * @example export default defineConfig({ platforms: { kuaishou: kuaishou({ … }) } })
 */
export function defineConfig(config: ConfigDefinition): ConfigDefinition {
  return config;
}

/** A config file's default export as a config. Throws one CONFIG_INVALID that lists everything that is wrong with it. */
export function parseConfig(value: unknown, file: string): Config {
  if (typeof value !== 'object' || value === null) {
    const got = describeValue(value);
    throw new OffpeakError('CONFIG_INVALID', `${file}: expected a default export made by defineConfig(), got ${got}`, {
      hint: 'Write `export default defineConfig({ platforms: { … } })`.',
    });
  }
  const result = configSchema(value).safeParse(value);
  if (result.success) return toConfig(result.data);
  throw new OffpeakError('CONFIG_INVALID', faultLines(file, faultsOf(result.error.issues, value)));
}

function toConfig({ hours, platformHours, ...config }: z.infer<ReturnType<typeof configSchema>>): Config {
  const ofPlatforms = Object.entries(platformHours).flatMap(([platform, definition]): [string, HoursLevel][] =>
    definition === undefined ? [] : [[platform, parseLevel({ level: 'platform', platform }, definition)]],
  );
  return {
    ...config,
    hours: hours === undefined ? null : parseLevel({ level: 'global' }, hours),
    platformHours: Object.fromEntries(ofPlatforms),
  };
}

const NETWORKS_ALLOWED_MAX = 100;

const PLATFORM_NAME = /^[a-z][a-z0-9-]{0,31}$/;

const platformsSchema = z
  .record(
    z.string().regex(PLATFORM_NAME, 'expected a letter, then at most 31 letters, digits and "-", all lower case'),
    z.custom<Platform>(isPlatform, {
      error: ({ input }) => `expected a platform made by ${FACTORIES}, got ${kindOf(input)}`,
    }),
  )
  .refine((platforms) => Object.keys(platforms).length > 0, 'expected at least one platform');

const hoursSchema = z.custom<HoursDefinition>().superRefine((hours, context) => {
  const { success, error } = hoursShape.safeParse(hours);
  for (const issue of error?.issues ?? []) context.addIssue({ ...issue });
  for (const { path, message } of success ? hoursFaults(hours) : []) {
    context.addIssue({ code: 'custom', message, path: [path] });
  }
});

function configSchema(value: object) {
  return strictShape({
    store: z.string().min(1).default(STORE_DEFAULT),
    jobs: z.string().min(1).default('jobs'),
    platforms: platformsSchema,
    hours: hoursSchema.optional(),
    platformHours: platformHoursSchema(value),
    partitionsInFlight: z.int().min(1).max(1_000).default(8),
    jobsInFlight: z.int().min(1).max(100).default(4),
    shutdownTimeoutMs: z.int().min(0).max(600_000).default(20_000),
    replyBytesMax: z.int().min(1_024).max(536_870_912).default(33_554_432),
    network: strictShape({
      allow: z.array(networkOption).max(NETWORKS_ALLOWED_MAX).default([]),
    }).prefault({}),
    diskFreeBytesMin: z.int().min(1_048_576).max(1_125_899_906_842_624).default(67_108_864),
    remoteDisk: z.enum(['refuse', 'allow']).default('refuse'),
    logLevel: z.enum(LOG_LEVELS).default('info'),
  });
}

/** Its names are those of the platforms beside it: any other one is an unknown key. */
function platformHoursSchema(config: object) {
  const platforms: unknown = 'platforms' in config ? config.platforms : null;
  const names = typeof platforms === 'object' && platforms !== null ? Object.keys(platforms) : [];
  const shape = Object.fromEntries(names.map((name) => [name, hoursSchema.optional()]));
  return strictShape(shape).default({});
}

const FACTORIES = 'a function such as kuaishou() or yida()';

/** Whoever passes plain settings passes secrets with them: no value is shown. */
function kindOf(value: unknown): string {
  return typeof value === 'string' ? 'text' : describeValue(value);
}

/** By its parts: a platform may come from another copy of this package. */
export function isPlatform(value: unknown): value is Platform {
  if (typeof value !== 'object' || value === null) return false;
  const part = value as Record<string, unknown>;
  const hasLists = ['origins', 'budgets', 'secrets'].every((name) => Array.isArray(part[name]));
  const hasFunctions = ['scope', 'request', 'classify'].every((name) => typeof part[name] === 'function');
  return hasLists && hasFunctions && typeof part['vendor'] === 'string' && typeof part['day'] === 'object';
}
