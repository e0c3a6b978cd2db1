// A client's messages octet by octet, and a service on the reference wire: 10.10.210.10/24, pool .200–.250, two relayed
// subnets. Written without the service's own encoder, so that neither can hide the other's mistakes.

import type { DeviceName, Ipv4Address, MacAddress } from '../../src/core/identifiers.js';
import { days } from '../../src/core/time.js';
import type { DeviceEvent } from '../../src/devices/events.js';
import { DeviceDatabase } from '../../src/devices/index.js';
import type { Prober } from '../../src/dhcp/address-choice.js';
import type { DhcpEvent } from '../../src/dhcp/events.js';
import type { Arrival, Reply, ServedInterface } from '../../src/dhcp/exchange.js';
import { ipv4Number, ipv4Text } from '../../src/dhcp/ipv4.js';
import type { Lease } from '../../src/dhcp/lease.js';
import { DhcpService } from '../../src/dhcp/service.js';
import { DEFAULT_DHCP, DEFAULT_SUBNET, type DhcpSettings, type SubnetSettings } from '../../src/dhcp/settings.js';
import { aDevice } from '../support/devices.js';
import { EventRecorder } from '../support/event-recorder.js';
import { ManualClock } from '../support/manual-clock.js';

export const ip = (text: string): number => ipv4Number(text as Ipv4Address);
export const ipText = (text: string): Ipv4Address => text as Ipv4Address;
const range = (first: string, last: string) => ({ first: ipText(first), last: ipText(last) });

export const SERVER = '10.10.210.10';
export const PHONE = '00036BA10260';
export const OTHER_PHONE = '00270DC01C92';
export const LAPTOP = 'F48E38112233';
export const PHONE_CLASS = 'Cisco Systems, Inc. IP Phone CP-7960G\0';

export const aSubnet = (network: string, prefix: number, changes: Partial<SubnetSettings> = {}): SubnetSettings => ({
  ...DEFAULT_SUBNET,
  network: ipText(network),
  prefix,
  leaseTime: days(8),
  maxLeaseTime: days(8),
  option150: [ipText(SERVER), ipText('10.10.210.11')],
  ...changes,
});

export const REFERENCE_SUBNET = aSubnet('10.10.210.0', 24, {
  pools: [range('10.10.210.200', '10.10.210.250')],
  routers: [ipText('10.10.210.1')],
  dns: [ipText('10.10.210.5')],
  domain: 'lab.example',
});

/** Behind relays. */
export const RELAYED_SUBNETS = [
  aSubnet('10.20.0.0', 24, { pools: [range('10.20.0.100', '10.20.0.199')], routers: [ipText('10.20.0.1')] }),
  aSubnet('172.22.76.0', 24, { pools: [range('172.22.76.100', '172.22.76.199')], routers: [ipText('172.22.76.1')] }),
];

export const REFERENCE: DhcpSettings = {
  ...DEFAULT_DHCP,
  interfaces: ['eth1'],
  subnets: [REFERENCE_SUBNET, ...RELAYED_SUBNETS],
};

/** The reference with another first subnet. */
export const withSubnet = (changes: Partial<SubnetSettings>, settings: Partial<DhcpSettings> = {}): DhcpSettings => ({
  ...REFERENCE,
  ...settings,
  subnets: [{ ...REFERENCE_SUBNET, ...changes }, ...RELAYED_SUBNETS],
});

export const aPool = (first: string, last: string) => ({ pools: [range(first, last)] });
export const aRange = range;
export const reservedFor = (client: { mac?: string; clientId?: string; device?: string }, address: string) => ({
  client: (client.mac !== undefined
    ? { mac: client.mac as MacAddress }
    : client.clientId !== undefined
      ? { clientId: client.clientId }
      : { device: client.device as DeviceName }) as never,
  address: ipText(address),
  options: [],
});

export interface MessageFields {
  readonly op?: number;
  readonly htype?: number;
  readonly hlen?: number;
  readonly hops?: number;
  readonly xid?: number;
  readonly secs?: number;
  readonly broadcast?: boolean;
  readonly ciaddr?: string;
  readonly yiaddr?: string;
  readonly giaddr?: string;
  readonly mac?: string;
  readonly sname?: Buffer;
  readonly file?: Buffer;
  /** After the header and cookie, END included by the caller or not. */
  readonly options?: Buffer;
}

export const option = (code: number, value: string | number | Buffer | readonly number[]): Buffer => {
  const bytes =
    typeof value === 'number'
      ? Buffer.from([value])
      : typeof value === 'string'
        ? Buffer.from(value, 'latin1')
        : Buffer.from(value);
  return Buffer.concat([Buffer.from([code, bytes.length]), bytes]);
};

export const address4 = (text: string): Buffer => {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(ip(text));
  return bytes;
};
export const seconds4 = (count: number): Buffer => {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(count);
  return bytes;
};

export const rawMessage = (changes: MessageFields): Buffer => {
  const bytes = Buffer.alloc(240);
  const mac = Buffer.from(changes.mac ?? PHONE, 'hex');
  bytes[0] = changes.op ?? 1;
  bytes[1] = changes.htype ?? 1;
  bytes[2] = changes.hlen ?? mac.length;
  bytes[3] = changes.hops ?? 0;
  bytes.writeUInt32BE(changes.xid ?? 0x0a17, 4);
  bytes.writeUInt16BE(changes.secs ?? 0, 8);
  bytes.writeUInt16BE(changes.broadcast === false ? 0 : 0x8000, 10);
  address4(changes.ciaddr ?? '0.0.0.0').copy(bytes, 12);
  address4(changes.yiaddr ?? '0.0.0.0').copy(bytes, 16);
  address4(changes.giaddr ?? '0.0.0.0').copy(bytes, 24);
  mac.copy(bytes, 28);
  changes.sname?.copy(bytes, 44);
  changes.file?.copy(bytes, 108);
  bytes.writeUInt32BE(0x63825363, 236);
  return Buffer.concat([bytes, changes.options ?? Buffer.from([255])]);
};

export const TYPE = { DISCOVER: 1, OFFER: 2, REQUEST: 3, DECLINE: 4, ACK: 5, NAK: 6, RELEASE: 7, INFORM: 8 } as const;

export interface ClientMessageFields extends MessageFields {
  /** Option 60; a phone's by default, `undefined` leaves it out. */
  readonly vendorClass?: string | undefined;
  /** Option 61; absent: none. */
  readonly clientId?: string;
  /** Option 50. */
  readonly requested?: string;
  /** Option 54. */
  readonly server?: string;
  /** Option 55; a phone's by default. */
  readonly asks?: readonly number[] | undefined;
  /** Any more, before END. */
  readonly more?: readonly Buffer[];
}

export const message = (type: keyof typeof TYPE, changes: ClientMessageFields = {}): Buffer => {
  const vendorClass = 'vendorClass' in changes ? changes.vendorClass : PHONE_CLASS;
  const asks = 'asks' in changes ? changes.asks : [1, 66, 6, 3, 15, 150, 35];
  return rawMessage({
    ...changes,
    options: Buffer.concat([
      option(53, TYPE[type]),
      ...(changes.clientId === undefined ? [] : [option(61, Buffer.from(changes.clientId, 'hex'))]),
      ...(changes.requested === undefined ? [] : [option(50, address4(changes.requested))]),
      ...(changes.server === undefined ? [] : [option(54, address4(changes.server))]),
      ...(vendorClass === undefined ? [] : [option(60, vendorClass)]),
      ...(asks === undefined ? [] : [option(55, asks)]),
      ...(changes.more ?? []),
      Buffer.from([255]),
    ]),
  });
};

/** A reply taken apart by hand. */
export interface ReadReply {
  readonly type: string;
  readonly to: string;
  readonly port: number;
  readonly flags: number;
  readonly xid: number;
  readonly ciaddr: string;
  readonly yiaddr: string;
  readonly siaddr: string;
  readonly giaddr: string;
  readonly chaddr: string;
  /** In order, values in hexadecimal. */
  readonly options: readonly (readonly [number, string])[];
  readonly option: (code: number) => string | undefined;
  readonly bytes: Buffer;
}

export const readReply = ({ bytes, to }: Pick<Reply, 'bytes' | 'to'>): ReadReply => {
  const at = (offset: number): string => ipv4Text(bytes.readUInt32BE(offset));
  const options: [number, string][] = [];
  for (let offset = 240; bytes[offset] !== 255 && offset < bytes.length; offset += 2 + bytes[offset + 1]!)
    options.push([bytes[offset]!, bytes.toString('hex', offset + 2, offset + 2 + bytes[offset + 1]!)]);
  const option = (code: number): string | undefined => {
    const pieces = options.filter(([known]) => known === code).map(([, value]) => value);
    return pieces.length === 0 ? undefined : pieces.join('');
  };
  const type = Object.entries(TYPE).find(([, number]) => number === Number.parseInt(option(53) ?? '', 16))?.[0] ?? '?';
  return {
    type,
    to: to.address,
    port: to.port,
    flags: bytes.readUInt16BE(10),
    xid: bytes.readUInt32BE(4),
    ciaddr: at(12),
    yiaddr: at(16),
    siaddr: at(20),
    giaddr: at(24),
    chaddr: bytes.toString('hex', 28, 44),
    options,
    option,
    bytes,
  };
};

export const WIRE: ServedInterface = { name: 'eth1', addresses: [ip(SERVER)], loopback: false, port: 67 };
export const BROADCAST: Arrival = { servedInterface: WIRE, from: { address: '0.0.0.0', port: 68 }, to: undefined };
export const unicastFrom = (address: string, port = 68): Arrival => ({
  servedInterface: WIRE,
  from: { address, port },
  to: ip(SERVER),
});
export const viaRelay = (address: string): Arrival => unicastFrom(address, 67);

export class DhcpHarness {
  readonly clock = new ManualClock();
  readonly probe = new EventRecorder<DhcpEvent | DeviceEvent>();
  readonly devices: DeviceDatabase;
  readonly written: { state: string; address: string }[] = [];
  readonly service: DhcpService;

  constructor(settings: DhcpSettings = REFERENCE, prober?: Prober) {
    this.devices = new DeviceDatabase(this.probe.bus);
    this.service = new DhcpService({
      settings,
      bus: this.probe.bus,
      devices: this.devices,
      onLeaseChanged: ({ state, address }: Lease) => void this.written.push({ state, address: ipv4Text(address) }),
      ...(prober === undefined ? {} : { prober }),
    });
  }

  knows(name: string, mac: string): this {
    this.devices.configure(
      [...this.devices.devices()].map(({ configured }) => configured).concat(aDevice(name, { mac: mac as MacAddress })),
      this.clock.now(),
    );
    return this;
  }

  /** The reply taken apart; `undefined`: silence. Every reply is a good one: see `expectGoodForm`. */
  hear(bytes: Buffer, arrival: Arrival = BROADCAST): ReadReply | undefined {
    const reply = this.service.receive(bytes, arrival, this.clock.now());
    if (reply === undefined) return undefined;
    this.service.onSent(reply);
    return readReply(reply);
  }

  advance(milliseconds: number): void {
    this.clock.advance(milliseconds);
    this.service.expire(this.clock.now());
  }

  /** The last message's decision and reason. */
  get verdict(): string {
    const last = this.probe.of('dhcp.received').at(-1);
    return `${last?.decision} ${last?.reason}`;
  }

  /** DISCOVER and REQUEST; the address that it got. */
  lease(mac: string, changes: ClientMessageFields = {}, arrival: Arrival = BROADCAST): string {
    const offer = this.hear(message('DISCOVER', { mac, ...changes }), arrival);
    if (offer === undefined) throw new Error(`no offer: ${this.verdict}`);
    const { requested: _, ...others } = changes;
    const ack = this.hear(
      message('REQUEST', {
        mac,
        ...others,
        requested: offer.yiaddr,
        server: ipv4Text(Number.parseInt(offer.option(54)!, 16)),
      }),
      arrival,
    );
    if (ack?.type !== 'ACK') throw new Error(`no ACK: ${this.verdict}`);
    return ack.yiaddr;
  }

  stateOf(address: string): string | undefined {
    return this.service.table.leaseAt(ip(address))?.state;
  }
}

/** A made-up Ethernet address. */
export const macNumber = (number: number): string => `02${number.toString(16).toUpperCase().padStart(10, '0')}`;
