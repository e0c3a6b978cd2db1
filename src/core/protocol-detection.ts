// What the other end speaks, by its first octets, where it is not what is spoken here: a wrong port is found by its name
// sooner than by a length that nobody can mean.

export type DetectedProtocol = 'TLS' | 'HTTP' | 'SIP' | 'SCCP' | 'SSH';

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

/** `undefined`: nothing that is known here. */
export const detectProtocol = (bytes: Buffer): DetectedProtocol | undefined => {
  if (bytes[0] === TLS_HANDSHAKE && (bytes.length < 2 || bytes[1] === SSL_MAJOR)) return 'TLS';
  const start = bytes.toString('latin1', 0, LONGEST_LINE);
  return FIRST_LINES.find(([, pattern]) => pattern.test(start))?.[0] ?? (isSccp(bytes) ? 'SCCP' : undefined);
};

/** A length, a version and an id as Cisco's phones have them (`sccp.md` §1.1). */
const isSccp = (bytes: Buffer): boolean =>
  bytes.length >= SCCP_HEAD &&
  bytes.readUInt32LE(0) >= 4 &&
  bytes.readUInt32LE(0) <= SCCP_MOST &&
  bytes.readUInt32LE(4) <= SCCP_VERSIONS &&
  bytes.readUInt32LE(8) < SCCP_IDS;
