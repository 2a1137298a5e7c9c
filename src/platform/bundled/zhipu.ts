import { secret } from '../../secrets';
import { CHINA_DAY } from '../account';
import { type ChatOptions, type ChatVendor, chatPlatform } from '../chat-account';
import { chatSuccess } from '../chat-reply';
import { CUT_OFF_RULE } from '../chat-stream';
import { classifyBy } from '../classify';
import { anyError, differs, present } from '../error-reply';
import { rateHeaders } from '../rate-headers';
import { vendor } from '../vendor';
import { CODES_PAGE, RULES } from './zhipu/rules';

/**
 * One account at Zhipu's open platform (bigmodel.cn), or at Z.ai with `baseUrl: 'https://api.z.ai/api/paas/v4'`. A coding
 * plan has base URLs of its own: `https://open.bigmodel.cn/api/coding/paas/v4`.
 *
 * What is limited are calls at once, by model and tier; the figures stand in the console only, and are lowered on workdays
 * from 15:00 to 18:00 in Beijing (https://docs.bigmodel.cn/cn/api/rate-limit): set `inFlight`. Plans have windows of
 * 5 hours, a week and a month on top, whose reset a refusal states.
 */
export type ZhipuOptions = ChatOptions;

const ZHIPU: ChatVendor = {
  name: 'zhipu',
  baseUrl: 'https://open.bigmodel.cn/api/paas/v4',
  day: CHINA_DAY,
  inFlight: 2,
  asksForUsage: false, // the last piece of a stream states it unasked
  classify: classifyBy({
    page: CODES_PAGE,
    paths: {
      codes: ['error.code', 'code'],
      texts: ['error.message', 'error.msg', 'message', 'msg', 'error'],
    },
    // Some of its services answer {"code":401,"msg":…,"success":false} with HTTP 200.
    isError: anyError(present('error'), differs('code', '0', '200')),
    rules: [CUT_OFF_RULE, ...RULES],
    success: chatSuccess,
    readings: rateHeaders(['app', 'model']),
  }),
};

/** An account at Zhipu or Z.ai: `call('chat', { model: 'glm-4.6', messages })`. Throws CONFIG_INVALID. */
export const zhipu = vendor<ZhipuOptions>(
  {
    name: 'zhipu',
    aliases: ['bigmodel', 'glm', 'zai', 'z-ai'],
    title: 'Zhipu GLM (bigmodel.cn) and Z.ai',
    support: 'full',
    confidence: 'high',
    page: CODES_PAGE,
    call: { api: 'chat', scope: { model: 'any' } },
    example: () => chatPlatform(ZHIPU, { app: 'this', apiKey: secret('env:ZHIPU_API_KEY') }),
  },
  (options) => chatPlatform(ZHIPU, options),
);
