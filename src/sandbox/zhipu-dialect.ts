import type { ChatDialect, ChatError } from './chat-dialect';
import type { ZhipuSettings } from './chat-options';
import type { Draw, Standing } from './quota';

/** Codes and words: https://docs.bigmodel.cn/cn/faq/api-code */
export function zhipuDialect({ apiKey, replyTokens, limits }: ZhipuSettings): ChatDialect {
  const { inFlight, plan, planMs, perDay } = limits;
  return {
    apiKey,
    replyTokens,
    root: '/api/paas/v4',
    statesUsage: true,
    draws: ({ app = '', api = '', model = '' }) => {
      const all = [
        { budget: 'plan', limit: plan, scope: { app }, per: { windowMs: planMs, counter: { kind: 'fixed' } as const } },
        { budget: 'day', limit: perDay, scope: { app, api }, per: 'day' as const },
        { budget: 'in-flight', limit: inFlight, scope: { app, model }, per: 'in-flight' as const },
      ];
      return all.flatMap(({ limit, ...draw }) => (limit === null ? [] : [{ ...draw, limit }]));
    },
    refusal: (spent, standing, atMs) => refusal(spent, standing, { atMs, planMs }),
    errors: {
      noKey: failure(401, '1001', 'Header 中未收到 Authentication 参数，无法进行身份验证'),
      wrongKey: failure(401, '1002', 'Authorization Token非法，请确认Authorization Token正确传递。'),
      noCredit: failure(429, '1113', '余额不足或无可用资源包,请充值。'),
      noModel: failure(400, '1211', '模型不存在，请检查模型代码'),
      noInput: failure(400, '1213', '未正常接收到 messages 参数'),
      noRoute: failure(404, '1222', 'API 不存在'),
    },
    headers: () => ({}),
  };
}

function refusal(
  { budget }: Draw,
  { roomInMs }: Standing,
  { atMs, planMs }: { readonly atMs: number; readonly planMs: number },
): ChatError {
  switch (budget) {
    case 'plan':
      return failure(
        429,
        '1308',
        `已达到 ${planMs / 3_600_000} 小时的使用上限。您的限额将在 ${beijing(atMs + roomInMs)} 重置。`,
      );
    case 'day':
      return failure(429, '1304', '该 API 已达今日调用次数限额，如有更多需求，请联系客服购买');
    default:
      return failure(429, '1302', '您的账户已达到速率限制，请您控制请求频率');
  }
}

function failure(status: number, code: string, message: string): ChatError {
  return { status, body: { error: { code, message } } };
}

/** China has one zone, and no summer time since 1991. */
const BEIJING_OFFSET_MS = 8 * 3_600_000;

/** Whole seconds, without a zone, as the live platform writes it: rounded up, so that it is over by then. */
function beijing(atMs: number): string {
  const roundedMs = Math.ceil(atMs / 1_000) * 1_000;
  return new Date(roundedMs + BEIJING_OFFSET_MS).toISOString().slice(0, 19).replace('T', ' ');
}
