// Reads an HTTP/1.1 response from the octets that have come so far (RFC 9112), for clients that ask once and close.

/** A response that has come completely. */
export interface HttpResponse {
  readonly status: number;
  /** By name in lower case; of several of a name the last one. */
  readonly headers: ReadonlyMap<string, string>;
  readonly body: Buffer;
}

const END_OF_HEAD = '\r\n\r\n';
const END_OF_LINE = '\r\n';

/**
 * Reads a response. `more`: it is not complete yet. `no-http`: it cannot become one, or it broke off. `ended`: the server
 * has closed the connection, which ends a body without a length. Never throws.
 */
export const readHttpResponse = (octets: Buffer, ended: boolean): HttpResponse | 'more' | 'no-http' => {
  const start = octets.toString('latin1', 0, START.length);
  if (!START.startsWith(start) && !start.startsWith(START)) return 'no-http';
  const end = octets.indexOf(END_OF_HEAD);
  if (end < 0) return ended ? 'no-http' : 'more';
  const [line = '', ...lines] = octets.toString('latin1', 0, end).split(END_OF_LINE);
  const status = Number(/^HTTP\/1\.[01] (\d{3})(?: |$)/.exec(line)?.[1]);
  if (Number.isNaN(status)) return 'no-http';
  const rest = octets.subarray(end + END_OF_HEAD.length);
  if (status >= 100 && status < 200) return readHttpResponse(rest, ended); // an interim response, such as 100 Continue
  const headers = headersOf(lines);
  const body = bodyOf(rest, headers, ended);
  return typeof body === 'string' ? body : { status, headers, body };
};

const START = 'HTTP/1.';

const headersOf = (lines: readonly string[]): ReadonlyMap<string, string> =>
  new Map(
    lines.flatMap((line): [string, string][] => {
      const colon = line.indexOf(':');
      return colon < 1 ? [] : [[line.slice(0, colon).trim().toLowerCase(), line.slice(colon + 1).trim()]];
    }),
  );

const bodyOf = (rest: Buffer, headers: ReadonlyMap<string, string>, ended: boolean): Buffer | 'more' | 'no-http' => {
  if (/\bchunked$/i.test(headers.get('transfer-encoding') ?? '')) return chunksOf(rest, ended);
  const written = headers.get('content-length');
  if (written === undefined) return ended ? rest : 'more';
  if (!/^\d{1,9}$/.test(written)) return 'no-http';
  const length = Number(written);
  if (rest.length >= length) return rest.subarray(0, length);
  return ended ? 'no-http' : 'more';
};

/** The chunks of a body, joined (RFC 9112 §7.1). Trailers are left out. */
const chunksOf = (rest: Buffer, ended: boolean): Buffer | 'more' | 'no-http' => {
  const unfinished = ended ? 'no-http' : 'more';
  const chunks: Buffer[] = [];
  for (let at = 0; ; ) {
    const end = rest.indexOf(END_OF_LINE, at);
    if (end < 0) return unfinished;
    const written = rest.toString('latin1', at, end).split(';', 1)[0]?.trim() ?? '';
    if (!/^[0-9a-f]{1,7}$/i.test(written)) return 'no-http';
    const length = Number.parseInt(written, 16);
    if (length === 0) return Buffer.concat(chunks);
    const start = end + END_OF_LINE.length;
    if (rest.length < start + length + END_OF_LINE.length) return unfinished;
    chunks.push(rest.subarray(start, start + length));
    at = start + length + END_OF_LINE.length;
  }
};
