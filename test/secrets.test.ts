import { inspect } from 'node:util';
import fc from 'fast-check';
import { isSecret, SecretVault, secret } from '../src/secrets';

function setup(values: Record<string, string>): SecretVault {
  return new SecretVault({
    env: (name) => values[name],
    file: (path) => {
      const text = values[path];
      if (text === undefined) throw new Error('ENOENT');
      return text;
    },
  });
}

describe('a reference to a secret', () => {
  it('prints as its reference wherever it is printed', () => {
    const ref = secret('env:TOKEN');
    for (const text of [String(ref), JSON.stringify({ ref }), inspect({ ref }), ref.toString()]) {
      expect(text).toContain('[secret env:TOKEN]');
    }
    expect(isSecret(ref)).toBe(true);
    expect(isSecret({ source: 'env', locator: 'TOKEN' })).toBe(false);
    expect(isSecret(null)).toBe(false);
  });

  it('is refused without its kind, and the text is not repeated: it may be the secret', () => {
    for (const text of ['hunter2-hunter2', 'env:', 'vault:x', '']) {
      expect(() => secret(text)).toThrow('secret(): expected "env:NAME" or "file:path"');
    }
  });
});

describe('the vault', () => {
  it('reads values when they are asked for, a file without its trailing line break', () => {
    const values: Record<string, string> = { TOKEN: 'value-one', '/run/x': 'from-file\r\n' };
    const vault = setup(values);
    expect(vault.reveal(secret('env:TOKEN'))).toBe('value-one');
    values['TOKEN'] = 'value-two';
    expect(vault.reveal(secret('env:TOKEN'))).toBe('value-two');
    expect(vault.reveal(secret('file:/run/x'))).toBe('from-file');
    expect(vault.scrub('value-one value-two from-file')).toBe(
      '[secret env:TOKEN] [secret env:TOKEN] [secret file:/run/x]',
    );
  });

  it('names the references that lead to nothing, empty variables among them', () => {
    const vault = setup({ EMPTY: '', GOOD: 'value' });
    const refs = ['env:EMPTY', 'env:NONE', 'env:GOOD', 'file:/none'].map((text) => secret(text));
    expect(vault.missing(refs).map(String)).toEqual(['[secret env:EMPTY]', '[secret env:NONE]', '[secret file:/none]']);
    expect(() => vault.reveal(refs[1]!)).toThrow(
      expect.objectContaining({ code: 'SECRET_MISSING', message: 'environment variable NONE is not set' }) as Error,
    );
    expect(() => vault.reveal(refs[3]!)).toThrow('secret file /none cannot be read: ENOENT');
  });
});

describe('scrubbing a text', () => {
  const values = fc.string({ minLength: 6, maxLength: 60, unit: 'binary' }).filter((value) => value.trim().length >= 6);
  const plain = fc.constantFrom('', ' ', 'reply: ', '"', '&page=1');

  function formsOf(value: string): string[] {
    const bytes = Buffer.from(value);
    const forms = [
      value,
      JSON.stringify(value).slice(1, -1),
      bytes.toString('base64'),
      bytes.toString('base64url'),
      bytes.toString('hex'),
    ];
    return [...forms, encodeURIComponent(bytes.toString()), new URLSearchParams({ x: value }).toString().slice(2)];
  }

  it('leaves nothing of a value in any of its forms, wherever it stands', () => {
    fc.assert(
      fc.property(values, plain, plain, (value, before, after) => {
        const vault = setup({});
        vault.remember(value, '[#]');
        for (const form of formsOf(value)) {
          expect(vault.scrub(before + form + after)).toBe(`${before}[#]${after}`);
        }
      }),
    );
  });

  it('finds a value in the escapes that servers write into JSON', () => {
    const vault = setup({});
    vault.remember('ab/cd&ef==', '[#]');
    for (const form of ['ab\\/cd&ef==', 'ab/cd\\u0026ef==', 'ab/cd\\u0026ef\\u003d\\u003d'])
      expect(vault.scrub(`{"token":"${form}"}`)).toBe('{"token":"[#]"}');
  });

  it('finds a value inside base64 of more, as in Basic authentication', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 9 }), fc.string({ maxLength: 9 }), (before, after) => {
        const vault = setup({});
        vault.remember('hunter2-hunter2', '[#]');
        const header = Buffer.from(`${before}hunter2-hunter2${after}`).toString('base64');
        const decoded = Buffer.from(vault.scrub(`Basic ${header}`).replace('[#]', '').slice(6), 'base64').toString(
          'latin1',
        );
        expect(vault.scrub(`Basic ${header}`)).toContain('[#]');
        expect(decoded).not.toContain('hunter2');
      }),
    );
  });

  it('leaves nothing of values that contain or overlap each other', () => {
    const vault = setup({});
    vault.remember('abcdef-123456', '[long]');
    vault.remember('123456-ghijkl', '[over]');
    vault.remember('abcdef', '[short]');
    expect(vault.scrub('x abcdef-123456-ghijkl y')).toBe('x [long] y');
    expect(vault.scrub('abcdef abcdef-123456 123456-ghijkl')).toBe('[short] [long] [over]');
  });

  it('finds each line of a value of several lines', () => {
    const vault = setup({});
    vault.remember('-----BEGIN KEY-----\nMIIEvQIBADANBg\nkqhkiG9w0BAQ', '[#]');
    expect(vault.scrub('cannot parse kqhkiG9w0BAQ')).toBe('cannot parse [#]');
  });

  it('finds a value as servers escape it beyond what JSON asks for', () => {
    const vault = setup({});
    vault.remember('é/"中&1', '[#]');
    for (const form of ['\\u00e9\\/\\"\\u4e2d&1', 'é/\\\\\\"中&1', 'é/&quot;中&amp;1'])
      expect(vault.scrub(form)).toBe('[#]');
    expect(vault.isIn('x é/"中&1')).toBe(true);
    expect(vault.isIn('x é/"中')).toBe(false);
  });

  it('still knows what a value shares with one that is forgotten', () => {
    const vault = setup({ TOKEN: 'token-of-many-1' });
    vault.remember('token-of-many-2', '[token]'); // the last bits are not in all of its base64 forms
    for (let count = 0; count < 20_000; count += 1) {
      if (count % 5_000 === 0) vault.reveal(secret('env:TOKEN'));
      vault.remember(`renewed-token-${count}`, '[token]');
    }
    vault.reveal(secret('env:TOKEN'));
    expect(vault.isIn(Buffer.from('token-of-many-1~~').toString('base64'))).toBe(true);
  });

  it('names the references whose values are too short to be found', () => {
    const vault = setup({ SHORT: '12345', LONG: '123456' });
    const refs = ['env:SHORT', 'env:LONG', 'env:NONE'].map((text) => secret(text));
    expect(vault.tooShort(refs).map(String)).toEqual(['[secret env:SHORT]']);
  });

  it('replaces every occurrence, and leaves other text and short values alone', () => {
    const vault = setup({});
    vault.remember('abcdefgh', '[#]');
    vault.remember('five5', '[never]');
    expect(vault.scrub('abcdefghabcdefgh, five5')).toBe('[#][#], five5');
    expect(vault.scrub('')).toBe('');
  });

  it('forgets the values that were not used for longest when tokens are renewed for months', () => {
    const vault = setup({ TOKEN: 'kept-by-use' });
    vault.remember('renewed-token-0', '[token]');
    for (let count = 1; count <= 20_000; count += 1) {
      vault.remember(`renewed-token-${count}`, '[token]');
      if (count % 10_000 === 0) vault.reveal(secret('env:TOKEN'));
    }
    expect(vault.scrub('renewed-token-20000 kept-by-use')).toBe('[token] [secret env:TOKEN]');
    expect(vault.scrub('<renewed-token-0>')).toBe('<renewed-token-0>');
  });
});
