// Reads the file name and the query in a request's target, and the range of octets in its headers.

/**
 * The file's name: percent-decoded once, its octets read as Latin-1, as in a TFTP request. `undefined` where an escape
 * is malformed (RFC 3986 §2.1). The absolute form of a target is understood (RFC 9112 §3.2.2), and a query is dropped.
 */
export const fileNameOf = (target: string): string | undefined => {
  const name = writtenNameOf(target);
  if (!name.includes('%')) return name;
  if (/%(?![0-9a-f]{2})/i.test(name)) return undefined;
  return name.replace(/%([0-9a-f]{2})/gi, (_, digits: string) => String.fromCharCode(Number.parseInt(digits, 16)));
};

/** The same as the client wrote it: without the user and the query, which may have passwords. */
export const writtenNameOf = (target: string): string => {
  const path = target.replace(/^https?:\/\/[^/?#]*/i, '').replace(/[?#].*$/s, '');
  return path.startsWith('/') ? path.slice(1) : path;
};

/** The query of a target; without one, or malformed, it has what can be read of it. */
export const queryOf = (target: string): URLSearchParams => {
  const start = target.indexOf('?');
  return new URLSearchParams(start < 0 ? '' : target.slice(start + 1).replace(/#.*$/s, ''));
};

/** Octets `first` to `last`, both included; `unsatisfiable`: the file has none of them. */
export type ByteRange = { readonly first: number; readonly last: number } | 'unsatisfiable';

const SINGLE_RANGE = /^bytes=\s*(\d*)-(\d*)\s*$/i;

/**
 * The single range of a `Range` header against a file of `size` octets (RFC 9110 §14.1.2). `undefined` where the whole
 * file is the answer: no header, another unit, several ranges, or a malformed one, all of which a server may ignore.
 */
export const byteRangeOf = (header: string | undefined, size: number): ByteRange | undefined => {
  const [, from = '', to = ''] = SINGLE_RANGE.exec(header ?? '') ?? [];
  if (from === '' && to === '') return undefined;
  if (from === '') {
    const count = Math.min(Number(to), size);
    return count === 0 ? 'unsatisfiable' : { first: size - count, last: size - 1 };
  }
  const first = Number(from);
  const last = to === '' ? size - 1 : Math.min(Number(to), size - 1);
  if (to !== '' && Number(to) < first) return undefined;
  return first >= size ? 'unsatisfiable' : { first, last };
};
