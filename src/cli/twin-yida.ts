import { yida } from '../platform/bundled/yida';
import { secret } from '../secrets';
import type { OnTwin } from './twin-vendor';

export const yidaOnTwin: OnTwin = {
  secrets: ({ yida: forms }) => ({
    SANDBOX_YIDA_SECRET: forms.appSecret,
    SANDBOX_SYSTEM_TOKEN: forms.systemToken,
  }),
  platform: (sandbox, { day, resetGuardMs }) => {
    const { url, appKey, appType } = sandbox.yida;
    return yida({
      appKey,
      appSecret: secret('env:SANDBOX_YIDA_SECRET'),
      systemToken: secret('env:SANDBOX_SYSTEM_TOKEN'),
      appType,
      userId: 'sandbox',
      baseUrl: url,
      day,
      resetGuardMs,
    });
  },
};
