import { BlockList, isIP } from 'node:net';

/** Which addresses a name may lead to: public ones, and what the operator allows besides. */
export interface Networks {
  /** What a refused address is (`a private address`), or null where the host may be there. */
  refusal(host: string, address: string): string | null;
}

/** Takes entries as `networkOption` lets them through. A name may lead anywhere, `localhost` always to this machine. */
export function openNetworks(allow: readonly string[]): Networks {
  const addresses = listOf(allow.flatMap(carried));
  const names = new Set(allow.filter((entry) => subnetOf(entry) === null));
  return {
    refusal(host, address) {
      const plain = address.replace(/%.*$/, ''); // a zone, as in fe80::1%eth0
      const kind = kindOf(plain);
      if (kind === null || names.has(host) || holds(addresses, plain)) return null;
      return host === 'localhost' && kind === LOOPBACK ? null : kind;
    },
  };
}

const LOOPBACK = 'a loopback address';

/**
 * What is not public, by https://www.iana.org/assignments/iana-ipv4-special-registry. 198.18.0.0/15 is left open: proxies on
 * the machine that work by "fake IP" answer every name with an address of it.
 */
const IPV4: readonly (readonly [name: string, ...networks: string[]])[] = [
  [LOOPBACK, '127.0.0.0/8'],
  ['a private address', '10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16'],
  ['a link-local address, where clouds keep their metadata', '169.254.0.0/16'],
  ['an address behind a carrier, where clouds keep their metadata', '100.64.0.0/10'],
  ['a multicast address', '224.0.0.0/4'],
  [
    'a reserved address',
    '0.0.0.0/8',
    '192.0.0.0/24',
    '192.0.2.0/24',
    '198.51.100.0/24',
    '203.0.113.0/24',
    '240.0.0.0/4',
  ],
];

/** All but 2000::/3 is not public; of that, what embeds other addresses (Teredo, 6to4) or stands in documents is not. */
const IPV6: typeof IPV4 = [
  [LOOPBACK, '::1/128'],
  ['a private address', 'fc00::/7'],
  ['a link-local address', 'fe80::/10'],
  ['a multicast address', 'ff00::/8'],
  ['a reserved address', '::/3', '4000::/2', '8000::/1', '2001::/23', '2001:db8::/32', '2002::/16', '3fff::/20'],
];

/** NAT64 carries IPv4 in the last 32 bits, as mapped addresses do, which BlockList takes for IPv4 by itself. */
const NAT64 = '64:ff9b::';

const CARRIED = listOf([NAT64, '::ffff:'].map((prefix) => ({ network: `${prefix}0.0.0.0`, bits: 96 })));
const REFUSED_IPV4 = IPV4.map(([name, ...networks]) => ({ name, list: listOf(networks.flatMap(carried)) }));
const REFUSED_IPV6 = IPV6.map(([name, ...networks]) => ({ name, list: listOf(networks.flatMap(carried)) }));

/** Null for a public address. */
function kindOf(address: string): string | null {
  const isOld = isIP(address) === 4 || holds(CARRIED, address);
  return (isOld ? REFUSED_IPV4 : REFUSED_IPV6).find(({ list }) => holds(list, address))?.name ?? null;
}

interface Subnet {
  readonly network: string;
  readonly bits: number;
}

/** An address is the network of itself alone. Null for what is neither. */
function subnetOf(entry: string): Subnet | null {
  const [network = '', bits, ...rest] = entry.split('/');
  const width = { 0: 0, 4: 32, 6: 128 }[isIP(network)] ?? 0;
  if (width === 0 || rest.length > 0 || (bits !== undefined && !/^\d{1,3}$/.test(bits))) return null;
  const prefix = bits === undefined ? width : Number(bits);
  return prefix > width ? null : { network, bits: prefix };
}

/** A network, of IPv4 also as NAT64 carries it; none for a name. */
function carried(text: string): Subnet[] {
  const subnet = subnetOf(text);
  if (!subnet) return [];
  return isIP(subnet.network) === 4 ? [subnet, { network: NAT64 + subnet.network, bits: 96 + subnet.bits }] : [subnet];
}

function listOf(subnets: readonly Subnet[]): BlockList {
  const list = new BlockList();
  for (const { network, bits } of subnets) list.addSubnet(network, bits, familyOf(network));
  return list;
}

function holds(list: BlockList, address: string): boolean {
  return isIP(address) !== 0 && list.check(address, familyOf(address));
}

function familyOf(address: string): 'ipv4' | 'ipv6' {
  return isIP(address) === 4 ? 'ipv4' : 'ipv6';
}
