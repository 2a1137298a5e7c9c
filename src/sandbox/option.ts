import { z } from 'zod';
import { OffpeakError } from '../errors';

/** Calls, or units of them; null for no limit. */
export const limitOption = z.int().positive().nullable();
/** The platforms state lifetimes in whole seconds. */
export const lifetimeMsOption = z.int().min(1_000);
export const nameOption = z.string().min(1).max(200);

/** Throws CONFIG_INVALID that names every wrong option. */
export function parseOption<T>(shape: z.ZodType<T>, value: unknown, where: string): T {
  const parsed = shape.safeParse(value);
  if (parsed.success) return parsed.data;
  throw new OffpeakError('CONFIG_INVALID', `${where} options:\n${z.prettifyError(parsed.error)}`);
}
