import { z } from 'zod';
import type { Refused } from '../../../job/outcome';
import type { Secret } from '../../../secrets';
import { codeText, parseEnvelope, plainText } from '../../envelope';
import { keyText } from '../../options';
import type { HttpReply, TokenRenewal, TokenSet } from '../../platform';
import { malformed, refusalOfStatus } from '../../refusal';
import { DOCS, FAQ } from './pages';
import { FORM } from './request';

/** Life of an access token where the reply does not say it: 48 h, page "App authorisation". */
const ACCESS_TOKEN_SECONDS = 172_800;

export interface RenewalOptions {
  readonly origin: string;
  readonly appKey: string | Secret;
  readonly appSecret: Secret;
}

/**
 * Renews one merchant's tokens. The refresh token changes every time and the old one dies within 5 minutes; the new
 * one inherits its end, 180 days after the merchant's consent.
 */
export function tokenRenewal({ origin, appKey, appSecret }: RenewalOptions): TokenRenewal {
  return {
    request(tokens, auth) {
      if (tokens?.refreshToken == null) return null;
      const form = new URLSearchParams({
        grant_type: 'refresh_token',
        refresh_token: tokens.refreshToken,
        app_id: keyText(appKey, auth),
        app_secret: auth.reveal(appSecret),
      });
      return { method: 'POST', url: `${origin}/oauth2/refresh_token`, headers: FORM, body: form.toString() };
    },
    parse: parseRenewal,
  };
}

/** Page "App authorisation", 2.4. */
const renewed = z.object({
  access_token: z.string().min(1),
  refresh_token: z.string().min(1).nullish(),
  expires_in: z.coerce.number().positive().nullish(),
  /** Counts down from the merchant's consent: a renewal does not start it anew. */
  refresh_token_expires_in: z.coerce.number().positive().nullish(),
});

function parseRenewal(reply: HttpReply, nowMs: number): TokenSet | Refused {
  const envelope = parseEnvelope(reply.body);
  const result = codeText(envelope?.['result']);
  if (envelope === null || result === '') return refusalOfStatus(reply, { scope: {}, nowMs });
  if (result !== '1')
    return refusalOf(result, [envelope['error'], envelope['error_msg']].map(plainText).filter(Boolean).join(': '));
  const parsed = renewed.safeParse(envelope);
  if (!parsed.success) return malformed();
  const { access_token, refresh_token, expires_in, refresh_token_expires_in: refreshSeconds } = parsed.data;
  return {
    accessToken: access_token,
    refreshToken: refresh_token ?? null,
    expiresAtMs: nowMs + (expires_in ?? ACCESS_TOKEN_SECONDS) * 1_000,
    ...(refreshSeconds == null ? {} : { refreshExpiresAtMs: nowMs + refreshSeconds * 1_000 }),
  };
}

/** A fatal refusal without a scope concerns the owner whose tokens these are. */
function refusalOf(code: string, text: string): Refused {
  const reason = `the token was not renewed: ${text || `result ${code}`}`;
  if (code === '100200500') return { kind: 'backoff', code, reason, scope: null };
  const advice = CURES.get(code) ?? `Look the code up: ${DOCS.authorisation}`;
  return { kind: 'fatal', code, reason, scope: null, advice };
}

const CONSENT = `Let the merchant authorise the app again and store the new tokens: ${FAQ.K0004}`;

const CURES: ReadonlyMap<string, string> = new Map([
  ['100200101', `Check appKey and appSecret, and that the app is online in the console: ${DOCS.authorisation}`],
  ['100200102', CONSENT],
  ['100200105', CONSENT],
  ['100200106', CONSENT],
  ['100200107', CONSENT],
]);
