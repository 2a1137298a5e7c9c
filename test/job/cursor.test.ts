import fc from 'fast-check';
import { z } from 'zod';
import { CURSOR_BYTES_MAX, decodeCursor, encodeCursor } from '../../src/job/cursor';

const owner = { job: 'orders', partition: 'shop-1' };
const schema = z.object({ sinceMs: z.number(), page: z.string() });
const anything = z.unknown();

describe('a cursor on its way into the store', () => {
  it('comes back as what was yielded', () => {
    const text = encodeCursor(schema, { sinceMs: 5, page: 'a' }, owner);
    expect(text).toBe('{"sinceMs":5,"page":"a"}');
    expect(decodeCursor(schema, text, owner)).toEqual({ sinceMs: 5, page: 'a' });
  });

  it('has no field named __proto__, at any depth', () => {
    for (const text of ['{"__proto__":1}', '{"a":[{"__proto__":{}}]}'])
      expect(() => encodeCursor(anything, JSON.parse(text), owner)).toThrow('expected no field named __proto__');
  });

  it('comes back the same for every JSON value', () => {
    fc.assert(
      fc.property(fc.jsonValue({ noUnicodeString: false }), (value) => {
        fc.pre(!JSON.stringify(value).includes('"__proto__":'));
        const text = encodeCursor(anything, value, owner);
        expect(JSON.stringify(decodeCursor(anything, text, owner))).toBe(JSON.stringify(value));
      }),
    );
  });

  it('is kept as it was yielded, so that a transforming schema reads it each time', () => {
    const counting = z.object({ page: z.string().transform((page) => page.length) });
    const text = encodeCursor(counting, { page: 'four' }, owner);
    expect(decodeCursor(counting, text, owner)).toEqual({ page: 4 });
  });

  it('may leave a property undefined, which is the same as leaving it out', () => {
    const optional = z.object({ page: z.string().optional() });
    expect(encodeCursor(optional, { page: undefined }, owner)).toBe('{}');
  });

  it.each([
    [
      { at: new Date(0) },
      'orders/shop-1 cursor.at: expected a JSON value, got a Date; keep epoch milliseconds: date.getTime()',
    ],
    [{ n: Number.NaN }, 'orders/shop-1 cursor.n: expected a JSON value, got NaN'],
    [{ n: [1, Infinity] }, 'orders/shop-1 cursor.n[1]: expected a JSON value, got Infinity'],
    [{ n: 5n }, 'orders/shop-1 cursor.n: expected a JSON value, got 5n; keep its text'],
    [{ f: () => 1 }, 'orders/shop-1 cursor.f: expected a JSON value, got a function'],
    [{ list: [undefined] }, 'orders/shop-1 cursor.list[0]: expected a JSON value, got nothing'],
    [{ seen: new Map() }, 'orders/shop-1 cursor.seen: expected a JSON value, got an empty object'],
    [new Array(2), 'orders/shop-1 cursor: expected a list without gaps'],
    [undefined, 'orders/shop-1 cursor: expected a JSON value, got nothing'],
  ])('is refused when JSON would change it: %#', (value, message) => {
    expect(() => encodeCursor(anything, value, owner)).toThrow(
      expect.objectContaining({ code: 'CURSOR_INVALID', message }) as Error,
    );
  });

  it('is refused when it goes round in a circle', () => {
    const circle: Record<string, unknown> = {};
    circle['self'] = circle;
    expect(() => encodeCursor(anything, circle, owner)).toThrow(/expected at most 32 levels/);
  });

  it('is refused when it does not fit the schema, with every fault', () => {
    expect(() => encodeCursor(schema, { sinceMs: '5' }, owner)).toThrow(
      expect.objectContaining({
        code: 'CURSOR_INVALID',
        message:
          'orders/shop-1 cursor.sinceMs: expected number, got "5"\norders/shop-1 cursor.page: expected string, got nothing',
      }) as Error,
    );
  });

  it('is refused above the limit, by bytes, naming the job and the size', () => {
    const page = '页'.repeat(CURSOR_BYTES_MAX / 3);
    expect(() => encodeCursor(schema, { sinceMs: 1, page }, owner)).toThrow(
      expect.objectContaining({
        code: 'CURSOR_TOO_LARGE',
        message: expect.stringMatching(/^orders\/shop-1: .* 65536 bytes, got 65\d\d\d$/) as unknown,
      }) as Error,
    );
    expect(encodeCursor(anything, 'x'.repeat(CURSOR_BYTES_MAX - 2), owner)).toHaveLength(CURSOR_BYTES_MAX);
    expect(() => encodeCursor(anything, 'x'.repeat(CURSOR_BYTES_MAX - 1), owner)).toThrow(/CURSOR|bytes/);
  });
});

describe('a cursor on its way out of the store', () => {
  it('is refused when the text is no JSON or does not fit the schema any more', () => {
    expect(() => decodeCursor(schema, '{', owner)).toThrow(
      expect.objectContaining({
        code: 'CURSOR_INVALID',
        message: 'orders/shop-1 cursor: expected JSON text, got "{"',
      }) as Error,
    );
    expect(() => decodeCursor(z.array(z.number()), '["a"]', owner)).toThrow(
      'orders/shop-1 cursor[0]: expected number, got "a"',
    );
    expect(() => decodeCursor(schema, 'null', owner)).toThrow('orders/shop-1 cursor: expected object, got null');
  });

  it('is refused by a schema that waits or throws', () => {
    const waiting = z.string().refine(() => Promise.resolve(true));
    expect(() => decodeCursor(waiting, '"a"', owner)).toThrow(/must be synchronous/);
  });
});
