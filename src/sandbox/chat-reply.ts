import { chanceWithin } from './chance';

/** A call that can be answered. */
export interface ChatAsked {
  readonly model: string;
  /** What the reply repeats: the last message, or the input of embeddings. */
  readonly prompt: string;
  readonly isStreamed: boolean;
  readonly wantsUsage: boolean;
  readonly maxTokens: number | null;
}

export interface ChatUsed {
  readonly prompt_tokens: number;
  readonly completion_tokens: number;
  readonly total_tokens: number;
}

/** What a call costs: a token for 4 characters of the prompt, and a reply whose length repeats with the seed. */
export function usageOf({ prompt, maxTokens }: ChatAsked, seed: string, range: readonly [number, number]): ChatUsed {
  const asked = Math.max(1, Math.ceil(prompt.length / 4));
  const reply = Math.min(maxTokens ?? Infinity, chanceWithin(seed, `reply/${prompt}`, range));
  return { prompt_tokens: asked, completion_tokens: reply, total_tokens: asked + reply };
}

interface Completed {
  readonly id: string;
  readonly atMs: number;
  readonly usage: ChatUsed;
}

export function completion({ model, prompt }: ChatAsked, { id, atMs, usage }: Completed): object {
  const message = { role: 'assistant', content: `reply to ${prompt}` };
  return {
    ...headOf('chat.completion', { id, model, atMs }),
    choices: [{ index: 0, message, finish_reason: 'stop' }],
    usage,
  };
}

/** All events of a streamed reply: the role, two pieces of text, the end, and the usage where it is wanted. */
export function streamOf(asked: ChatAsked, { id, atMs, usage }: Completed): string {
  const { model, prompt, wantsUsage } = asked;
  const head = headOf('chat.completion.chunk', { id, model, atMs });
  const piece = (delta: object, finish_reason: string | null = null): object => ({
    ...head,
    choices: [{ index: 0, delta, finish_reason }],
  });
  const chunks = [
    piece({ role: 'assistant', content: '' }),
    piece({ content: 'reply to ' }),
    piece({ content: prompt }),
    piece({}, 'stop'),
    ...(wantsUsage ? [{ ...head, choices: [], usage }] : []),
  ];
  return [...chunks.map((chunk) => JSON.stringify(chunk)), '[DONE]'].map((data) => `data: ${data}\n\n`).join('');
}

export function embedding({ model, prompt }: ChatAsked, { usage }: Completed): object {
  const { prompt_tokens } = usage;
  const numbers = [0, 1, 2, 3].map((n) => chanceWithin(prompt, `embedding/${n}`, [-1_000, 1_000]) / 1_000);
  return {
    object: 'list',
    model,
    data: [{ object: 'embedding', index: 0, embedding: numbers }],
    usage: { prompt_tokens, total_tokens: prompt_tokens },
  };
}

function headOf(object: string, { id, model, atMs }: { id: string; model: string; atMs: number }): object {
  return { id, object, created: Math.floor(atMs / 1_000), model };
}
