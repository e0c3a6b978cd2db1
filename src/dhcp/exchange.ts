// The values that a DHCP message passes through: how it arrived, what is known about it before the decision, the
// decision, and the reply.

import { type Ipv4Address, type MacAddress, parseIpv4Address } from '../core/identifiers.js';
import type { Duration, Instant } from '../core/time.js';
import type { DeviceRecord } from '../devices/index.js';
import type { Endpoint } from '../net/ports.js';
import { ipv4Number } from './ipv4.js';
import { type Client, clientKey, type Lease } from './lease.js';
import { CODE } from './options.js';
import type { DhcpMessage, MessageType } from './packet.js';
import type { Reason } from './reasons.js';
import type { ClientOptions, Reservation, ServedSubnet } from './served-subnet.js';

/** A network interface that the server answers on. */
export interface ServedInterface {
  readonly name: string;
  /** The local addresses on it, the primary one first. */
  readonly addresses: readonly number[];
  /** It cannot broadcast: replies go to the sender of the message. */
  readonly loopback: boolean;
  /** The port of servers, and of relays. */
  readonly port: number;
}

/** How a message arrived. */
export interface Arrival {
  readonly servedInterface: ServedInterface;
  readonly from: Endpoint;
  /** The local address that it was sent to; `undefined`: it was broadcast. */
  readonly to: number | undefined;
}

/** A message and all that is known about it before it is decided on. */
export interface Exchange {
  readonly message: DhcpMessage;
  readonly kind: MessageType;
  readonly arrival: Arrival;
  readonly now: Instant;
  readonly client: Client;
  readonly device: DeviceRecord | undefined;
  /** The subnets in which it may have an address, the best first; empty: none. */
  readonly subnets: readonly ServedSubnet[];
  /** The client's address. If an INFORM leaves it out and comes from no relay, it is the sender's. */
  readonly ciaddr: number;
  readonly giaddr: number;
  /** Option 50. */
  readonly requested: number | undefined;
  /** Option 54. */
  readonly serverId: number | undefined;
}

/** The decision about a message. An answer says what it carries; where it is sent follows from the exchange. */
export type Outcome =
  | { readonly decision: 'silent' | 'noted'; readonly reason: Reason; readonly pool?: PoolFill }
  | { readonly decision: 'NAK'; readonly reason: Reason }
  | {
      readonly decision: 'OFFER' | 'ACK';
      readonly reason: Reason;
      readonly subnet: ServedSubnet;
      readonly offering: ClientOptions;
      /** Absent in the answer to INFORM, as is the time. */
      readonly lease?: Lease;
      readonly granted?: Duration;
    };

/** How full the pool was that had nothing for the client. */
export interface PoolFill {
  readonly subnet: ServedSubnet;
  readonly taken: number;
}

/** A reply, and why it is sent. */
export interface Reply {
  readonly bytes: Buffer;
  readonly to: Endpoint;
  /** The local address that it is sent from. */
  readonly from: number;
  readonly type: 'OFFER' | 'ACK' | 'NAK';
  readonly exchange: Exchange;
  readonly outcome: Outcome;
}

/** The message gets no answer. `pool`: the one that had no address. */
export const silent = (reason: Reason, pool?: PoolFill): Outcome => ({
  decision: 'silent',
  reason,
  ...(pool === undefined ? {} : { pool }),
});
/** The message was accepted and has no answer. */
export const noted = (reason: Reason): Outcome => ({ decision: 'noted', reason });
/** The message is answered by a NAK. */
export const nak = (reason: Reason): Outcome => ({ decision: 'NAK', reason });

/** The client that sent a message: by option 61, else by hardware type and address, never by both (RFC 2131 §4.2). */
export const clientOf = (message: DhcpMessage): Client => {
  const mac = message.hardwareAddress;
  const clientId = message.options.get(CODE.clientId)?.toString('hex') ?? '';
  const { htype } = message;
  return {
    key: clientKey(htype, mac, clientId),
    mac,
    htype,
    clientId,
    hostName: message.text(CODE.hostName),
    vendorClass: message.text(CODE.vendorClass),
  };
};

/**
 * The Ethernet address in a client identifier of 01 and six octets; `undefined`: it has none. The `chaddr` that a
 * bootloader sends may be another.
 */
export const macOfClientId = (clientId: string): MacAddress | undefined =>
  clientId.length === 14 && clientId.startsWith('01') ? (clientId.slice(2).toUpperCase() as MacAddress) : undefined;

/** The client's reservation in a subnet. */
export const reservationOf = ({ client, device }: Exchange, subnet: ServedSubnet): Reservation | undefined =>
  subnet.reservationFor(client.mac, client.clientId, device?.configured.name.toUpperCase());

/** The address that a message is about: requested, in use, or given back. 0: none. */
export const addressOf = ({ requested, ciaddr }: Exchange): number => requested ?? ciaddr;

/** The address of the datagram's sender; 0: it has none. */
export const senderOf = ({ from }: Arrival): number =>
  ipv4Number(parseIpv4Address(from.address) ?? ('0.0.0.0' as Ipv4Address));

/** A sub-option of option 82 (RFC 3046 §2.0); `undefined`: it is not there. */
export const relaySubOption = (message: DhcpMessage, code: number): Buffer | undefined => {
  const bytes = message.options.get(CODE.relayAgentInformation);
  if (bytes === undefined) return undefined;
  for (let at = 0; at + 1 < bytes.length; at += 2 + (bytes[at + 1] as number)) {
    const end = at + 2 + (bytes[at + 1] as number);
    if (bytes[at] === code && end <= bytes.length) return bytes.subarray(at + 2, end);
  }
  return undefined;
};

/** The numbers of sub-options of option 82 (RFC 3046 §2.0, RFC 3527, RFC 5107). */
export const SUB_OPTION = { circuitId: 1, remoteId: 2, linkSelection: 5, serverIdOverride: 11 } as const;

/** The address in a sub-option; `undefined`: it is not there, or is no address. */
export const relayAddress = (message: DhcpMessage, code: number): number | undefined => {
  const bytes = relaySubOption(message, code);
  return bytes?.length === 4 ? bytes.readUInt32BE(0) : undefined;
};
