import { taobao } from '../../../src/platform/bundled/taobao';
import { secret } from '../../../src/secrets';
import { auth } from '../setup';

describe('a request to Taobao', () => {
  it('bears the signature that the vendor prints for it', () => {
    const platform = taobao({
      appKey: '12345678',
      appSecret: secret('env:TOP_SECRET'),
      tokens: { '7001': secret('env:TOP_SESSION') },
    });
    const call = {
      api: 'taobao.item.seller.get',
      params: { fields: 'num_iid,title,nick,price,num', num_iid: 11_223_344 },
      scope: { user: '7001' },
    };
    const nowMs = Date.parse('2016-01-01T12:00:00+08:00');
    const request = platform.request(call, auth({ reveal: () => 'helloworld', accessToken: 'test', nowMs }));
    expect(request.url).toBe('https://gw.api.taobao.com/router/rest');
    expect(new URLSearchParams(request.body ?? '').get('sign')).toBe('66987CB115214E59E6EC978214934FB8');
  });
});
