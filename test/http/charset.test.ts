import fc from 'fast-check';
import { decodeText } from '../../src/http/charset';
import { Fault } from '../../src/http/fault';

const exact = (contentType: string, bytes: readonly number[] | Buffer): string =>
  decodeText(Buffer.from(bytes), { contentType, mode: 'exact' });

const ORDER_GBK = [0xb6, 0xa9, 0xb5, 0xa5]; // 订单

describe('a body', () => {
  it.each([
    ['application/json;charset=GBK', ORDER_GBK],
    ['application/json; Charset="gb2312"', ORDER_GBK],
    ['text/html; charset=gb18030', ORDER_GBK],
    ['application/json; charset=big5', [0xad, 0x71, 0xb3, 0xe6], '訂單'],
    ['text/plain; charset=Shift_JIS', [0x92, 0x8d, 0x95, 0xb6], '注文'],
    ['text/plain; charset=euc-kr', [0xc1, 0xd6, 0xb9, 0xae], '주문'],
    ['application/json; charset=utf-16le', [0xa2, 0x8b, 0x55, 0x53]],
    ['application/json', Buffer.from('订单')],
    ['', Buffer.from('订单')],
    ['application/json; charset=utf-8', Buffer.from('\uFEFF订单')],
    ['application/json; charset=ISO-8859-1', Buffer.from('订单')],
    ['text/plain; charset=ISO-8859-1', [0xe9], 'é'],
  ])('is read as it says: %s', (contentType, bytes, text = '订单') => {
    expect(exact(contentType, bytes)).toBe(text);
  });

  it.each([
    ['application/json', ORDER_GBK, 'BODY_MALFORMED'],
    ['application/json; charset=utf-8', [0xed, 0xa0, 0x80], 'BODY_MALFORMED'],
    ['application/json; charset=gbk', [0xb6], 'BODY_MALFORMED'],
    ['application/json; charset=klingon', [0x7b, 0x7d], 'CHARSET_REFUSED'],
  ])('is refused when data would be lost: %s %j', (contentType, bytes, code) => {
    expect(() => exact(contentType, bytes)).toThrow(expect.objectContaining({ code }) as Error);
  });

  it('is text or a fault, whatever its bytes and its type', () => {
    const charsets = fc.oneof(
      fc.string(),
      fc.constantFrom('utf-8', 'gbk', 'utf-16be', 'latin1', 'x-user-defined', 'iso-2022-jp'),
    );
    fc.assert(
      fc.property(fc.uint8Array(), charsets, fc.constantFrom('exact', 'lossy'), (bytes, charset, mode) => {
        const contentType = `application/json; charset=${charset}`;
        try {
          return typeof decodeText(Buffer.from(bytes), { contentType, mode }) === 'string';
        } catch (thrown) {
          return mode === 'exact' && thrown instanceof Fault;
        }
      }),
    );
  });

  it('of valid UTF-8 comes back to the byte', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'binary' }).map((text) => Buffer.from(text)),
        (bytes) => {
          const text = exact('application/json', bytes);
          const start = bytes.subarray(0, 3).equals(Buffer.from('\uFEFF')) ? 3 : 0;
          expect(Buffer.from(text)).toEqual(bytes.subarray(start));
        },
      ),
    );
  });
});
