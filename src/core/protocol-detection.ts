/** What `detectProtocol` can recognise. */
export type DetectedProtocol = 'TLS' | 'HTTP' | 'SIP' | 'SCCP' | 'SSH';

/** How many of the first octets of a peer are shown that never sent a whole message: enough to see what it speaks. */
export const FIRST_OCTETS = 32;

const TLS_HANDSHAKE = 0x16;
const SSL_MAJOR = 3;
const LONGEST_LINE = 256;
const SCCP_MOST = 4_096;
const SCCP_HEAD = 12;
const SCCP_VERSIONS = 22;
const SCCP_IDS = 0x400;

const FIRST_LINES: readonly (readonly [DetectedProtocol, RegExp])[] = [
  ['SIP', /^(?:SIP\/2\.0 |[A-Z]+ (?:sips?|tel):\S)/],
  [
    'HTTP',
    /^(?:HTTP\/\d|PRI \* HTTP\/2|(?:GET|HEAD|POST|PUT|DELETE|OPTIONS|CONNECT|TRACE|PATCH) \S+(?: HTTP\/|\r?\n|$))/,
  ],
  ['SSH', /^SSH-\d/],
];

/**
 * The protocol that a peer speaks, by the first octets that it sent; `undefined`: none of these. Used when they are
 * not of the expected protocol, since the name of the other one explains a wrong port better than a parse error.
 */
export const detectProtocol = (bytes: Buffer): DetectedProtocol | undefined => {
  if (bytes[0] === TLS_HANDSHAKE && (bytes.length < 2 || bytes[1] === SSL_MAJOR)) return 'TLS';
  const start = bytes.toString('latin1', 0, LONGEST_LINE);
  return FIRST_LINES.find(([, pattern]) => pattern.test(start))?.[0] ?? (isSccp(bytes) ? 'SCCP' : undefined);
};

/** The length, version and message id of an SCCP header (`sccp.md` §1.1). */
const isSccp = (bytes: Buffer): boolean =>
  bytes.length >= SCCP_HEAD &&
  bytes.readUInt32LE(0) >= 4 &&
  bytes.readUInt32LE(0) <= SCCP_MOST &&
  bytes.readUInt32LE(4) <= SCCP_VERSIONS &&
  bytes.readUInt32LE(8) < SCCP_IDS;
