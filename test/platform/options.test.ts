import { kuaishou } from '../../src/platform/bundled/kuaishou';
import { tokenFile } from '../../src/platform/tokens';
import { secret } from '../../src/secrets';
import { setupKuaishou, setupYida } from './setup';

const minimal = { appKey: 'ks1', signSecret: secret('env:S'), tokens: tokenFile('data/tokens.json') };

function faultOf(make: () => unknown): string {
  try {
    make();
  } catch (thrown) {
    expect(thrown).toMatchObject({ code: 'CONFIG_INVALID' });
    return (thrown as Error).message;
  }
  throw new Error('expected CONFIG_INVALID');
}

describe('the options of a platform', () => {
  it('have defaults for all that is documented', () => {
    expect(kuaishou(minimal)).toMatchObject({
      vendor: 'kuaishou',
      origins: ['https://openapi.kwaixiaodian.com'],
      day: { kind: 'civil', at: '00:00', timezone: 'Asia/Shanghai' },
      resetGuardMs: 2_000,
      tokens: { owner: 'user', source: { kind: 'token-file', path: 'data/tokens.json' }, renew: null },
    });
  });

  it('may be those of the sandbox', () => {
    const platform = kuaishou({
      ...minimal,
      baseUrl: 'http://127.0.0.1:4010',
      day: { kind: 'fixed', lengthMs: 60_000 },
    });
    expect(platform).toMatchObject({ origins: ['http://127.0.0.1:4010'], day: { kind: 'fixed', lengthMs: 60_000 } });
  });

  it.each<[string, object, RegExp]>([
    [
      'a key that is not known',
      { signMetod: 'MD5' },
      /^kuaishou\(\): unknown key "signMetod", did you mean "signMethod"\?$/,
    ],
    [
      'a secret that is written out',
      { signSecret: 'hunter22' },
      /^kuaishou\(\)\.signSecret: expected a reference such as secret\('env:NAME'\), got text$/,
    ],
    [
      'a secret that is missing',
      { signSecret: undefined },
      /^kuaishou\(\)\.signSecret: expected a reference .*, got nothing$/,
    ],
    [
      'an app key of the wrong kind',
      { appKey: 7 },
      /^kuaishou\(\)\.appKey: expected text or a reference .*, got a value of type number$/,
    ],
    [
      'tokens that are written out',
      { tokens: { '1': 'hunter22' } },
      /^kuaishou\(\)\.tokens: expected .*tokenFile\('path'\)/,
    ],
    [
      'a sign method',
      { signMethod: 'SHA1' },
      /^kuaishou\(\)\.signMethod: expected "HMAC_SHA256" or "MD5", got "SHA1"$/,
    ],
    [
      'plain HTTP to another machine',
      { baseUrl: 'http://api.example' },
      /^kuaishou\(\)\.baseUrl: expected an https:\/\/ origin/,
    ],
    [
      'a path in the base URL',
      { baseUrl: 'https://api.example/x' },
      /^kuaishou\(\)\.baseUrl: expected .* without a path, got/,
    ],
    [
      'a zone',
      { day: { kind: 'civil', at: '00:00', timezone: 'Asia/Beijing1' } },
      /^kuaishou\(\)\.day: expected \{ kind: 'civil'/,
    ],
    [
      'an abbreviation that may be Shanghai or Chicago',
      { day: { kind: 'civil', at: '00:00', timezone: 'CST' } },
      /^kuaishou\(\)\.day: expected \{ kind: 'civil'/,
    ],
    [
      'too many test users',
      { testUsers: ['1', '2', '3', '4', '5', '6'] },
      /^kuaishou\(\)\.testUsers: expected at most 5 .*, got a list of 6$/,
    ],
    ['a guard', { resetGuardMs: -1 }, /^kuaishou\(\)\.resetGuardMs: expected at least 0, got -1$/],
    [
      'a budget that is not known',
      { budgets: { 'app-dya': 5 } },
      /^kuaishou\(\)\.budgets\.app-dya: not a documented budget, did you mean "app-day"\?$/,
    ],
    [
      'a budget of nought',
      { budgets: { 'app-day': 0 } },
      /^kuaishou\(\)\.budgets\.app-day: expected a whole number of calls from 1/,
    ],
    [
      'a budget of half a call',
      { budgets: { 'app-day': 1.5 } },
      /^kuaishou\(\)\.budgets\.app-day: expected a whole number of calls/,
    ],
    [
      'a budget that is true',
      { budgets: { 'app-day': true } },
      /^kuaishou\(\)\.budgets\.app-day: expected a whole number of calls/,
    ],
    [
      'a probe that is too often',
      { reprobe: '30s' },
      /^kuaishou\(\)\.reprobe: expected a duration from 1 minute to 1 day/,
    ],
    ['a probe that is too rare', { reprobe: '25h' }, /^kuaishou\(\)\.reprobe: expected .*, or false, got "25h"$/],
    ['a probe of the wrong kind', { reprobe: true }, /^kuaishou\(\)\.reprobe: expected .*, or false, got true$/],
  ])('are refused with the place and what was expected: %s', (_, wrong, message) => {
    const text = faultOf(() => kuaishou({ ...minimal, ...wrong }));
    expect(text).toMatch(message);
    expect(text).not.toContain('hunter22');
  });

  it.each([
    ['1m', 60_000],
    ['1h', 3_600_000],
    ['1d', 86_400_000],
    [false, null],
  ] as const)('say how often a spent quota is asked again: %s', (reprobe, reprobeMs) => {
    expect(setupKuaishou({ reprobe }).reprobeMs).toBe(reprobeMs);
    expect(setupYida({ reprobe }).reprobeMs).toBe(reprobeMs);
  });

  it('never ask a spent quota again before its reset, unless told to', () => {
    expect(setupKuaishou().reprobeMs).toBeNull();
    expect(setupYida().reprobeMs).toBeNull();
  });

  it('are refused with all faults at once', () => {
    const text = faultOf(() => setupYida({ appSecret: 'hunter22' as never, appType: '' }));
    expect(text.split('\n')).toHaveLength(2);
    expect(text).toMatch(/yida\(\)\.appType/);
    expect(text).not.toContain('hunter22');
  });

  it('name every secret that a call needs', () => {
    const own = setupKuaishou({ appKey: secret('env:K'), tokens: { a: secret('env:A'), b: secret('file:/run/b') } });
    expect(own.secrets.map(String)).toEqual([
      '[secret env:K]',
      '[secret env:KS_SIGN]',
      '[secret env:KS_APP_SECRET]',
      '[secret env:A]',
      '[secret file:/run/b]',
    ]);
  });
});
