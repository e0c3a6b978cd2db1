// The header fields that labcm reads or writes: one row each, with its compact form (`sip.md` §2) and whether a message
// may hold one only. Others are carried by name and never interpreted.

export interface HeaderRow {
  /** One letter, RFC 3261 §7.3.3 and later. */
  readonly compact?: string;
  /** More than one is an error that RFC 3261 §8.1.1 or §20 forbids and a request is refused for. */
  readonly single?: true;
}

/** Those that stand alone come first, so that a bit of one word is theirs. */
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
  Subject: { compact: 's' },
  Unsupported: {},
  'Accept-Contact': { compact: 'a' },
  'Reject-Contact': { compact: 'j' },
  'Request-Disposition': { compact: 'd' },
  'Identity-Info': { compact: 'n' },
  Identity: { compact: 'y' },
} as const satisfies Record<string, HeaderRow>;

export type HeaderName = keyof typeof HEADERS;

export const HEADER_NAMES = Object.keys(HEADERS) as readonly HeaderName[];

/** The number of a header in its table: what a parsed message holds in place of the name. */
export type HeaderId = number & { readonly __brand: 'HeaderId' };

export const ID = Object.fromEntries(HEADER_NAMES.map((name, index) => [name, index])) as Readonly<
  Record<HeaderName, HeaderId>
>;

/** A header that has no row. */
export const UNKNOWN = HEADER_NAMES.length as HeaderId;

/** A bit for each header of the first rows, those that stand alone among them: what a message holds, in one word. */
export const bitOf = (id: HeaderId): number => (id < 31 ? 1 << id : 0);

/** The bits of those headers; all must be among the first rows. */
export const bitsOf = (names: readonly HeaderName[]): number => names.reduce((bits, name) => bits | bitOf(ID[name]), 0);

const isSingle = (name: HeaderName): boolean => 'single' in HEADERS[name];

export const SINGLES: number = bitsOf(HEADER_NAMES.filter(isSingle));

interface Candidate {
  readonly octets: Uint8Array;
  readonly id: HeaderId;
}

// By length and first letter, so that a name is recognised by one comparison of octets and no string is made.
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

/** The header whose name, in any case or compact, stands in `bytes` from `start` to `end`. */
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
