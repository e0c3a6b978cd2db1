import { NOT_QUEUED, type Queued } from '../core/deadline-queue.js';
import { type Duration, type Instant, NEVER } from '../core/time.js';
import type { LeaseQueue } from './lease-queue.js';
import type { ServedSubnet } from './served-subnet.js';

/**
 * `offered`: held for a client that may take it. `bound`: leased. `free`: not leased; its last client is remembered.
 * `declined`: found in use by another host, and in quarantine.
 */
export type LeaseState = 'offered' | 'bound' | 'free' | 'declined';

/** How a lease ended: the client gave it back, let it expire, or took the offer of another server. */
export type LeaseEnd = 'released' | 'expired' | 'other-server';

/** A client as it identifies itself, never by two means at once (RFC 2131 §4.2). */
export interface Client {
  /** Option 61, else hardware type and address: what clients are told apart by. */
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

/** The client of an address that none has had. */
export const NO_CLIENT: Client = { key: '', mac: '', htype: 1, clientId: '', hostName: '', vendorClass: '' };

/** The key of a client (RFC 2131 §4.2): option 61 if there is one, else hardware type and address. */
export const clientKey = (htype: number, mac: string, clientId: string): string =>
  clientId === '' ? `${htype}/${mac}` : clientId;

/** The record of one address. Only the lease table and its `SubnetLeases` change it. */
export interface Lease extends Queued {
  readonly address: number;
  subnet: ServedSubnet;
  state: LeaseState;
  /** The client that has it, or had it last; `NO_CLIENT` if no client has ever taken it. */
  client: Client;
  since: Instant;
  /** End of the lease, the offer or the quarantine. */
  until: Instant;
  /** The lease time that the offer or the acknowledgement states. */
  granted: Duration;
  /** The relay and its option 82 in hexadecimal, from the first exchange: a renewal has neither. */
  relay: number;
  relayInformation: string;
  /** The client has or had it bound, so that it stays remembered when an offer expires. */
  wasBound: boolean;
  /** While it is free: how the last lease ended. */
  ended: LeaseEnd | undefined;
  /** Its client is no configured device and has no reservation: it counts towards the share of unknown clients. */
  isUnknownClients: boolean;
  /** It is an unknown client's, and was not extended yet. */
  isFirstTerm: boolean;
  /** Another server of the cluster gave the address, and it alone says when the lease has ended. */
  isForeign: boolean;
  /** The lease that its client has in the subnet until it takes this one. */
  former: Lease | undefined;
  /** The queue that it is in, and its neighbours there. Written by `LeaseQueue`. */
  queue: LeaseQueue | undefined;
  older: Lease | undefined;
  newer: Lease | undefined;
}

/** The fields of a lease that are written to the lease file. */
export type WrittenLease = Pick<
  Lease,
  'address' | 'state' | 'client' | 'since' | 'until' | 'granted' | 'relay' | 'relayInformation' | 'ended' | 'isForeign'
>;

/**
 * Whether the address is this client's, or was its last. A reserved address is also recognised by the hardware address:
 * of the bootloader and the running image of one phone, only one may send option 61 (`provisioning.md` §2.6).
 */
export const belongsTo = ({ address, client }: Lease, { key, mac }: Client, reserved: number | undefined): boolean =>
  client.key === key || (address === reserved && client.mac === mac);

/** The record of an address that no client has had. */
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
  isForeign: false,
  queue: undefined,
  former: undefined,
  older: undefined,
  newer: undefined,
  dueAt: NEVER,
  heapIndex: NOT_QUEUED,
});
