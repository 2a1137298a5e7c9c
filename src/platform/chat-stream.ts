import type { Rule } from './classify';
import { type Envelope, isEnvelope, parseEnvelope } from './envelope';
import { code } from './match';
import type { HttpReply } from './platform';
import { backoff } from './reaction';

/**
 * A streamed reply (server-sent events) as if it had not been streamed: the pieces put together, or the error that an event
 * tells of. What ends before the model says that it has finished becomes the error CUT_OFF. A reply that is no stream stays
 * what it is.
 */
export function unstreamed(reply: HttpReply): HttpReply {
  const events = isStream(reply) ? eventsOf(reply.body) : [];
  if (events.length === 0) return reply;
  return { ...reply, body: JSON.stringify(wholeOf(events) ?? CUT_OFF_ERROR) };
}

const CUT_OFF = 'STREAM_CUT_OFF';
const CUT_OFF_ERROR = { error: { code: CUT_OFF, message: 'the stream ended before the model had finished' } };

/** Stands first in the table of a platform that streams. */
export const CUT_OFF_RULE: Rule = {
  match: code(CUT_OFF),
  react: backoff(),
  advice: 'Nothing to do: the reply is asked for again.',
};

function isStream({ headers, body }: HttpReply): boolean {
  return /event-stream/i.test(headers['content-type'] ?? '') || /^(?:data|event|:)/.test(body);
}

interface StreamEvent {
  readonly name: string;
  readonly data: string;
}

/** Source: https://html.spec.whatwg.org/multipage/server-sent-events.html */
function eventsOf(body: string): StreamEvent[] {
  return body.split(/\r\n\r\n|\n\n|\r\r/).flatMap((block) => {
    const lines = block.split(/\r\n|\n|\r/);
    const data = fieldOf(lines, 'data');
    return data.length === 0 ? [] : [{ name: fieldOf(lines, 'event').join(''), data: data.join('\n') }];
  });
}

function fieldOf(lines: readonly string[], name: string): string[] {
  return lines.filter((line) => line.startsWith(`${name}:`)).map((line) => line.slice(name.length + 1).trim());
}

/** Null where the stream was cut off. */
function wholeOf(events: readonly StreamEvent[]): Envelope | null {
  const merged: Merged = { head: {}, choices: new Map() };
  for (const { name, data } of events) {
    if (data === '[DONE]') break;
    const chunk = parseEnvelope(data);
    if (name === 'error') return chunk && hasError(chunk) ? chunk : { error: chunk ?? { message: data } };
    if (!chunk) return null;
    if (hasError(chunk)) return chunk;
    addChunk(merged, chunk);
  }
  const choices = [...merged.choices.values()].sort((a, b) => a.index - b.index);
  const isWhole = choices.length > 0 && choices.every(({ finish_reason }) => finish_reason !== null);
  return isWhole ? { ...merged.head, object: 'chat.completion', choices: choices.map(choiceOf) } : null;
}

function hasError(chunk: Envelope): boolean {
  return chunk['error'] !== undefined && chunk['error'] !== null;
}

interface Merged {
  /** Every field but the choices, the latest that is not null: the usage comes last. */
  head: Record<string, unknown>;
  readonly choices: Map<number, MergedChoice>;
}

interface MergedChoice {
  readonly index: number;
  readonly message: Record<string, unknown>;
  readonly tools: Map<number, MergedTool>;
  finish_reason: string | null;
}

interface MergedTool {
  readonly call: Record<string, unknown>;
  name: string;
  arguments: string;
}

function addChunk(merged: Merged, { choices, ...head }: Envelope): void {
  const stated = Object.entries(head).filter(([, value]) => value !== null);
  merged.head = { ...merged.head, ...Object.fromEntries(stated) };
  for (const choice of objectsOf(choices)) addChoice(merged.choices, choice);
}

function addChoice(choices: Merged['choices'], choice: Envelope): void {
  const index = indexOf(choice, 0);
  const held: MergedChoice = choices.get(index) ?? { index, message: {}, tools: new Map(), finish_reason: null };
  choices.set(index, held);
  const { tool_calls, ...delta } = objectOf(choice['delta']);
  for (const [name, value] of Object.entries(delta)) held.message[name] = joined(name, held.message[name], value);
  for (const [at, tool] of objectsOf(tool_calls).entries()) addTool(held.tools, indexOf(tool, at), tool);
  if (typeof choice['finish_reason'] === 'string') held.finish_reason = choice['finish_reason'];
}

function addTool(tools: MergedChoice['tools'], index: number, { function: piece, ...call }: Envelope): void {
  const held = tools.get(index) ?? { call: {}, name: '', arguments: '' };
  tools.set(index, held);
  Object.assign(held.call, call, { index: undefined }); // it orders the pieces: whole calls have none
  if (!isEnvelope(piece)) return;
  held.name += textOf(piece['name']);
  held.arguments += textOf(piece['arguments']);
}

function choiceOf({ index, message, tools, finish_reason }: MergedChoice): object {
  const calls = [...tools.entries()].sort(([a], [b]) => a - b);
  const tool_calls = calls.map(([, { call, ...piece }]) => ({ ...call, function: piece }));
  const whole = { content: null, ...message, ...(tool_calls.length > 0 && { tool_calls }) };
  return { index, message: whole, finish_reason };
}

/** Text comes in pieces; the role comes whole, from some with every piece. */
function joined(name: string, before: unknown, value: unknown): unknown {
  if (value === null) return before ?? null;
  return name !== 'role' && typeof before === 'string' && typeof value === 'string' ? before + value : value;
}

function objectOf(value: unknown): Envelope {
  return isEnvelope(value) ? value : {};
}

function objectsOf(list: unknown): Envelope[] {
  return Array.isArray(list) ? list.filter(isEnvelope) : [];
}

function indexOf({ index }: Envelope, otherwise: number): number {
  return typeof index === 'number' ? index : otherwise;
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
