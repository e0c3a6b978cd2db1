// One message and everything that is known of it before a decision: who sent it, by which way, on which subnets it may
// have an address. And what a decision consists of.

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

/** An interface that is served. */
export interface ServedInterface {
  readonly name: string;
  /** Ours on it, the first one its primary address. */
  readonly addresses: readonly number[];
  /** Where nothing can be broadcast: answers go to where the message came from. */
  readonly loopback: boolean;
  /** Ours, and that of relays. */
  readonly port: number;
}

export interface Arrival {
  readonly servedInterface: ServedInterface;
  readonly from: Endpoint;
  /** Which of our addresses it was sent to; `undefined`: it was broadcast. */
  readonly to: number | undefined;
}

export interface Exchange {
  readonly message: DhcpMessage;
  readonly kind: MessageType;
  readonly arrival: Arrival;
  readonly now: Instant;
  readonly client: Client;
  readonly device: DeviceRecord | undefined;
  /** Where it may have an address, best first; empty: nowhere. */
  readonly subnets: readonly ServedSubnet[];
  /** An INFORM that leaves it out and comes from no relay has its sender's address here. */
  readonly ciaddr: number;
  readonly giaddr: number;
  /** Option 50. */
  readonly requested: number | undefined;
  /** Option 54. */
  readonly serverId: number | undefined;
}

/** What is decided about a message. An answer says what it carries; where it goes follows from the exchange. */
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

/** What leaves, and why. */
export interface Reply {
  readonly bytes: Buffer;
  readonly to: Endpoint;
  /** Ours, that it leaves from. */
  readonly from: number;
  readonly type: 'OFFER' | 'ACK' | 'NAK';
  readonly exchange: Exchange;
  readonly outcome: Outcome;
}

export const silent = (reason: Reason, pool?: PoolFill): Outcome => ({
  decision: 'silent',
  reason,
  ...(pool === undefined ? {} : { pool }),
});
export const noted = (reason: Reason): Outcome => ({ decision: 'noted', reason });
export const nak = (reason: Reason): Outcome => ({ decision: 'NAK', reason });

/** Who sent it: option 61, else hardware type and address, and never a mixture (RFC 2131 §4.2). */
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

/** Client identifier 01 and six octets: an Ethernet address, which the bootloader's chaddr need not be. */
export const macOfClientId = (clientId: string): MacAddress | undefined =>
  clientId.length === 14 && clientId.startsWith('01') ? (clientId.slice(2).toUpperCase() as MacAddress) : undefined;

export const reservationOf = ({ client, device }: Exchange, subnet: ServedSubnet): Reservation | undefined =>
  subnet.reservationFor(client.mac, client.clientId, device?.configured.name.toUpperCase());

/** The address that the message is about: asked for, in use, or given back. 0: none. */
export const addressOf = ({ requested, ciaddr }: Exchange): number => requested ?? ciaddr;

/** The sender's address; 0 where it has none. */
export const senderOf = ({ from }: Arrival): number =>
  ipv4Number(parseIpv4Address(from.address) ?? ('0.0.0.0' as Ipv4Address));

/** A sub-option of option 82 (RFC 3046 §2.0); `undefined` where it is not there. */
export const relaySubOption = (message: DhcpMessage, code: number): Buffer | undefined => {
  const bytes = message.options.get(CODE.relayAgentInformation);
  if (bytes === undefined) return undefined;
  for (let at = 0; at + 1 < bytes.length; at += 2 + (bytes[at + 1] as number)) {
    const end = at + 2 + (bytes[at + 1] as number);
    if (bytes[at] === code && end <= bytes.length) return bytes.subarray(at + 2, end);
  }
  return undefined;
};

/** RFC 3046 §2.0, RFC 3527, RFC 5107. */
export const SUB_OPTION = { circuitId: 1, remoteId: 2, linkSelection: 5, serverIdOverride: 11 } as const;

/** The address in a sub-option; `undefined` where it is not there or no address. */
export const relayAddress = (message: DhcpMessage, code: number): number | undefined => {
  const bytes = relaySubOption(message, code);
  return bytes?.length === 4 ? bytes.readUInt32BE(0) : undefined;
};
