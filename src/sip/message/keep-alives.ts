// Recognises datagrams that only keep a NAT binding open (`sip.md` §1): line ends, NULs, the `jaK` of some soft phones,
// and STUN requests (RFC 8489 §5), which this server does not answer.

const NUL = 0x00;
const LF = 0x0a;
const CR = 0x0d;

/** Octets that may stand between messages and mean nothing: CR, LF, and the NUL that Asterisk sends after them. */
export const isFiller = (octet: number | undefined): boolean => octet === CR || octet === LF || octet === NUL;

/** Where the message in a datagram starts. The length of the datagram: there is no message in it. */
export const startOfMessage = (bytes: Buffer): number => {
  if (isJak(bytes) || isStun(bytes)) return bytes.length;
  let start = 0;
  while (start < bytes.length && isFiller(bytes[start])) start += 1;
  return start;
};

const isJak = (bytes: Buffer): boolean =>
  (bytes.length === 3 || bytes.length === 4) && bytes.toString('latin1', 0, 3) === 'jaK' && (bytes[3] ?? NUL) === NUL;

const STUN_HEADER = 20;

/** A STUN header has two zero bits and the right length, in units of four octets. No SIP message begins so. */
const isStun = (bytes: Buffer): boolean =>
  bytes.length >= STUN_HEADER &&
  (bytes[0] as number) < 0x40 &&
  !isFiller(bytes[1]) &&
  bytes.readUInt16BE(2) === bytes.length - STUN_HEADER &&
  bytes.length % 4 === 0;
