import type { MacAddress } from '../core/identifiers.js';
import type { Instant } from '../core/time.js';
import { macOfClientId } from './exchange.js';
import { ipv4Text } from './ipv4.js';
import type { Lease, LeaseEnd, LeaseState } from './lease.js';
import type { LeasedDevices } from './service.js';

/** A lease as it is shown to people and programs: plain values with stable names. */
export interface LeaseSnapshot {
  readonly address: string;
  /** `free`: the client had it last and may have it again. */
  readonly state: LeaseState;
  /** How it became free, if that is known. */
  readonly ended: LeaseEnd | undefined;
  readonly mac: string;
  /** Option 61, lower-case hexadecimal; '': none. */
  readonly clientId: string;
  readonly device: string | undefined;
  readonly hostName: string;
  readonly vendorClass: string;
  readonly subnet: string;
  readonly since: Instant;
  /** End of the lease, the offer or the quarantine. */
  readonly until: Instant;
  /** The relay that the client is behind. */
  readonly relay: string | undefined;
  /** Its option 82, hexadecimal. */
  readonly relayInformation: string | undefined;
}

/** Copies what is shown of a lease, and adds the name of its device. */
export const leaseSnapshot = (lease: Lease, devices: Pick<LeasedDevices, 'byMac' | 'byAddress'>): LeaseSnapshot => {
  const { client, relay, relayInformation } = lease;
  const address = ipv4Text(lease.address);
  const byId = macOfClientId(client.clientId);
  const device = devices.byMac(client.mac as MacAddress) ?? (byId === undefined ? undefined : devices.byMac(byId));
  // A phone whose hardware address is not configured is known once it registers from the address.
  const byAddress = device === undefined && lease.state === 'bound' ? devices.byAddress(address) : undefined;
  return {
    address,
    state: lease.state,
    ended: lease.state === 'free' ? lease.ended : undefined,
    mac: client.mac,
    clientId: client.clientId,
    device: (device ?? byAddress)?.configured.name,
    hostName: client.hostName,
    vendorClass: client.vendorClass,
    subnet: lease.subnet.name,
    since: lease.since,
    until: lease.until,
    relay: relay === 0 ? undefined : ipv4Text(relay),
    relayInformation: relayInformation === '' ? undefined : relayInformation,
  };
};
