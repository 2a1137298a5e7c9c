import type { Backoff, Fatal, Pause, Refused } from '../job/outcome';
import type { Scope } from '../job/scope';
import type { Http, HttpFailure } from '../platform/http';
import type { Auth, Platform, TokenSet, TokenSource } from '../platform/platform';
import type { SecretVault } from '../secrets';
import type { Clock } from '../time/clock';
import { readWithoutSecrets } from './without-secrets';

export interface RenewalParts {
  readonly platform: Platform;
  readonly source: TokenSource;
  readonly http: Http;
  readonly vault: SecretVault;
  readonly clock: Clock;
  /** Cuts a renewal: its reply is lost then. */
  readonly signal: AbortSignal;
}

/** Whose tokens they are, and the calls that need them. */
export interface Owner {
  readonly name: string;
  readonly scope: Scope;
}

/** What came of asking for new tokens. `lost`: the platform may have changed the refresh token, and nobody read the reply. */
export type Asked =
  | { readonly kind: 'renewed'; readonly tokens: TokenSet }
  | { readonly kind: 'changed' }
  | { readonly kind: 'refused' | 'lost'; readonly outcome: Refused };

/** Asks the platform for the next tokens, once that is noted in the source. */
export async function askForTokens(parts: RenewalParts, owner: Owner, tokens: TokenSet | null): Promise<Asked> {
  const { platform, source, http, vault, clock, signal } = parts;
  const scrub = vault.scrub.bind(vault);
  const auth: Auth = { reveal: (ref) => vault.reveal(ref), accessToken: null, nowMs: clock.nowMs() };
  const renewal = platform.tokens?.renew;
  const request = renewal?.request(tokens, auth);
  if (!renewal || !request) return { kind: 'refused', outcome: noToken(owner) };
  const canBeLost = tokens?.refreshToken != null;
  const turn = canBeLost ? await source.begin?.(owner.name, tokens, clock.nowMs()) : 'begun';
  if (turn === 'changed') return { kind: 'changed' };
  if (turn === 'busy') return { kind: 'refused', outcome: renewedElsewhere(owner) };
  const result = await http.attempt(request, { origins: platform.origins, signal });
  if (result.kind === 'failure') {
    const outcome = unreachable({ ...result, reason: scrub(result.reason) });
    return { kind: result.sent && canBeLost ? 'lost' : 'refused', outcome };
  }
  const nowMs = clock.nowMs();
  const answer = readWithoutSecrets<TokenSet | Refused>(result.reply, {
    scrub,
    read: (reply) => renewal.parse(reply, nowMs),
  });
  if (!('kind' in answer)) return { kind: 'renewed', tokens: answer };
  return { kind: answer.kind === 'backoff' && canBeLost ? 'lost' : 'refused', outcome: ofOwner(answer, owner.scope) };
}

/** The token endpoint knows one owner, not the call that waits: what it refuses stops that owner's calls, no more and no less. */
function ofOwner(refused: Refused, scope: Scope): Refused {
  switch (refused.kind) {
    case 'pause':
    case 'park':
    case 'reauth':
    case 'fatal':
      return { ...refused, scope };
    case 'backoff':
    case 'rewind':
      return refused;
  }
}

/** A neighbour process has its reply within seconds. */
const ELSEWHERE_PAUSE_MS = 10_000;

export function renewedElsewhere({ name, scope }: Owner): Pause {
  const reason = `another process renews the tokens of ${name} now`;
  return { kind: 'pause', code: 'RENEWED_ELSEWHERE', reason, scope, forMs: ELSEWHERE_PAUSE_MS };
}

/** Never fatal: what lies between here and the token endpoint says nothing of the owner's tokens. */
function unreachable({ code, reason, advice }: HttpFailure): Backoff {
  const words = advice === null ? reason : `${reason}. ${advice}`;
  return { kind: 'backoff', scope: null, code, reason: `token renewal: ${words}` };
}

export function noToken({ name, scope }: Owner): Fatal {
  return {
    kind: 'fatal',
    scope,
    code: 'NO_ACCESS_TOKEN',
    reason: `no usable access token for ${name}, and nothing to renew it from`,
    advice: 'Authorise the application again and give the new tokens to the token source.',
  };
}
