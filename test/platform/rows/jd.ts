import type { Conformance, Row } from '../../../src/platform/conformance';

const error = (code: string, zh_desc: string, en_desc: string): Row['reply'] => ({
  body: { error_response: { code, zh_desc, en_desc } },
});

export const CONFORMANCE: Conformance = {
  call: { api: 'jingdong.pop.order.search', scope: { user: '7001' } },
  success: { jingdong_pop_order_search_responce: { code: '0', searchorderinfo_result: { orderInfoList: [] } } },
  records: 'jingdong_pop_order_search_responce.searchorderinfo_result.orderInfoList',
  rows: [
    {
      name: "the application's calls of the day",
      reply: error('2', '限制时间内调用失败次数', 'App Call Limited'),
      want: { kind: 'park', scope: ['app'], until: '2026-03-02T00:00:00+08:00', code: '2', advice: /console/ },
    },
    {
      name: 'the words of that limit alone',
      reply: error('1', '限制时间内调用失败次数', 'App Call Limited'),
      want: { kind: 'park', scope: ['app'] },
    },
    {
      name: "a time that is missing, with the number of Taobao's limit",
      reply: error('7', '缺少时间戳参数', 'Missing Timestamp'),
      want: { kind: 'fatal', scope: null, code: '7' },
    },
    {
      name: 'a version that is missing',
      reply: error('4', '缺少版本参数', 'Missing Version'),
      want: { kind: 'fatal', scope: null },
    },
    {
      name: 'an API that there is not',
      reply: error('15', '不存在的方法名', 'Invalid Method'),
      want: { kind: 'fatal', scope: null },
    },
    {
      name: 'a wrong signature',
      reply: error('12', '无效签名', 'Invalid Signature'),
      want: { kind: 'fatal', scope: ['app'], advice: /appSecret/ },
    },
    {
      name: 'a signature that is missing',
      reply: error('11', '缺少签名参数', 'Missing Signature'),
      want: { kind: 'fatal', scope: ['app'] },
    },
    {
      name: 'a clock that is off',
      reply: error('8', '非法的时间戳参数', 'Invalid Timestamp'),
      want: { kind: 'fatal', scope: ['app'], advice: /clock/ },
    },
    {
      name: 'a token that is not valid',
      reply: error('19', '无效access_token', 'Invalid Access Token'),
      want: { kind: 'reauth', scope: ['user'] },
    },
    {
      name: 'a shop that may not use the API',
      reply: error('24', '该商家无权调用API', 'No Permission'),
      want: { kind: 'fatal', scope: ['api', 'user'] },
    },
    {
      name: 'a call that took too long',
      reply: error('65', '系统处理超时！请重新进行检索！', 'Timeout'),
      want: { kind: 'backoff', scope: null },
    },
    {
      name: 'an error inside of the wrapper',
      reply: { body: { jingdong_pop_order_search_responce: { code: '65', zh_desc: '系统处理超时' } } },
      want: { kind: 'backoff', scope: null, code: '65' },
    },
    {
      name: 'an error without its envelope',
      reply: { body: { code: '12', zh_desc: '无效签名', en_desc: 'Invalid Signature' } },
      want: { kind: 'fatal', scope: ['app'] },
    },
    {
      name: 'a code that no rule knows',
      reply: error('10100028', '业务异常', 'Business Error'),
      want: { kind: 'fatal', scope: null, unrecognised: true },
    },
    { name: 'a gateway that is down', reply: { status: 503, body: '' }, want: { kind: 'backoff', code: 'HTTP_503' } },
    {
      name: 'an error without its envelope and in other words',
      reply: { body: { code: 987654, message: 'something new' } },
      want: { kind: 'fatal', scope: null, code: '987654', unrecognised: true },
    },
  ],
};
