import { z } from 'zod';
import { OffpeakError } from '../errors';
import { isSecret, type Secret } from '../secrets';
import { secretOption } from './options';
import type { Auth } from './platform';

/** How a request shows whose it is: a secret, or the access token of its scope, in a header or in the query. */
export interface Credential {
  readonly in: 'header' | 'query';
  readonly name: string;
  /** Stands before the value: `Bearer `. */
  readonly prefix: string;
  readonly value: Secret | 'access-token';
}

/** `Authorization: Bearer …`, from a secret or from the platform's access tokens. */
export function bearer(value: Secret | 'access-token'): Credential {
  return { in: 'header', name: 'authorization', prefix: 'Bearer ', value };
}

/** A header of its own: `headerKey('x-api-key', secret('env:API_KEY'))`. */
export function headerKey(name: string, value: Secret | 'access-token'): Credential {
  return { in: 'header', name: name.toLowerCase(), prefix: '', value };
}

/** A parameter of the query: `queryKey('key', secret('env:API_KEY'))`. */
export function queryKey(name: string, value: Secret | 'access-token'): Credential {
  return { in: 'query', name, prefix: '', value };
}

/** What RFC 9110 lets a header's name be made of. */
const FIELD_NAME = /^[\w!#$%&'*+.^`|~-]{1,64}$/;

export const credentialOption = z.strictObject({
  in: z.enum(['header', 'query']),
  name: z.string().regex(FIELD_NAME),
  prefix: z.string().max(32),
  value: z.union([z.literal('access-token'), secretOption]),
});

/** The secrets that must resolve before a call can be made. */
export function secretsOf(credentials: readonly Credential[]): Secret[] {
  return credentials.map(({ value }) => value).filter(isSecret);
}

/** Header or query fields of a request, with their values. Throws SECRET_MISSING without the access token that is needed. */
export function credentialFields(
  credentials: readonly Credential[],
  place: Credential['in'],
  auth: Auth,
): Record<string, string> {
  const fields = credentials.filter((one) => one.in === place);
  return Object.fromEntries(fields.map(({ name, prefix, value }) => [name, prefix + valueOf(value, auth)]));
}

/** Throws SECRET_MISSING, with a hint at what to do, where there is none. */
export function accessTokenOf({ accessToken }: Auth, owner: string, hint: string): string {
  if (accessToken !== null) return accessToken;
  throw new OffpeakError('SECRET_MISSING', `no access token for ${owner}`, { hint });
}

function valueOf(value: Credential['value'], auth: Auth): string {
  if (value !== 'access-token') return auth.reveal(value);
  return accessTokenOf(auth, 'this call', "Give the platform's tokens one for the scope of the call.");
}
