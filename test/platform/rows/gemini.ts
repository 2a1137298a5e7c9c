import type { Conformance, Row } from '../../../src/platform/conformance';

const BILLING = 'You exceeded your current quota, please check your plan and billing details.';
const METRIC = 'generativelanguage.googleapis.com/generate_content_free_tier_requests';
const PER_DAY = 'GenerateRequestsPerDayPerProjectPerModel-FreeTier';
const PER_MINUTE = 'GenerateRequestsPerMinutePerProjectPerModel-FreeTier';

/** 2026-03-01 02:00 UTC is still 28 February in California. */
const MIDNIGHT = '2026-03-01T08:00:00Z';

interface Violation {
  readonly quotaId: string;
  readonly quotaValue?: string;
}

function exhausted(message: string, violations: readonly Violation[] = [], retryDelay?: string): Row['reply'] {
  const details = [
    { '@type': 'type.googleapis.com/google.rpc.Help', links: [{ description: 'Learn more about Gemini API quotas' }] },
    ...(violations.length === 0
      ? []
      : [
          {
            '@type': 'type.googleapis.com/google.rpc.QuotaFailure',
            violations: violations.map((one) => ({ quotaMetric: METRIC, quotaDimensions: {}, ...one })),
          },
        ]),
    ...(retryDelay === undefined ? [] : [{ '@type': 'type.googleapis.com/google.rpc.RetryInfo', retryDelay }]),
  ];
  return { status: 429, body: { error: { code: 429, message, status: 'RESOURCE_EXHAUSTED', details } } };
}

function failed(status: number, name: string, message: string): Row['reply'] {
  return { status, body: { error: { code: status, message, status: name } } };
}

const parks: Row['want'] = { kind: 'park', scope: ['app', 'model'], until: MIDNIGHT, code: 'QUOTA_DAY' };
const pauses = (forMs: number, code = 'QUOTA_MINUTE'): Row['want'] => ({
  kind: 'pause',
  scope: ['app', 'model'],
  forMs,
  code,
});

export const CONFORMANCE: Conformance = {
  call: { api: 'POST /v1beta/models/{model}:generateContent', params: { model: 'gemini-2.5-flash' } },
  success: { candidates: [{ content: { parts: [{ text: 'Hello.' }] } }], usageMetadata: { promptTokenCount: 12 } },
  records: 'candidates',
  rows: [
    {
      name: 'the requests of the day, with a delay of seconds beside it that says nothing',
      reply: exhausted(
        `${BILLING} * Quota exceeded for metric: ${METRIC}, limit: 20`,
        [{ quotaId: PER_DAY, quotaValue: '20' }],
        '18s',
      ),
      want: parks,
    },
    {
      name: 'day and minute at once: the day wins',
      reply: exhausted(BILLING, [{ quotaId: PER_MINUTE }, { quotaId: PER_DAY }], '1.58s'),
      want: parks,
    },
    {
      name: 'the day of a paid tier',
      reply: exhausted('You exceeded your current quota.', [{ quotaId: 'GenerateRequestsPerDayPerProjectPerModel' }]),
      want: parks,
    },
    {
      name: 'the requests of a minute',
      reply: exhausted(BILLING, [{ quotaId: PER_MINUTE, quotaValue: '5' }], '18s'),
      want: pauses(18_000),
    },
    {
      name: 'the tokens of a minute, with decimals',
      reply: exhausted(
        BILLING,
        [{ quotaId: 'GenerateContentInputTokensPerModelPerMinute-FreeTier', quotaValue: '250000' }],
        '1.58s',
      ),
      want: pauses(1_580),
    },
    {
      name: 'a minute that states more than is spent inside a run',
      reply: exhausted(BILLING, [{ quotaId: PER_MINUTE }], '600.5s'),
      want: { kind: 'park', scope: ['app', 'model'], until: '2026-03-01T02:10:00.500Z' },
    },
    {
      name: 'a minute that states nothing',
      reply: exhausted(BILLING, [{ quotaId: PER_MINUTE }]),
      want: pauses(60_000),
    },
    {
      name: 'a model that the tier lacks',
      reply: exhausted(BILLING, [{ quotaId: PER_DAY, quotaValue: '0' }], '45s'),
      want: { kind: 'fatal', scope: ['app', 'model'] },
    },
    {
      name: 'a model that the tier lacks, told in words',
      reply: exhausted(
        `${BILLING} * Quota exceeded for metric: ${METRIC}, limit: 0, model: gemini-3-pro Please retry in 45.578569677s.`,
      ),
      want: { kind: 'fatal', scope: ['app', 'model'] },
    },
    {
      name: 'no limit named, a wait in words',
      reply: exhausted(`${BILLING} * Quota exceeded for metric: ${METRIC}, limit: 250. Please retry in 1.58s.`),
      want: pauses(1_580, 'RESOURCE_EXHAUSTED'),
    },
    {
      name: 'no limit named, no wait either',
      reply: exhausted('Resource has been exhausted (e.g. check quota).'),
      want: pauses(60_000, 'RESOURCE_EXHAUSTED'),
    },
    {
      name: 'the sentence on billing alone, which is no bill here',
      reply: exhausted(BILLING),
      want: pauses(60_000, 'RESOURCE_EXHAUSTED'),
    },
    {
      name: 'an error in a stream, which is a list',
      reply: { status: 429, body: [exhausted(BILLING).body] },
      want: pauses(60_000, 'RESOURCE_EXHAUSTED'),
    },
    {
      name: 'a model that is overloaded',
      reply: failed(503, 'UNAVAILABLE', 'The model is overloaded. Please try again later.'),
      want: { kind: 'backoff', scope: ['model'], code: 'UNAVAILABLE' },
    },
    {
      name: 'trouble inside',
      reply: failed(500, 'INTERNAL', 'An internal error has occurred.'),
      want: { kind: 'backoff', scope: null },
    },
    {
      name: 'a key that is not valid',
      reply: failed(400, 'INVALID_ARGUMENT', 'API key not valid. Please pass a valid API key.'),
      want: { kind: 'fatal', scope: ['app'], advice: /key/ },
    },
    {
      name: 'a country without a free tier',
      reply: failed(400, 'FAILED_PRECONDITION', 'User location is not supported for the API use.'),
      want: { kind: 'fatal', scope: ['app'] },
    },
    {
      name: 'a wrong parameter',
      reply: failed(400, 'INVALID_ARGUMENT', 'Invalid value at contents'),
      want: { kind: 'fatal', scope: null },
    },
    {
      name: 'a status that no rule knows',
      reply: failed(418, 'TEAPOT', 'short and stout indeed'),
      want: { kind: 'fatal', scope: null, unrecognised: true },
    },
    {
      name: 'an error with status 200',
      reply: { body: exhausted(BILLING, [{ quotaId: PER_DAY }]).body },
      want: parks,
    },
    {
      name: 'the words of a limit in a prompt that was answered',
      reply: { body: { candidates: [{ content: { parts: [{ text: BILLING }] } }] } },
      want: { kind: 'ok' },
    },
    {
      name: 'what the prompt cost',
      reply: { body: { candidates: [], usageMetadata: { promptTokenCount: 12, totalTokenCount: 40 } } },
      want: { kind: 'ok', spent: { tokens: 12 } },
    },
  ],
};
