// What is remembered of one address: who has it, or had it last.

import { NOT_QUEUED, type Queued } from '../core/deadline-queue.js';
import { type Duration, type Instant, NEVER } from '../core/time.js';
import type { LeaseQueue } from './lease-queue.js';
import type { ServedSubnet } from './served-subnet.js';

/**
 * `offered`: held for a client that may take it. `bound`: leased. `free`: nobody's, though its last client is
 * remembered. `declined`: somebody was found to use it; it rests.
 */
export type LeaseState = 'offered' | 'bound' | 'free' | 'declined';

/** How a client came to have its address no more: it gave it back, let it run out, or took another server's. */
export type LeaseEnd = 'released' | 'expired' | 'other-server';

/** A client as it identifies itself, never by two means at once (RFC 2131 §4.2). */
export interface Client {
  /** Option 61, else hardware type and address: what tells clients apart. */
  readonly key: string;
  /** Upper-case hexadecimal. */
  readonly mac: string;
  /** Hardware type (RFC 1700): 1 is Ethernet. */
  readonly htype: number;
  /** Lower-case hexadecimal; '': none. */
  readonly clientId: string;
  readonly hostName: string;
  readonly vendorClass: string;
}

export const NO_CLIENT: Client = { key: '', mac: '', htype: 1, clientId: '', hostName: '', vendorClass: '' };

/** RFC 2131 §4.2: option 61 where there is one, else hardware type and address. */
export const clientKey = (htype: number, mac: string, clientId: string): string =>
  clientId === '' ? `${htype}/${mac}` : clientId;

/** The lease book alone writes it. */
export interface Lease extends Queued {
  readonly address: number;
  subnet: ServedSubnet;
  state: LeaseState;
  /** Who has it, or had it last; `NOBODY` where an offer was never taken up. */
  client: Client;
  since: Instant;
  /** End of the lease, offer or rest. */
  until: Instant;
  /** What an offer promises and an acknowledgement gives. */
  granted: Duration;
  /** The relay and its option 82 in hexadecimal, kept from the first exchange: a renewal has neither. */
  relay: number;
  relayInformation: string;
  /** The client had it bound before it was offered again: an offer that runs out does not forget it. */
  wasBound: boolean;
  /** While it is free: how its last client's lease ended. */
  ended: LeaseEnd | undefined;
  /** Its client is no device of ours and has no reservation: it counts among those that may not have the whole pool. */
  isUnknownClients: boolean;
  /** An unknown client's, and not extended yet. */
  isFirstTerm: boolean;
  /** What its client has leased in the subnet until it takes this one. */
  former: Lease | undefined;
  /** Where it stands, and its neighbours there. */
  queue: LeaseQueue | undefined;
  older: Lease | undefined;
  newer: Lease | undefined;
}

/** What outlives the process. */
export type WrittenLease = Pick<
  Lease,
  'address' | 'state' | 'client' | 'since' | 'until' | 'granted' | 'relay' | 'relayInformation' | 'ended'
>;

/**
 * Whether the address is this client's, or was its last. A reserved address is its client's by hardware address too: the
 * bootloader and the running image of one phone may differ in sending option 61 (`provisioning.md` §2.6).
 */
export const belongsTo = ({ address, client }: Lease, { key, mac }: Client, reserved: number | undefined): boolean =>
  client.key === key || (address === reserved && client.mac === mac);

export const newLease = (address: number, subnet: ServedSubnet): Lease => ({
  address,
  subnet,
  state: 'free',
  client: NO_CLIENT,
  since: 0 as Instant,
  until: 0 as Instant,
  granted: 0 as Duration,
  relay: 0,
  relayInformation: '',
  wasBound: false,
  ended: undefined,
  isUnknownClients: false,
  isFirstTerm: false,
  queue: undefined,
  former: undefined,
  older: undefined,
  newer: undefined,
  dueAt: NEVER,
  heapIndex: NOT_QUEUED,
});
