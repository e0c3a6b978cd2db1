// Reads the headers of a captured packet: link layer, IPv4, UDP and TCP. Never throws: it says what a packet is that it
// does not read.

import type { MacAddress } from '../core/identifiers.js';
import type { Endpoint } from '../net/ports.js';
import { LINK_TYPE } from './blocks.js';
import type { CapturedPacket } from './captured-packet.js';
import { ETHER_TYPE, IP_PROTOCOL, UNREAD, UNREAD_PROTOCOLS, VLAN_TAGS } from './formats.js';

interface Carried {
  readonly source: Endpoint;
  readonly destination: Endpoint;
  /** Of the sender in this network: a phone, or the router in front of it. `undefined`: the link does not say. */
  readonly hardwareAddress: MacAddress | undefined;
  /** What is there of the payload. A view of the packet. */
  readonly bytes: Buffer;
  /** Octets of the payload that were not captured, or are in other fragments. */
  readonly missing: number;
  /** The first fragment of a packet; the octets of the others count as missing. */
  readonly fragmented: boolean;
}

/** A UDP datagram (RFC 768). */
export interface UdpDatagram extends Carried {
  readonly kind: 'udp';
}

/** A TCP segment (RFC 9293 §3.1). */
export interface TcpSegment extends Carried {
  readonly kind: 'tcp';
  readonly sequence: number;
  /** `undefined`: the ACK bit is not set. */
  readonly acknowledged: number | undefined;
  readonly syn: boolean;
  readonly fin: boolean;
  readonly rst: boolean;
}

/** What a packet carries, or its name if it is not read: `ARP`, `IPv6`, `link type 127`. */
export type FrameContent = UdpDatagram | TcpSegment | { readonly kind: 'unread'; readonly name: string };

const MOST_TAGS = 4;
const LEAST_IPV4 = 20;
const LEAST_TCP = 20;
const UDP_HEADER = 8;
const LEAST_ETHER_TYPE = 0x0600;
const CUT: FrameContent = { kind: 'unread', name: 'packets without whole headers' };

/** Reads the headers of a packet. */
export const readFrame = ({ linkType, bytes }: Pick<CapturedPacket, 'linkType' | 'bytes'>): FrameContent => {
  const link = LINKS.get(linkType);
  if (link === undefined) return { kind: 'unread', name: `link type ${linkType}` };
  const network = link(bytes);
  if (network === undefined) return CUT;
  let { etherType, at } = network;
  for (let tags = 0; VLAN_TAGS.has(etherType) && tags < MOST_TAGS && at + 4 <= bytes.length; tags += 1) {
    etherType = bytes.readUInt16BE(at + 2);
    at += 4;
  }
  if (etherType === ETHER_TYPE.ipv4) return readIpv4(bytes.subarray(at), network.hardwareAddress);
  const name = etherType < LEAST_ETHER_TYPE ? 'LLC' : `EtherType 0x${etherType.toString(16).padStart(4, '0')}`;
  return { kind: 'unread', name: UNREAD.get(etherType) ?? name };
};

interface NetworkLayer {
  readonly etherType: number;
  /** Where its packet begins. */
  readonly at: number;
  readonly hardwareAddress?: MacAddress;
}

const macAt = (bytes: Buffer, at: number): MacAddress => bytes.toString('hex', at, at + 6).toUpperCase() as MacAddress;

/** By the version in the first octet of an IP packet. */
const raw = (bytes: Buffer): NetworkLayer | undefined =>
  bytes.length === 0 ? undefined : { etherType: versionOf(bytes) === 6 ? ETHER_TYPE.ipv6 : ETHER_TYPE.ipv4, at: 0 };

const versionOf = (bytes: Buffer): number => (bytes[0] ?? 0) >> 4;

/** The address family in front of an IP packet, in the byte order of whoever captured it. All but 2 are IPv6. */
const family = (bytes: Buffer): NetworkLayer | undefined =>
  bytes.length < 5
    ? undefined
    : {
        etherType: bytes.readUInt32LE(0) === 2 || bytes.readUInt32BE(0) === 2 ? ETHER_TYPE.ipv4 : ETHER_TYPE.ipv6,
        at: 4,
      };

/** Linux's stand-ins for an Ethernet header, on the interface `any`: where type and address are in them. */
const cooked =
  (length: number, typeAt: number, addressLengthAt: number, addressAt: number) =>
  (bytes: Buffer): NetworkLayer | undefined =>
    bytes.length < length
      ? undefined
      : {
          etherType: bytes.readUInt16BE(typeAt),
          at: length,
          ...(bytes[addressLengthAt] === 6 ? { hardwareAddress: macAt(bytes, addressAt) } : {}),
        };

const ethernet = (bytes: Buffer): NetworkLayer | undefined =>
  bytes.length < 14 ? undefined : { etherType: bytes.readUInt16BE(12), at: 14, hardwareAddress: macAt(bytes, 6) };

const LINKS: ReadonlyMap<number, (bytes: Buffer) => NetworkLayer | undefined> = new Map([
  [LINK_TYPE.ethernet, ethernet],
  [LINK_TYPE.linuxCooked, cooked(16, 14, 5, 6)],
  [LINK_TYPE.linuxCooked2, cooked(20, 0, 11, 12)],
  [LINK_TYPE.raw, raw],
  [LINK_TYPE.rawElsewhere, raw],
  [LINK_TYPE.rawOnOpenBsd, raw],
  [LINK_TYPE.ipv4, raw],
  [LINK_TYPE.ipv6, raw],
  [LINK_TYPE.null, family],
  [LINK_TYPE.loop, family],
]);

const readIpv4 = (bytes: Buffer, hardwareAddress: MacAddress | undefined): FrameContent => {
  const header = ((bytes[0] ?? 0) & 0x0f) * 4;
  if (bytes.length < LEAST_IPV4 || versionOf(bytes) !== 4 || header < LEAST_IPV4 || bytes.length < header) return CUT;
  // 0: the network card of the capturing machine was to cut the packet, and to fill in the length.
  const total = bytes.readUInt16BE(2) || bytes.length;
  if (total < header) return CUT;
  const fragment = bytes.readUInt16BE(6) & 0x3fff;
  if ((fragment & 0x1fff) !== 0) return { kind: 'unread', name: 'fragments of IPv4 packets' };
  const payload = bytes.subarray(header, total);
  const shared = {
    hardwareAddress,
    sourceAddress: addressAt(bytes, 12),
    destinationAddress: addressAt(bytes, 16),
    fragmented: fragment !== 0,
    length: total - header,
  };
  const protocol = bytes[9] as number;
  if (protocol === IP_PROTOCOL.udp) return readUdp(payload, shared);
  if (protocol === IP_PROTOCOL.tcp) return readTcp(payload, shared);
  return { kind: 'unread', name: UNREAD_PROTOCOLS.get(protocol) ?? `IP protocol ${protocol}` };
};

const addressAt = (bytes: Buffer, at: number): string =>
  `${bytes[at]}.${bytes[at + 1]}.${bytes[at + 2]}.${bytes[at + 3]}`;

interface Packet {
  readonly hardwareAddress: MacAddress | undefined;
  readonly sourceAddress: string;
  readonly destinationAddress: string;
  readonly fragmented: boolean;
  /** Octets of the IPv4 payload, captured or not. */
  readonly length: number;
}

const endpoints = (bytes: Buffer, { sourceAddress, destinationAddress }: Packet) => ({
  source: { address: sourceAddress, port: bytes.readUInt16BE(0) },
  destination: { address: destinationAddress, port: bytes.readUInt16BE(2) },
});

const readUdp = (bytes: Buffer, packet: Packet): FrameContent => {
  if (bytes.length < UDP_HEADER) return CUT;
  const stated = bytes.readUInt16BE(4);
  // A fragment states the length of the whole datagram.
  const length = stated < UDP_HEADER || (stated > packet.length && !packet.fragmented) ? packet.length : stated;
  const payload = bytes.subarray(UDP_HEADER, length);
  const { hardwareAddress, fragmented } = packet;
  return {
    kind: 'udp',
    ...endpoints(bytes, packet),
    hardwareAddress,
    fragmented,
    bytes: payload,
    missing: length - UDP_HEADER - payload.length,
  };
};

const ACK = 0x10;
const RST = 0x04;
const SYN = 0x02;
const FIN = 0x01;

const readTcp = (bytes: Buffer, packet: Packet): FrameContent => {
  const header = bytes.length < LEAST_TCP ? 0 : ((bytes[12] as number) >> 4) * 4;
  if (header < LEAST_TCP || bytes.length < header || packet.length < header) return CUT;
  const flags = bytes[13] as number;
  const payload = bytes.subarray(header);
  const { hardwareAddress, fragmented, length } = packet;
  return {
    kind: 'tcp',
    ...endpoints(bytes, packet),
    hardwareAddress,
    fragmented,
    bytes: payload,
    missing: length - header - payload.length,
    sequence: bytes.readUInt32BE(4),
    acknowledged: (flags & ACK) === 0 ? undefined : bytes.readUInt32BE(8),
    syn: (flags & SYN) !== 0,
    fin: (flags & FIN) !== 0,
    rst: (flags & RST) !== 0,
  };
};
