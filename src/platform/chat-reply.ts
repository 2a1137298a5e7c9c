import { z } from 'zod';
import { COST_MAX, type Costs } from '../job/cost';
import type { Outcome } from '../job/outcome';
import { isEnvelope } from './envelope';
import type { RuleContext } from './error-reply';
import type { HttpReply } from './platform';
import { malformed } from './refusal';
import { scopeOf } from './stopped-scope';

/** What `call('chat', …)` gives, streamed or not, as the platform sent it: fields of its own stay. */
export interface ChatReply {
  readonly id?: string;
  readonly model?: string;
  readonly choices: readonly ChatChoice[];
  /** Null where the platform does not say. */
  readonly usage?: ChatUsage | null;
}

export interface ChatChoice {
  readonly index?: number;
  readonly message: ChatMessage;
  /** `stop`, `length`, `tool_calls`, `content_filter`, `sensitive`: whether the text is whole is for the job to judge. */
  readonly finish_reason?: string | null;
}

export interface ChatMessage {
  readonly role?: string;
  readonly content?: string | null;
  readonly reasoning_content?: string | null;
  readonly tool_calls?: readonly ChatToolCall[] | null;
}

export interface ChatToolCall {
  readonly id?: string;
  readonly type?: string;
  readonly function?: { readonly name?: string; readonly arguments?: string };
}

export interface ChatUsage {
  readonly prompt_tokens?: number;
  readonly completion_tokens?: number;
  readonly total_tokens?: number;
}

/** What `call('embeddings', …)` gives. */
export interface EmbeddingsReply {
  readonly model?: string;
  readonly data: readonly { readonly index?: number; readonly embedding: readonly number[] | string }[];
  readonly usage?: ChatUsage | null;
}

declare module '../job/definition' {
  interface ApiReplies {
    chat: ChatReply;
    embeddings: EmbeddingsReply;
  }
}

const object = z.looseObject({});

/** What a job may rely on; the rest is handed over as it came. */
const SHAPES: Readonly<Record<string, z.ZodType>> = {
  chat: z.looseObject({ choices: z.array(z.looseObject({ message: object })).min(1) }),
  embeddings: z.looseObject({
    data: z.array(z.looseObject({ embedding: z.union([z.array(z.number()), z.string()]) })),
  }),
};

/** A `success` of a table. A reply that lacks what it was asked for is no success. */
export function chatSuccess(body: unknown, _: HttpReply, context: RuleContext): Outcome {
  const shape = SHAPES[context.scope.api ?? ''] ?? object;
  if (!isEnvelope(body) || !shape.safeParse(body).success) return malformed();
  if (brokeOff(body['choices'])) return brokenOff(context);
  const spent = spentOf(body['usage']);
  return { kind: 'ok', body, ...(spent && { spent }) };
}

/** Zhipu tells of trouble behind the model in the finish reason only: https://docs.bigmodel.cn/cn/api/introduction */
function brokeOff(choices: unknown): boolean {
  return (
    Array.isArray(choices) &&
    choices.some((one: unknown) => isEnvelope(one) && one['finish_reason'] === 'network_error')
  );
}

function brokenOff(context: RuleContext): Outcome {
  return {
    kind: 'backoff',
    code: 'network_error',
    reason: 'the model broke off: finish_reason network_error',
    scope: scopeOf(context, ['app', 'model']),
    advice: 'Nothing to do: the call is tried again.',
  };
}

const count = z.number().min(0).max(COST_MAX);
const usage = z
  .object({ total_tokens: count })
  .or(
    z
      .object({ prompt_tokens: count, completion_tokens: count.default(0) })
      .transform((own) => ({ total_tokens: own.prompt_tokens + own.completion_tokens })),
  );

/** What the call really cost; null where the reply does not say, and the estimate stands. */
function spentOf(stated: unknown): Costs | null {
  const parsed = usage.safeParse(stated);
  return parsed.success ? { tokens: Math.min(COST_MAX, Math.ceil(parsed.data.total_tokens)) } : null;
}
