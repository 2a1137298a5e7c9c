import { defineConfig, kuaishou, secret, tokenFile, yida } from 'offpeak';

/** One entry per account. Every secret is a reference: its value is read when a call is made, and never stored. */
export default defineConfig({
  platforms: {
    kuaishou: kuaishou({
      appKey: secret('env:KUAISHOU_APP_KEY'),
      signSecret: secret('env:KUAISHOU_SIGN_SECRET'),
      appSecret: secret('env:KUAISHOU_APP_SECRET'),
      tokens: tokenFile('data/kuaishou-tokens.json'),
    }),
    yida: yida({
      appKey: secret('env:YIDA_APP_KEY'),
      appSecret: secret('env:YIDA_APP_SECRET'),
      systemToken: secret('env:YIDA_SYSTEM_TOKEN'),
      appType: 'APP_REPLACE_ME',
      userId: 'manager',
    }),
  },
});
