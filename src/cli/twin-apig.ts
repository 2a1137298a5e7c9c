import { apig } from '../platform/bundled/apig';
import { secret } from '../secrets';
import type { OnTwin } from './twin-vendor';

export const apigOnTwin: OnTwin = {
  secrets: ({ apig: gateway }) => ({ SANDBOX_APIG_CODE: gateway.appCode }),
  platform: ({ apig: gateway }, { day, resetGuardMs }) =>
    apig({
      baseUrl: gateway.url,
      auth: { kind: 'app-code', code: secret('env:SANDBOX_APIG_CODE') },
      app: gateway.appId,
      user: gateway.userId,
      day,
      resetGuardMs,
    }),
};
