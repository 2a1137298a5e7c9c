import fc from 'fast-check';
import { JSON_DEPTH_MAX, JSON_PARTS_MAX, parseJson } from '../../src/platform/json';

describe('JSON of a reply', () => {
  it.each([
    ['a whole number', '12345678901234567890', '12345678901234567890'],
    ['a negative one', '-9007199254740993', '-9007199254740993'],
    ['the first that a double may confuse', '9007199254740992', '9007199254740992'],
    ['a decimal beyond 2^53', '12345678901234567.50', '12345678901234567.50'],
    ['what would become Infinity', '1e400', '1e400'],
    ['what would become -Infinity', '-1E+999', '-1E+999'],
  ])('keeps %s as text', (_, json, text) => {
    expect(parseJson(`[${json}]`)).toEqual([text]);
    expect(parseJson(`{"id":${json},"x":"${json}"}`)).toEqual({ id: text, x: text });
  });

  it.each(['9007199254740991', '-9007199254740991', '0.1', '1e20', '6.02e23', '1.7976931348623157e308', '0', '1e-400'])(
    'leaves %s a number',
    (json) => {
      expect(parseJson(`[${json}]`)).toEqual([Number(json)]);
    },
  );

  it('keeps a number that is too large beside a text of millions of escapes', () => {
    const text = '\\n"'.repeat(4_000_000);
    expect(parseJson(`{"id":12345678901234567890,"text":${JSON.stringify(text)}}`)).toEqual({
      id: '12345678901234567890',
      text,
    });
  });

  it.each(['{12345678901234567890:1}', '[01234567890123456789]', '[1234567890123456789.]', '12345678901234567890,'])(
    'is not made of what is none by its numbers: %s',
    (json) => {
      expect(parseJson(json)).toBeUndefined();
    },
  );

  it.each([
    ['lists', (levels: number) => '['.repeat(levels) + ']'.repeat(levels)],
    ['objects', (levels: number) => `${'{"a":'.repeat(levels)}1${'}'.repeat(levels)}`],
  ])('is refused beyond its depth: %s', (_, nested) => {
    expect(parseJson(nested(JSON_DEPTH_MAX))).toBeDefined();
    for (const levels of [JSON_DEPTH_MAX + 1, 1_000_000]) expect(parseJson(nested(levels))).toBeUndefined();
  });

  it('is refused beyond its parts, before they take memory', () => {
    const before = process.memoryUsage().heapUsed;
    expect(parseJson(`[${'[],'.repeat(JSON_PARTS_MAX)}[]]`)).toBeUndefined();
    expect(process.memoryUsage().heapUsed - before).toBeLessThan(50 * 1024 * 1024);
  });

  it('does not take brackets in a text for depth', () => {
    const text = `${'['.repeat(1_000)}\\"${'{"a":'.repeat(1_000)}`;
    expect(parseJson(JSON.stringify({ text }))).toEqual({ text });
  });

  it.each(['{"__proto__":{"admin":true},"a":1}', '{"\\u005f_proto__":{"admin":true},"a":1}'])(
    'has no prototype in it: %s',
    (json) => {
      const value = parseJson(json);
      expect(Object.assign({}, value)).toEqual({ a: 1 });
      expect(Object.keys(value as object)).toEqual(['a']);
    },
  );

  it('loses no number, and invents none', () => {
    const number = fc.oneof(
      fc.bigInt().map(String),
      fc.double({ noDefaultInfinity: true, noNaN: true }).map((value) => JSON.stringify(value)),
      fc.tuple(fc.bigInt(), fc.nat()).map(([whole, part]) => `${whole}.${part}`),
      fc.tuple(fc.integer(), fc.integer({ min: -500, max: 500 })).map(([value, power]) => `${value}e${power}`),
    );
    const item = fc.oneof(
      number,
      fc.string().map((text) => JSON.stringify(text)),
    );
    fc.assert(
      fc.property(fc.array(item), (items) => {
        const got = parseJson(`[${items.join(' , ')}]`) as unknown[];
        got.forEach((value, at) => {
          const token = items[at] ?? '';
          if (typeof value === 'string') return expect([value, JSON.stringify(value)]).toContain(token);
          expect(value).toBe(Number(token));
          return expect(Number.isFinite(value)).toBe(true);
        });
        expect(got).toHaveLength(items.length);
      }),
    );
  });
});
