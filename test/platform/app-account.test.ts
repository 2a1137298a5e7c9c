import { feishu } from '../../src/platform/bundled/feishu';
import { wechat } from '../../src/platform/bundled/wechat';
import type { Platform, TokenRenewal } from '../../src/platform/platform';
import { secret } from '../../src/secrets';
import { auth, NOW_MS, replyOf } from './setup';

const options = { appId: 'app-1', appSecret: secret('env:APP_SECRET') };
const revealed = auth({ reveal: () => 'shh' });

function renewalOf(platform: Platform): TokenRenewal {
  if (!platform.tokens?.renew) throw new Error('no renewal');
  return platform.tokens.renew;
}

describe("an app's token", () => {
  it('is asked of Feishu with id and secret', () => {
    const { url, body } = renewalOf(feishu(options)).request(null, revealed) ?? {};
    expect(url).toBe('https://open.feishu.cn/open-apis/auth/v3/tenant_access_token/internal');
    expect(JSON.parse(body ?? '')).toEqual({ app_id: 'app-1', app_secret: 'shh' });
    const reply = replyOf({ code: 0, msg: 'ok', tenant_access_token: 't-1', expire: 7200 });
    expect(renewalOf(feishu(options)).parse(reply, NOW_MS)).toEqual({
      accessToken: 't-1',
      refreshToken: null,
      expiresAtMs: NOW_MS + 7_200_000,
    });
  });

  it('is asked of WeChat with id and secret', () => {
    const { url, body } = renewalOf(wechat(options)).request(null, revealed) ?? {};
    expect(url).toBe('https://api.weixin.qq.com/cgi-bin/stable_token');
    expect(JSON.parse(body ?? '')).toEqual({ grant_type: 'client_credential', appid: 'app-1', secret: 'shh' });
    const reply = replyOf({ access_token: 'w-1', expires_in: 7200 });
    expect(renewalOf(wechat(options)).parse(reply, NOW_MS)).toMatchObject({ accessToken: 'w-1' });
  });

  it('is not asked for again with a secret that was refused', () => {
    const reply = replyOf({ errcode: 40001, errmsg: 'invalid credential' });
    const outcome = renewalOf(wechat(options)).parse(reply, NOW_MS);
    expect(outcome).toMatchObject({ kind: 'fatal', advice: 'Check appId and appSecret.' });
  });

  it('that is missing from the reply is no token', () => {
    expect(renewalOf(feishu(options)).parse(replyOf({ code: 0, expire: 7200 }), NOW_MS)).toMatchObject({
      kind: 'backoff',
      code: 'MALFORMED_REPLY',
    });
  });

  it('goes with every request', () => {
    const call = { api: 'GET /open-apis/x', params: { page_size: 20 }, scope: {} };
    expect(feishu(options).request(call, revealed).headers).toEqual({ authorization: 'Bearer tok-3b4c5d' });
    expect(wechat(options).request({ ...call, api: 'POST /x' }, revealed).url).toBe(
      'https://api.weixin.qq.com/x?access_token=tok-3b4c5d',
    );
  });
});
