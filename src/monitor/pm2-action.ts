import { z } from 'zod';
import { OffpeakError } from '../errors';
import { describeValue, faultLines, faultsOf, strictShape } from '../job/faults';
import { LOG_LEVELS, type LogLevel } from '../log';

/**
 * What pm2's actions do. Each resolves with something that JSON can hold, or rejects with an OffpeakError that says what to
 * do. Work that takes long is begun, and its id is the answer. An action without its operation is not announced.
 */
export interface Operations {
  readonly plan: (ask: { days: number }) => Promise<unknown>;
  readonly status: (ask: { job?: string | undefined }) => Promise<unknown>;
  readonly runNow: (ask: { job: string }) => Promise<unknown>;
  readonly checkpoint: (ask: { job: string; partition?: string | undefined }) => Promise<unknown>;
  /** Left out: tells which level is in force. */
  readonly logLevel: (ask: { level?: LogLevel | undefined }) => Promise<unknown>;
  readonly pause?: (ask: PauseAsk & { reason?: string | undefined; until?: string | undefined }) => Promise<unknown>;
  readonly resume?: (ask: PauseAsk) => Promise<unknown>;
}

/** A job, or all jobs of a platform. */
export interface PauseAsk {
  readonly job?: string | undefined;
  readonly platform?: string | undefined;
}

/** Takes the parameter as pm2 hands it over: text, plain or JSON, or nothing. */
export type Action = (parameter: unknown) => Promise<unknown>;

/** Longer parameters are refused. */
const PARAMETER_CHARS_MAX = 4_096;
const DAYS_MAX = 7;

/** The actions for which there is an operation, by name. */
export function actionsOf(operations: Operations): ReadonlyMap<string, Action> {
  const { plan, status, pause, resume, runNow, checkpoint, logLevel } = operations;
  const target = { job: name.optional(), platform: name.optional() };
  const job = (text: string): unknown => ({ job: text });
  return new Map<string, Action>([
    action('plan', { shape: { days }, plain: (text) => ({ days: text }), operation: plan }),
    action('status', { shape: { job: name.optional() }, plain: job, operation: status }),
    ...(pause ? [action('pause', { shape: { ...target, ...details }, plain: job, operation: pause })] : []),
    ...(resume ? [action('resume', { shape: target, plain: job, operation: resume })] : []),
    action('run-now', { shape: { job: name }, plain: job, operation: runNow }),
    action('checkpoint', { shape: { job: name, partition: name.optional() }, plain: place, operation: checkpoint }),
    action('log-level', {
      shape: { level: z.enum(LOG_LEVELS).optional() },
      plain: (text) => ({ level: text }),
      operation: logLevel,
    }),
  ]);
}

const name = z.string().min(1);
const days = z.coerce.number().int().min(1).max(DAYS_MAX).default(1);
const details = { reason: name.optional(), until: name.optional() };

interface ActionParts<Shape extends z.core.$ZodLooseShape> {
  readonly shape: Shape;
  /** What plain text means. */
  readonly plain: (text: string) => unknown;
  readonly operation: (ask: z.output<z.ZodObject<Shape, z.core.$strict>>) => Promise<unknown>;
}

function action<Shape extends z.core.$ZodLooseShape>(
  name: string,
  { shape, plain, operation }: ActionParts<Shape>,
): readonly [string, Action] {
  const schema = strictShape(shape);
  return [
    name,
    async (parameter) => {
      const value = valueOf(name, parameter, plain);
      const result = schema.safeParse(value);
      if (result.success) return operation(result.data);
      throw new OffpeakError('USAGE', faultLines(name, faultsOf(result.error.issues, value)));
    },
  ];
}

function valueOf(name: string, parameter: unknown, plain: (text: string) => unknown): unknown {
  if (parameter === undefined || parameter === null) return {};
  if (typeof parameter !== 'string') return parameter; // pm2's programming interface passes objects on
  if (parameter.length > PARAMETER_CHARS_MAX) {
    throw new OffpeakError(
      'USAGE',
      `${name}: expected at most ${PARAMETER_CHARS_MAX} characters, got ${parameter.length}`,
    );
  }
  const text = parameter.trim();
  if (text === '') return {};
  if (!text.startsWith('{')) return plain(text);
  try {
    return JSON.parse(text);
  } catch {
    throw new OffpeakError('USAGE', `${name}: expected plain text or a JSON object, got ${describeValue(text)}`);
  }
}

/** `JOB/PARTITION`, or a job alone: a job's name has no slash. */
function place(text: string): unknown {
  const at = text.indexOf('/');
  return at < 0 ? { job: text } : { job: text.slice(0, at), partition: text.slice(at + 1) };
}
