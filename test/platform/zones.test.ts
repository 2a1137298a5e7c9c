import type { Outcome } from '../../src/job/outcome';
import { type Conformance, classifyOn, type Row, replyOf } from '../../src/platform/conformance';
import * as registry from '../../src/platform/registry';

const NEW_YEAR_UTC = '2027-01-01T00:00:00Z';
const NEW_YEAR_BEIJING = '2027-01-01T00:00:00+08:00';

/** A refusal of each vendor that ends with its day or month, or after what it states. */
const DAYS: Readonly<Record<string, Row['reply']>> = {
  kuaishou: { body: { result: 1017, error_msg: 'exceed quota limit' } },
  pinduoduo: { body: { error_response: { error_code: 70_036, error_msg: '应用处于测试状态，调用次数被限制' } } },
  wechat: { body: { errcode: 45_009, errmsg: 'reach max api daily quota limit' } },
  google: { status: 403, body: { error: { code: 403, errors: [{ reason: 'dailyLimitExceeded' }] } } },
  gemini: {
    status: 429,
    body: {
      error: {
        code: 429,
        status: 'RESOURCE_EXHAUSTED',
        message: 'You exceeded your current quota.',
        details: [
          {
            '@type': 'type.googleapis.com/google.rpc.QuotaFailure',
            violations: [{ quotaId: 'GenerateRequestsPerDayPerProjectPerModel' }],
          },
        ],
      },
    },
  },
};

const MONTHS: Readonly<Record<string, Row['reply']>> = {
  anthropic: {
    status: 429,
    body: {
      type: 'error',
      error: {
        type: 'rate_limit_error',
        message: 'Spend limit reached',
        details: { error_code: 'enforced_spend_limit_reached' },
      },
    },
  },
  dingtalk: { status: 403, body: { code: 'Forbidden.AccessDenied.ApiCountLimitForOrg', message: 'x' } },
  'tencent-meeting': {
    body: { error_info: { error_code: 500_168, new_error_code: 500_168, message: '每月总接口调用次数超过限制' } },
    status: 400,
  },
};

function refusedAt(name: string, reply: Row['reply'] | undefined, nowMs: number): Outcome {
  const about = Object.values(registry)
    .map((vendor) => vendor.about)
    .find((one) => one.name === name);
  if (!about || !reply) throw new Error(`no vendor ${name}`);
  const conformance: Conformance = { call: about.call, success: {}, nowMs, rows: [] };
  return classifyOn(about.example(), conformance, { reply: replyOf(reply) });
}

function expectPark(outcome: Outcome, until: string): void {
  expect(outcome).toMatchObject({ kind: 'park', untilMs: Date.parse(until) });
}

describe('the day of a vendor in China', () => {
  it.each(
    ['kuaishou', 'pinduoduo', 'wechat'].flatMap((name) => [
      // Midnight in Beijing is 16:00 UTC, all year round.
      { name, at: '2026-03-01T15:59:58Z', until: '2026-03-02T00:00:00+08:00' },
      { name, at: '2026-03-01T16:00:00Z', until: '2026-03-03T00:00:00+08:00' },
      { name, at: '2026-12-31T10:00:00+08:00', until: NEW_YEAR_BEIJING },
      { name, at: '2028-02-28T10:00:00+08:00', until: '2028-02-29T00:00:00+08:00' },
      { name, at: '2028-02-29T10:00:00+08:00', until: '2028-03-01T00:00:00+08:00' },
      // No clock goes forward there when those of America and Europe do.
      { name, at: '2026-03-08T10:00:00Z', until: '2026-03-09T00:00:00+08:00' },
      { name, at: '2026-10-25T10:00:00Z', until: '2026-10-26T00:00:00+08:00' },
    ]),
  )('$name: a day that holds $at ends at $until', ({ name, at, until }) => {
    expectPark(refusedAt(name, DAYS[name], Date.parse(at)), until);
  });
});

describe('the day of a vendor in California', () => {
  it.each(
    ['google', 'gemini'].flatMap((name) => [
      // The clocks go forward on 8 March 2026 and back on 1 November 2026.
      { name, at: '2026-03-08T07:30:00Z', until: '2026-03-08T08:00:00Z' },
      { name, at: '2026-03-08T08:00:00Z', until: '2026-03-09T07:00:00Z' },
      { name, at: '2026-03-08T23:59:00-07:00', until: '2026-03-09T07:00:00Z' },
      { name, at: '2026-11-01T06:59:00Z', until: '2026-11-01T07:00:00Z' },
      { name, at: '2026-11-01T07:00:00Z', until: '2026-11-02T08:00:00Z' },
      // The hour that comes twice, the second time.
      { name, at: '2026-11-01T01:30:00-08:00', until: '2026-11-02T08:00:00Z' },
      { name, at: '2026-12-31T12:00:00-08:00', until: '2027-01-01T00:00:00-08:00' },
      { name, at: '2028-02-28T12:00:00-08:00', until: '2028-02-29T00:00:00-08:00' },
    ]),
  )('$name: a day that holds $at ends at $until', ({ name, at, until }) => {
    expectPark(refusedAt(name, DAYS[name], Date.parse(at)), until);
  });
});

describe('the month of a vendor', () => {
  it.each([
    { name: 'anthropic', at: '2026-03-31T23:59:59Z', until: '2026-04-01T00:00:00Z' },
    { name: 'anthropic', at: '2026-04-01T00:00:00Z', until: '2026-05-01T00:00:00Z' },
    // Already April in Beijing, and still March where the month is counted.
    { name: 'anthropic', at: '2026-04-01T07:59:00+08:00', until: '2026-04-01T00:00:00Z' },
    { name: 'anthropic', at: '2026-12-15T00:00:00Z', until: NEW_YEAR_UTC },
    { name: 'anthropic', at: '2028-02-29T12:00:00Z', until: '2028-03-01T00:00:00Z' },
    ...['dingtalk', 'tencent-meeting'].flatMap((name) => [
      { name, at: '2026-03-31T15:59:59Z', until: '2026-04-01T00:00:00+08:00' },
      { name, at: '2026-03-31T16:00:00Z', until: '2026-05-01T00:00:00+08:00' },
      { name, at: '2026-12-31T23:59:00+08:00', until: NEW_YEAR_BEIJING },
      { name, at: '2027-02-28T12:00:00+08:00', until: '2027-03-01T00:00:00+08:00' },
      { name, at: '2028-02-28T12:00:00+08:00', until: '2028-03-01T00:00:00+08:00' },
    ]),
  ])('$name: a month that holds $at ends at $until', ({ name, at, until }) => {
    expectPark(refusedAt(name, MONTHS[name], Date.parse(at)), until);
  });
});

describe('a wait that a vendor states', () => {
  const ban = (seconds: number): Row['reply'] => ({
    body: {
      error_response: {
        code: 7,
        msg: 'App Call Limited',
        sub_code: 'accesscontrol.limited-by-app-access-count',
        sub_msg: `This ban will last for ${seconds} more seconds`,
      },
    },
  });

  it.each([
    { seconds: 31_062, at: '2026-03-01T10:00:00+08:00', until: '2026-03-01T18:37:42+08:00' },
    // Seconds are seconds, whatever midnight, year or clock change lies between.
    { seconds: 7_200, at: '2026-12-31T23:00:00+08:00', until: '2027-01-01T01:00:00+08:00' },
    { seconds: 86_400, at: '2026-03-08T00:00:00-08:00', until: '2026-03-09T01:00:00-07:00' },
    { seconds: 86_400, at: '2028-02-28T12:00:00Z', until: '2028-02-29T12:00:00Z' },
  ])('taobao: $seconds more seconds at $at end at $until', ({ seconds, at, until }) => {
    expectPark(refusedAt('taobao', ban(seconds), Date.parse(at)), until);
  });

  it.each([
    { at: '2026-12-31T23:30:00+08:00', text: '2027-01-01 00:30:00', until: '2027-01-01T00:30:00+08:00' },
    { at: '2028-02-28T23:30:00+08:00', text: '2028-02-29 06:00:00', until: '2028-02-29T06:00:00+08:00' },
  ])('dingtalk: a penalty until $text is told in Beijing time', ({ at, text, until }) => {
    const errmsg = `您的服务器调用钉钉开放平台当前接口的所有请求都被暂时禁用了, 处罚将在 ${text} 结束.`;
    expectPark(refusedAt('dingtalk', { body: { errcode: 90_002, errmsg } }, Date.parse(at)), until);
  });
});
