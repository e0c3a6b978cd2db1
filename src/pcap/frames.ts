// Makes Ethernet frames with IPv4, UDP and TCP, whose checksums are right (RFC 791, RFC 768, RFC 9293, RFC 1071).

/** One end of a packet. `address` is the IPv4 address as a number; `mac` has six octets. */
export interface FrameEnd {
  readonly address: number;
  readonly port: number;
  readonly mac: Buffer;
}

/** What every frame has. */
export interface FrameFields {
  readonly from: FrameEnd;
  readonly to: FrameEnd;
  /** The identification of IPv4, of which 16 bits count. */
  readonly identification: number;
}

/** The flags of a TCP segment (RFC 9293 §3.1). */
export const TCP_FLAG = { fin: 0x01, syn: 0x02, rst: 0x04, psh: 0x08, ack: 0x10 } as const;

/** The fields of a TCP segment that differ from one to the next. */
export interface TcpFields extends FrameFields {
  readonly sequence: number;
  readonly acknowledgement: number;
  readonly flags: number;
}

/** The largest segment: what fits into an Ethernet frame. */
export const SEGMENT_OCTETS = 1460;

const ETHERNET = 14;
const IPV4 = 20;
const UDP = 8;
const TCP = 20;
const ETHERTYPE_IPV4 = 0x0800;
const DONT_FRAGMENT = 0x4000;
const TIME_TO_LIVE = 64;
const PROTOCOL = { tcp: 6, udp: 17 } as const;
const WINDOW = 65_535;
/** The maximum segment size option of a SYN (RFC 9293 §3.7.1). */
const SEGMENT_SIZE_OPTION = Buffer.from([2, 4, SEGMENT_OCTETS >> 8, SEGMENT_OCTETS & 0xff]);
const NO_OPTION = Buffer.alloc(0);
/** Where a checksum stands in a UDP and in a TCP header. */
const CHECKSUM_AT = { tcp: 16, udp: 6 } as const;

const BROADCAST_ADDRESS = 0xffff_ffff;
const BROADCAST_MAC = Buffer.alloc(6, 0xff);

/**
 * The hardware address that stands for an IPv4 address: `02:00` and its four octets, a locally administered one. The
 * broadcast address has Ethernet's own.
 */
export const madeMac = (address: number): Buffer => {
  if (address === BROADCAST_ADDRESS) return BROADCAST_MAC;
  const octets = Buffer.alloc(6);
  octets[0] = 0x02;
  octets.writeUInt32BE(address, 2);
  return octets;
};

/** The sum of 16-bit words from `start` to `end` (RFC 1071). */
const sumOf = (octets: Buffer, start: number, end: number): number => {
  let sum = 0;
  for (let at = start; at + 1 < end; at += 2) sum += ((octets[at] ?? 0) << 8) | (octets[at + 1] ?? 0);
  return (end - start) % 2 === 1 ? sum + ((octets[end - 1] ?? 0) << 8) : sum;
};

const folded = (sum: number): number => {
  let rest = sum;
  while (rest > 0xffff) rest = (rest & 0xffff) + Math.floor(rest / 0x10000);
  return ~rest & 0xffff;
};

/** Ethernet and IPv4 in front of `length` octets, with the header's checksum. */
const openFrame = ({ from, to, identification }: FrameFields, protocol: number, length: number): Buffer => {
  const frame = Buffer.alloc(ETHERNET + IPV4 + length);
  to.mac.copy(frame, 0);
  from.mac.copy(frame, 6);
  frame.writeUInt16BE(ETHERTYPE_IPV4, 12);
  frame[ETHERNET] = 0x45;
  frame.writeUInt16BE(IPV4 + length, ETHERNET + 2);
  frame.writeUInt16BE(identification & 0xffff, ETHERNET + 4);
  frame.writeUInt16BE(DONT_FRAGMENT, ETHERNET + 6);
  frame[ETHERNET + 8] = TIME_TO_LIVE;
  frame[ETHERNET + 9] = protocol;
  frame.writeUInt32BE(from.address, ETHERNET + 12);
  frame.writeUInt32BE(to.address, ETHERNET + 16);
  frame.writeUInt16BE(folded(sumOf(frame, ETHERNET, ETHERNET + IPV4)), ETHERNET + 10);
  frame.writeUInt16BE(from.port, ETHERNET + IPV4);
  frame.writeUInt16BE(to.port, ETHERNET + IPV4 + 2);
  return frame;
};

/** Writes the checksum over the pseudo header, the header and the payload (RFC 9293 §3.1, RFC 768). */
const close = (frame: Buffer, transport: keyof typeof PROTOCOL): Buffer => {
  const start = ETHERNET + IPV4;
  const pseudo = sumOf(frame, ETHERNET + 12, start) + PROTOCOL[transport] + (frame.length - start);
  const checksum = folded(pseudo + sumOf(frame, start, frame.length));
  // In UDP, 0 means that there is none.
  frame.writeUInt16BE(transport === 'udp' && checksum === 0 ? 0xffff : checksum, start + CHECKSUM_AT[transport]);
  return frame;
};

/** One UDP datagram as one packet, however long it is. At most 65,507 octets. */
export const udpFrame = (fields: FrameFields, payload: Buffer): Buffer => {
  const frame = openFrame(fields, PROTOCOL.udp, UDP + payload.length);
  frame.writeUInt16BE(UDP + payload.length, ETHERNET + IPV4 + 4);
  payload.copy(frame, ETHERNET + IPV4 + UDP);
  return close(frame, 'udp');
};

/** One TCP segment. A SYN says how large segments may be. */
export const tcpFrame = (fields: TcpFields, payload: Buffer): Buffer => {
  const { sequence, acknowledgement, flags } = fields;
  const options = (flags & TCP_FLAG.syn) === 0 ? NO_OPTION : SEGMENT_SIZE_OPTION;
  const frame = openFrame(fields, PROTOCOL.tcp, TCP + options.length + payload.length);
  const start = ETHERNET + IPV4;
  frame.writeUInt32BE(sequence >>> 0, start + 4);
  frame.writeUInt32BE(acknowledgement >>> 0, start + 8);
  frame[start + 12] = (TCP + options.length) << 2;
  frame[start + 13] = flags;
  frame.writeUInt16BE(WINDOW, start + 14);
  options.copy(frame, start + TCP);
  payload.copy(frame, start + TCP + options.length);
  return close(frame, 'tcp');
};
