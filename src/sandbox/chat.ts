import { z } from 'zod';
import type { Scope } from '../job/scope';
import type { Answer, Received } from './answer';
import type { ChatDialect, ChatError } from './chat-dialect';
import { type ChatAsked, completion, embedding, streamOf, usageOf } from './chat-reply';
import { jsonOf } from './json';
import type { Draw, Quota, Standing } from './quota';
import { type PartFinding, reply } from './reply';
import type { TwinParts } from './twin';

const APP = 'sandbox';
/** Of a prompt in the ledger. */
const PAGE_CHARS_MAX = 200;

const ROUTES: Readonly<Record<string, string>> = { '/chat/completions': 'chat', '/embeddings': 'embeddings' };

const call = z.object({
  model: z.string().min(1),
  messages: z
    .array(z.object({ content: z.unknown() }))
    .min(1)
    .optional(),
  input: z.union([z.string(), z.array(z.string())]).optional(),
  stream: z.boolean().default(false),
  stream_options: z.object({ include_usage: z.boolean().default(false) }).optional(),
  max_tokens: z.int().min(1).optional(),
});

/** Models that repeat what they are told, behind the limits and errors of a platform. */
export class Chat {
  readonly #dialect: ChatDialect;
  readonly #quota: Quota;
  readonly #seed: string;
  #apiKey: string;
  #keys = 1;
  #hasCredit = true;

  constructor(dialect: ChatDialect, { quota, seed }: TwinParts) {
    this.#dialect = dialect;
    this.#quota = quota;
    this.#seed = seed;
    this.#apiKey = dialect.apiKey;
  }

  get apiKey(): string {
    return this.#apiKey;
  }

  /** A new key; the one before is refused from now on. */
  rotateKey(): string {
    this.#keys += 1;
    this.#apiKey = `${this.#dialect.apiKey}-${this.#keys}`;
    return this.#apiKey;
  }

  setCredit(hasCredit: boolean): void {
    this.#hasCredit = hasCredit;
  }

  answer(request: Received): Answer {
    const { errors, root } = this.#dialect;
    const api = request.path.startsWith(root) ? ROUTES[request.path.slice(root.length)] : undefined;
    const scope = { app: APP, ...(api !== undefined && { api }) };
    const told = { api: api ?? 'unknown', scope } as const;
    const given = request.headers['authorization'];
    if (given === undefined) return failed(errors.noKey, { ...told, verdict: 'denied' });
    if (given !== `Bearer ${this.#apiKey}`) return failed(errors.wrongKey, { ...told, verdict: 'denied' });
    if (api === undefined || request.method !== 'POST') return failed(errors.noRoute, { ...told, verdict: 'invalid' });
    if (!this.#hasCredit) return failed(errors.noCredit, { ...told, verdict: 'denied' });
    const asked = this.#asked(request.body, api);
    if ('status' in asked) return failed(asked, { ...told, verdict: 'invalid' });
    return this.#serve(request, asked, { ...scope, api, model: asked.model });
  }

  #asked(body: string, api: string): ChatAsked | ChatError {
    const { errors, statesUsage } = this.#dialect;
    const parsed = call.safeParse(jsonOf(body));
    if (!parsed.success)
      return parsed.error.issues.some(({ path }) => path[0] === 'model') ? errors.noModel : errors.noInput;
    const { model, messages, input, stream, stream_options, max_tokens } = parsed.data;
    const prompt = api === 'chat' ? messages?.at(-1)?.content : input;
    if (prompt === undefined) return errors.noInput;
    return {
      model,
      prompt: typeof prompt === 'string' ? prompt : JSON.stringify(prompt),
      isStreamed: api === 'chat' && stream,
      wantsUsage: statesUsage || stream_options?.include_usage === true,
      maxTokens: max_tokens ?? null,
    };
  }

  #serve(request: Received, asked: ChatAsked, scope: Scope & { api: string }): Answer {
    const { atMs, monotonicMs, n } = request;
    const now = { wallMs: atMs, monotonicMs };
    const usage = usageOf(asked, this.#seed, this.#dialect.replyTokens);
    const draws = this.#dialect.draws(scope, usage.total_tokens);
    const standingOf = (draw: Draw): Standing => this.#quota.standing(draw, now);
    const spent = this.#quota.take(draws, now);
    const headers = this.#dialect.headers(standingOf, draws);
    if (spent) {
      const error = this.#dialect.refusal(spent, standingOf(spent), atMs);
      const finding = { api: scope.api, scope, verdict: 'refused', budget: spent.budget } as const;
      return failed({ ...error, headers: { ...headers, ...error.headers } }, finding);
    }
    const page = `${scope.api} ${asked.model} ${asked.prompt.slice(0, PAGE_CHARS_MAX)}`;
    return {
      status: 200,
      ...bodyOf(asked, scope.api, { id: `sandbox-${String(n).padStart(12, '0')}`, atMs, usage }),
      headers,
      metered: true,
      ended: () => this.#quota.giveBack(draws),
      finding: { api: scope.api, scope, verdict: 'served', budget: null, page, recordCount: 1 },
    };
  }
}

function bodyOf(
  asked: ChatAsked,
  api: string,
  done: Parameters<typeof completion>[1],
): Pick<Answer, 'body' | 'contentType'> {
  if (api === 'embeddings') return { body: embedding(asked, done) };
  if (!asked.isStreamed) return { body: completion(asked, done) };
  return { body: streamOf(asked, done), contentType: 'text/event-stream;charset=utf-8' };
}

function failed({ status, body, headers = {} }: ChatError, finding: PartFinding): Answer {
  return { ...reply(status, body, finding), headers };
}
