import type { TwinKind } from './twin';
import { Yida } from './yida';
import { yidaOptions } from './yida-options';

export interface YidaSandbox {
  readonly url: string;
  readonly appKey: string;
  readonly appSecret: string;
  readonly appType: string;
  readonly systemToken: string;
  readonly formUuids: readonly string[];
  instanceIds(formUuid?: string): Iterable<string>;
  expireAccessTokens(): void;
}

export const yidaTwin: TwinKind<typeof yidaOptions, YidaSandbox> = {
  about: "Yida's form search",
  port: 8602,
  options: yidaOptions,
  build: (settings, parts) => {
    const platform = new Yida(settings, parts);
    return {
      answer: (request) => platform.answer(request),
      handle: (url) => ({
        url,
        appKey: settings.appKey,
        appSecret: settings.appSecret,
        appType: settings.appType,
        systemToken: settings.systemToken,
        formUuids: Object.keys(settings.forms),
        instanceIds: (formUuid) => platform.instanceIds(formUuid),
        expireAccessTokens: () => platform.tokens.expireAll(),
      }),
    };
  },
  account: ({ url, appKey, appSecret, appType, systemToken, formUuids }) => ({
    url,
    appKey,
    appSecret,
    appType,
    systemToken,
    forms: formUuids,
  }),
};
