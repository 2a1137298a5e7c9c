import { clearTextSecrets } from '../../src/job/clear-text';

describe('secrets in clear text', () => {
  it.each([
    "const token = 'abcdefgh1';",
    'appSecret: "abcdefgh1",',
    "  'access_key': 'abcdefgh1',",
    'const apiKey: string = `abcdefgh1`;',
    "password='it\\'s long'",
    "SIGN_KEY: 'abcdefgh1'",
  ])('are found in %s', (line) => {
    expect(clearTextSecrets(`first line\n${line}`)).toMatchObject([{ line: 2 }]);
  });

  it.each([
    "token: secret('env:TOKEN_NAME'),",
    "token: 'env:TOKEN_NAME',",
    "tokenUrl: 'https://api.example.com/oauth',",
    "accessToken: 'short',",
    "pageToken: 'first-page',",
    "tokenField: 'access_token',",
    'const token = `${prefix}-suffix`;',
    "if (token === 'nomore-pages') return;",
    "title: 'a long enough text',",
    "const token = await load('token-file');",
  ])('are not seen in %s', (line) => {
    expect(clearTextSecrets(line)).toEqual([]);
  });

  it('are reported without their value', () => {
    expect(JSON.stringify(clearTextSecrets("token: 'hunter2hunter2'"))).not.toContain('hunter2');
  });
});
