import type { Conformance, Row } from '../../../src/platform/conformance';

const error = (error_code: number, error_msg: string): Row['reply'] => ({
  body: { error_response: { error_msg, sub_msg: '', sub_code: null, error_code, request_id: '15440104776643887' } },
});

const TOMORROW = '2026-03-02T00:00:00+08:00';

export const CONFORMANCE: Conformance = {
  call: { api: 'pdd.order.list.get', scope: { user: '7001' } },
  success: { order_list_get_response: { order_list: [], total_count: 0 } },
  records: 'order_list_get_response.order_list',
  rows: [
    {
      name: 'an API that is limited',
      reply: error(52101, '当前接口被限流，请稍后重试'),
      want: { kind: 'pause', scope: ['app', 'api'], forMs: 10_000, code: '52101' },
    },
    {
      name: 'calls that are too frequent',
      reply: error(70031, '调用过于频繁，请调整调用频率'),
      want: { kind: 'pause', scope: ['app', 'api'], forMs: 10_000, code: '70031' },
    },
    {
      name: 'the words without a code that is known',
      reply: error(99999, '当前接口被限流，请稍后重试'),
      want: { kind: 'pause', scope: ['app', 'api'], forMs: 10_000 },
    },
    {
      name: 'an application in its test state',
      reply: error(70036, '应用处于测试状态，调用次数被限制'),
      want: { kind: 'park', scope: ['app'], until: TOMORROW, code: '70036', advice: /approved/ },
    },
    {
      name: 'the words of the test state alone',
      reply: error(99999, '应用处于测试状态，调用次数被限制'),
      want: { kind: 'park', scope: ['app'], until: TOMORROW },
    },
    {
      name: 'an API that is degraded',
      reply: error(52102, '当前接口暂时不可用，请稍后重试'),
      want: { kind: 'backoff', scope: ['api'] },
    },
    {
      name: 'a service that is degraded',
      reply: error(52103, '服务暂时不可用，请稍后重试'),
      want: { kind: 'backoff', scope: ['api'] },
    },
    { name: 'maintenance', reply: error(70033, '平台维护中'), want: { kind: 'backoff', scope: ['app'] } },
    {
      name: 'a call that is forbidden',
      reply: error(70032, '请求被禁止'),
      want: { kind: 'fatal', scope: ['app', 'api'] },
    },
    { name: 'a user at risk', reply: error(70034, '用户存在风险'), want: { kind: 'fatal', scope: ['app', 'api'] } },
    {
      name: 'an application at risk',
      reply: error(70035, '应用存在风险'),
      want: { kind: 'fatal', scope: ['app', 'api'] },
    },
    {
      name: 'a token that has ended',
      reply: error(10019, 'access_token已过期'),
      want: { kind: 'reauth', scope: ['user'], code: '10019' },
    },
    {
      name: 'a wrong signature',
      reply: error(20004, '签名sign校验失败'),
      want: { kind: 'fatal', scope: ['app'], advice: /appSecret/ },
    },
    {
      name: 'an address that is not allowed',
      reply: error(20005, 'ip无权访问接口'),
      want: { kind: 'fatal', scope: ['app'], advice: /allowed addresses/ },
    },
    {
      name: 'a permission that is missing',
      reply: error(20031, '用户没有授权访问此接口'),
      want: { kind: 'fatal', scope: ['app', 'api'] },
    },
    { name: 'a fault inside', reply: error(50001, '业务服务错误'), want: { kind: 'backoff', scope: null } },
    {
      name: 'the error without its envelope',
      reply: { body: { error_code: 52101, error_msg: '当前接口被限流，请稍后重试' } },
      want: { kind: 'pause', scope: ['app', 'api'] },
    },
    {
      name: 'a wrong parameter, which no rule knows',
      reply: error(10001, '公共参数错误:type'),
      want: { kind: 'fatal', scope: null, code: '10001', unrecognised: true },
    },
    {
      name: "the code of Taobao's limit, which means nothing here",
      reply: { body: { error_response: { code: 7, msg: 'App Call Limited' } } },
      want: { kind: 'fatal', scope: null, unrecognised: true },
    },
    {
      name: 'a gateway that is down',
      reply: { status: 502, body: '<html>Bad Gateway</html>' },
      want: { kind: 'backoff', scope: null, code: 'HTTP_502' },
    },
  ],
};
