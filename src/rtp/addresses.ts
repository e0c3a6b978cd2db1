// Which addresses RTP may go to: a daemon that sends wherever it is asked to would serve attacks on others
// (`docs/protocols/calls.md` §5.5).

import type { MediaAddress } from '../calls/index.js';
import { parseIpv4Address } from '../core/identifiers.js';
import type { AddressFault } from './events.js';

/** Why nothing is sent to `address` and `port`, whoever has them; `undefined`: it may be a host. */
export const addressFault = ({ address, port }: MediaAddress): AddressFault | undefined => {
  if (port <= 0 || port > 0xffff || !Number.isInteger(port)) return 'none';
  if (parseIpv4Address(address) === undefined) return 'none';
  const first = Number.parseInt(address, 10);
  if (first === 0) return 'none'; // RFC 1122 §3.2.1.3: «this network», no destination
  if (address === '255.255.255.255') return 'broadcast';
  if (first >= 240) return 'reserved'; // RFC 1112 §4
  return first >= 224 ? 'multicast' : undefined;
};

/** Whether it is a group that no router of another network passes on (RFC 2365 §6): the only ones that labcm sends to. */
export const isPrivateGroup = ({ address, port }: MediaAddress): boolean =>
  parseIpv4Address(address) !== undefined && address.startsWith('239.') && port >= 1_024 && port <= 0xffff;

/**
 * Whether packets to `address` come back to this machine. `known`: its addresses, and those by which phones know it.
 */
export const isThisMachine = (address: string, known: readonly string[]): boolean =>
  address.startsWith('127.') || known.includes(address);
