import { z } from 'zod';
import type { Fatal, Refused } from '../job/outcome';
import type { DayRule } from '../time/window';
import type { Classify } from './classify';
import { at } from './error-reply';
import type { Auth, HttpReply, HttpRequest, TokenRules, TokenSet } from './platform';
import { malformed } from './refusal';

export interface AppTokenOptions {
  /** Asks for a token with the key and the secret of the app. */
  readonly request: (auth: Auth) => HttpRequest;
  /** Reads the reply as any other of the vendor. */
  readonly classify: Classify;
  readonly day: DayRule;
  /** Where the reply holds the token, and its life in seconds. */
  readonly paths: { readonly token: string; readonly seconds: string };
  /** What to do when the key or the secret is refused. */
  readonly advice: string;
}

/** The access token of an app that is fetched from its key and secret: nothing is needed from the last one. */
export function appToken({ request, classify, day, paths, advice }: AppTokenOptions): TokenRules {
  const parse = (reply: HttpReply, nowMs: number): TokenSet | Refused => {
    const outcome = classify(reply, { scope: {}, nowMs, day, tokenOwner: null });
    if (outcome.kind === 'reauth') return refused(outcome, advice);
    if (outcome.kind !== 'ok') return outcome;
    const token = text.safeParse(at(outcome.body, paths.token));
    const seconds = life.safeParse(at(outcome.body, paths.seconds));
    if (!token.success || !seconds.success) return malformed();
    return { accessToken: token.data, refreshToken: null, expiresAtMs: nowMs + seconds.data * 1_000 };
  };
  return { owner: 'app', source: 'memory', renew: { request: (_, auth) => request(auth), parse } };
}

const text = z.string().min(1);
const life = z.coerce.number().positive();

/** To ask again with the same key and secret would only be refused again. */
function refused({ code, reason }: { code: string; reason: string }, advice: string): Fatal {
  return { kind: 'fatal', code, reason, scope: null, advice };
}
