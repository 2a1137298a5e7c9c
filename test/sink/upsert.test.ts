import { upsert } from '../../src/job/sink';
import { upsertRows } from '../../src/sink/upsert';

const sink = upsert('orders', { key: 'oid' });

describe('the rows of a page', () => {
  it('have the key field as text and the record as JSON', () => {
    expect(upsertRows(sink, [{ oid: 42, name: '赵' }])).toEqual([{ key: '42', data: '{"oid":42,"name":"赵"}' }]);
  });

  it('take the last of records with one key, whether the platform sends it as number or text', () => {
    const rows = upsertRows(sink, [{ oid: 1, v: 1 }, { oid: 2 }, { oid: '1', v: 2 }]);
    expect(rows).toHaveLength(2);
    expect(rows[0]).toEqual({ key: '1', data: '{"oid":"1","v":2}' });
  });

  it('join a compound key so that no two keys look alike', () => {
    const compound = upsert('lines', { key: ['order', 'line'] });
    const rows = upsertRows(compound, [
      { order: 'a,b', line: 'c' },
      { order: 'a', line: 'b,c' },
      { order: 1, line: 2 },
    ]);
    expect(rows.map(({ key }) => key)).toEqual(['["a,b","c"]', '["a","b,c"]', '["1","2"]']);
  });

  it.each([
    [{}, 'nothing'],
    [{ oid: null }, 'null'],
    [{ oid: '' }, 'an empty text'],
    [{ oid: Number.NaN }, 'NaN'],
    [{ oid: { id: 1 } }, 'a value of type object'],
    [{ oid: 2 ** 53 }, 'a number that lost digits on the way; have it delivered as text'],
  ])('refuse a record without a usable key, naming table, record and field: %j', (record, got) => {
    const message = `table orders, record 1 of the page: expected text or a number in the key field "oid", got ${got}`;
    expect(() => upsertRows(sink, [{ oid: 1 }, record])).toThrow(
      expect.objectContaining({ code: 'SINK_FAILED', message }) as Error,
    );
  });

  it('do not take a key from the prototype', () => {
    expect(() => upsertRows(upsert('t', { key: 'constructor' }), [{}])).toThrow(/got nothing/);
  });

  it.each([
    [null, 'expected an object, got null'],
    ['text', 'expected an object, got string'],
    [[1], 'expected an object, got a list'],
    [{ oid: 1, big: 5n }, 'expected what JSON can hold'],
    [{ oid: 1, toJSON: () => undefined }, 'expected what JSON can hold'],
  ])('refuse what is no record: %#', (record, message) => {
    expect(() => upsertRows(sink, [record as unknown as { oid: number }])).toThrow(message);
  });
});
