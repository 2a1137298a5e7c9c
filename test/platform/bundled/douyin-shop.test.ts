import { createHmac } from 'node:crypto';
import { douyinShop } from '../../../src/platform/bundled/douyin-shop';
import { secret } from '../../../src/secrets';
import { auth, NOW_MS } from '../setup';

describe('a request to Douyin shop', () => {
  it('signs the parameters in order, and sends what it has signed', () => {
    const platform = douyinShop({
      appKey: '3409409348479354011',
      appSecret: secret('env:DOUYIN_SECRET'),
      tokens: { '7001': secret('env:DOUYIN_TOKEN') },
    });
    const call = { api: 'order.searchList', params: { size: 10, page: 0 }, scope: { user: '7001' } };
    const { url, body } = platform.request(call, auth({ reveal: () => 'shh' }));
    expect(body).toBe('{"page":0,"size":10}');
    const { pathname, searchParams } = new URL(url);
    expect(pathname).toBe('/order/searchList');
    const seconds = NOW_MS / 1_000;
    const text = `shhapp_key3409409348479354011methodorder.searchListparam_json{"page":0,"size":10}timestamp${seconds}v2shh`;
    expect(Object.fromEntries(searchParams)).toEqual({
      app_key: '3409409348479354011',
      method: 'order.searchList',
      timestamp: String(seconds),
      v: '2',
      access_token: 'tok-3b4c5d',
      sign_method: 'hmac-sha256',
      sign: createHmac('sha256', 'shh').update(text).digest('hex'),
    });
  });
});

it('is told of no success by a reply without any code', () => {
  const platform = douyinShop.about.example();
  const reply = { status: 200, headers: {}, body: '{"data":{"list":[]}}' };
  expect(platform.classify(reply, { scope: {}, nowMs: NOW_MS })).toMatchObject({ kind: 'fatal', code: 'UNNAMED' });
});
