import type { Sandbox } from '../../src/sandbox/sandbox';

export interface DingtalkReply {
  readonly status: number;
  readonly type: string;
  readonly text: string;
  readonly body: Readonly<Record<string, unknown>>;
}

/** Any call to the twin; `token` goes where the API of that path wants it. */
export async function ask(
  sandbox: Sandbox,
  path: string,
  { token, body, method = 'POST' }: { token?: string; body?: unknown; method?: string } = {},
): Promise<DingtalkReply> {
  const isNew = path.startsWith('/v1.0/');
  const url = new URL(path, sandbox.dingtalk.url);
  if (token !== undefined && !isNew) url.searchParams.set('access_token', token);
  const reply = await fetch(url, {
    method,
    headers: token !== undefined && isNew ? { 'x-acs-dingtalk-access-token': token } : {},
    body: method === 'GET' ? null : JSON.stringify(body ?? {}),
  });
  const text = await reply.text();
  const isJson = text.startsWith('{');
  return {
    status: reply.status,
    type: reply.headers.get('content-type') ?? '',
    text,
    body: isJson ? (JSON.parse(text) as Record<string, unknown>) : {},
  };
}

export async function dingtalkToken(sandbox: Sandbox): Promise<string> {
  const { appKey, appSecret } = sandbox.dingtalk;
  const { body } = await ask(sandbox, '/v1.0/oauth2/accessToken', { body: { appKey, appSecret } });
  return String(body['accessToken']);
}

export function users(sandbox: Sandbox, token: string, fields: Record<string, unknown> = {}): Promise<DingtalkReply> {
  return ask(sandbox, '/topapi/v2/user/list', { token, body: { dept_id: 1, cursor: 0, size: 100, ...fields } });
}

export function instances(
  sandbox: Sandbox,
  token: string,
  fields: Record<string, unknown> = {},
): Promise<DingtalkReply> {
  const [processCode] = sandbox.dingtalk.processCodes;
  return ask(sandbox, '/v1.0/workflow/processes/instanceIds/query', {
    token,
    body: { processCode, startTime: 0, nextToken: 0, maxResults: 20, ...fields },
  });
}
