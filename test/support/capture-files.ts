// Capture files and packets as other programs write them, built octet by octet: the formats, byte orders and link types
// that the reader has to know.

export interface TestEndpoint {
  readonly address: string;
  readonly port: number;
}

/** `10.0.0.1:2000` as an endpoint. */
export const at = (text: string): TestEndpoint => {
  const [address = '', port] = text.split(':');
  return { address, port: Number(port) };
};

const addressOctets = (address: string): number[] => address.split('.').map(Number);

const u16 = (number: number): number[] => [(number >> 8) & 0xff, number & 0xff];
const u32 = (number: number): number[] => [...u16(number >>> 16), ...u16(number & 0xffff)];

export interface Ipv4Options {
  /** Octets of options; a multiple of four. */
  readonly options?: number;
  /** Flags and offset of a fragment. */
  readonly fragment?: number;
  /** What the total length says, where that is not the truth. */
  readonly total?: number;
}

export const ipv4 = (
  from: string,
  to: string,
  protocol: number,
  payload: Buffer,
  { options = 0, fragment = 0, total }: Ipv4Options = {},
): Buffer =>
  Buffer.concat([
    Buffer.from([
      0x40 | (5 + options / 4),
      0,
      ...u16(total ?? 20 + options + payload.length),
      ...[0, 1],
      ...u16(fragment),
      ...[64, protocol, 0, 0],
      ...addressOctets(from),
      ...addressOctets(to),
    ]),
    Buffer.alloc(options, 1),
    payload,
  ]);

export const udp = (from: TestEndpoint, to: TestEndpoint, payload: Buffer, options: Ipv4Options = {}): Buffer => {
  const header = Buffer.from([...u16(from.port), ...u16(to.port), ...u16(8 + payload.length), 0, 0]);
  return ipv4(from.address, to.address, 17, Buffer.concat([header, payload]), options);
};

export interface TcpOptions {
  readonly sequence: number;
  readonly acknowledged?: number;
  /** Of S, F and R. */
  readonly flags?: string;
}

export const tcp = (
  from: TestEndpoint,
  to: TestEndpoint,
  { sequence, acknowledged, flags = '' }: TcpOptions,
  payload: Buffer = Buffer.alloc(0),
  options: Ipv4Options = {},
): Buffer => {
  const bits =
    (acknowledged === undefined ? 0 : 0x10) |
    (flags.includes('S') ? 2 : 0) |
    (flags.includes('F') ? 1 : 0) |
    (flags.includes('R') ? 4 : 0);
  const header = Buffer.from([
    ...u16(from.port),
    ...u16(to.port),
    ...u32(sequence),
    ...u32(acknowledged ?? 0),
    ...[0x50, bits, 0xff, 0xff, 0, 0, 0, 0],
  ]);
  return ipv4(from.address, to.address, 6, Buffer.concat([header, payload]), options);
};

const MACS = [0x02, 0, 0, 0, 0, 1, 0x00, 0x1b, 0xd4, 0x0a, 0x0b, 0x0c];
/** The sender of every Ethernet frame that says no other. */
export const SENDER = '001BD40A0B0C';

export const ethernet = (packet: Buffer, sender = SENDER, etherType = 0x0800): Buffer =>
  Buffer.concat([Buffer.from([...MACS.slice(0, 6), ...Buffer.from(sender, 'hex'), ...u16(etherType)]), packet]);

export interface TestLink {
  readonly linkType: number;
  readonly wrap: (packet: Buffer) => Buffer;
  readonly hardwareAddress?: string;
}

const before =
  (...octets: number[]) =>
  (packet: Buffer) =>
    Buffer.concat([Buffer.from(octets), packet]);

/** Every link type that is read, with an IPv4 packet in it. */
export const LINKS: Readonly<Record<string, TestLink>> = {
  Ethernet: { linkType: 1, wrap: (packet) => ethernet(packet), hardwareAddress: SENDER },
  'Ethernet with padding': {
    linkType: 1,
    wrap: (packet) => Buffer.concat([ethernet(packet), Buffer.alloc(18)]),
    hardwareAddress: SENDER,
  },
  '802.1Q': { linkType: 1, wrap: before(...MACS, 0x81, 0, 0, 110, 8, 0), hardwareAddress: SENDER },
  QinQ: { linkType: 1, wrap: before(...MACS, 0x88, 0xa8, 0, 7, 0x81, 0, 0, 110, 8, 0), hardwareAddress: SENDER },
  'Linux cooked': {
    linkType: 113,
    wrap: before(0, 0, 0, 1, 0, 6, ...MACS.slice(6), 0, 0, 8, 0),
    hardwareAddress: SENDER,
  },
  'Linux cooked, loopback': { linkType: 113, wrap: before(0, 0, 3, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 8, 0) },
  'Linux cooked 2': {
    linkType: 276,
    wrap: before(8, 0, 0, 0, 0, 0, 0, 2, 0, 1, 0, 6, ...MACS.slice(6), 0, 0),
    hardwareAddress: SENDER,
  },
  'raw IP': { linkType: 101, wrap: (packet) => packet },
  'raw IP of other systems': { linkType: 12, wrap: (packet) => packet },
  IPv4: { linkType: 228, wrap: (packet) => packet },
  'BSD loopback, little-endian': { linkType: 0, wrap: before(2, 0, 0, 0) },
  'BSD loopback, big-endian': { linkType: 0, wrap: before(0, 0, 0, 2) },
  'OpenBSD loopback': { linkType: 108, wrap: before(0, 0, 0, 2) },
};

export interface TestPacket {
  readonly seconds?: number;
  readonly nanoseconds?: number;
  readonly bytes: Buffer;
  /** Octets on the wire; those of `bytes`, unless given. */
  readonly length?: number;
}

/** Writes numbers in one byte order. */
class Octets {
  readonly #littleEndian: boolean;
  #parts: Buffer[] = [];

  constructor(littleEndian: boolean) {
    this.#littleEndian = littleEndian;
  }

  u16(number: number): this {
    const part = Buffer.alloc(2);
    if (this.#littleEndian) part.writeUInt16LE(number);
    else part.writeUInt16BE(number);
    this.#parts.push(part);
    return this;
  }

  u32(...numbers: number[]): this {
    for (const number of numbers) {
      const part = Buffer.alloc(4);
      if (this.#littleEndian) part.writeUInt32LE(number >>> 0);
      else part.writeUInt32BE(number >>> 0);
      this.#parts.push(part);
    }
    return this;
  }

  octets(bytes: Buffer): this {
    this.#parts.push(bytes);
    return this;
  }

  get all(): Buffer {
    return Buffer.concat(this.#parts);
  }
}

export interface PcapOptions {
  readonly littleEndian?: boolean;
  readonly nanoseconds?: boolean;
  readonly linkType?: number;
}

export const pcapFile = (
  packets: readonly TestPacket[],
  { littleEndian = true, nanoseconds: fine = false, linkType = 1 }: PcapOptions = {},
): Buffer => {
  const file = new Octets(littleEndian)
    .u32(fine ? 0xa1b23c4d : 0xa1b2c3d4)
    .u16(2)
    .u16(4)
    .u32(0, 0, 262_144, linkType);
  for (const { seconds = 0, nanoseconds = 0, bytes, length = bytes.length } of packets)
    file.u32(seconds, fine ? nanoseconds : Math.floor(nanoseconds / 1000), bytes.length, length).octets(bytes);
  return file.all;
};

/** Builds blocks of a pcapng file. */
export class PcapngBlocks {
  readonly #littleEndian: boolean;

  constructor(littleEndian = true) {
    this.#littleEndian = littleEndian;
  }

  #start(): Octets {
    return new Octets(this.#littleEndian);
  }

  block(type: number, body: Buffer): Buffer {
    const padded = Buffer.concat([body, Buffer.alloc(-body.length & 3)]);
    const length = padded.length + 12;
    return this.#start().u32(type, length).octets(padded).u32(length).all;
  }

  section(): Buffer {
    return this.block(0x0a0d0d0a, this.#start().u32(0x1a2b3c4d).u16(1).u16(0).u32(0xffff_ffff, 0xffff_ffff).all);
  }

  interface(linkType = 1, { resolution, offset, snapshot = 0 }: InterfaceOptions = {}): Buffer {
    const body = this.#start().u16(linkType).u16(0).u32(snapshot);
    body.u16(2).u16(3).octets(Buffer.from('lo\0\0'));
    if (resolution !== undefined)
      body
        .u16(9)
        .u16(1)
        .octets(Buffer.from([resolution, 0, 0, 0]));
    if (offset !== undefined) {
      body.u16(14).u16(8);
      const [high, low] = [Math.floor(offset / 2 ** 32), offset % 2 ** 32];
      body.u32(...(this.#littleEndian ? [low, high] : [high, low]));
    }
    return this.block(1, body.u16(0).u16(0).all);
  }

  enhanced(units: bigint, bytes: Buffer, interfaceNumber = 0): Buffer {
    const body = this.#start().u32(interfaceNumber, Number(units >> 32n), Number(units & 0xffff_ffffn));
    return this.block(6, body.u32(bytes.length, bytes.length).octets(bytes).all);
  }

  obsolete(units: bigint, bytes: Buffer, interfaceNumber = 0): Buffer {
    const body = this.#start()
      .u16(interfaceNumber)
      .u16(0)
      .u32(Number(units >> 32n), Number(units & 0xffff_ffffn));
    return this.block(2, body.u32(bytes.length, bytes.length).octets(bytes).all);
  }

  simple(bytes: Buffer, length = bytes.length): Buffer {
    return this.block(3, this.#start().u32(length).octets(bytes).all);
  }
}

export interface InterfaceOptions {
  readonly resolution?: number;
  readonly offset?: number;
  readonly snapshot?: number;
}

/** A pcapng file of one section and one interface, in nanoseconds. */
export const pcapngFile = (
  packets: readonly TestPacket[],
  { littleEndian = true, linkType = 1 }: Pick<PcapOptions, 'littleEndian' | 'linkType'> = {},
): Buffer => {
  const blocks = new PcapngBlocks(littleEndian);
  return Buffer.concat([
    blocks.section(),
    blocks.interface(linkType, { resolution: 9 }),
    ...packets.map(({ seconds = 0, nanoseconds = 0, bytes }) =>
      blocks.enhanced(BigInt(seconds) * 1_000_000_000n + BigInt(nanoseconds), bytes),
    ),
  ]);
};

/** The segments of one TCP connection between two endpoints, with running sequence numbers. */
export class TestConnection {
  readonly #ends: readonly [TestEndpoint, TestEndpoint];
  readonly #next: [number, number];

  constructor(client: TestEndpoint, server: TestEndpoint, first: readonly [number, number] = [1_000, 5_000]) {
    this.#ends = [client, server];
    this.#next = [first[0], first[1]];
  }

  open(): Buffer[] {
    return [this.#packet(0, 'S', undefined), this.#packet(1, 'S'), this.#packet(0, '')];
  }

  fromClient(payload: Buffer): Buffer {
    return this.#packet(0, '', this.#next[1], payload);
  }

  fromServer(payload: Buffer): Buffer {
    return this.#packet(1, '', this.#next[0], payload);
  }

  close(): Buffer[] {
    return [this.#packet(0, 'F'), this.#packet(1, 'F')];
  }

  #packet(
    side: 0 | 1,
    flags: string,
    acknowledged: number | undefined = this.#next[side === 0 ? 1 : 0],
    payload: Buffer = Buffer.alloc(0),
  ): Buffer {
    const sequence = this.#next[side];
    this.#next[side] = (sequence + payload.length + (/[SF]/.test(flags) ? 1 : 0)) >>> 0;
    const from = this.#ends[side];
    const to = this.#ends[side === 0 ? 1 : 0];
    const isFirst = flags === 'S' && side === 0;
    return tcp(from, to, { sequence, flags, ...(isFirst ? {} : { acknowledged }) }, payload);
  }
}
