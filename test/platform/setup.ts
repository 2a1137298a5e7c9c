import type { Scope } from '../../src/job/scope';
import { type KuaishouOptions, kuaishou } from '../../src/platform/kuaishou';
import type { Auth, HttpReply, Platform } from '../../src/platform/platform';
import { type YidaOptions, yida } from '../../src/platform/yida';
import { type Secret, secret } from '../../src/secrets';

/** One reply and what it must mean. Only the fields that are written are compared. */
export interface Row {
  readonly name: string;
  readonly reply: { readonly status?: number; readonly headers?: Record<string, string>; readonly body: unknown };
  readonly want: {
    readonly kind: string;
    readonly scope?: Scope | null;
    readonly untilMs?: number;
    readonly forMs?: number;
    readonly code?: string;
    readonly learned?: number | undefined;
    readonly advice?: RegExp;
    readonly hidden?: true;
  };
  /** Differs from the platform's usual call. */
  readonly scope?: Scope;
}

/** 2026-03-01 10:00 in Shanghai. */
export const NOW_MS = Date.parse('2026-03-01T02:00:00Z');
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

/** A reply as the HTTP edge hands it over. */
export function replyOf(body: unknown, status = 200, headers: Record<string, string> = {}): HttpReply {
  return { status, headers, body: typeof body === 'string' ? body : JSON.stringify(body) };
}
