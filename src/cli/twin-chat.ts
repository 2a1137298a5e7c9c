import { openai } from '../platform/bundled/openai';
import { zhipu } from '../platform/bundled/zhipu';
import { secret } from '../secrets';
import type { OnTwin } from './twin-vendor';

export const openaiOnTwin: OnTwin = {
  secrets: ({ openai: twin }) => ({ SANDBOX_OPENAI_KEY: twin.apiKey }),
  platform: ({ openai: twin }, { day, resetGuardMs }) =>
    openai({ apiKey: secret('env:SANDBOX_OPENAI_KEY'), baseUrl: twin.baseUrl, day, resetGuardMs }),
};

export const zhipuOnTwin: OnTwin = {
  secrets: ({ zhipu: twin }) => ({ SANDBOX_ZHIPU_KEY: twin.apiKey }),
  platform: ({ zhipu: twin }, { day, resetGuardMs }) =>
    zhipu({ apiKey: secret('env:SANDBOX_ZHIPU_KEY'), baseUrl: twin.baseUrl, day, resetGuardMs }),
};
