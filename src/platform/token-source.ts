import type { Secret } from '../secrets';
import type { TokenSet, TokenSource } from './platform';

/** Tokens that live as long as the process: for platforms that issue a new one at any time. */
export function memoryTokens(): TokenSource {
  const byOwner = new Map<string, TokenSet>();
  return {
    load: (owner) => Promise.resolve(byOwner.get(owner) ?? null),
    save: (owner, tokens) => {
      byOwner.set(owner, tokens);
      return Promise.resolve();
    },
  };
}

/** Tokens that were issued by hand, each by reference. They cannot be renewed. */
export function staticTokens(byOwner: Readonly<Record<string, Secret>>, reveal: (ref: Secret) => string): TokenSource {
  return {
    load: (owner) => {
      const ref = byOwner[owner];
      return Promise.resolve(ref ? { accessToken: reveal(ref), expiresAtMs: null, refreshToken: null } : null);
    },
    save: () => Promise.resolve(),
  };
}
