// What another DHCP server must be told of the subnets of phones, in the one form from which each kind of server is
// written.

import { type DeviceName, type Ipv4Address, type MacAddress, parseMacAddress } from '../core/identifiers.js';
import { ipv4Text } from '../dhcp/ipv4.js';
import { CODE } from '../dhcp/options.js';
import { type Range, ServedSubnet } from '../dhcp/served-subnet.js';
import type { ReservationSettings, SubnetSettings } from '../dhcp/settings.js';

/** Whom an address is reserved for: a hardware address, or a client identifier (option 61) in lower-case hexadecimal. */
export type ReservedClient = { readonly mac: MacAddress } | { readonly clientId: string };

/** An address that is reserved for one phone. */
export interface PhoneReservation {
  /**
   * The device, else `phone-` and the address: letters, digits, `.`, `_` and `-`. No two reservations of a snippet have
   * the same name, in any case.
   */
  readonly name: string;
  readonly client: ReservedClient;
  readonly address: Ipv4Address;
}

/** A subnet of phones. */
export interface PhoneSubnet {
  /** For tags and pools: `phones`, or `phones1`, `phones2`… if a snippet has several subnets. Letters and digits. */
  readonly label: string;
  /** Its place in the configuration, from 1 on. */
  readonly place: number;
  /** `10.10.210.0/24`. */
  readonly name: string;
  readonly network: Ipv4Address;
  readonly mask: Ipv4Address;
  /** The addresses that hosts may have. */
  readonly hosts: Range;
  /** The addresses to give, in order and without overlap. Excluded ones are left out, reserved ones are not. */
  readonly ranges: readonly Range[];
  readonly reservations: readonly PhoneReservation[];
  readonly routers: readonly Ipv4Address[];
  readonly dns: readonly Ipv4Address[];
  /** Empty: none. */
  readonly domain: string;
  readonly ntp: readonly Ipv4Address[];
  /** Option 150, at least one; the first is option 66 and siaddr, too. */
  readonly fileServers: readonly [Ipv4Address, ...Ipv4Address[]];
  /** In seconds. */
  readonly leaseTime: number;
  /** In seconds, the longest that a client may ask for. */
  readonly maxLeaseTime: number;
}

/** What the subnets are made from. */
export interface SnippetSource {
  /** Each with its place in the configuration, from 1 on. */
  readonly subnets: readonly { readonly place: number; readonly settings: SubnetSettings }[];
  /** For subnets without `option150`: the call managers, the preferred one first. */
  readonly callManagers: readonly [Ipv4Address, ...Ipv4Address[]];
  readonly devices: readonly { readonly name: DeviceName; readonly mac: MacAddress | undefined }[];
}

/** The subnets in the order of the configuration. */
export const phoneSubnets = ({ subnets, callManagers, devices }: SnippetSource): readonly PhoneSubnet[] => {
  const labels = subnets.map((_, index) => (subnets.length === 1 ? 'phones' : `phones${index + 1}`));
  const names = new ReservationNames(devices, labels);
  return subnets.map(({ place, settings }, index) => {
    const served = new ServedSubnet(settings);
    const broadcast = (served.network | ~served.mask) >>> 0;
    const [first, ...others] = settings.option150;
    return {
      label: labels[index] ?? 'phones',
      place,
      name: served.name,
      network: ipv4Text(served.network),
      mask: ipv4Text(served.mask),
      hosts: { first: served.network + 1, last: broadcast - 1 },
      ranges: served.ranges,
      reservations: settings.reservations.map((reservation) => names.named(reservation)),
      routers: settings.routers,
      dns: settings.dns,
      domain: settings.domain,
      ntp: settings.ntp,
      fileServers: first === undefined ? callManagers : [first, ...others],
      leaseTime: inSeconds(settings.leaseTime),
      maxLeaseTime: inSeconds(settings.maxLeaseTime),
    };
  });
};

const inSeconds = (milliseconds: number): number => Math.floor(milliseconds / 1000);

/** Names reservations, each once. */
class ReservationNames {
  readonly #nameByMac = new Map<string, string>();
  readonly #macByName = new Map<string, MacAddress>();
  readonly #taken: Set<string>;

  constructor(devices: SnippetSource['devices'], labels: readonly string[]) {
    this.#taken = new Set(labels.map((label) => label.toUpperCase()));
    for (const { name, mac } of devices) {
      if (mac === undefined) continue;
      this.#macByName.set(name.toUpperCase(), mac);
      if (!this.#nameByMac.has(mac)) this.#nameByMac.set(mac, name);
    }
  }

  named({ client: reservedFor, address }: ReservationSettings): PhoneReservation {
    const client = this.#clientOf(reservedFor);
    const known =
      'device' in reservedFor ? reservedFor.device : 'mac' in client ? this.#nameByMac.get(client.mac) : undefined;
    const byAddress = `phone-${address.replaceAll('.', '-')}`;
    const name = known !== undefined && !this.#taken.has(known.toUpperCase()) ? known : byAddress;
    this.#taken.add(name.toUpperCase());
    return { name, client, address };
  }

  /** A client identifier of 01 and a hardware address stands for that address (RFC 2132 §9.14). */
  #clientOf(reservedFor: ReservationSettings['client']): ReservedClient {
    if ('mac' in reservedFor) return reservedFor;
    if ('clientId' in reservedFor) {
      const { clientId } = reservedFor;
      const mac = /^01[0-9a-f]{12}$/i.test(clientId) ? parseMacAddress(clientId.slice(2)) : undefined;
      return mac === undefined ? { clientId: clientId.toLowerCase() } : { mac };
    }
    const mac = this.#macByName.get(reservedFor.device.toUpperCase());
    if (mac === undefined) throw new Error(`${reservedFor.device} has no hardware address: the checks saw to it`);
    return { mac };
  }
}

/** An option that the clients of a subnet get. */
export type SnippetOption =
  | { readonly code: number; readonly addresses: readonly [Ipv4Address, ...Ipv4Address[]] }
  | { readonly code: number; readonly text: string };

/** The options of a subnet that have a value: router, DNS, domain, NTP, then 66 and 150. */
export const optionsOf = ({ routers, dns, domain, ntp, fileServers }: PhoneSubnet): readonly SnippetOption[] => {
  const addresses = (code: number, [first, ...others]: readonly Ipv4Address[]): readonly SnippetOption[] =>
    first === undefined ? [] : [{ code, addresses: [first, ...others] }];
  return [
    ...addresses(CODE.router, routers),
    ...addresses(CODE.dns, dns),
    ...(domain === '' ? [] : [{ code: CODE.domainName, text: domain }]),
    ...addresses(CODE.ntpServers, ntp),
    { code: CODE.tftpServerName, text: fileServers[0] },
    ...addresses(CODE.tftpServerAddress, fileServers),
  ];
};
