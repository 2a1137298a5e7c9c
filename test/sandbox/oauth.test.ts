import { closeAll, DAY_MS, kuaishou, refresh, setup, USER } from './calls';

afterEach(closeAll);

it('gives the next pair of tokens, and both old and new access tokens stay good until they expire', async () => {
  const { sandbox, clock } = await setup();
  const old = sandbox.kuaishou.tokens(USER)!;
  await clock.advance(DAY_MS);
  const { body } = await refresh(sandbox, { refresh_token: old.refreshToken });
  expect(body).toMatchObject({ result: 1, expires_in: 172_800 });
  expect(body.access_token).not.toBe(old.accessToken);
  expect(body.refresh_token).not.toBe(old.refreshToken);
  expect(sandbox.kuaishou.tokens(USER)).toMatchObject({
    accessToken: body.access_token,
    refreshToken: body.refresh_token,
  });
  for (const token of [old.accessToken, body.access_token!])
    expect((await kuaishou(sandbox, { token })).body.result).toBe(1);
  await clock.advance(DAY_MS);
  expect((await kuaishou(sandbox, { token: old.accessToken })).body.result).toBe(28);
  expect((await kuaishou(sandbox)).body.result).toBe(1);
});

it('lets the new refresh token inherit the expiry of the old one', async () => {
  const { sandbox, clock } = await setup();
  await clock.advance(10 * DAY_MS);
  const { body } = await refresh(sandbox, { refresh_token: sandbox.kuaishou.tokens(USER)!.refreshToken });
  expect(body.refresh_token_expires_in).toBe((170 * DAY_MS) / 1_000);
  await clock.advance(170 * DAY_MS);
  const spent = await refresh(sandbox, { refresh_token: body.refresh_token! });
  expect(spent.body).toMatchObject({ result: 100200102, error: 'access_denied' });
});

it('accepts a refresh token once, as in K0008', async () => {
  const { sandbox } = await setup();
  const { refreshToken } = sandbox.kuaishou.tokens(USER)!;
  await refresh(sandbox, { refresh_token: refreshToken });
  const { body } = await refresh(sandbox, { refresh_token: refreshToken });
  expect(body).toEqual({ result: 100200102, error: 'access_denied', error_msg: 'refreshToken.discarded' });
});

it('accepts a used refresh token within the grace and not after it', async () => {
  const { sandbox, clock } = await setup({ kuaishou: { refreshGraceMs: 300_000 } });
  const { refreshToken } = sandbox.kuaishou.tokens(USER)!;
  await refresh(sandbox, { refresh_token: refreshToken });
  await clock.advance(299_999);
  expect((await refresh(sandbox, { refresh_token: refreshToken })).body.result).toBe(1);
  await clock.advance(1);
  expect((await refresh(sandbox, { refresh_token: refreshToken })).body.error_msg).toBe('refreshToken.discarded');
});

it.each([
  ['no refresh token', { refresh_token: '' }, 100200100],
  ['another app', { app_id: 'ks9' }, 100200101],
  ['a wrong app secret', { app_secret: 'guess' }, 100200101],
  ['another grant', { grant_type: 'code' }, 100200104],
  ['an unknown refresh token', { refresh_token: 'made-up' }, 100200102],
])('answers %s with the code of the vendor table', async (_name, params, result) => {
  const { sandbox } = await setup();
  const { body } = await refresh(sandbox, { refresh_token: sandbox.kuaishou.tokens(USER)!.refreshToken, ...params });
  expect(body.result).toBe(result);
  expect(sandbox.ledger.attempts()).toMatchObject([{ api: 'oauth2.refresh_token', verdict: 'denied' }]);
});

it('refuses a merchant who withdrew', async () => {
  const { sandbox } = await setup();
  sandbox.kuaishou.revoke(USER);
  const { body } = await refresh(sandbox, { refresh_token: sandbox.kuaishou.tokens(USER)!.refreshToken });
  expect(body.error_msg).toBe('refreshToken.revokedAuthorization');
});

it('rotates also when the reply is lost on the way, so that the old token is gone', async () => {
  const { sandbox } = await setup();
  const { refreshToken } = sandbox.kuaishou.tokens(USER)!;
  sandbox.failNext(1, 'reset-mid-reply', { api: 'oauth2.refresh_token' });
  await expect(refresh(sandbox, { refresh_token: refreshToken })).rejects.toThrow();
  expect((await refresh(sandbox, { refresh_token: refreshToken })).body.error_msg).toBe('refreshToken.discarded');
});

it('takes the given tokens and lifetimes, and ends them early on demand', async () => {
  const tokens = { [USER]: { accessToken: 'a-1', refreshToken: 'r-1', accessTokenLifetimeMs: 5_000 } };
  const { sandbox } = await setup({ kuaishou: { tokens } });
  expect((await kuaishou(sandbox, { token: 'a-1' })).body.result).toBe(1);
  sandbox.kuaishou.expireAccessTokens(USER);
  expect((await kuaishou(sandbox, { token: 'a-1' })).body.result).toBe(28);
  expect((await refresh(sandbox, { refresh_token: 'r-1' })).body).toMatchObject({ result: 1, expires_in: 5 });
});
