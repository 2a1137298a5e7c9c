import { type DingtalkOptions, dingtalk } from '../../src/platform/bundled/dingtalk';
import { type KuaishouOptions, kuaishou } from '../../src/platform/bundled/kuaishou';
import { type YidaOptions, yida } from '../../src/platform/bundled/yida';
import { CONFORMANCE_NOW_MS, replyOf as reply } from '../../src/platform/conformance';
import type { Auth, HttpReply, Platform } from '../../src/platform/platform';
import { type Secret, secret } from '../../src/secrets';

/** 2026-03-01 10:00 in Shanghai. */
export const NOW_MS = CONFORMANCE_NOW_MS;
/** Midnight in Shanghai. */
export const TOMORROW_MS = Date.parse('2026-03-01T16:00:00Z');
/** 1 April 00:00 in Shanghai. */
export const NEXT_MONTH_MS = Date.parse('2026-03-31T16:00:00Z');

/** Invented. */
export const SECRETS: Readonly<Record<string, string>> = {
  KS_SIGN: 'sign-8d1f3a',
  KS_APP_SECRET: 'apps-52c7e0',
  KS_APP_KEY: 'ks6887777777777839',
  YD_APP_KEY: 'dingx1y2z3w4',
  YD_SECRET: 'yds-1b9c44',
  YD_SYSTEM: 'sys-9f00aa',
  DT_APP_KEY: 'dinga1b2c3d4',
  DT_SECRET: 'dts-77e0c1',
};

export function auth(parts: Partial<Auth> = {}): Auth {
  const reveal = (ref: Secret): string => SECRETS[ref.locator] ?? '';
  return { reveal, accessToken: 'tok-3b4c5d', nowMs: NOW_MS, ...parts };
}

export function setupKuaishou(options: Partial<KuaishouOptions> = {}): Platform {
  return kuaishou({
    appKey: 'ks6887777777777839',
    signSecret: secret('env:KS_SIGN'),
    appSecret: secret('env:KS_APP_SECRET'),
    tokens: { kind: 'token-file', path: 'data/tokens.json' },
    ...options,
  });
}

export function setupYida(options: Partial<YidaOptions> = {}): Platform {
  return yida({
    appKey: secret('env:YD_APP_KEY'),
    appSecret: secret('env:YD_SECRET'),
    appType: 'APP_X1X2X3X4',
    systemToken: secret('env:YD_SYSTEM'),
    userId: 'manager01',
    ...options,
  });
}

export function setupDingtalk(options: Partial<DingtalkOptions> = {}): Platform {
  return dingtalk({ appKey: secret('env:DT_APP_KEY'), appSecret: secret('env:DT_SECRET'), ...options });
}

/** A reply as the HTTP edge hands it over. */
export function replyOf(body: unknown, status = 200, headers: Record<string, string> = {}): HttpReply {
  return reply({ status, headers, body });
}
