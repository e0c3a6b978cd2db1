// Decodes the heads of HTTP messages for `labcm decode`: the request or status line, the headers, and how the body ends
// (RFC 9112).

/** The head of a message. */
export interface DecodedHttpMessage {
  /** The method, or the status. */
  readonly name: string;
  readonly fields: Readonly<Record<string, string | number | readonly string[]>>;
}

/** Why octets are no HTTP message. */
export interface UndecodableHttp {
  readonly error: string;
  /** Octets from the start. */
  readonly offset: number;
}

/** How the body of a message ends: after that many octets, after its last chunk, or with the connection. */
export type HttpBodyEnd = number | 'last-chunk' | 'connection';

const LONGEST_HEAD = 65_536;
const REQUEST_LINE = /^([!#$%&'*+.^_`|~\w-]{1,32}) (\S+) (HTTP\/\d\.\d)$/;
const STATUS_LINE = /^(HTTP\/\d\.\d) (\d{3})(?: (.*))?$/;
/** A start line and what may stand behind it. It may follow a body without a line end. */
const START =
  /(?:HTTP\/1\.[01] \d{3}[^\r\n]*|(?:GET|HEAD|POST|PUT|DELETE|OPTIONS|PATCH) \S+ HTTP\/1\.[01])\r?\n(?:[A-Za-z-]+:|\r?\n)/;

/** Octets of the head at the start of a stream. 0: more are needed; -1: no message can start so. */
export const messageLength = (bytes: Buffer): number => {
  const line = bytes.indexOf('\n');
  if (line >= 0 && startLineOf(bytes.toString('latin1', 0, line).trimEnd()) === undefined) return -1;
  const [proper, bare] = [bytes.indexOf('\r\n\r\n'), bytes.indexOf('\n\n')];
  if (proper >= 0 && (bare < 0 || proper < bare)) return proper + 4;
  if (bare >= 0) return bare + 2;
  return bytes.length > LONGEST_HEAD ? -1 : 0;
};

/** Where a message starts in a stream whose beginning is not known; -1: none does. */
export const messageStart = (bytes: Buffer): number => bytes.toString('latin1').search(START);

/** Decodes a head, whole or cut. Header names are lower-case; the values of repeated ones are lists. Never throws. */
export const decodeFrame = (bytes: Buffer): DecodedHttpMessage | UndecodableHttp => {
  const [line = '', ...lines] = bytes.toString('latin1').split(/\r?\n/);
  const start = startLineOf(line);
  if (start === undefined) return { error: 'no HTTP start line', offset: 0 };
  const headers = new Map<string, string | string[]>();
  for (const text of lines) {
    const colon = text.indexOf(':');
    if (colon <= 0) continue;
    const name = text.slice(0, colon).trim().toLowerCase();
    const value = text.slice(colon + 1).trim();
    const before = headers.get(name);
    if (before === undefined) headers.set(name, value);
    else if (typeof before === 'string') headers.set(name, [before, value]);
    else before.push(value);
  }
  return { name: start.name, fields: { ...start.fields, ...Object.fromEntries(headers) } };
};

/** Decodes what there is of a cut head; `undefined`: not even its start line. */
export const decodePart = (bytes: Buffer): DecodedHttpMessage | undefined => {
  const decoded = decodeFrame(bytes);
  return 'error' in decoded ? undefined : decoded;
};

/** How the body after a head ends (RFC 9112 §6.3). `requested` is the method of the request that it answers. */
export const bodyEnd = ({ fields }: DecodedHttpMessage, requested: string | undefined): HttpBodyEnd => {
  const status = Number(fields.status ?? 0);
  const isResponse = status !== 0;
  if (isResponse && (requested === 'HEAD' || status < 200 || status === 204 || status === 304)) return 0;
  if (/\bchunked\s*$/i.test(String(fields['transfer-encoding'] ?? ''))) return 'last-chunk';
  const length = fields['content-length'];
  if (typeof length === 'string' && /^\d{1,15}$/.test(length)) return Number(length);
  return isResponse ? 'connection' : 0;
};

const startLineOf = (line: string): DecodedHttpMessage | undefined => {
  const [, version, status = '', reason = ''] = STATUS_LINE.exec(line) ?? [];
  if (version !== undefined) return { name: status, fields: { status: Number(status), reason, version } };
  const [, method, target = '', spoken = ''] = REQUEST_LINE.exec(line) ?? [];
  return method === undefined ? undefined : { name: method, fields: { method, target, version: spoken } };
};
