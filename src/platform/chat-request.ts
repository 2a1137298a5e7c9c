import { z } from 'zod';
import { OffpeakError } from '../errors';
import { type Credential, credentialFields } from './authentication';
import type { PlatformCall } from './platform';
import { bodyText, type RequestBuilder, rest } from './rest';
import { isConfidential, parseUrl } from './url';

/** How long a reply may take, ms: a model may think for minutes before its first word. The official SDKs wait as long. */
const REPLY_TIMEOUT_MS = 600_000;

const BASE_EXPECTED =
  'expected https://… with the path in front of /chat/completions, such as https://api.example.com/v1, or http:// on 127.0.0.1 or localhost';

/** An address with a path, unlike the origins of other platforms: everybody serves the same API under another one. */
export const chatBaseOption = z.string().refine(isSafeBase, { error: BASE_EXPECTED });

export interface ChatRequestOptions {
  /** With the path in front of `/chat/completions`. */
  readonly baseUrl: string;
  readonly credentials: readonly Credential[];
  readonly headers: Readonly<Record<string, string>>;
  /** Whether a streamed reply must be asked to state its usage. */
  readonly asksForUsage: boolean;
}

const PATHS: Readonly<Record<string, string>> = { chat: '/chat/completions', embeddings: '/embeddings' };

/**
 * The requests of an OpenAI-like API: `call('chat', { model, messages })`, `call('embeddings', { model, input })`, and any
 * other as `call('POST /moderations', { … })`. Parameters go into the body as they are.
 */
export function chatRequest({ baseUrl, credentials, headers, asksForUsage }: ChatRequestOptions): RequestBuilder {
  const root = baseUrl.replace(/\/$/, '');
  const other = rest({ baseUrl: root, credentials, headers });
  return (call, auth) => {
    const path = PATHS[call.api];
    if (path === undefined) return { ...other(call, auth), timeoutMs: REPLY_TIMEOUT_MS };
    checkModel(call);
    return {
      method: 'POST',
      url: root + path,
      headers: {
        'content-type': 'application/json',
        ...headers,
        ...credentialFields(credentials, 'header', auth),
      },
      body: bodyText(call.api, asksForUsage ? withUsage(call.params) : call.params),
      timeoutMs: REPLY_TIMEOUT_MS,
    };
  };
}

/** Limits are counted by model: it is a name of the call's scope. */
export function modelScope({ params }: PlatformCall): { model?: string } {
  const { model } = params;
  return typeof model === 'string' && model !== '' ? { model } : {};
}

function checkModel(call: PlatformCall): void {
  if (modelScope(call).model !== undefined) return;
  throw new OffpeakError('JOB_INVALID', `call("${call.api}"): expected the name of a model in params.model`);
}

/** Otherwise nobody would learn what a streamed reply did cost. */
function withUsage(params: PlatformCall['params']): PlatformCall['params'] {
  if (params['stream'] !== true) return params;
  const own = params['stream_options'];
  return { ...params, stream_options: { include_usage: true, ...(typeof own === 'object' ? own : {}) } };
}

function isSafeBase(text: string): boolean {
  const url = parseUrl(text);
  return url !== null && isConfidential(url) && url.username + url.search + url.hash === '';
}
