import { z } from 'zod';
import { lifetimeMsOption, limitOption, nameOption } from './option';

const REPLY_TOKENS_MAX = 100_000;

/** Tokens of a reply, from and to, both included; a call's `max_tokens` cuts it. */
const replyTokens = z
  .tuple([z.int().min(1), z.int().min(1).max(REPLY_TOKENS_MAX)])
  .refine(([min, max]) => min <= max, 'expected [min, max] with min at most max')
  .default([20, 120]);

export const openaiOptions = z
  .strictObject({
    apiKey: nameOption.default('sk-sandbox-0001'),
    replyTokens,
    /** Of each model. They refill evenly, as those of https://platform.openai.com/docs/guides/rate-limits. */
    limits: z
      .strictObject({
        rpm: limitOption.default(500),
        tpm: limitOption.default(200_000),
        rpd: limitOption.default(null),
      })
      .prefault({}),
  })
  .prefault({});

export const zhipuOptions = z
  .strictObject({
    apiKey: nameOption.default('sandbox.zhipu-key-0001'),
    replyTokens,
    limits: z
      .strictObject({
        /** Calls at once of each model; the live figures differ by tier (https://docs.bigmodel.cn/cn/api/rate-limit). */
        inFlight: limitOption.default(5),
        /** Calls of the account in each window of its plan. */
        plan: limitOption.default(null),
        planMs: lifetimeMsOption.default(5 * 3_600_000),
        /** Calls of the account on one API a day, of the older accounts. */
        perDay: limitOption.default(null),
      })
      .prefault({}),
  })
  .prefault({});

export type OpenaiSettings = z.output<typeof openaiOptions>;
export type ZhipuSettings = z.output<typeof zhipuOptions>;
