// Reads and writes TFTP packets (RFC 1350 §5, RFC 2347). Reading never throws: it returns what is wrong with the
// packet.

/** RFC 1350 §5: the first two octets of every packet. */
export const OPCODE = { RRQ: 1, WRQ: 2, DATA: 3, ACK: 4, ERROR: 5, OACK: 6 } as const;

/** RFC 1350 §5 and RFC 2347: error codes. */
export const ERROR = {
  undefined: 0,
  fileNotFound: 1,
  accessViolation: 2,
  illegalOperation: 4,
  unknownTransferId: 5,
  optionRefused: 8,
} as const;

/** Octets of opcode and block number. */
export const HEAD = 4;

/** RFC 2347: the most octets of a request. */
export const MAX_REQUEST = 512;

/** A read or write request. */
export interface RequestPacket {
  readonly opcode: 1 | 2;
  /** Latin-1, as the client spelled it. */
  readonly file: string;
  readonly mode: string;
  /** In the order of the request; names as spelled. */
  readonly options: readonly (readonly [name: string, value: string])[];
}

/** The opcode of a packet; 0 if it is too short for one. */
export const opcodeOf = (bytes: Buffer): number => (bytes.length < 2 ? 0 : ((bytes[0] ?? 0) << 8) | (bytes[1] ?? 0));

/** Reads a read or write request; else says what is wrong with it, and at which octet. */
export const parseRequest = (bytes: Buffer): RequestPacket | { readonly error: string; readonly offset: number } => {
  const opcode = opcodeOf(bytes);
  if (opcode !== OPCODE.RRQ && opcode !== OPCODE.WRQ) return { error: 'not a request', offset: 0 };
  if (bytes.length > MAX_REQUEST) return { error: 'longer than 512 octets', offset: MAX_REQUEST };
  const strings: string[] = [];
  let at = 2;
  while (at < bytes.length) {
    const end = bytes.indexOf(0, at);
    if (end < 0) {
      // Some clients pad the end of a request: after file and mode, a string without its NUL is ignored.
      if (strings.length >= 2) break;
      return { error: strings.length === 0 ? 'file name without its NUL' : 'mode without its NUL', offset: at };
    }
    strings.push(bytes.toString('latin1', at, end));
    at = end + 1;
  }
  const [file, mode, ...rest] = strings;
  if (file === undefined) return { error: 'no file name', offset: 2 };
  if (mode === undefined) return { error: 'no mode', offset: 2 + file.length + 1 };
  const options: [string, string][] = [];
  for (let index = 0; index + 1 < rest.length; index += 2) options.push([rest[index] ?? '', rest[index + 1] ?? '']);
  return { opcode, file, mode, options };
};

/** A DATA packet. `block` counts on beyond 65535; its low 16 bits are sent, so that 0 follows 65535. */
export const dataPacket = (block: number, octets: Uint8Array): Buffer => {
  const packet = Buffer.allocUnsafe(HEAD + octets.length);
  packet[0] = 0;
  packet[1] = OPCODE.DATA;
  packet[2] = (block >> 8) & 0xff;
  packet[3] = block & 0xff;
  packet.set(octets, HEAD);
  return packet;
};

/** The block number of an ACK or DATA of four octets or more. */
export const blockOf = (bytes: Buffer): number => ((bytes[2] ?? 0) << 8) | (bytes[3] ?? 0);

/** An ERROR packet. `text` is Latin-1. */
export const errorPacket = (code: number, text: string): Buffer => {
  const packet = Buffer.allocUnsafe(HEAD + text.length + 1);
  packet.writeUInt16BE(OPCODE.ERROR, 0);
  packet.writeUInt16BE(code, 2);
  packet.write(text, HEAD, 'latin1');
  packet[packet.length - 1] = 0;
  return packet;
};

/** An OACK (RFC 2347). */
export const optionsPacket = (options: readonly (readonly [string, string])[]): Buffer =>
  Buffer.from(`\0\x06${options.map(([name, value]) => `${name}\0${value}\0`).join('')}`, 'latin1');
