import { tiktokShop } from '../../../src/platform/bundled/tiktok-shop';
import { secret } from '../../../src/secrets';
import { auth } from '../setup';

const setup = (appKey: string) =>
  tiktokShop({ appKey, appSecret: secret('env:TT_SECRET'), tokens: { '7001': secret('env:TT_TOKEN') } });

const authAt = (seconds: number) => auth({ reveal: () => 'e59af819cc', nowMs: seconds * 1_000 });

describe('a request to TikTok Shop', () => {
  it('bears the signature that the vendor prints for it', () => {
    const call = { api: 'GET /authorization/202309/shops', params: {}, scope: { user: '7001' } };
    const { url, headers, body } = setup('29a39d').request(call, authAt(1_623_812_664));
    expect(url).toBe(
      'https://open-api.tiktokglobalshop.com/authorization/202309/shops?app_key=29a39d&timestamp=1623812664&sign=b596b73e0cc6de07ac26f036364178ab16b0a907af13d43f0a0cd2345f582dc8',
    );
    expect(headers).toEqual({ 'content-type': 'application/json', 'x-tts-access-token': 'tok-3b4c5d' });
    expect(body).toBeNull();
  });

  it('signs the body as it is sent', () => {
    const params = {
      query: { shop_cipher: 'ROW_xkMbgAAAeVAQra0eZWebFQq5aIK' },
      address: 'https://partner.tiktokshop.com',
      event_type: 'PACKAGE_UPDATE',
    };
    const call = { api: 'PUT /event/202309/webhooks', params, scope: {} };
    const { url, body } = setup('68xu9ks5p4i8').request(call, authAt(1_696_909_648));
    expect(body).toBe('{"address":"https://partner.tiktokshop.com","event_type":"PACKAGE_UPDATE"}');
    // HMAC-SHA256 of the string that the vendor prints for this request, between the secret.
    expect(new URL(url).searchParams.get('sign')).toBe(
      'cd0d6268252f4ba293bf7ea4c0a2873bf9beec600d22530638564ab301435f7a',
    );
  });
});
