import type { Costs } from '../job/cost';
import { isEnvelope } from './envelope';
import type { PlatformCall } from './platform';

/** English text has about 4 characters a token, code and JSON fewer. Source: https://platform.openai.com/tokenizer */
const ASCII_PER_TOKEN = 3;
/** Han characters have 0.6 to 1.5 tokens, rare ones and emoji more. */
const TOKENS_PER_OTHER = 2;
/** What stands around each message. */
const TOKENS_PER_MESSAGE = 8;
/** An image, a sound or a file, whose size in tokens the text does not tell. */
const TOKENS_PER_PART = 1_500;

/**
 * What a call will cost at most in tokens, a cautious guess: a token for every 3 ASCII characters and 2 for any other one,
 * 8 for each message, 1500 for what is no text, and for each choice the longest reply that the call allows. It is no proof:
 * tokenizers differ. The reply's usage takes its place.
 * @param replyTokens for a call that sets no `max_completion_tokens` or `max_tokens`.
 */
export function chatCost({ api, params }: PlatformCall, replyTokens: number): Costs {
  if (api === 'embeddings') return { tokens: tokensOf(params['input']) + TOKENS_PER_MESSAGE };
  if (api !== 'chat') return {};
  const { messages, tools, n } = params;
  const choices = countOf(n) ?? 1;
  const reply = countOf(params['max_completion_tokens']) ?? countOf(params['max_tokens']) ?? replyTokens;
  const around = Array.isArray(messages) ? messages.length * TOKENS_PER_MESSAGE : 0;
  return { tokens: tokensOf(messages) + tokensOf(tools) + around + choices * reply };
}

/** Every text in a value, the names of its fields too where they are part of the prompt: of a tool's schema. */
function tokensOf(value: unknown): number {
  if (typeof value === 'string') return tokensOfText(value);
  if (Array.isArray(value)) return value.reduce<number>((sum, part) => sum + tokensOf(part), 0);
  if (!isEnvelope(value)) return 1;
  if (isOtherPart(value)) return TOKENS_PER_PART;
  return Object.entries(value).reduce((sum, [name, part]) => sum + tokensOfText(name) + tokensOf(part), 0);
}

function tokensOfText(text: string): number {
  let ascii = 0;
  for (let at = 0; at < text.length; at += 1) if (text.charCodeAt(at) < 128) ascii += 1;
  return Math.ceil(ascii / ASCII_PER_TOKEN) + (text.length - ascii) * TOKENS_PER_OTHER;
}

function isOtherPart({ type }: Readonly<Record<string, unknown>>): boolean {
  return typeof type === 'string' && /^(image|input_audio|audio|video|file)/.test(type);
}

function countOf(value: unknown): number | null {
  return typeof value === 'number' && Number.isFinite(value) && value > 0 ? Math.ceil(value) : null;
}
