import type { Draw } from './quota';

export type KuaishouBudget = 'app-day' | 'user-day' | 'api-user-day' | 'api-qps' | 'user-qps';

/** `{result: 1}` is success, whatever else is there. */
export function success(n: number, data: object): object {
  return { result: 1, code: '1', msg: 'success', sub_code: '1', sub_msg: 'success', data, request_id: requestId(n) };
}

/** A parameter that the API does not accept; family 807000 as in a captured body. */
export function businessError(n: number, error: { result: number; message: string; data: object }): object {
  return failure(n, { ...error, code: '807000', msg: '业务处理失败' });
}

/** As captured for an expired token: `{"result":28,"code":"803000","msg":"鉴权失败","error_msg":"TOKEN过期",…}`. */
export function authError(n: number, error: { result: number; message: string }): object {
  return failure(n, { ...error, code: '803000', msg: '鉴权失败' });
}

/** The short form of vendor page K0006. */
export const AUTHORIZATION_REVOKED = { result: 24, error_msg: 'AUTHORIZATION_REVOKED' };

/** A refusal by a limit: the sentences are those of K1008, the codes around them are second-hand (no body was published). */
export function refusal(n: number, draw: Draw<KuaishouBudget>): object {
  const error = failure(n, { result: resultOf(draw), code: '802000', msg: '流量受限', message: refusalText(draw) });
  return draw.budget === 'app-day' ? { ...error, sub_code: '802006' } : error;
}

function resultOf({ budget, per }: Draw<KuaishouBudget>): number {
  if (per === 'second') return 1016;
  return budget === 'api-user-day' ? 1017 : 17;
}

function refusalText({ budget, scope, limit }: Draw<KuaishouBudget>): string {
  const { app = '', api = '', user = '' } = scope;
  switch (budget) {
    case 'app-day':
      return `Exceed quota limit, KEY [appkey:${app}]`;
    case 'user-day':
      return `Exceed quota limit, KEY [appkey:${app};primaryUserId:${user}]`;
    case 'api-user-day':
      return `[1017] exceed quota limit,[apiId:${api};primaryUserId:${user}]`;
    case 'api-qps':
      return `Exceed qps limit, KEY [apiId:${api};appkey:${app}], MAX_QPS [${limit.toFixed(1)}]`;
    case 'user-qps':
      // Not in K1008: its own grammar (the names present are the scope), continued to a merchant.
      return `Exceed qps limit, KEY [apiId:${api};appkey:${app};primaryUserId:${user}], MAX_QPS [${limit.toFixed(1)}]`;
  }
}

function failure(
  n: number,
  error: { result: number; code: string; msg: string; message: string; data?: object },
): object {
  const { result, code, msg, message, data } = error;
  return {
    result,
    code,
    msg,
    error_msg: message,
    sub_code: String(result),
    sub_msg: message,
    ...(data === undefined ? {} : { data }),
    request_id: requestId(n),
  };
}

/** 18 digits, as captured; counts the arrivals of this sandbox. */
function requestId(n: number): string {
  return `77659${String(n).padStart(13, '0')}`;
}
