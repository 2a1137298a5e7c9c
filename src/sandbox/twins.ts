import type { z } from 'zod';
import { apigTwin } from './apig-twin';
import { openaiTwin, zhipuTwin } from './chat-twin';
import { dingtalkTwin } from './dingtalk-twin';
import { kuaishouTwin } from './kuaishou-twin';
import type { Twin, TwinKind, TwinParts } from './twin';
import { yidaTwin } from './yida-twin';

/** Every platform that the sandbox serves, in the order in which they are opened and shown. */
export const TWINS = {
  kuaishou: kuaishouTwin,
  yida: yidaTwin,
  dingtalk: dingtalkTwin,
  apig: apigTwin,
  openai: openaiTwin,
  zhipu: zhipuTwin,
} as const;

export type PlatformName = keyof typeof TWINS;
export const PLATFORMS = Object.keys(TWINS) as PlatformName[];

type OptionsOf<N extends PlatformName> = (typeof TWINS)[N]['options'];
type HandleOf<N extends PlatformName> = ReturnType<ReturnType<(typeof TWINS)[N]['build']>['handle']>;
export type TwinHandles = { readonly [N in PlatformName]: HandleOf<N> };
export type TwinSettings = { readonly [N in PlatformName]: z.output<OptionsOf<N>> };

/** The registry once more, so that the compiler sees that a name's options, handle and account belong together. */
const kinds: { readonly [N in PlatformName]: TwinKind<OptionsOf<N>, HandleOf<N>> } = TWINS;

export function buildTwin<N extends PlatformName>(
  name: N,
  settings: TwinSettings,
  parts: TwinParts,
): Twin<HandleOf<N>> {
  return kinds[name].build(settings[name], parts);
}

/** What a client needs to call this platform. */
export function accountOf<N extends PlatformName>(name: N, handle: TwinHandles[N]): Readonly<Record<string, unknown>> {
  return kinds[name].account(handle);
}
