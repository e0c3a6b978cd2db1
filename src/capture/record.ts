// One packet as a ring keeps it: a head of fixed length, then the payload as it was received or sent.

/** The protocols that are captured, in the order of a boot. */
export const SERVICES = ['dhcp', 'tftp', 'http', 'sccp', 'sip'] as const;
/** A protocol that is captured. */
export type CapturedService = (typeof SERVICES)[number];

/**
 * What a record is of: a datagram; a connection that was opened, or that was open when the capture began; octets on
 * it; its end. The payload of an opened or joined one is the text about its TLS, that of an end is empty.
 */
export const RECORD_KINDS = ['datagram', 'opened', 'joined', 'data', 'closed'] as const;
/** What a record is of. */
export type RecordKind = (typeof RECORD_KINDS)[number];

/** The head of a record. It is filled in anew for each packet, so that a packet needs no object of its own. */
export interface RecordHead {
  /** Milliseconds on the clock of this process. */
  at: number;
  /** Counts the packets of all rings: packets of one millisecond, and those that were moved, keep their order. */
  order: number;
  kind: RecordKind;
  service: CapturedService;
  /** Whether labcm sent it. For an end: whether labcm ended the connection. */
  outgoing: boolean;
  /** It came through TLS. */
  secure: boolean;
  /** An end by RST. */
  reset: boolean;
  /** IPv4 addresses as numbers. */
  localAddress: number;
  localPort: number;
  remoteAddress: number;
  remotePort: number;
  /** The number of the connection, or of a datagram's pair of ends. */
  flow: number;
  /** Octets that labcm had sent and received on the connection before this packet. */
  sentBefore: number;
  receivedBefore: number;
  /** Packets of the same file that were left out before this one. */
  leftOut: number;
}

/** A record that was read back. */
export interface RecordedPacket extends Readonly<RecordHead> {
  readonly payload: Buffer;
}

/** Octets of the head. */
export const HEAD_OCTETS = 56;

const FLAG = { outgoing: 1, secure: 2, reset: 4 } as const;

const TWO_32 = 0x1_0000_0000;

/** Writes the head of a record whose payload has `length` octets. */
export const writeHead = (octets: Buffer, head: Readonly<RecordHead>, length: number): void => {
  octets.writeUInt32LE(HEAD_OCTETS + length, 0);
  octets.writeDoubleLE(head.at, 4);
  octets.writeDoubleLE(head.order, 12);
  octets[20] = RECORD_KINDS.indexOf(head.kind);
  octets[21] = (head.outgoing ? FLAG.outgoing : 0) | (head.secure ? FLAG.secure : 0) | (head.reset ? FLAG.reset : 0);
  octets[22] = SERVICES.indexOf(head.service);
  octets[23] = 0;
  octets.writeUInt32LE(head.localAddress, 24);
  octets.writeUInt32LE(head.remoteAddress, 28);
  octets.writeUInt16LE(head.localPort, 32);
  octets.writeUInt16LE(head.remotePort, 34);
  octets.writeUInt32LE(head.flow % TWO_32, 36);
  octets.writeUInt32LE(head.sentBefore % TWO_32, 40);
  octets.writeUInt32LE(head.receivedBefore % TWO_32, 44);
  octets.writeUInt32LE(head.leftOut % TWO_32, 48);
  octets.writeUInt32LE(0, 52);
};

/** Changes the number of packets left out in a record that is written already. */
export const setLeftOut = (record: Buffer, leftOut: number): void => void record.writeUInt32LE(leftOut % TWO_32, 48);

/** Reads a whole record. The payload is a view of it. */
export const readRecord = (octets: Buffer): RecordedPacket => {
  const flags = octets[21] ?? 0;
  return {
    at: octets.readDoubleLE(4),
    order: octets.readDoubleLE(12),
    kind: RECORD_KINDS[octets[20] ?? 0] ?? 'datagram',
    service: SERVICES[octets[22] ?? 0] ?? 'dhcp',
    outgoing: (flags & FLAG.outgoing) !== 0,
    secure: (flags & FLAG.secure) !== 0,
    reset: (flags & FLAG.reset) !== 0,
    localAddress: octets.readUInt32LE(24),
    remoteAddress: octets.readUInt32LE(28),
    localPort: octets.readUInt16LE(32),
    remotePort: octets.readUInt16LE(34),
    flow: octets.readUInt32LE(36),
    sentBefore: octets.readUInt32LE(40),
    receivedBefore: octets.readUInt32LE(44),
    leftOut: octets.readUInt32LE(48),
    payload: octets.subarray(HEAD_OCTETS),
  };
};
