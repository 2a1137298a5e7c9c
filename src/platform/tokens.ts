import { z } from 'zod';
import { isSecret, type Secret } from '../secrets';
import type { TokenRules, TokenSource } from './platform';

/** Tokens kept in a file of mode 0600, renewed in place. */
export interface TokenFile {
  readonly kind: 'token-file';
  readonly path: string;
}

/**
 * Keeps tokens in a JSON file, saved durably before a renewed token is used.
 * @param path relative to the project directory
 * @example tokens: tokenFile('data/kuaishou-tokens.json')
 */
export function tokenFile(path: string): TokenFile {
  return { kind: 'token-file', path };
}

/** Tokens by owner that were issued by hand, a file, or a source of your own. */
export type TokensOption = Readonly<Record<string, Secret>> | TokenFile | TokenSource;

export const tokensOption = z.custom<TokensOption>((value) => isTokensOption(value), {
  error: `expected { '<user>': secret('env:NAME') }, tokenFile('path') or an object with load and save, got something else`,
});

export function sourceOf(tokens: TokensOption): TokenRules['source'] {
  if (isTokenFile(tokens) || isTokenSource(tokens)) return tokens;
  return { kind: 'static-tokens', byOwner: tokens };
}

function isTokensOption(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  if (isTokenFile(value) || isTokenSource(value)) return true;
  return Object.keys(value).length > 0 && Object.values(value).every(isSecret);
}

function isTokenFile(value: object): value is TokenFile {
  return (
    'kind' in value &&
    value.kind === 'token-file' &&
    'path' in value &&
    typeof value.path === 'string' &&
    value.path !== ''
  );
}

function isTokenSource(value: object): value is TokenSource {
  return 'load' in value && typeof value.load === 'function' && 'save' in value && typeof value.save === 'function';
}
