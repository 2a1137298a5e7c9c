import { z } from 'zod';
import type { Refused } from '../../../job/outcome';
import type { Secret } from '../../../secrets';
import type { DayRule } from '../../../time/window';
import { keyText } from '../../options';
import type { HttpReply, TokenRenewal, TokenSet } from '../../platform';
import { malformed } from '../../refusal';
import { classifyDingtalk } from './rules';

export interface DingtalkRenewalOptions {
  /** Of the new API. Its token is good for the old API too. */
  readonly origin: string;
  readonly appKey: string | Secret;
  readonly appSecret: Secret;
  readonly day: DayRule;
  /**
   * The organisation that the token is for. Left out, the one that the app belongs to; the app of a third party belongs to
   * none, and must name it.
   */
  readonly corpId?: string;
}

/**
 * Fetches the access token of an app from its key and secret: nothing is needed from the last one. Lives 7200 s.
 * Source: https://open.dingtalk.com/document/orgapp/obtain-the-access_token-of-an-internal-app, and with an organisation
 * https://help.dingtalk.io/open/development/api-gettoken
 */
export function dingtalkRenewal({ origin, appKey, appSecret, day, corpId }: DingtalkRenewalOptions): TokenRenewal {
  return {
    request: (_, auth) => {
      const [key, secret] = [keyText(appKey, auth), auth.reveal(appSecret)];
      const own = { path: 'accessToken', body: { appKey: key, appSecret: secret } };
      const { path, body } = corpId === undefined ? own : ofOrganisation(corpId, key, secret);
      return {
        method: 'POST',
        url: `${origin}/v1.0/oauth2/${path}`,
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(body),
      };
    },
    parse: (reply, nowMs) => parseRenewal(reply, nowMs, day),
  };
}

function ofOrganisation(corpId: string, key: string, secret: string): { path: string; body: object } {
  const body = { client_id: key, client_secret: secret, grant_type: 'client_credentials' };
  return { path: `${encodeURIComponent(corpId)}/token`, body };
}

/** The two calls name the same things differently. */
const renewed = z.union([
  z
    .object({ accessToken: z.string().min(1), expireIn: z.number().positive() })
    .transform(({ accessToken, expireIn }) => ({ accessToken, livesS: expireIn })),
  z
    .object({ access_token: z.string().min(1), expires_in: z.number().positive() })
    .transform(({ access_token: accessToken, expires_in: livesS }) => ({ accessToken, livesS })),
]);

function parseRenewal(reply: HttpReply, nowMs: number, day: DayRule): TokenSet | Refused {
  const outcome = classifyDingtalk(reply, { scope: {}, nowMs, day, tokenOwner: null });
  if (outcome.kind !== 'ok') return outcome;
  const parsed = renewed.safeParse(outcome.body);
  if (!parsed.success) return malformed();
  const { accessToken, livesS } = parsed.data;
  return { accessToken, refreshToken: null, expiresAtMs: nowMs + livesS * 1_000 };
}
