import { signRequest } from '../../../../src/platform/bundled/apig/signature';

/** Request, key and result of the example on https://support.huaweicloud.com/devg-apisign/api-sign-algorithm-004.html */
const EXAMPLE = {
  method: 'GET',
  url: 'https://service.region.example.com/v1/77b6a44cba5143ab91d13ab9a8ff44fd/vpcs?limit=2&marker=13551d6b-755d-4757-b956-536f674975c0',
  headers: { 'content-type': 'application/json' },
  body: null,
} as const;
const KEY = { key: 'QTWAOYTTINDUT2QVKYUC', secret: 'MFyfvK41ba2giqM7Uio6PznpdUKGpownRZlmVmHc' };
const AT_MS = Date.parse('2019-11-15T03:36:55Z');

const signatureOf = (request: Parameters<typeof signRequest>[0]): string | undefined =>
  /Signature=(.*)/.exec(signRequest(request, KEY, AT_MS).headers['authorization'] ?? '')?.[1];

describe('a signed request', () => {
  it("has the signature of the vendor's example", () => {
    expect(signRequest(EXAMPLE, KEY, AT_MS).headers).toEqual({
      'content-type': 'application/json',
      'x-sdk-date': '20191115T033655Z',
      authorization:
        'SDK-HMAC-SHA256 Access=QTWAOYTTINDUT2QVKYUC, SignedHeaders=content-type;host;x-sdk-date, ' +
        'Signature=7be6668032f70418fcc22abc52071e57aff61b84a1d2381bb430d6870f4f6ebe',
    });
  });

  it('is the same in whatever order the query stands', () => {
    const [path = '', query = ''] = EXAMPLE.url.split('?');
    const turned = `${path}?${query.split('&').reverse().join('&')}`;
    expect(signatureOf({ ...EXAMPLE, url: turned })).toBe(signatureOf(EXAMPLE));
  });

  it('differs by method, path, query and body', () => {
    const changed = [
      EXAMPLE,
      { ...EXAMPLE, method: 'DELETE' as const },
      { ...EXAMPLE, url: EXAMPLE.url.replace('vpcs', 'vpc') },
      { ...EXAMPLE, url: EXAMPLE.url.replace('limit=2', 'limit=3') },
      { ...EXAMPLE, body: '{}' },
    ];
    expect(new Set(changed.map(signatureOf)).size).toBe(changed.length);
  });

  it('takes a path and a query with characters beyond ASCII', () => {
    const url = 'https://example.com/v1/%E8%AE%A2%E5%8D%95?name=a%20b%2A';
    expect(signatureOf({ ...EXAMPLE, url })).toMatch(/^[0-9a-f]{64}$/);
  });
});
