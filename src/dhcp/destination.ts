// Where a reply goes: RFC 2131 §4.1, as a list of cases of which the first that holds counts.

import type { Endpoint } from '../net/ports.js';
import type { Exchange } from './exchange.js';
import { ipv4Text } from './ipv4.js';

const BROADCAST_ADDRESS = '255.255.255.255';

export const destinationOf = (exchange: Exchange, type: 'OFFER' | 'ACK' | 'NAK', clientPort: number): Endpoint => {
  const { giaddr, ciaddr, kind, arrival } = exchange;
  const { servedInterface, from } = arrival;
  if (kind === 'INFORM' && !servedInterface.loopback) return { address: ipv4Text(ciaddr), port: clientPort };
  if (giaddr !== 0) return { address: ipv4Text(giaddr), port: servedInterface.port };
  if (servedInterface.loopback) return from;
  // A NAK is broadcast always: the client may not have the address that it speaks from (§4.3.2).
  if (type !== 'NAK' && ciaddr !== 0) return { address: ipv4Text(ciaddr), port: clientPort };
  // With the broadcast bit clear the client would take a unicast to its new address, which needs a raw socket: §4.1
  // lets those broadcast who cannot.
  return { address: BROADCAST_ADDRESS, port: clientPort };
};
