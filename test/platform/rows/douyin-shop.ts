import type { Conformance, Row } from '../../../src/platform/conformance';

const error = (code: number, msg: string, [sub_code, sub_msg]: readonly [string, string] = ['', '']): Row['reply'] => ({
  body: { code, msg, sub_code, sub_msg, log_id: '202603011000000102030405060708090A', data: null },
});

export const CONFORMANCE: Conformance = {
  call: { api: 'order.searchList', scope: { user: '7001' } },
  success: {
    code: 10_000,
    msg: 'success',
    sub_code: '',
    sub_msg: '',
    data: { page: 0, total: 0, shop_order_list: [] },
  },
  records: 'data.shop_order_list',
  rows: [
    {
      name: 'calls that are too fast',
      reply: error(60_000, '触发限流，请稍后重试', ['isv.traffic-limited', '请求太频繁，请稍后重试']),
      want: { kind: 'pause', scope: ['app', 'api'], forMs: 1_000, code: 'isv.traffic-limited' },
    },
    {
      name: 'the limit without a sub_code',
      reply: error(60_000, '触发限流，请稍后重试'),
      want: { kind: 'pause', scope: ['app', 'api'], code: '60000' },
    },
    {
      name: 'the words of the limit alone',
      reply: error(90_000, '触发限流，请稍后重试'),
      want: { kind: 'pause', scope: ['app', 'api'] },
    },
    {
      name: 'a service that is busy',
      reply: error(20_000, '服务不可用', ['dop.service-error', '内部错误，请反馈客服或答疑群']),
      want: { kind: 'backoff', scope: null },
    },
    { name: 'a service that is too slow', reply: error(20_001, '内部服务超时'), want: { kind: 'backoff' } },
    {
      name: 'an application that is banned',
      reply: error(30_001, '操作权限不足', ['dop.app-forbidden', '应用已被系统禁用']),
      want: { kind: 'fatal', scope: ['app'] },
    },
    {
      name: 'a shop that has closed its authorisation',
      reply: error(30_001, '操作权限不足', ['dop.authorization-closed', '店铺授权已被关闭，请联系商家打开授权开关']),
      want: { kind: 'fatal', scope: ['user'], advice: /authorise/ },
    },
    {
      name: 'an authorisation that has ended',
      reply: error(30_001, '操作权限不足', ['dop.authorization-no-existed', '店铺授权已失效，请重新授权']),
      want: { kind: 'fatal', scope: ['user'] },
    },
    {
      name: 'a permission that is missing',
      reply: error(30_001, '操作权限不足', [
        'isv.app-permissions-insufficient',
        '应用无权限调用该接口，请先申请接口权限包',
      ]),
      want: { kind: 'fatal', scope: ['app', 'api'] },
    },
    { name: 'code 30001 alone', reply: error(30_001, '操作权限不足'), want: { kind: 'fatal', scope: ['user', 'api'] } },
    {
      name: 'an address that is not allowed',
      reply: error(30_002, '请求来源IP不可信，请检查IP白名单'),
      want: { kind: 'fatal', scope: ['app'] },
    },
    {
      name: 'a token that has ended',
      reply: error(40_003, '非法的参数', ['isv.access-token-expired', 'access_token已过期']),
      want: { kind: 'reauth', scope: ['user'] },
    },
    {
      name: "another application's token",
      reply: error(40_003, '非法的参数', ['isv.access-token-invalid', 'app_key和access_token不匹配，请仔细检查']),
      want: { kind: 'fatal', scope: ['user'] },
    },
    {
      name: 'a wrong signature',
      reply: error(40_003, '非法的参数', ['isv.signature-invalid', '签名校验失败']),
      want: { kind: 'fatal', scope: ['app'], advice: /appSecret/ },
    },
    {
      name: 'a clock that is off',
      reply: error(40_003, '非法的参数', ['isv.timestamp-invalid', '时间戳不合法']),
      want: { kind: 'fatal', scope: ['app'], advice: /clock/ },
    },
    {
      name: 'a wrong parameter',
      reply: error(40_003, '非法的参数', ['isv.parameter-invalid', '参数错误']),
      want: { kind: 'fatal', scope: null, code: 'isv.parameter-invalid' },
    },
    {
      name: 'an API that is gone',
      reply: error(70_000, '接口服务已下线', ['isp.api-service-off', 'API不存在或API已下线']),
      want: { kind: 'fatal', scope: ['api'] },
    },
    {
      name: 'the trade API of mini apps',
      reply: {
        body: { extra: { error_code: 1, sub_error_code: 12_001, sub_description: '访问过于频繁' }, data: null },
      },
      want: { kind: 'pause', scope: ['app', 'api'], code: '12001', advice: /developer\.open-douyin\.com/ },
    },
    {
      name: 'a request of which a part failed',
      reply: error(10_001, '请求部分失败'),
      want: { kind: 'fatal', scope: null, unrecognised: true },
    },
    {
      name: 'a code that no rule knows',
      reply: error(90_000, '其他异常', ['dop.unknown-error', '未知错误']),
      want: { kind: 'fatal', scope: null, unrecognised: true },
    },
    {
      name: "an error of the trade API beside the gateway's success",
      reply: { body: { code: 10_000, msg: 'success', err_no: 12_001, err_tips: '访问过于频繁', data: {} } },
      want: { kind: 'pause', scope: ['app', 'api'] },
    },
  ],
};
