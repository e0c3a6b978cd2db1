// One request to the web server of a phone, read from the octets that have come so far (RFC 9112).

/** A request, whole. */
export interface PhoneRequest {
  readonly method: 'GET' | 'HEAD' | 'POST';
  /** The path, without the query. */
  readonly path: string;
  /** What follows the `?`, as it was sent; empty: nothing. */
  readonly query: string;
  readonly authorization: string;
  /** Of a POST. */
  readonly form: URLSearchParams;
}

/** A request; `more`: it has not come whole; a number: the HTTP status that refuses it. */
export type ReadPhoneRequest = PhoneRequest | 'more' | 400 | 405 | 413 | 414 | 431;

const MAX_HEAD = 8 * 1024;
/** Longer than any form that a phone takes. */
const MAX_BODY = 24 * 1024;
const MAX_TARGET = 1_024;
const END_OF_HEAD = /\r?\n\r?\n/;

/** Reads what has come. Never throws. */
export const readRequest = (octets: Buffer): ReadPhoneRequest => {
  const start = octets.toString('latin1', 0, MAX_HEAD);
  const end = END_OF_HEAD.exec(start);
  if (end === null) return octets.length >= MAX_HEAD ? 431 : 'more';
  const head = start.slice(0, end.index);
  const [, method, target = ''] = /^([A-Z]{1,20}) (\S+) HTTP\/1\.[01]\r?(?:\n|$)/.exec(head) ?? [];
  if (method === undefined) return 400;
  if (method !== 'GET' && method !== 'HEAD' && method !== 'POST') return 405;
  if (target.length > MAX_TARGET) return 414;
  const header = (name: string): string => new RegExp(`^${name}:(.*)$`, 'im').exec(head)?.[1]?.trim() ?? '';
  const written = header('content-length') || '0';
  if (!/^\d{1,9}$/.test(written)) return 400;
  const length = Number(written);
  if (length > MAX_BODY) return 413;
  const body = octets.subarray(end.index + end[0].length);
  if (body.length < length) return 'more';
  // Some clients send the whole URL.
  const [path = '', ...query] = target.replace(/^http:\/\/[^/]*/i, '').split('?');
  const isLatin1 = /iso-8859-1/i.test(header('content-type'));
  const form = formOf(body.toString('latin1', 0, length), isLatin1);
  return { method, path: path || '/', query: query.join('?'), authorization: header('authorization'), form };
};

/** The octets of a form are percent-encoded in the characters that its type names. */
const formOf = (text: string, isLatin1: boolean): URLSearchParams =>
  new URLSearchParams(
    isLatin1
      ? text.replace(/%([89A-F][0-9A-F])/gi, (_, digits: string) =>
          encodeURIComponent(String.fromCharCode(Number.parseInt(digits, 16))),
        )
      : text,
  );
