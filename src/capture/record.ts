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

/** Where the fields stand: numbers of 64 bits by their place among such, numbers of 32 bits by theirs. */
const DOUBLE = { at: 1, order: 2 } as const;
const WORD = {
  length: 0,
  about: 1,
  localAddress: 6,
  remoteAddress: 7,
  ports: 8,
  flow: 9,
  sentBefore: 10,
  receivedBefore: 11,
  leftOut: 12,
} as const;

/**
 * Writes heads, each over the one before.
 *
 * @hot Through views of typed arrays, since each method of a Buffer checks its arguments again.
 */
export class HeadWriter {
  readonly octets = Buffer.alloc(HEAD_OCTETS);
  readonly #doubles = new Float64Array(this.octets.buffer, this.octets.byteOffset, HEAD_OCTETS / 8);
  readonly #words = new Uint32Array(this.octets.buffer, this.octets.byteOffset, HEAD_OCTETS / 4);

  /** The head of a record whose payload has `length` octets. */
  write(head: Readonly<RecordHead>, length: number): Buffer {
    const doubles = this.#doubles;
    const words = this.#words;
    const flags = (head.outgoing ? FLAG.outgoing : 0) | (head.secure ? FLAG.secure : 0) | (head.reset ? FLAG.reset : 0);
    this.octets.writeUInt32LE(HEAD_OCTETS + length, 0); // which `Ring` reads
    words[WORD.about] = (KIND_NUMBERS[head.kind] << 16) | (SERVICE_NUMBERS[head.service] << 8) | flags;
    doubles[DOUBLE.at] = head.at;
    doubles[DOUBLE.order] = head.order;
    words[WORD.localAddress] = head.localAddress;
    words[WORD.remoteAddress] = head.remoteAddress;
    words[WORD.ports] = head.localPort * 0x1_0000 + head.remotePort;
    words[WORD.flow] = head.flow;
    words[WORD.sentBefore] = head.sentBefore;
    words[WORD.receivedBefore] = head.receivedBefore;
    words[WORD.leftOut] = head.leftOut;
    return this.octets;
  }
}

const numbersOf = <T extends string>(names: readonly T[]): Readonly<Record<T, number>> =>
  Object.fromEntries(names.map((name, index) => [name, index])) as Record<T, number>;

const KIND_NUMBERS = numbersOf(RECORD_KINDS);
const SERVICE_NUMBERS = numbersOf(SERVICES);

/** The octets of one head, at a place that fits numbers of 64 bits. */
const readOctets = Buffer.alloc(HEAD_OCTETS);
const readDoubles = new Float64Array(readOctets.buffer, readOctets.byteOffset, HEAD_OCTETS / 8);
const readWords = new Uint32Array(readOctets.buffer, readOctets.byteOffset, HEAD_OCTETS / 4);

/** Changes the number of packets left out in a record that is written already. */
export const setLeftOut = (record: Buffer, leftOut: number): void => {
  record.copy(readOctets, 0, 0, HEAD_OCTETS);
  readWords[WORD.leftOut] = leftOut;
  readOctets.copy(record);
};

/** Reads a whole record. The payload is a view of it. */
export const readRecord = (octets: Buffer): RecordedPacket => {
  octets.copy(readOctets, 0, 0, HEAD_OCTETS);
  const word = (at: number): number => readWords[at] ?? 0;
  const about = word(WORD.about);
  return {
    at: readDoubles[DOUBLE.at] ?? 0,
    order: readDoubles[DOUBLE.order] ?? 0,
    kind: RECORD_KINDS[about >>> 16] ?? 'datagram',
    service: SERVICES[(about >>> 8) & 0xff] ?? 'dhcp',
    outgoing: (about & FLAG.outgoing) !== 0,
    secure: (about & FLAG.secure) !== 0,
    reset: (about & FLAG.reset) !== 0,
    localAddress: word(WORD.localAddress),
    remoteAddress: word(WORD.remoteAddress),
    localPort: word(WORD.ports) >>> 16,
    remotePort: word(WORD.ports) & 0xffff,
    flow: word(WORD.flow),
    sentBefore: word(WORD.sentBefore),
    receivedBefore: word(WORD.receivedBefore),
    leftOut: word(WORD.leftOut),
    payload: octets.subarray(HEAD_OCTETS),
  };
};
