import { kuaishou } from '../platform/bundled/kuaishou';
import type { TokenSet, TokenSource } from '../platform/platform';
import { memoryTokens } from '../platform/token-source';
import type { Sandbox } from '../sandbox/sandbox';
import { secret } from '../secrets';
import type { OnTwin } from './twin-vendor';

export const kuaishouOnTwin: OnTwin = {
  secrets: ({ kuaishou: shop }) => ({
    SANDBOX_SIGN_SECRET: shop.signSecret,
    SANDBOX_APP_SECRET: shop.appSecret,
  }),
  platform: async (sandbox, { day, resetGuardMs, testUsers = [] }) => {
    const { url, appKey } = sandbox.kuaishou;
    return kuaishou({
      appKey,
      signSecret: secret('env:SANDBOX_SIGN_SECRET'),
      appSecret: secret('env:SANDBOX_APP_SECRET'),
      tokens: await merchantTokens(sandbox),
      baseUrl: url,
      day,
      resetGuardMs,
      testUsers,
    });
  },
};

/** What each merchant's authorisation would have brought. */
async function merchantTokens({ kuaishou: shop }: Sandbox): Promise<TokenSource> {
  const tokens = memoryTokens();
  for (const user of shop.userIds) {
    const pair = shop.tokens(user);
    if (!pair) continue;
    const first: TokenSet = { accessToken: pair.accessToken, refreshToken: pair.refreshToken, expiresAtMs: null };
    await tokens.save(user, first);
  }
  return tokens;
}
