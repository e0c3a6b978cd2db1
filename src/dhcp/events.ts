// The events of the DHCP service: one for each received and each sent message, and those about leases, interfaces and
// the lease file.

import type { Instant } from '../core/time.js';
import type { MessageType } from './packet.js';
import type { Decision, MalformedReason, Reason } from './reasons.js';

/** The state of the client that sent a REQUEST (RFC 2131 §4.3.2). */
export type RequestState = 'SELECTING' | 'INIT-REBOOT' | 'RENEWING' | 'REBINDING';

/**
 * What events about messages have in common.
 *
 * @hot Every field is always there, even if `undefined`: these are the most frequent events, and V8 makes objects of
 * one shape fastest.
 */
interface AboutMessage {
  readonly at: Instant;
  readonly interface: string;
  /** Transaction id, `0x` and eight hexadecimal digits. */
  readonly xid: string;
  /** The hardware address, upper-case hexadecimal. */
  readonly mac: string;
  /** The device of that address, where it is configured. */
  readonly device: string | undefined;
}

/** A message was understood and decided on. */
export interface DhcpReceived extends AboutMessage {
  readonly type: 'dhcp.received';
  /** Sender of the datagram. */
  readonly from: string;
  /** `BOOTP`: no message type. */
  readonly kind: MessageType | 'BOOTP';
  readonly state: RequestState | undefined;
  /** The relay that passed it on. */
  readonly relay: string | undefined;
  /** The address that it is about: asked for, in use, or given back. */
  readonly address: string | undefined;
  /** Options 12 and 60, as the client spells them. */
  readonly hostName: string;
  readonly vendorClass: string;
  readonly decision: Decision;
  readonly reason: Reason;
  /** The other server that it speaks to. */
  readonly server: string | undefined;
  /** The pool that had no address for it. */
  readonly pool: FullPool | undefined;
  /** Octets of the largest datagram that it takes (option 57), where the answer was larger. */
  readonly room: number | undefined;
}

export interface FullPool {
  readonly subnet: string;
  /** How many addresses it has for anybody, and how many of them are leased, on offer or at rest. */
  readonly addresses: number;
  readonly taken: number;
}

/** A message left. */
export interface DhcpSent extends AboutMessage {
  readonly type: 'dhcp.sent';
  readonly to: string;
  readonly port: number;
  readonly kind: 'OFFER' | 'ACK' | 'NAK';
  /** The address given; absent in a NAK and in the answer to INFORM. */
  readonly address: string | undefined;
  /** Seconds; absent where there is no lease. */
  readonly leaseTime: number | undefined;
  readonly octets: number;
  readonly decision: Decision;
  readonly reason: Reason;
}

/** A datagram that is no DHCP message. */
export interface DhcpMalformed {
  readonly type: 'dhcp.malformed';
  readonly at: Instant;
  readonly interface: string;
  readonly address: string;
  readonly port: number;
  readonly reason: MalformedReason;
  readonly offset: number;
  readonly octets: number;
  /** The start of the datagram, at most 64 octets, in hexadecimal. */
  readonly bytes: string;
}

/** More messages came or were sent in a second than appear in the trace; this is the number of the others. */
export interface DhcpUntraced {
  readonly type: 'dhcp.untraced';
  readonly at: Instant;
  readonly messages: number;
}

/** The first message of a client that is not answered. Published once for each hardware address. */
export interface DhcpRefusedClient {
  readonly type: 'dhcp.stranger';
  readonly at: Instant;
  readonly interface: string;
  readonly mac: string;
  readonly hostName: string;
  readonly vendorClass: string;
  readonly reason: Reason;
}

/** New clients over a limit were not answered. Published once a second for each link. */
export interface DhcpThrottled {
  readonly type: 'dhcp.throttled';
  readonly at: Instant;
  /** The relay or interface. */
  readonly link: string;
  readonly limit: string;
  readonly count: number;
}

/**
 * Another DHCP server is there: a client named it, or a message of it arrived. Published once in a while for each
 * server.
 */
export interface DhcpOtherServer {
  readonly type: 'dhcp.other-server';
  readonly at: Instant;
  readonly interface: string;
  readonly server: string;
  /** The client that took its offer, or that it answered. */
  readonly mac: string;
  readonly seen: 'named-by-client' | 'heard';
}

/** Another server offered or acknowledged an address, and its message reached the server port. */
export interface DhcpOtherOffer {
  readonly type: 'dhcp.other-offer';
  readonly at: Instant;
  readonly interface: string;
  readonly server: string;
  readonly kind: 'OFFER' | 'ACK';
  /** The relay that it is for. */
  readonly relay: string | undefined;
  readonly mac: string;
  readonly device: string | undefined;
  /** The address offered, and the next server of the fixed header. */
  readonly yiaddr: string;
  readonly siaddr: string;
  /** Options 1, 3, 6, 51, 66 and 150 by code, in hexadecimal: those that it has. */
  readonly options: Readonly<Record<string, string>>;
}

/** A client did not take an offer in time, or the address was offered to another client. */
export interface DhcpOfferLapsed {
  readonly type: 'dhcp.offer-lapsed';
  readonly at: Instant;
  readonly mac: string;
  readonly device: string | undefined;
  readonly address: string;
  /** Milliseconds since it was offered. */
  readonly after: number;
}

/** A client got no answer, since its lease could not be written to the lease file. */
export interface DhcpUnsaved {
  readonly type: 'dhcp.unsaved';
  readonly at: Instant;
  readonly mac: string;
  readonly device: string | undefined;
  readonly address: string;
}

/**
 * A subnet has no free address for a client, none that is not kept for configured devices, or has one again. Told once
 * in a while.
 */
export interface DhcpPool {
  readonly type: 'dhcp.pool-empty' | 'dhcp.pool-kept' | 'dhcp.pool-recovered';
  readonly at: Instant;
  readonly subnet: string;
  readonly addresses: number;
}

/** A lease expired, or the quarantine of a declined address is over. */
export interface LeaseRanOut {
  readonly type: 'lease.expired' | 'lease.rested';
  readonly at: Instant;
  readonly address: string;
  readonly mac: string;
  readonly device?: string;
}

/**
 * A served interface is gone; it is served again, `detail` its addresses; or it is there and cannot be served, for the
 * reason in `detail`.
 */
export interface DhcpInterface {
  readonly type: 'dhcp.interface-lost' | 'dhcp.interface-served' | 'dhcp.interface-failed';
  readonly at: Instant;
  readonly interface: string;
  readonly detail: string;
}

/** The file of leases: read at the start, or in trouble and out of it again. */
export interface LeaseFileEvent {
  readonly type: 'lease.file-read' | 'lease.file-failed' | 'lease.file-recovered';
  readonly at: Instant;
  readonly detail: string;
}

/** Every event of the DHCP server. */
export type DhcpEvent =
  | DhcpReceived
  | DhcpSent
  | DhcpMalformed
  | DhcpUntraced
  | DhcpRefusedClient
  | DhcpThrottled
  | DhcpOtherServer
  | DhcpOtherOffer
  | DhcpOfferLapsed
  | DhcpUnsaved
  | DhcpPool
  | DhcpInterface
  | LeaseRanOut
  | LeaseFileEvent;
