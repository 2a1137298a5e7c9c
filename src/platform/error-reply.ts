import type { ScopeName } from '../job/scope';
import type { DayRule } from '../time/window';
import { codeText, type Envelope, isEnvelope } from './envelope';
import type { ClassifyContext, HttpReply } from './platform';

/** An error as a vendor sent it, taken apart but not yet understood: what the rules of a platform look at. */
export interface ErrorReply {
  readonly status: number;
  /** Lower-case names. */
  readonly headers: HttpReply['headers'];
  /** The body's top level; empty where the body is no JSON object. */
  readonly envelope: Envelope;
  /** The body as JSON of any kind: some vendors send a list of errors. Null where it is none. */
  readonly value: unknown;
  /** The body as it came. */
  readonly body: string;
  /** Every code that it carries, as text, the most exact first. */
  readonly codes: readonly string[];
  /** Every message that it carries in one line each, the most exact first. */
  readonly texts: readonly string[];
  readonly context: RuleContext;
}

/** What a classifier is told besides the reply. */
export interface RuleContext extends ClassifyContext {
  /** When the platform's day turns over. */
  readonly day: DayRule;
  /** Whose access tokens can be renewed; null where there are none. */
  readonly tokenOwner: ScopeName | null;
}

/** Where a vendor's envelope holds its codes and messages, as paths such as `error.code` or `errors.0.message`. */
export interface EnvelopePaths {
  /** The most exact first. */
  readonly codes: readonly string[];
  readonly texts: readonly string[];
  /** A code that a message holds, as the pattern's group: more exact than what the paths give. */
  readonly codeInText?: RegExp;
}

/** True for an envelope that tells of an error, whatever the HTTP status. */
export type ErrorTest = (envelope: Envelope) => boolean;

/** Something stands at the path. `present('error_response')` */
export function present(path: string): ErrorTest {
  return (envelope) => at(envelope, path) !== undefined && at(envelope, path) !== null;
}

/** Something stands at the path that is none of these values, as text or number. `differs('errcode', '0')` */
export function differs(path: string, ...values: readonly string[]): ErrorTest {
  return (envelope) => present(path)(envelope) && !values.includes(codeText(at(envelope, path)));
}

/** None of these values stands at the path, or nothing does. `lacks('code', '10000')` */
export function lacks(path: string, ...values: readonly string[]): ErrorTest {
  return (envelope) => !values.includes(codeText(at(envelope, path)));
}

/** Any of the tests holds. */
export function anyError(...tests: readonly ErrorTest[]): ErrorTest {
  return (envelope) => tests.some((test) => test(envelope));
}

/** The value at a path of names and list positions; undefined where there is none. */
export function at(envelope: unknown, path: string): unknown {
  let value = envelope;
  for (const name of path.split('.')) {
    if (Array.isArray(value)) value = /^\d+$/.test(name) ? (value as unknown[])[Number(name)] : undefined;
    else value = isEnvelope(value) && Object.hasOwn(value, name) ? value[name] : undefined;
  }
  return value;
}
