import type { Answer, Received } from './answer';
import type { KuaishouSettings } from './kuaishou-options';
import type { MerchantTokens, Refresh } from './merchant-token';

export const REFRESH_PATH = '/oauth2/refresh_token';
/** The name of the token request in the ledger and in fault targets. */
const REFRESH_API = 'oauth2.refresh_token';

// Result codes and texts: table 4 of the vendor page "APP授权说明".
const ERRORS = {
  request: { result: 100200100, error: 'invalid_request', error_msg: 'missing parameter' },
  client: { result: 100200101, error: 'unauthorized_client', error_msg: 'invalid app' },
  grantType: { result: 100200104, error: 'unsupported_grant_type', error_msg: 'grant_type must be refresh_token' },
  unknown: { result: 100200102, error: 'access_denied', error_msg: 'invalid refresh_token' },
  expired: { result: 100200102, error: 'access_denied', error_msg: 'invalid refresh_token' },
  discarded: { result: 100200102, error: 'access_denied', error_msg: 'refreshToken.discarded' },
  revoked: { result: 100200102, error: 'access_denied', error_msg: 'refreshToken.revokedAuthorization' },
};

/** `GET|POST /oauth2/refresh_token`: the next pair of tokens. No limit counts it. */
export function refreshTokens(
  request: Received,
  params: ReadonlyMap<string, string>,
  { settings, tokens }: { settings: KuaishouSettings; tokens: MerchantTokens },
): Answer {
  const refreshToken = params.get('refresh_token');
  const needed = [params.get('app_id'), params.get('app_secret'), params.get('grant_type'), refreshToken];
  if (refreshToken === undefined || needed.some((value) => value === undefined || value === '')) {
    return answer(ERRORS.request, settings.appKey, null);
  }
  if (params.get('app_id') !== settings.appKey || params.get('app_secret') !== settings.appSecret) {
    return answer(ERRORS.client, settings.appKey, null);
  }
  if (params.get('grant_type') !== 'refresh_token') return answer(ERRORS.grantType, settings.appKey, null);
  return refreshAnswer(tokens.refresh(refreshToken, request.atMs), settings.appKey, request.atMs);
}

function refreshAnswer(refresh: Refresh, app: string, nowMs: number): Answer {
  if (refresh.kind !== 'refreshed') return answer(ERRORS[refresh.kind], app, null);
  const { accessToken, expiresAtMs, refreshToken, refreshExpiresAtMs } = refresh.pair;
  const body = {
    result: 1,
    access_token: accessToken,
    expires_in: secondsUntil(expiresAtMs, nowMs),
    refresh_token: refreshToken,
    refresh_token_expires_in: secondsUntil(refreshExpiresAtMs, nowMs),
    scopes: ['merchant_order', 'merchant_item'],
  };
  return answer(body, app, refresh.userId);
}

function answer(body: { result: number }, app: string, user: string | null): Answer {
  const served = body.result === 1;
  return {
    status: 200,
    body,
    metered: false,
    finding: {
      api: REFRESH_API,
      scope: user === null ? { app } : { app, user },
      verdict: served ? 'served' : 'denied',
      budget: null,
      page: null,
      recordCount: 0,
    },
  };
}

/** Whole seconds, as the platform states them; a lifetime of a compressed day may round to 0. */
function secondsUntil(atMs: number, nowMs: number): number {
  return Math.floor((atMs - nowMs) / 1_000);
}
