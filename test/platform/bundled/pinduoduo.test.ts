import { pinduoduo } from '../../../src/platform/bundled/pinduoduo';
import { secret } from '../../../src/secrets';
import { auth } from '../setup';

const setup = () =>
  pinduoduo({
    appKey: '1',
    appSecret: secret('env:PDD_SECRET'),
    tokens: { '7001': secret('env:PDD_TOKEN') },
  });

describe('a request to Pinduoduo', () => {
  it('is a form with everything signed', () => {
    const call = { api: 'pdd.order.list.get', params: { page: 1, note: '中文' }, scope: { user: '7001' } };
    const { method, url, body } = setup().request(call, auth({ reveal: () => 'testSecret', nowMs: 1_480_411_125_999 }));
    expect({ method, url }).toEqual({ method: 'POST', url: 'https://gw-api.pinduoduo.com/api/router' });
    const fields = Object.fromEntries(new URLSearchParams(body ?? ''));
    expect(fields).toEqual({
      access_token: 'tok-3b4c5d',
      client_id: '1',
      data_type: 'JSON',
      note: '中文',
      page: '1',
      sign: expect.stringMatching(/^[0-9A-F]{32}$/) as string,
      timestamp: '1480411125',
      type: 'pdd.order.list.get',
    });
  });

  it('of a shop needs its token, and one of no shop has none', () => {
    const call = { api: 'pdd.time.get', params: {} };
    const bare = auth({ accessToken: null });
    expect(() => setup().request({ ...call, scope: { user: '7001' } }, bare)).toThrow(
      expect.objectContaining({ code: 'SECRET_MISSING' }) as Error,
    );
    expect(setup().request({ ...call, scope: {} }, bare).body).not.toContain('access_token');
  });
});
