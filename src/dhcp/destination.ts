import type { Endpoint } from '../net/ports.js';
import type { Exchange } from './exchange.js';
import { ipv4Text } from './ipv4.js';

const BROADCAST_ADDRESS = '255.255.255.255';

/** Where a reply is sent to (RFC 2131 §4.1): the first case that applies. */
export const destinationOf = (exchange: Exchange, type: 'OFFER' | 'ACK' | 'NAK', clientPort: number): Endpoint => {
  const { giaddr, ciaddr, kind, arrival } = exchange;
  const { servedInterface, from } = arrival;
  if (kind === 'INFORM' && !servedInterface.loopback) return { address: ipv4Text(ciaddr), port: clientPort };
  if (giaddr !== 0) return { address: ipv4Text(giaddr), port: servedInterface.port };
  if (servedInterface.loopback) return from;
  // A NAK is always broadcast: the client may not be entitled to the address that it sends from (§4.3.2).
  if (type !== 'NAK' && ciaddr !== 0) return { address: ipv4Text(ciaddr), port: clientPort };
  // Without the broadcast bit, the client would take a unicast to its new address. That needs a raw socket, and §4.1
  // allows a broadcast instead.
  return { address: BROADCAST_ADDRESS, port: clientPort };
};
