import type { MacAddress } from '../core/identifiers.js';
import { ipv4Number, ipv4Octets, ipv4Text, maskOf } from './ipv4.js';
import { CODE } from './options.js';
import type { AddressRange, ReservationSettings, SubnetSettings } from './settings.js';

/** First and last address, both included. */
export interface Range {
  readonly first: number;
  readonly last: number;
}

/** An address that is reserved for one client, and what the client is told with it. */
export interface Reservation {
  readonly address: number;
  readonly offering: ClientOptions;
}

/** The options that a client gets with its address. */
export interface ClientOptions {
  /** Option 150: the file servers; empty: this server itself. */
  readonly fileServers: readonly number[];
  /** By code: the whole option with code and length octets, long values in pieces. */
  readonly options: ReadonlyMap<number, Buffer>;
}

/** A configured subnet made ready for use: addresses as numbers, reservations by client, options in wire form. */
export class ServedSubnet {
  readonly settings: SubnetSettings;
  /** `10.10.210.0/24`. */
  readonly name: string;
  readonly network: number;
  readonly mask: number;
  /** The pools without the exclusions, in order and without overlap. Reserved addresses are still among them. */
  readonly ranges: readonly Range[];
  /** How many addresses of the pools are not reserved. */
  readonly size: number;
  readonly offering: ClientOptions;
  readonly #reserved = new Map<number, Reservation>();
  readonly #byMac = new Map<string, Reservation>();
  readonly #byClientId = new Map<string, Reservation>();
  readonly #byDevice = new Map<string, Reservation>();

  constructor(settings: SubnetSettings) {
    this.settings = settings;
    this.mask = maskOf(settings.prefix);
    this.network = (ipv4Number(settings.network) & this.mask) >>> 0;
    this.name = `${ipv4Text(this.network)}/${settings.prefix}`;
    this.ranges = without(settings.pools.map(rangeOf), settings.exclusions.map(rangeOf));
    this.offering = offeringOf(settings);
    for (const reservation of settings.reservations) this.#reserve(reservation);
    this.size = sizeOf(this.ranges, [...this.#reserved.keys()]);
  }

  contains(address: number): boolean {
    return (address & this.mask) >>> 0 === this.network;
  }

  /**
   * Whether a host or relay of this subnet can have the address: it is neither the network nor the broadcast address.
   */
  hasHost(address: number): boolean {
    if (!this.contains(address)) return false;
    return this.settings.prefix > 30 || (address !== this.network && address !== (this.network | ~this.mask) >>> 0);
  }

  /** Whether the address is in a pool and not reserved. */
  isPooled(address: number): boolean {
    return !this.#reserved.has(address) && this.ranges.some(({ first, last }) => address >= first && address <= last);
  }

  /** Whether this server may give or refuse the address: it is pooled or reserved. */
  isOurs(address: number): boolean {
    return this.#reserved.has(address) || this.isPooled(address);
  }

  /** How many addresses are reserved. */
  get reservations(): number {
    return this.#reserved.size;
  }

  isReserved(address: number): boolean {
    return this.#reserved.has(address);
  }

  reservationAt(address: number): Reservation | undefined {
    return this.#reserved.get(address);
  }

  /**
   * The reservation of a client. `clientId` is lower-case hexadecimal, `device` upper-case. A reservation for a
   * hardware address also applies to the client identifier 01 and that address.
   */
  reservationFor(mac: string, clientId: string, device: string | undefined): Reservation | undefined {
    if (this.#reserved.size === 0) return undefined;
    return (
      this.#byMac.get(mac) ??
      (clientId === '' ? undefined : this.#byClientId.get(clientId)) ??
      (clientId.length === 14 && clientId.startsWith('01')
        ? this.#byMac.get(clientId.slice(2).toUpperCase() as MacAddress)
        : undefined) ??
      (device === undefined ? undefined : this.#byDevice.get(device))
    );
  }

  #reserve({ client, address, option150, options }: ReservationSettings): void {
    const { settings } = this;
    const reservation = {
      address: ipv4Number(address),
      offering:
        options.length === 0 && option150 === undefined
          ? this.offering
          : offeringOf({
              ...settings,
              option150: option150 ?? settings.option150,
              options: [...settings.options, ...options],
            }),
    };
    this.#reserved.set(reservation.address, reservation);
    if ('mac' in client) this.#byMac.set(client.mac, reservation);
    else if ('clientId' in client) this.#byClientId.set(client.clientId.toLowerCase(), reservation);
    else this.#byDevice.set(client.device.toUpperCase(), reservation);
  }
}

const rangeOf = ({ first, last }: AddressRange): Range => ({ first: ipv4Number(first), last: ipv4Number(last) });

/** `ranges` without `holes`, in order and without overlap. */
const without = (ranges: readonly Range[], holes: readonly Range[]): readonly Range[] => {
  const disjoint: Range[] = [];
  for (const { first, last } of [...ranges].sort((a, b) => a.first - b.first)) {
    const from = Math.max(first, (disjoint.at(-1)?.last ?? -1) + 1);
    if (from <= last) disjoint.push({ first: from, last });
  }
  return holes
    .reduce<Range[]>(
      (left, hole) =>
        left.flatMap(({ first, last }) => [
          ...(hole.first > first ? [{ first, last: Math.min(last, hole.first - 1) }] : []),
          ...(hole.last < last ? [{ first: Math.max(first, hole.last + 1), last }] : []),
        ]),
      disjoint,
    )
    .filter(({ first, last }) => first <= last);
};

const sizeOf = (ranges: readonly Range[], reserved: readonly number[]): number =>
  ranges.reduce(
    (count, { first, last }) =>
      count + last - first + 1 - reserved.filter((address) => address >= first && address <= last).length,
    0,
  );

const offeringOf = ({ prefix, routers, dns, domain, ntp, option150, options }: SubnetSettings): ClientOptions => {
  const values = new Map<number, Uint8Array>();
  const set = (code: number, bytes: Uint8Array): void => void (bytes.length > 0 && values.set(code, bytes));
  set(CODE.subnetMask, ipv4Octets([maskOf(prefix)]));
  set(CODE.router, ipv4Octets(routers.map(ipv4Number)));
  set(CODE.dns, ipv4Octets(dns.map(ipv4Number)));
  set(CODE.domainName, Buffer.from(domain, 'latin1'));
  set(CODE.ntpServers, ipv4Octets(ntp.map(ipv4Number)));
  for (const { code, bytes } of options) values.set(code, bytes);
  const fileServers = option150.map(ipv4Number);
  for (const [code, bytes] of fileServerOptions(fileServers)) values.set(code, bytes);
  return { fileServers, options: new Map([...values].map(([code, bytes]) => [code, encodeOption(code, bytes)])) };
};

/** Options 66 and 150 name the same first server (`provisioning.md` §2.4). */
const fileServerOptions = (servers: readonly number[]): readonly (readonly [number, Uint8Array])[] => {
  const [first] = servers;
  if (first === undefined) return [];
  return [
    [CODE.tftpServerName, Buffer.from(ipv4Text(first), 'latin1')],
    [CODE.tftpServerAddress, ipv4Octets(servers)],
  ];
};

/** The same options with this file server in options 66 and 150. */
export const withFileServer = ({ options }: ClientOptions, address: number): ClientOptions => ({
  fileServers: [address],
  options: new Map([
    ...options,
    ...fileServerOptions([address]).map(([code, bytes]): [number, Buffer] => [code, encodeOption(code, bytes)]),
  ]),
});

const MAX_PIECE = 255;

/**
 * The octets of an option: code, length and value. A long value is split into several options of the code (RFC 3396
 * §5).
 */
export const encodeOption = (code: number, bytes: Uint8Array): Buffer => {
  const pieces: Uint8Array[] = [];
  for (let at = 0; at === 0 || at < bytes.length; at += MAX_PIECE) {
    const piece = bytes.subarray(at, at + MAX_PIECE);
    pieces.push(Buffer.from([code, piece.length]), piece);
  }
  return Buffer.concat(pieces);
};
