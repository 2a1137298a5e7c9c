import { dingtalk } from '../platform/bundled/dingtalk';
import { secret } from '../secrets';
import type { OnTwin } from './twin-vendor';

export const dingtalkOnTwin: OnTwin = {
  secrets: ({ dingtalk: org }) => ({ SANDBOX_DINGTALK_SECRET: org.appSecret }),
  platform: (sandbox, { day, resetGuardMs }) => {
    const { url, appKey } = sandbox.dingtalk;
    return dingtalk({
      appKey,
      appSecret: secret('env:SANDBOX_DINGTALK_SECRET'),
      baseUrl: url,
      oldBaseUrl: url,
      day,
      resetGuardMs,
    });
  },
};
