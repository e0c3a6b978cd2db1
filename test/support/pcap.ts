// Capture files for programs that dissect them: TCP segments on IPv4, each on a connection of its own.

const MAGIC = 0xa1b2c3d4;
const LINKTYPE_RAW = 101;
const SNAPSHOT = 262_144;
const HEADERS = 40;

export interface Segment {
  readonly fromServer: boolean;
  readonly bytes: Buffer;
}

/** A segment's payload starts this many octets into its packet. */
export const PAYLOAD_AT = HEADERS;

/** One packet a segment, in order; the server's port is the same in all. */
export const pcapOf = (segments: readonly Segment[], serverPort: number): Buffer => {
  const head = Buffer.alloc(24);
  head.writeUInt32LE(MAGIC, 0);
  head.writeUInt16LE(2, 4);
  head.writeUInt16LE(4, 6);
  head.writeUInt32LE(SNAPSHOT, 16);
  head.writeUInt32LE(LINKTYPE_RAW, 20);
  const packets = segments.flatMap(({ fromServer, bytes }, index) => {
    const record = Buffer.alloc(16);
    record.writeUInt32LE(HEADERS + bytes.length, 8);
    record.writeUInt32LE(HEADERS + bytes.length, 12);
    return [record, headersOf(fromServer, bytes.length, serverPort, 10_000 + index), bytes];
  });
  return Buffer.concat([head, ...packets]);
};

const headersOf = (fromServer: boolean, length: number, serverPort: number, phonePort: number): Buffer => {
  const [server, phone] = [0x0a000001, 0x0a000002];
  const bytes = Buffer.alloc(HEADERS);
  bytes[0] = 0x45;
  bytes.writeUInt16BE(HEADERS + length, 2);
  bytes[8] = 64;
  bytes[9] = 6;
  bytes.writeUInt32BE(fromServer ? server : phone, 12);
  bytes.writeUInt32BE(fromServer ? phone : server, 16);
  bytes.writeUInt16BE(fromServer ? serverPort : phonePort, 20);
  bytes.writeUInt16BE(fromServer ? phonePort : serverPort, 22);
  bytes.writeUInt32BE(1, 24);
  bytes.writeUInt32BE(1, 28);
  bytes[32] = 0x50;
  bytes[33] = 0x18;
  bytes.writeUInt16BE(0xffff, 34);
  return bytes;
};
