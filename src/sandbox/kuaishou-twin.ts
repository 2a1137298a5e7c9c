import { Kuaishou, type TrafficReset } from './kuaishou';
import { kuaishouOptions } from './kuaishou-options';
import type { MerchantTokenPair } from './merchant-token';
import type { TwinKind } from './twin';

export interface KuaishouSandbox {
  readonly url: string;
  readonly appKey: string;
  readonly signSecret: string;
  readonly appSecret: string;
  readonly userIds: readonly string[];
  /** Every order held, of one merchant or of all. */
  orderIds(userId?: string): Iterable<number>;
  itemIds(userId?: string): Iterable<number>;
  /** A refund for one order in four. */
  refundIds(userId?: string): Iterable<number>;
  /** The newest tokens of a merchant; null for one that does not exist. */
  tokens(userId: string): MerchantTokenPair | null;
  /** The merchant withdraws the authorization: AUTHORIZATION_REVOKED from now on. */
  revoke(userId: string): void;
  /** Ends the access tokens of a merchant, or of all, before their time. */
  expireAccessTokens(userId?: string): void;
  /** The owner presses "reset today's traffic": only when more than 60 % is used, and at most three times a day. */
  resetTraffic(): TrafficReset;
}

export const kuaishouTwin: TwinKind<typeof kuaishouOptions, KuaishouSandbox> = {
  about: "Kuaishou's order, refund and item APIs",
  port: 8601,
  options: kuaishouOptions,
  build: (settings, parts) => {
    const platform = new Kuaishou(settings, parts);
    return {
      answer: (request) => platform.answer(request),
      handle: (url) => ({
        url,
        appKey: settings.appKey,
        signSecret: settings.signSecret,
        appSecret: settings.appSecret,
        userIds: Object.keys(settings.merchants),
        orderIds: (userId) => platform.orderIds(userId),
        refundIds: (userId) => platform.refundIds(userId),
        itemIds: (userId) => platform.itemIds(userId),
        tokens: (userId) => platform.tokens.current(userId),
        revoke: (userId) => platform.tokens.revoke(userId),
        expireAccessTokens: (userId) => platform.tokens.expireAccess(userId),
        resetTraffic: () =>
          platform.resetTraffic({ wallMs: parts.clock.nowMs(), monotonicMs: parts.clock.monotonicMs() }),
      }),
    };
  },
  account: ({ url, appKey, signSecret, appSecret, userIds, ...shop }) => ({
    url,
    appKey,
    signSecret,
    appSecret,
    accessTokens: Object.fromEntries(userIds.map((user) => [user, shop.tokens(user)?.accessToken])),
  }),
};
