import { jd } from '../../../src/platform/bundled/jd';
import { secret } from '../../../src/secrets';
import { auth } from '../setup';

describe('a request to JD', () => {
  it('bears the signature that the vendor prints for it', () => {
    const platform = jd({
      appKey: 'yourappkey',
      appSecret: secret('env:JD_SECRET'),
      tokens: { '7001': secret('env:JD_TOKEN') },
    });
    const params = {
      start_date: null,
      end_date: null,
      order_state: 'WAIT_SELLER_STOCK_OUT',
      optional_fields: null,
      page: '1',
      page_size: '200',
    };
    const call = { api: 'jingdong.pop.order.search', params, scope: { user: '7001' } };
    const nowMs = Date.parse('2021-05-07T09:20:39.683+08:00');
    const request = platform.request(call, auth({ reveal: () => 'yourappSecret', accessToken: 'yourtoken', nowMs }));
    expect(request.url).toBe('https://api.jd.com/routerjson');
    expect(new URLSearchParams(request.body ?? '').get('sign')).toBe('D70825340F4084360B9362B60DFD7930');
  });
});
