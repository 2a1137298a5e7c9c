import type { Outcome } from '../../job/outcome';
import { secret } from '../../secrets';
import { type AccountOptions, type AccountVendor, accountPlatform, PACIFIC_DAY } from '../account';
import { headerKey } from '../authentication';
import { type BudgetsOption, inFlight } from '../budgets';
import { classifyBy, type Rule } from '../classify';
import { isEnvelope } from '../envelope';
import { anyError, at, present } from '../error-reply';
import { PER_DAY, PER_MINUTE, quota, retryDelay, retryIn, violationsOf } from '../google-rpc';
import { all, any, code, type Match, status, text } from '../match';
import type { PlatformCall } from '../platform';
import { backoff, fatal, park, pause } from '../reaction';
import { malformed } from '../refusal';
import { retryAfter, untilNext } from '../stated-wait';
import { vendor } from '../vendor';

/**
 * One project at the Gemini API of Google AI Studio. Limits are counted per project and model, not per key; the model of a
 * call is the parameter `model`, or stands in its path. The key goes into the header `x-goog-api-key`, or into the query as
 * `key`. The figures depend on the tier and are not published: give them as `budgets`, with `per: 'day'` for daily ones, so
 * that a refusal of a paid tier, which names a figure and no window, is known for what it is.
 */
export type GeminiOptions = AccountOptions;

const PAGE = 'https://ai.google.dev/gemini-api/docs/rate-limits';

const ERRORS_PAGE = 'https://ai.google.dev/gemini-api/docs/troubleshooting';

/** A limit per minute is free again after this at the latest. */
const MINUTE_MS = 60_000;

const TOO_FAST = [retryDelay, retryAfter, retryIn] as const;

/** A limit of nought: the model is not part of this tier. */
const isNought: Match = (error) =>
  violationsOf(error).some(({ value }) => value === '0') || text(/\blimit:\s*0(?![\d.])/i)(error);

/**
 * Throttles. Beside a daily limit stands a `retryDelay` of seconds too, which only leads to the next refusal; and the sentence
 * about plan and billing stands in front of every limit: neither decides.
 */
function throttles(daily: readonly number[]): readonly Rule[] {
  return [
    {
      match: all(code('RESOURCE_EXHAUSTED', '429'), isNought),
      react: fatal(['app', 'model']),
      advice: 'The limit of this model is 0 in the tier of the project: choose another model or a paid tier.',
    },
    {
      match: any(quota(PER_DAY), all(code('RESOURCE_EXHAUSTED', '429'), namesFigureOf(daily))),
      react: park({ scope: ['app', 'model'], until: untilNext('day') }),
      advice:
        'The requests of the day are spent, until midnight Pacific time: wait, or move the project to a higher tier.',
      as: 'QUOTA_DAY',
    },
    {
      match: quota(PER_MINUTE),
      react: pause({ scope: ['app', 'model'], stated: TOO_FAST, elseMs: MINUTE_MS }),
      advice: 'Nothing to do: a limit per minute. If it repeats, set budgets with the figures of the project.',
      as: 'QUOTA_MINUTE',
    },
    {
      match: any(code('RESOURCE_EXHAUSTED'), status(429)),
      react: pause({ scope: ['app', 'model'], stated: TOO_FAST, elseMs: MINUTE_MS }),
      advice: 'Nothing to do: a limit of the project that is not named. If it lasts, look at the usage in AI Studio.',
    },
  ];
}

const RULES: readonly Rule[] = [
  {
    match: any(code('UNAVAILABLE'), status(503)),
    react: backoff(['model']),
    advice: 'Nothing to do: the model is overloaded.',
    page: ERRORS_PAGE,
  },
  {
    match: code('INTERNAL', 'DEADLINE_EXCEEDED', 'UNKNOWN', 'ABORTED', 'CANCELLED'),
    react: backoff(),
    advice: 'Nothing to do at first: if it repeats for one request, make its prompt shorter.',
    page: ERRORS_PAGE,
  },
  {
    match: any(code('API_KEY_INVALID', 'UNAUTHENTICATED'), text(/api key (not valid|expired|not found)/i)),
    react: fatal(['app']),
    advice: 'The API key is not accepted: make one in AI Studio and put it into the secret.',
    page: ERRORS_PAGE,
  },
  {
    match: code('PERMISSION_DENIED', 'FAILED_PRECONDITION'),
    react: fatal(['app']),
    advice:
      'The project may not do this: see its permissions, its billing and whether the API is offered in its country.',
    page: ERRORS_PAGE,
  },
  {
    match: code('INVALID_ARGUMENT', 'NOT_FOUND', 'OUT_OF_RANGE', 'UNIMPLEMENTED'),
    react: fatal(),
    advice: 'The request itself is wrong: see the model, the method and the parameters.',
    page: ERRORS_PAGE,
  },
];

function accountOf(budgets: BudgetsOption = {}): AccountVendor {
  return {
    name: 'gemini',
    baseUrl: 'https://generativelanguage.googleapis.com',
    day: PACIFIC_DAY,
    budgets: [inFlight(5)],
    scope: modelOf,
    classify: classifyBy({
      page: PAGE,
      paths: {
        codes: ['error.status', '0.error.status', 'error.details.0.reason', 'error.code', '0.error.code'],
        texts: ['error.message', '0.error.message'],
      },
      isError: anyError(present('error'), present('0.error')),
      rules: [...throttles(dailyFigures(budgets)), ...RULES],
      success,
    }),
  };
}

export const gemini = vendor<GeminiOptions>(
  {
    name: 'gemini',
    aliases: ['google-gemini', 'aistudio'],
    title: 'Gemini API (Google AI Studio)',
    support: 'classified',
    confidence: 'high',
    page: PAGE,
    call: { api: 'POST /v1beta/models/{model}:generateContent', scope: { model: 'gemini-2.5-flash' } },
    example: () =>
      accountPlatform(accountOf(), {
        app: 'this',
        credentials: [headerKey('x-goog-api-key', secret('env:GEMINI_KEY'))],
      }),
  },
  (options) => accountPlatform(accountOf(options.budgets), options),
);

/** The figures of the daily budgets that the operator gave. */
function dailyFigures(budgets: BudgetsOption): number[] {
  return Object.values(budgets).flatMap((own) => {
    if (typeof own !== 'object' || own.limit === undefined) return [];
    const { per } = own;
    const isDaily = per === 'day' || (typeof per === 'object' && 'civil' in per && per.civil === 'day');
    return isDaily ? [own.limit] : [];
  });
}

/** `… limit: 250, model: …` with a figure that is known as a daily one. */
function namesFigureOf(daily: readonly number[]): Match {
  return (error) =>
    !quota(/./)(error) &&
    error.texts.some((message) =>
      [...message.matchAll(/\blimit:\s*(\d{1,12})\b/gi)].some(([, figure]) => daily.includes(Number(figure))),
    );
}

/** The parameter, or the name in the path: `POST /v1beta/models/gemini-2.5-flash:generateContent`. */
function modelOf({ api, params, scope }: PlatformCall): { model?: string } {
  const inPath = /\/models\/([^/:{}]+)/.exec(api)?.[1];
  const model = scope.model ?? (typeof params['model'] === 'string' ? params['model'] : inPath);
  return model === undefined ? {} : { model: model.replace(/^models\//, '') };
}

/** Limits of tokens count those of the prompt. A streamed answer is a list. */
function success(body: unknown): Outcome {
  if (Array.isArray(body)) return { kind: 'ok', body };
  if (!isEnvelope(body)) return malformed();
  const tokens = at(body, 'usageMetadata.promptTokenCount');
  return {
    kind: 'ok',
    body,
    ...(Number.isSafeInteger(tokens) ? { spent: { tokens: Math.max(0, Number(tokens)) } } : {}),
  };
}
