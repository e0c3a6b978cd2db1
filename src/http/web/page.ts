// The page at `/`: files that were built before, with the headers that keep a browser from doing more than the page needs
// (`docs/protocols/explain.md` §7.5).

import { createHash } from 'node:crypto';
import { namesTag } from '../entity-tag.js';

/** The built files by their names: `index.html`, and the others with a digest of their content in the name. */
export type PageFiles = ReadonlyMap<string, Uint8Array>;

/** A file of the page as it is sent. */
interface SentFile {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly headers: Readonly<Record<string, string>>;
  readonly etag: string;
}

/** What is sent for a request. */
export interface PageFileAnswer {
  readonly status: 200 | 304 | 503;
  readonly body: Uint8Array<ArrayBuffer> | string | null;
  readonly headers: Readonly<Record<string, string>>;
}

/** No script, style or picture but our own, no request to anybody else, no frame around the page. */
const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
  "trusted-types 'none'",
].join('; ');

const HEADERS = {
  'Content-Security-Policy': POLICY,
  'X-Content-Type-Options': 'nosniff',
  'Referrer-Policy': 'no-referrer',
  'Cross-Origin-Resource-Policy': 'same-origin',
};

const TYPES: Readonly<Record<string, string>> = {
  html: 'text/html; charset=utf-8',
  js: 'text/javascript; charset=utf-8',
  css: 'text/css; charset=utf-8',
  svg: 'image/svg+xml',
};

const INDEX = 'index.html';
const IMMUTABLE = 'public, max-age=31536000, immutable';
/** The browser asks each time whether its copy is the present one. */
const ASK_FIRST = 'no-cache';

const NOT_BUILT = 'The page is not built. `npm run build` builds it.\n';

/** The page. */
export class Page {
  readonly #files = new Map<string, SentFile>();

  constructor(files: PageFiles) {
    for (const [name, bytes] of files) {
      const etag = `"${createHash('sha256').update(bytes).digest('base64url').slice(0, 22)}"`;
      const type = TYPES[name.slice(name.lastIndexOf('.') + 1)] ?? 'application/octet-stream';
      const caching = name === INDEX ? ASK_FIRST : IMMUTABLE;
      const headers = { ...HEADERS, 'Content-Type': type, 'Cache-Control': caching, ETag: etag };
      this.#files.set(name === INDEX ? '/' : `/${name}`, { bytes: new Uint8Array(bytes), headers, etag });
    }
  }

  /** Whether a request for this path is answered by the page. */
  has(path: string): boolean {
    return path === '/' || this.#files.has(path);
  }

  /** The answer to GET. `ifNoneMatch`: the header of that name. */
  answer(path: string, ifNoneMatch: string | undefined): PageFileAnswer {
    const file = this.#files.get(path);
    if (file === undefined)
      return { status: 503, body: NOT_BUILT, headers: { ...HEADERS, 'Content-Type': 'text/plain' } };
    const { bytes, headers, etag } = file;
    return namesTag(ifNoneMatch, etag) ? { status: 304, body: null, headers } : { status: 200, body: bytes, headers };
  }
}
