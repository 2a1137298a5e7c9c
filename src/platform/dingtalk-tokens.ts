import { z } from 'zod';
import type { Refused } from '../job/outcome';
import type { Secret } from '../secrets';
import type { DayRule } from '../time/window';
import { classifyBanPage, classifyDingtalkError, readDingtalkError } from './dingtalk-replies';
import { parseEnvelope } from './envelope';
import type { Auth, HttpReply, TokenRenewal, TokenSet } from './platform';
import { malformed, refusalOfStatus } from './refusal';

export interface DingtalkRenewalOptions {
  readonly origin: string;
  readonly appKey: (auth: Auth) => string;
  readonly appSecret: Secret;
  readonly day: DayRule;
}

/**
 * Fetches the access token of an app from its key and secret: nothing is needed from the last one. Lives 7200 s.
 * Source: https://open.dingtalk.com/document/orgapp/obtain-the-access_token-of-an-internal-app
 */
export function dingtalkRenewal({ origin, appKey, appSecret, day }: DingtalkRenewalOptions): TokenRenewal {
  return {
    request: (_, auth) => ({
      method: 'POST',
      url: `${origin}/v1.0/oauth2/accessToken`,
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ appKey: appKey(auth), appSecret: auth.reveal(appSecret) }),
    }),
    parse: (reply, nowMs) => parseRenewal(reply, nowMs, day),
  };
}

const renewed = z.object({ accessToken: z.string().min(1), expireIn: z.number().positive() });

function parseRenewal(reply: HttpReply, nowMs: number, day: DayRule): TokenSet | Refused {
  const context = { scope: {}, nowMs };
  const envelope = parseEnvelope(reply.body);
  if (envelope === null) return classifyBanPage(reply.body, context) ?? refusalOfStatus(reply, context);
  const error = readDingtalkError(envelope);
  if (error) {
    const { code, reason } = error;
    const advice = 'Check appKey and appSecret (Client ID and Client Secret of the app).';
    const known = classifyDingtalkError(error, { context, day });
    if (known) return known;
    return reply.status >= 500 ? refusalOfStatus(reply, context) : { kind: 'fatal', code, reason, scope: null, advice };
  }
  if (reply.status < 200 || reply.status >= 300) return refusalOfStatus(reply, context);
  const parsed = renewed.safeParse(envelope);
  if (!parsed.success) return malformed();
  const { accessToken, expireIn } = parsed.data;
  return { accessToken, refreshToken: null, expiresAtMs: nowMs + expireIn * 1_000 };
}
