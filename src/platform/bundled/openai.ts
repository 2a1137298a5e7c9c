import { secret } from '../../secrets';
import { UTC_DAY } from '../account';
import { type ChatOptions, type ChatVendor, chatPlatform } from '../chat-account';
import { chatSuccess } from '../chat-reply';
import { CUT_OFF_RULE } from '../chat-stream';
import { classifyBy } from '../classify';
import { anyError, at, present } from '../error-reply';
import { rateHeaders } from '../rate-headers';
import { vendor } from '../vendor';
import { LIMITS_PAGE, RULES } from './openai/rules';

/**
 * One account at OpenAI, or at any platform or server that speaks like it under another `baseUrl`. Limits are counted by
 * model, differ from tier to tier, and refill evenly; they are told by headers on every reply.
 */
export type OpenaiOptions = ChatOptions;

const OPENAI: ChatVendor = {
  name: 'openai',
  baseUrl: 'https://api.openai.com/v1',
  day: UTC_DAY,
  inFlight: 10,
  asksForUsage: true,
  classify: classifyBy({
    page: LIMITS_PAGE,
    paths: {
      codes: ['error.code', 'error.type', 'code', 'type'],
      texts: ['error.message', 'message', 'error', 'detail'],
    },
    // vLLM and others like it: {"object":"error","message":…,"code":400}.
    isError: anyError(present('error'), (envelope) => at(envelope, 'object') === 'error'),
    rules: [CUT_OFF_RULE, ...RULES],
    success: chatSuccess,
    readings: rateHeaders(['app', 'model']),
  }),
};

/** An account at OpenAI or at who speaks like it: `call('chat', { model, messages })`. Throws CONFIG_INVALID. */
export const openai = vendor<OpenaiOptions>(
  {
    name: 'openai',
    aliases: ['gpt', 'chatgpt', 'openai-like'],
    title: 'OpenAI, and platforms that speak like it',
    support: 'full',
    confidence: 'high',
    page: LIMITS_PAGE,
    call: { api: 'chat', scope: { model: 'any' } },
    example: () => chatPlatform(OPENAI, { app: 'this', apiKey: secret('env:OPENAI_API_KEY') }),
  },
  (options) => chatPlatform(OPENAI, options),
);
