import { Dingtalk } from './dingtalk';
import { dingtalkOptions } from './dingtalk-options';
import type { TwinKind } from './twin';

export interface DingtalkSandbox {
  /** Of the new API and of the old one. */
  readonly url: string;
  readonly appKey: string;
  readonly appSecret: string;
  readonly corpId: string;
  readonly departmentIds: readonly string[];
  readonly processCodes: readonly string[];
  userIds(): Iterable<string>;
  instanceIds(): Iterable<string>;
  expireAccessTokens(): void;
}

export const dingtalkTwin: TwinKind<typeof dingtalkOptions, DingtalkSandbox> = {
  about: "DingTalk's user list and approval instances",
  port: 8603,
  options: dingtalkOptions,
  build: (settings, parts) => {
    const platform = new Dingtalk(settings, parts);
    return {
      answer: (request) => platform.answer(request),
      handle: (url) => ({
        url,
        appKey: settings.appKey,
        appSecret: settings.appSecret,
        corpId: settings.corpId,
        departmentIds: Object.keys(settings.departments),
        processCodes: Object.keys(settings.processes),
        userIds: () => platform.userIds(),
        instanceIds: () => platform.instanceIds(),
        expireAccessTokens: () => platform.tokens.expireAll(),
      }),
    };
  },
  account: ({ url, appKey, appSecret, corpId, departmentIds, processCodes }) => ({
    url,
    appKey,
    appSecret,
    corpId,
    departments: departmentIds,
    processes: processCodes,
  }),
};
