import { codeOf } from '../errors';

/** True without the lease or the store: nothing can be kept, so the process ends rather than spend quota on it. */
export function isLost(thrown: unknown): boolean {
  const code = codeOf(thrown) ?? '';
  return code === 'FENCED' || code.startsWith('STORE_');
}
