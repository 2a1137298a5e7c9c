import { requestId } from './reply';

/** How DingTalk's gateway words its replies. */

/** An error of the new API. */
export function newError(n: number, code: string, message: string): object {
  return { code, message, requestid: requestId(n) };
}

/** An error of the old API: the real code is wrapped in 88. */
export function oldError(n: number, subCode: string, subMessage: string): object {
  const errmsg = `ding talk error[subcode=${subCode},submsg=${subMessage}]`;
  return { errcode: 88, sub_code: subCode, sub_msg: subMessage, errmsg, request_id: requestId(n) };
}

/** An error of the old API that stands by itself. */
export function plainOldError(n: number, errcode: number, errmsg: string): object {
  return { errcode, errmsg, request_id: requestId(n) };
}

/** The text of help page 1061621972. */
export function monthText(limit: number): string {
  return `您的企业本月api调用量已超过限制,调用量:${limit + 1}次,额度:${limit}次,请登录开发者后台-资源管理-查看用量明细`;
}
