import { OffpeakError } from '../../errors';

/** What one check of `offpeak doctor` found. */
export interface Finding {
  /** What was looked at. */
  readonly check: string;
  readonly severity: 'error' | 'warning' | 'ok';
  readonly what: string;
  /** What to do about it; null where all is well. */
  readonly todo: string | null;
}

export function ok(check: string, what: string): Finding {
  return { check, severity: 'ok', what, todo: null };
}

export function warning(check: string, what: string, todo: string): Finding {
  return { check, severity: 'warning', what, todo };
}

export function error(check: string, what: string, todo: string): Finding {
  return { check, severity: 'error', what, todo };
}

const ORDER: readonly Finding['severity'][] = ['error', 'warning', 'ok'];

/** What is worst comes first; the rest keeps its order. */
export function byHarm(findings: readonly Finding[]): Finding[] {
  return ORDER.flatMap((severity) => findings.filter((finding) => finding.severity === severity));
}

/** What an error says to do; else something general. */
export function hintOf(thrown: unknown, otherwise: string): string {
  return (thrown instanceof OffpeakError ? thrown.hint : undefined) ?? otherwise;
}
