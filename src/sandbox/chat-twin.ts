import type { z } from 'zod';
import { Chat } from './chat';
import type { ChatDialect } from './chat-dialect';
import { openaiOptions, zhipuOptions } from './chat-options';
import { openaiDialect } from './openai-dialect';
import type { TwinKind } from './twin';
import { zhipuDialect } from './zhipu-dialect';

export interface ChatSandbox {
  readonly url: string;
  /** What a client takes for its base URL. */
  readonly baseUrl: string;
  /** The one that is good now. */
  readonly apiKey: string;
  /** Gives a new key; the one before is refused from now on. */
  rotateKey(): string;
  /** False: every call is refused until it is paid for. */
  setCredit(hasCredit: boolean): void;
}

export const openaiTwin = chatTwin({
  about: "OpenAI's chat completions and embeddings",
  port: 8605,
  options: openaiOptions,
  dialectOf: openaiDialect,
});

export const zhipuTwin = chatTwin({
  about: "Zhipu's chat completions and embeddings",
  port: 8606,
  options: zhipuOptions,
  dialectOf: zhipuDialect,
});

interface Kind<Options extends z.ZodType> extends Pick<TwinKind<Options, ChatSandbox>, 'about' | 'port' | 'options'> {
  readonly dialectOf: (settings: z.output<Options>) => ChatDialect;
}

function chatTwin<Options extends z.ZodType>({
  about,
  port,
  options,
  dialectOf,
}: Kind<Options>): TwinKind<Options, ChatSandbox> {
  return {
    about,
    port,
    options,
    build: (settings, parts) => {
      const dialect = dialectOf(settings);
      const chat = new Chat(dialect, parts);
      return {
        answer: (request) => chat.answer(request),
        handle: (url) => ({
          url,
          baseUrl: url + dialect.root,
          get apiKey() {
            return chat.apiKey;
          },
          rotateKey: () => chat.rotateKey(),
          setCredit: (hasCredit) => chat.setCredit(hasCredit),
        }),
      };
    },
    account: ({ url, baseUrl, apiKey }) => ({ url, baseUrl, apiKey }),
  };
}
