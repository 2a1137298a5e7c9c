import { createHash, createHmac } from 'node:crypto';
import type { SandboxOptions } from '../../src/sandbox/options';
import { openSandbox, type Sandbox } from '../../src/sandbox/sandbox';
import { type FakeClock, fakeClock } from '../fake-clock';

export const ORDERS = 'open.order.cursor.list';
export const ITEMS = 'open.item.list.get';
export const DAY_MS = 86_400_000;

export interface KuaishouBody {
  result: number;
  code?: string;
  msg?: string;
  error_msg?: string;
  sub_code?: string;
  request_id?: string;
  access_token?: string;
  refresh_token?: string;
  expires_in?: number;
  refresh_token_expires_in?: number;
  data: { cursor: string; orderList: { oid: number; updateTime: number }[]; items: { kwaiItemId: number }[] };
}

export interface YidaBody {
  code?: string;
  message?: string;
  requestid?: string;
  accessToken?: string;
  expireIn?: number;
  currentPage: number;
  totalCount: number;
  data: { formInstanceId: string; modifiedTimeGMT: string }[];
}

export interface Reply<B> {
  status: number;
  body: B;
}

const opened: Sandbox[] = [];

/** A fresh sandbox on a clock that stands still; closed by `closeAll`. */
export async function setup(options: SandboxOptions = {}): Promise<{ sandbox: Sandbox; clock: FakeClock }> {
  const clock = fakeClock();
  const sandbox = await openSandbox({ clock, ...options });
  opened.push(sandbox);
  return { sandbox, clock };
}

export async function closeAll(): Promise<void> {
  await Promise.all(opened.splice(0).map((sandbox) => sandbox.close()));
}

export interface Call {
  api?: string;
  user?: string;
  token?: string;
  param?: Record<string, unknown>;
  /** Common parameters to change after signing. */
  tamper?: Record<string, string>;
  /** Common parameters to change before signing. */
  common?: Record<string, string>;
  post?: boolean;
}

export const USER = '3649418105';

/** A signed Kuaishou call as the vendor page describes it; default: one page of items. */
export async function kuaishou(sandbox: Sandbox, call: Call = {}): Promise<Reply<KuaishouBody>> {
  const reply = await fetch(...kuaishouRequest(sandbox, call));
  return { status: reply.status, body: (await reply.json()) as KuaishouBody };
}

export function kuaishouRequest(sandbox: Sandbox, call: Call = {}): [string, RequestInit] {
  const { api = ITEMS, user = USER, param = {}, tamper = {}, common = {} } = call;
  const params: Record<string, string> = {
    appkey: sandbox.kuaishou.appKey,
    method: api,
    version: '1',
    access_token: call.token ?? sandbox.kuaishou.tokens(user)?.accessToken ?? '',
    timestamp: '1772380800000',
    signMethod: 'MD5',
    param: JSON.stringify(param),
    ...common,
  };
  params['sign'] = sign(params, sandbox.kuaishou.signSecret);
  const query = new URLSearchParams({ ...params, ...tamper });
  const url = `${sandbox.kuaishou.url}/${api.replaceAll('.', '/')}`;
  return call.post ? [url, { method: 'POST', body: query }] : [`${url}?${query.toString()}`, {}];
}

function sign(params: Record<string, string>, secret: string): string {
  const sorted = Object.keys(params).sort();
  const text = [...sorted.map((key) => `${key}=${params[key] ?? ''}`), `signSecret=${secret}`].join('&');
  if (params['signMethod'] === 'HMAC_SHA256') return createHmac('sha256', secret).update(text).digest('base64');
  return createHash('md5').update(text).digest('hex');
}

export function refresh(sandbox: Sandbox, params: Record<string, string>): Promise<Reply<KuaishouBody>> {
  const all = {
    app_id: sandbox.kuaishou.appKey,
    app_secret: sandbox.kuaishou.appSecret,
    grant_type: 'refresh_token',
    ...params,
  };
  return post<KuaishouBody>(`${sandbox.kuaishou.url}/oauth2/refresh_token`, new URLSearchParams(all));
}

export async function yidaToken(sandbox: Sandbox, secret = sandbox.yida.appSecret): Promise<Reply<YidaBody>> {
  const body = JSON.stringify({ appKey: sandbox.yida.appKey, appSecret: secret });
  return post<YidaBody>(`${sandbox.yida.url}/v1.0/oauth2/accessToken`, body);
}

export async function search(
  sandbox: Sandbox,
  token: string,
  fields: Record<string, unknown> = {},
): Promise<Reply<YidaBody>> {
  const { appType, systemToken, formUuids, url } = sandbox.yida;
  const body = JSON.stringify({ appType, systemToken, userId: 'user1', formUuid: formUuids[0], ...fields });
  const headers = { 'x-acs-dingtalk-access-token': token };
  return post<YidaBody>(`${url}/v1.0/yida/forms/instances/search`, body, headers);
}

async function post<B>(
  url: string,
  body: string | URLSearchParams,
  headers: Record<string, string> = {},
): Promise<Reply<B>> {
  const reply = await fetch(url, { method: 'POST', body, headers });
  return { status: reply.status, body: (await reply.json()) as B };
}

/** Every page of one order query, as a caller would walk it. */
export async function orderIds(
  sandbox: Sandbox,
  query: { user?: string; beginTime: number; endTime: number; pageSize: number },
): Promise<number[]> {
  const { user = USER, ...param } = query;
  const ids: number[] = [];
  for (let cursor = ''; cursor !== 'nomore'; ) {
    const { body } = await kuaishou(sandbox, { api: ORDERS, user, param: { ...param, cursor } });
    if (body.result !== 1) throw new Error(body.error_msg);
    ids.push(...body.data.orderList.map(({ oid }) => oid));
    cursor = body.data.cursor;
  }
  return ids;
}
