import fc from 'fast-check';
import { parseEnvelope, plainText } from '../../src/platform/envelope';
import { retryAfterMs } from '../../src/platform/stated-reset';

describe('an envelope', () => {
  it('keeps ids that a double cannot hold as text, and no others', () => {
    const body =
      '{"a":[12345678901234567890,-98765432109876543210],"b":9007199254740991,"c":"x 12345678901234567890","d":1234567890123456.5}';
    expect(parseEnvelope(body)).toEqual({
      a: ['12345678901234567890', '-98765432109876543210'],
      b: 9007199254740991,
      c: 'x 12345678901234567890',
      d: 1234567890123456.5,
    });
  });

  it('is otherwise what JSON says', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue()), (value) => {
        const text = JSON.stringify(value);
        fc.pre(!/__proto__|constructor/.test(text));
        expect(parseEnvelope(text)).toEqual(JSON.parse(text, largeAsText));
      }),
    );
  });

  it.each(['', 'null', '7', '"x"', '[1]', '{"a":', 'NaN'])('is not in %j', (body) => {
    expect(parseEnvelope(body)).toBeNull();
  });

  it('may begin with a byte order mark', () => {
    expect(parseEnvelope('\uFEFF{"a":1}')).toEqual({ a: 1 });
  });
});

describe('a message', () => {
  it('becomes one plain line without control characters', () => {
    expect(plainText(' Exceed\r\n\tquota\u001b[31m\u200b MAX\\_QPS ［a：b］ ')).toBe('Exceed quota [31m MAX_QPS [a:b]');
    expect(plainText(7)).toBe('');
  });

  it('is kept short, with its beginning and its end', () => {
    const text = plainText(`first ${'['.repeat(1_000_000)} will reset at 2026-03-01 12:00:04`);
    expect(text.length).toBeLessThan(4_200);
    expect(text).toMatch(/^first \[.*will reset at 2026-03-01 12:00:04$/);
  });
});

describe('Retry-After', () => {
  const NOW_MS = Date.parse('2026-03-01T02:00:00Z');
  it.each([
    ['0', 0],
    ['120', 120_000],
    ['2.0', 2_000],
    ['2, 9 , 3', 9_000],
    ['Sun, 01 Mar 2026 02:01:00 GMT', 60_000],
    ['Sun, 01 Mar 2026 01:00:00 GMT', 0],
    ['Sunday, 01-Mar-26 02:01:00 GMT', 60_000],
    ['Sun Mar  1 02:01:00 2026', 60_000],
    ['Sun, 01 Mar 2026 02:01:00', 60_000],
    ['-5', null],
    ['', null],
    ['1790000000000', null],
    ['999999999', null],
    ['Fri, 31 Dec 9999 23:59:59 GMT', null],
    ['Xyz, nonsense', null],
    [undefined, null],
  ])('%j is %j ms', (header, ms) => {
    expect(retryAfterMs(header, NOW_MS)).toBe(ms);
  });
});

function largeAsText(_: string, value: unknown): unknown {
  return typeof value === 'number' && /^-?\d{16,}$/.test(String(value)) && !Number.isSafeInteger(value)
    ? String(value)
    : value;
}
