import { z } from 'zod';
import { SCOPE_NAMES, type Scope } from './scope';

/** The resumable slice of a job, usually one shop, merchant or form. */
export interface Partition {
  /** Identity within the job: at most 200 characters, no control characters. */
  readonly key: string;
  /** Whose budgets its calls draw on, beside the platform's own: `{ user: '3649418105' }`. */
  readonly scope: Scope;
}

export const PARTITIONS_MAX = 1_000_000;
/** Partitions that become durable in one transaction: about 10 ms. */
export const REGISTERED_MAX = 1_000;
const KEY_CHARS_MAX = 200;

const scopeSchema = z.strictObject(
  Object.fromEntries(SCOPE_NAMES.map((name) => [name, z.string().min(1).optional()])) as Record<
    (typeof SCOPE_NAMES)[number],
    z.ZodOptional<z.ZodString>
  >,
);

export const partitionSchema = z.strictObject({
  key: z
    .string()
    .min(1)
    .max(KEY_CHARS_MAX)
    .regex(/^[^\p{Cc}]+$/u, 'must not hold control characters')
    .regex(/^[^\p{Cs}]+$/u, 'must not hold half of a character') // as UTF-8 it would be another key
    .regex(/^(?!.*~backfill-\d+$)/, 'must not end as the checkpoints of backfills do'),
  scope: scopeSchema.default({}),
});
