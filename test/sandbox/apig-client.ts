import {
  type ControlAction,
  type ControlPlace,
  controlRequest,
  parseControlReply,
} from '../../src/platform/bundled/apig/control';
import type { Sandbox } from '../../src/sandbox/sandbox';

export interface ApigReply {
  readonly status: number;
  readonly headers: Headers;
  readonly body: { error_code?: string; error_msg?: string; items?: { id: string }[]; next?: number | null };
}

/** Asks the control plane as the command line does. */
export function controlOf({ apig }: Sandbox, token = apig.issueToken()) {
  const place: ControlPlace = {
    endpoint: apig.url,
    projectId: apig.projectId,
    instanceId: apig.instanceId,
    product: 'apigw',
  };
  return async <Answer>(action: ControlAction<Answer>): Promise<Answer> => {
    const { url, ...init } = controlRequest(place, action, token);
    const reply = await fetch(url, init);
    return parseControlReply(action, { status: reply.status, headers: {}, body: await reply.text() });
  };
}

/** One call to an API behind the gateway, with the app's code. */
export async function callApig(
  { apig }: Sandbox,
  path: string,
  headers: Record<string, string> = {},
): Promise<ApigReply> {
  const reply = await fetch(`${apig.url}${path}`, { headers: { 'x-apig-appcode': apig.appCode, ...headers } });
  return { status: reply.status, headers: reply.headers, body: (await reply.json()) as ApigReply['body'] };
}
