/** A header field that labcm knows. */
export interface HeaderRow {
  /** Its one letter (RFC 3261 §7.3.3 and later). */
  readonly compact?: string;
  /** A message may have it only once (RFC 3261 §8.1.1, §20). A request with two is refused. */
  readonly single?: true;
}

/**
 * The header fields that labcm reads or writes, with their compact forms (`sip.md` §2). Others are kept by name and
 * never interpreted.
 *
 * @hot The order matters: the first 31 have a bit each in one small integer, by which a message knows at once which of
 * them it has and which are repeated. Headers that may be there only once come first.
 */
export const HEADERS = {
  From: { compact: 'f', single: true },
  To: { compact: 't', single: true },
  'Call-ID': { compact: 'i', single: true },
  CSeq: { single: true },
  'Max-Forwards': { single: true },
  'Content-Type': { compact: 'c', single: true },
  Expires: { single: true },
  Event: { compact: 'o', single: true },
  'Subscription-State': { single: true },
  'Refer-To': { compact: 'r', single: true },
  'SIP-ETag': { single: true },
  'SIP-If-Match': { single: true },
  Via: { compact: 'v' },
  Contact: { compact: 'm' },
  'Content-Length': { compact: 'l' },
  Supported: { compact: 'k' },
  Require: {},
  'Proxy-Require': {},
  Route: {},
  'Record-Route': {},
  Path: {},
  Authorization: {},
  'Proxy-Authorization': {},
  'WWW-Authenticate': {},
  'Proxy-Authenticate': {},
  Reason: {},
  'User-Agent': {},
  Date: {},
  Accept: {},
  Allow: {},
  'Allow-Events': { compact: 'u' },
  'Referred-By': { compact: 'b' },
  'Content-Id': {},
  'Content-Encoding': { compact: 'e' },
  'Content-Disposition': {},
  'Mime-Version': {},
  'Retry-After': {},
  Warning: {},
  'Min-Expires': {},
  Server: {},
  'Session-ID': {},
  'Session-Expires': { compact: 'x' },
  'Min-SE': {},
  RAck: {},
  Replaces: {},
  'Refer-Sub': {},
  Join: {},
  'Target-Dialog': {},
  'RTP-RxStat': {},
  'RTP-TxStat': {},
  Subject: { compact: 's' },
  Unsupported: {},
  'Accept-Contact': { compact: 'a' },
  'Reject-Contact': { compact: 'j' },
  'Request-Disposition': { compact: 'd' },
  'Identity-Info': { compact: 'n' },
  Identity: { compact: 'y' },
  Diversion: {},
  'Remote-Party-ID': {},
  'P-Asserted-Identity': {},
  'X-Labcm-Node': {},
} as const satisfies Record<string, HeaderRow>;

/** The name of a header that labcm knows. */
export type HeaderName = keyof typeof HEADERS;

export const HEADER_NAMES = Object.keys(HEADERS) as readonly HeaderName[];

/** The number of a header in `HEADERS`. A parsed message holds it in place of the name. */
export type HeaderId = number & { readonly __brand: 'HeaderId' };

/** The number of each header: `message.text(ID.From)`. */
export const ID = Object.fromEntries(HEADER_NAMES.map((name, index) => [name, index])) as Readonly<
  Record<HeaderName, HeaderId>
>;

/** The number of all headers that are not in `HEADERS`. */
export const UNKNOWN = HEADER_NAMES.length as HeaderId;

/** The bit of a header; 0 if it has none. For `message/` alone: others call `has` and `repeats`. */
export const bitOf = (id: HeaderId): number => (id < 31 ? 1 << id : 0);

/** A set of headers that a message can be asked about at once, see `SipMessage.hasAny`. */
export type HeaderSet = number & { readonly __brand: 'HeaderSet' };

/** Throws a `RangeError` if one of the headers is not among the first 31 of `HEADERS`. */
export const headerSet = (names: readonly HeaderName[]): HeaderSet =>
  names.reduce((bits, name) => {
    if (bitOf(ID[name]) === 0) throw new RangeError(`no bit for ${name}`);
    return bits | bitOf(ID[name]);
  }, 0) as HeaderSet;

/** The headers that a message may have only once. */
export const SINGLE_HEADERS: readonly HeaderName[] = HEADER_NAMES.filter((name) => 'single' in HEADERS[name]);

interface Candidate {
  readonly octets: Uint8Array;
  readonly id: HeaderId;
}

// The known names by their length and first letter. Mostly one comparison of octets finds a name, and no string is
// made.
const CANDIDATES: (readonly Candidate[] | undefined)[] = [];
const MAX_LENGTH = 31;
const slot = (length: number, first: number): number => (length << 5) | (first & 0x1f);
for (const name of HEADER_NAMES) {
  const row: HeaderRow = HEADERS[name];
  for (const form of row.compact === undefined ? [name] : [name, row.compact]) {
    const octets = Uint8Array.from(Buffer.from(form.toLowerCase(), 'latin1'));
    const at = slot(octets.length, octets[0] ?? 0);
    CANDIDATES[at] = [...(CANDIDATES[at] ?? []), { octets, id: ID[name] }];
  }
}

/** The header whose name, in any case or compact, is the octets of `bytes` from `start` to `end`. */
export const headerIdOf = (bytes: Uint8Array, start: number, end: number): HeaderId => {
  const length = end - start;
  if (length > MAX_LENGTH) return UNKNOWN;
  const candidates = CANDIDATES[slot(length, bytes[start] ?? 0)];
  if (candidates === undefined) return UNKNOWN;
  for (const { octets, id } of candidates) {
    let at = 0;
    while (at < length && ((bytes[start + at] ?? 0) | 0x20) === octets[at]) at += 1;
    if (at === length) return id;
  }
  return UNKNOWN;
};
