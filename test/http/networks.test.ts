import { openNetworks } from '../../src/http/networks';
import { networkOption } from '../../src/platform/options';

describe('an address that a name leads to', () => {
  const networks = openNetworks([]);

  it.each([
    ['127.0.0.1', 'loopback'],
    ['127.255.255.254', 'loopback'],
    ['10.1.2.3', 'private'],
    ['172.16.0.1', 'private'],
    ['172.31.255.255', 'private'],
    ['192.168.1.1', 'private'],
    ['169.254.169.254', 'metadata'],
    ['100.100.100.200', 'metadata'],
    ['100.64.0.1', 'carrier'],
    ['224.0.0.1', 'multicast'],
    ['0.0.0.0', 'reserved'],
    ['255.255.255.255', 'reserved'],
    ['::1', 'loopback'],
    ['::', 'reserved'],
    ['fd00:ec2::254', 'private'],
    ['fc00::1', 'private'],
    ['fe80::1', 'link-local'],
    ['fe80::1%eth0', 'link-local'],
    ['fec0::1', 'reserved'],
    ['ff02::1', 'multicast'],
    ['2002:7f00:1::1', 'reserved'],
    ['2001::1', 'reserved'],
    ['100::1', 'reserved'],
    ['::ffff:127.0.0.1', 'loopback'],
    ['::ffff:a00:1', 'private'],
    ['0:0:0:0:0:ffff:a9fe:a9fe', 'metadata'],
    ['64:ff9b::10.0.0.1', 'private'],
    ['64:ff9b::a9fe:a9fe', 'metadata'],
  ])('is refused: %s is %s', (address, kind) => {
    expect(networks.refusal('api.example.com', address)).toMatch(kind);
  });

  it.each([
    '1.1.1.1',
    '100.63.255.255',
    '100.128.0.1',
    '172.15.0.1',
    '172.32.0.1',
    '192.167.0.1',
    '198.18.0.1',
    '2400:3200::1',
    '2606:4700::1111',
    '::ffff:8.8.8.8',
    '64:ff9b::8.8.8.8',
  ])('is taken: %s', (address) => {
    expect(networks.refusal('api.example.com', address)).toBeNull();
  });

  it('may be this machine for localhost, and nothing else that is private', () => {
    expect(networks.refusal('localhost', '127.0.0.1')).toBeNull();
    expect(networks.refusal('localhost', '::1')).toBeNull();
    expect(networks.refusal('localhost', '10.0.0.1')).toMatch('private');
    expect(networks.refusal('localhost.', '127.0.0.1')).toMatch('loopback');
    expect(networks.refusal('localhost.evil.example', '127.0.0.1')).toMatch('loopback');
  });
});

describe('what the operator allows', () => {
  it('is a network, in every form of its addresses', () => {
    const networks = openNetworks(['10.0.0.0/8', 'fd12::/16', '192.168.7.7']);
    for (const address of ['10.9.9.9', '::ffff:10.9.9.9', '64:ff9b::10.9.9.9', 'fd12::5', '192.168.7.7'])
      expect(networks.refusal('api.example.com', address)).toBeNull();
    for (const address of ['11.0.0.0', '8.8.8.8']) expect(networks.refusal('a.example', address)).toBeNull();
    for (const address of ['192.168.7.8', 'fd13::5', '127.0.0.1', '169.254.169.254'])
      expect(networks.refusal('api.example.com', address)).not.toBeNull();
  });

  it('is a host by its whole name', () => {
    const networks = openNetworks(['apig.internal']);
    expect(networks.refusal('apig.internal', '10.0.0.1')).toBeNull();
    expect(networks.refusal('evil.apig.internal', '10.0.0.1')).toMatch('private');
    expect(networks.refusal('internal', '10.0.0.1')).toMatch('private');
  });

  it.each(['10.0.0.0/8', '10.0.0.1', 'fd00::/8', '::1', 'apig.internal', 'xn--fiq228c.example'])(
    'may be %s',
    (entry) => {
      expect(networkOption.safeParse(entry).success).toBe(true);
    },
  );

  it.each([
    '',
    '10.0.0.0/33',
    '10.0.0/8',
    '10.0.0.0/',
    '10.0.0.0/8/8',
    '::/129',
    'host/8',
    'https://a.example',
    'a.example:443',
    'A.example',
    '*.example',
    'a b',
    '127.1',
    '中文.example',
  ])('may not be "%s"', (entry) => {
    expect(networkOption.safeParse(entry).success).toBe(false);
  });
});
