import type { ErrorReply } from './error-reply';

/** Whether a rule is meant for an error. */
export type Match = (error: ErrorReply) => boolean;

/** Any of the error's codes is one of these, or fits the pattern. Platforms send the same code as text and as number. */
export function code(...wanted: readonly (string | RegExp)[]): Match {
  return ({ codes }) => codes.some((one) => wanted.some((want) => fits(want, one)));
}

/** Any of the error's messages fits the pattern. Messages are one line each, full-width signs made plain: see plainText(). */
export function text(pattern: RegExp): Match {
  return ({ texts }) => texts.some((one) => pattern.test(one));
}

/** The HTTP status is one of these. */
export function status(...wanted: readonly number[]): Match {
  return (error) => wanted.includes(error.status);
}

/** A header is there and fits the pattern. */
export function header(name: string, pattern: RegExp): Match {
  return ({ headers }) => pattern.test(headers[name] ?? '') && headers[name] !== undefined;
}

/** The body as it came fits the pattern: for pages that are no JSON. */
export function body(pattern: RegExp): Match {
  return (error) => pattern.test(error.body);
}

/** Every one of them. */
export function all(...matches: readonly Match[]): Match {
  return (error) => matches.every((match) => match(error));
}

/** At least one of them. */
export function any(...matches: readonly Match[]): Match {
  return (error) => matches.some((match) => match(error));
}

/** The opposite. */
export function not(match: Match): Match {
  return (error) => !match(error);
}

function fits(want: string | RegExp, value: string): boolean {
  return typeof want === 'string' ? want === value : want.test(value);
}
