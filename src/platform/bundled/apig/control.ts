import { z } from 'zod';
import { OffpeakError } from '../../../errors';
import { codeText, type Envelope, parseEnvelope, plainText } from '../../envelope';
import type { HttpReply, HttpRequest } from '../../platform';

/** One gateway in Huawei Cloud's control plane. */
export interface ControlPlace {
  /** The service's endpoint, such as https://apig.cn-north-4.myhuaweicloud.com. */
  readonly endpoint: string;
  readonly projectId: string;
  readonly instanceId: string;
  /** `apic` for the gateways of ROMA Connect. */
  readonly product: 'apigw' | 'apic';
}

/** One request to the control plane, and what its answer is. */
export interface ControlAction<Answer> {
  readonly method: HttpRequest['method'];
  /** Below the gateway: `/throttles`. */
  readonly path: string;
  readonly query?: Readonly<Record<string, string | number>>;
  readonly body?: object;
  readonly answer: z.ZodType<Answer>;
}

/** A page of a list, and how many entries all pages have. */
export interface ControlPage<Entry> {
  readonly total: number;
  readonly entries: readonly Entry[];
}

/** The most that a page may have. Source: https://support.huaweicloud.com/intl/en-us/api-apig/ListRequestThrottlingPolicyV2.html */
export const PAGE_ENTRIES_MAX = 500;

/** Source: https://support.huaweicloud.com/intl/en-us/api-apig/CreateRequestThrottlingPolicyV2.html, "URI" and the header parameters. */
export function controlRequest(place: ControlPlace, action: ControlAction<unknown>, token: string): HttpRequest {
  const { endpoint, projectId, instanceId, product } = place;
  const base = `/v2/${encodeURIComponent(projectId)}/${product}/instances/${encodeURIComponent(instanceId)}`;
  const query = new URLSearchParams(
    Object.entries(action.query ?? {}).map(([name, value]): [string, string] => [name, String(value)]),
  );
  return {
    method: action.method,
    url: `${new URL(endpoint).origin}${base}${action.path}${query.size > 0 ? `?${query.toString()}` : ''}`,
    headers: {
      'x-auth-token': token,
      accept: 'application/json',
      ...(action.body ? { 'content-type': 'application/json' } : {}),
    },
    body: action.body ? JSON.stringify(action.body) : null,
  };
}

/** What was asked for. Throws CONTROL_REFUSED with the service's own words, and what to do about them. */
export function parseControlReply<Answer>(action: ControlAction<Answer>, reply: HttpReply): Answer {
  const envelope = parseEnvelope(reply.body) ?? {};
  const where = `${action.method} ${action.path}`;
  if (reply.status < 200 || reply.status >= 300) throw refusal(where, reply, envelope);
  const parsed = action.answer.safeParse(envelope);
  if (parsed.success) return parsed.data;
  throw new OffpeakError('CONTROL_REFUSED', `${where}: the answer is not what the API documents`, {
    hint: 'Check --endpoint, and whether a proxy or a login page stands in between.',
  });
}

/** A page's query: the service counts from 0. */
export function pageAt(offset: number): { offset: number; limit: number } {
  return { offset, limit: PAGE_ENTRIES_MAX };
}

/** What to do about it, by code. Source: https://support.huaweicloud.com/intl/en-us/api-apig/ErrorCode.html */
const ADVICE: Readonly<Record<string, string>> = {
  'APIG.1002': 'The token is wrong or has expired (24 h): get a new one from IAM and put it where --token points.',
  'APIG.1005': 'The account of the token may not do this: give it the role "APIG Administrator".',
  'APIG.1105':
    'The account of the token has no permission on this gateway or project: check --project-id and its roles.',
  'APIG.2011': 'Correct the parameter that it names.',
  'APIG.2012': 'Correct the parameter that it names.',
  'APIG.3005': 'There is no such policy on this gateway: `offpeak apig throttle ls` lists them.',
  'APIG.3012': 'There is no such binding: `offpeak apig throttle get POLICY --apis` lists them.',
  'APIG.3013': 'There is no such special throttle: `offpeak apig throttle special ls POLICY` lists them.',
  'APIG.3107': 'The gateway holds as many policies as it may: delete one, or have the quota raised.',
  'APIG.3204': 'Another policy has this name: names are unique on a gateway.',
  'APIG.3308': 'The app or user has a special throttle already: `offpeak apig throttle special update` changes it.',
  'APIG.3451': 'The policy is bound to APIs: unbind it first.',
  'APIG.9999': 'The service failed: try again later, and tell support the request if it goes on.',
};

function refusal(where: string, { status }: HttpReply, envelope: Envelope): OffpeakError {
  const code = codeText(envelope['error_code']);
  const text = plainText(envelope['error_msg']);
  const said = code === '' ? `HTTP ${status}` : `${code} ${text}`.trim();
  const hint = ADVICE[code] ?? 'The codes: https://support.huaweicloud.com/intl/en-us/api-apig/ErrorCode.html';
  return new OffpeakError('CONTROL_REFUSED', `${where}: ${said}`, { hint });
}
