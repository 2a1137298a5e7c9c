import { Apig } from './apig';
import { apigOptions } from './apig-options';
import type { TwinKind } from './twin';

export interface ApigSandbox {
  /** Of the gateway, its control plane and IAM alike. */
  readonly url: string;
  readonly projectId: string;
  readonly instanceId: string;
  readonly appId: string;
  readonly appCode: string;
  readonly appKey: string;
  readonly appSecret: string;
  readonly userId: string;
  readonly domain: string;
  readonly userName: string;
  readonly password: string;
  /** The published APIs: what `bind` takes, by path. */
  readonly publishIds: Readonly<Record<string, string>>;
  /** Every record that the lists hold, of one path or of all. */
  recordIds(path?: string): Iterable<string>;
  /** A token as IAM would give it. */
  issueToken(): string;
  /** Ends every token before its time. */
  expireTokens(): void;
}

export const apigTwin: TwinKind<typeof apigOptions, ApigSandbox> = {
  about: 'a gateway of Huawei Cloud APIG with lists behind it, and its control plane',
  port: 8604,
  options: apigOptions,
  build: (settings, parts) => {
    const platform = new Apig(settings, parts);
    const { projectId, instanceId, appId, appCode, appKey, appSecret, userId, domain, userName, password } = settings;
    const publishIds = Object.fromEntries(platform.throttles.apis.map(({ path, publishId }) => [path, publishId]));
    return {
      answer: (request) => platform.answer(request),
      handle: (url) => ({
        url,
        ...{ projectId, instanceId, appId, appCode, appKey, appSecret, userId, domain, userName, password },
        publishIds,
        recordIds: (path) => platform.recordIds(path),
        issueToken: () => platform.tokens.issue(parts.clock.nowMs()).accessToken,
        expireTokens: () => platform.tokens.expireAll(),
      }),
    };
  },
  account: ({ url, projectId, instanceId, appCode, appKey, appSecret, domain, userName, password, publishIds }) => ({
    ...{ url, projectId, instanceId, appCode, appKey, appSecret, domain, userName, password },
    publishIds: JSON.stringify(publishIds),
  }),
};
