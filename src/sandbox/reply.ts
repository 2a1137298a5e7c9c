import type { Answer, Finding } from './answer';

/** What a twin has to say of a request; the rest is as in a reply without data and without a limit. */
export type PartFinding = Pick<Finding, 'api' | 'verdict'> & Partial<Finding>;

/** A reply that limits count. */
export function reply(status: number, body: object | string, finding: PartFinding): Answer {
  return { status, body, metered: true, finding: { scope: {}, budget: null, page: null, recordCount: 0, ...finding } };
}

/** No limit counts it: requests for credentials, unknown paths. */
export function unmetered(answer: Answer): Answer {
  return { ...answer, metered: false };
}

export function requestId(n: number): string {
  return `SANDBOX-${String(n).padStart(12, '0')}`;
}
