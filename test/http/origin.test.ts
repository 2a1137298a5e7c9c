import { parseTarget } from '../../src/http/origin';
import { originOption } from '../../src/platform/options';

const LISTED = 'https://api.example.com';

describe('the origin of a request', () => {
  it.each([
    ['https://api.example.com/orders?page=1', LISTED],
    ['https://api.example.com:443/', LISTED],
    ['HTTPS://API.EXAMPLE.COM/', LISTED],
    ['https://api.example.com/@evil.example/', LISTED],
    ['https://ａｐｉ.example.com/', LISTED],
    ['https://bücher.example/', 'https://xn--bcher-kva.example'],
    ['http://127.1/', 'http://127.0.0.1'],
    ['http://0x7f000001/', 'http://127.0.0.1'],
    ['http://017700000001/', 'http://127.0.0.1'],
    ['http://2130706433/', 'http://127.0.0.1'],
    ['http://[0:0:0:0:0:0:0:1]/', 'http://[::1]'],
  ])('is listed: %s is %s', (url, origin) => {
    expect(parseTarget(url, [origin]).origin).toBe(origin);
  });

  it('is read the same in a process that has made many requests', () => {
    const listed = 'https://xn--bcher-kva.example';
    const origins = new Set<string>();
    for (let request = 0; request < 30_000; request += 1)
      origins.add(parseTarget('https://bücher.example/orders', [listed]).origin);
    expect([...origins]).toEqual([listed]);
  });

  it.each([
    ['another host', 'https://evil.example/'],
    ['a longer name', 'https://api.example.com.evil.example/'],
    ['a subdomain', 'https://x.api.example.com/'],
    ['a trailing dot', 'https://api.example.com./'],
    ['a look-alike letter', 'https://аpi.example.com/'],
    ['another port', 'https://api.example.com:8443/'],
    ['plain HTTP', 'http://api.example.com/'],
    ['plain HTTP on the port of HTTPS', 'http://api.example.com:443/'],
    ['a user', 'https://user@api.example.com/'],
    ['a password', 'https://:tok-55@api.example.com/'],
    ['the host as a user', 'https://api.example.com@evil.example/'],
    ['the host as a user, with a backslash', 'https://evil.example\\@api.example.com/'],
    ['a file', 'file:///etc/passwd'],
    ['data', 'data:application/json,{}'],
    ['a socket', 'ws://api.example.com/'],
    ['FTP', 'ftp://api.example.com/'],
    ['no scheme', '//api.example.com/'],
    ['loopback', 'http://127.0.0.1/'],
    ['loopback in short', 'http://127.1/'],
    ['loopback in octal', 'http://0177.0.0.1/'],
    ['loopback in hex', 'http://0x7f.1/'],
    ['loopback in IPv6', 'http://[::1]/'],
    ['loopback mapped into IPv6', 'http://[::ffff:127.0.0.1]/'],
    ['the metadata of a cloud', 'http://169.254.169.254/latest/meta-data'],
  ])('is refused: %s', (_, url) => {
    const parse = (): URL => parseTarget(url, [LISTED]);
    expect(parse).toThrow(expect.objectContaining({ code: 'ORIGIN_REFUSED' }) as Error);
    expect(parse).not.toThrow(/tok-55/);
  });

  it('is not 127.0.0.1 where it is mapped into IPv6', () => {
    expect(() => parseTarget('http://[::ffff:127.0.0.1]/', ['http://127.0.0.1'])).toThrow(/expected one of/);
  });
});

describe('an origin in the config', () => {
  it.each([
    'https://api.example.com',
    'https://api.example.com/',
    'https://10.0.0.5',
    'http://127.0.0.1:8080',
    'http://localhost:1',
    'http://[::1]:1',
  ])('may be %s', (origin) => {
    expect(originOption.safeParse(origin).success).toBe(true);
  });

  it.each([
    'http://api.example.com',
    'http://10.0.0.5',
    'https://user:pw@api.example.com',
    'https://api.example.com/v1',
    'https://api.example.com?x',
    'https://API.example.com',
    'http://127.1',
    'http://localhost.',
    'http://[::ffff:127.0.0.1]',
    'http://169.254.169.254',
    'file:///etc',
    'api.example.com',
  ])('may not be %s', (origin) => {
    expect(originOption.safeParse(origin).success).toBe(false);
  });
});
