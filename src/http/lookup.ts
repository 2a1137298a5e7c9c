import { type LookupAddress, lookup as systemLookup } from 'node:dns';
import type { LookupFunction } from 'node:net';
import { Fault } from './fault';
import type { Networks } from './networks';

/** How a name is looked up: all of its addresses, as node:dns gives them. */
export type LookupAll = (
  host: string,
  options: { readonly all: true; readonly family?: number; readonly hints?: number },
  /** Without addresses after an error. */
  callback: (error: NodeJS.ErrnoException | null, addresses?: readonly LookupAddress[]) => void,
) => void;

/**
 * Looks names up for a connection. What is checked is what is connected to, so a name cannot lead elsewhere between the two.
 * One address that is refused refuses the name.
 */
export function guardedLookup(networks: Networks, lookupAll: LookupAll = systemLookup): LookupFunction {
  return (host, { family, hints, all }, callback) => {
    const asked = { all: true, family: familyOf(family), ...(hints !== undefined && { hints }) } as const;
    lookupAll(host, asked, (error, addresses = []) => {
      const [first] = addresses;
      if (error || !first) return callback(error ?? notFound(host), []);
      const refusal = refusalOf(networks, host, addresses);
      if (refusal) return callback(refusal, []);
      if (all) return callback(null, [...addresses]);
      callback(null, first.address, first.family);
    });
  };
}

function refusalOf(networks: Networks, host: string, addresses: readonly LookupAddress[]): Fault | null {
  for (const { address } of addresses) {
    const kind = networks.refusal(host, address);
    if (kind !== null) return addressRefused(host, address, kind);
  }
  return null;
}

function addressRefused(host: string, address: string, kind: string): Fault {
  const advice = `If it is meant to, set network: { allow: ['${host}'] } in offpeak.config.ts.`;
  return new Fault('ADDRESS_REFUSED', `${host} leads to ${address}, ${kind}`, advice);
}

function familyOf(family: number | 'IPv4' | 'IPv6' | undefined): number {
  if (family === 'IPv4') return 4;
  return family === 'IPv6' ? 6 : (family ?? 0);
}

function notFound(host: string): NodeJS.ErrnoException {
  return Object.assign(new Error(`${host} has no address`), { code: 'ENOTFOUND' });
}
