// A SIP message as lines of text, for changing some of them (RFC 3261 §7).

/** Names of headers that have a short form (RFC 3261 §7.3.3, RFC 3515 §2.1), by that form. */
const SHORT: Readonly<Record<string, string>> = {
  v: 'via',
  f: 'from',
  t: 'to',
  i: 'call-id',
  m: 'contact',
  l: 'content-length',
  r: 'refer-to',
};

const END = '\r\n';

/** The long name of a header, in lower case. */
const longName = (name: string): string => {
  const lower = name.trim().toLowerCase();
  return SHORT[lower] ?? lower;
};

/** One message, as latin1. Headers keep their order and their spelling. */
export class SipText {
  startLine: string;
  readonly #headers: { readonly name: string; value: string }[];
  body: string;

  constructor(text: string) {
    const end = text.indexOf(`${END}${END}`);
    const head = end < 0 ? text : text.slice(0, end);
    this.body = end < 0 ? '' : text.slice(end + 4);
    const [first = '', ...lines] = head.replace(/\r\n[ \t]+/g, ' ').split(END);
    this.startLine = first;
    this.#headers = lines.map((line) => {
      const colon = line.indexOf(':');
      return { name: colon < 0 ? line : line.slice(0, colon), value: colon < 0 ? '' : line.slice(colon + 1).trim() };
    });
  }

  /** The values of a header, in their order. */
  all(name: string): readonly string[] {
    return this.#headers.filter((header) => longName(header.name) === name).map(({ value }) => value);
  }

  get(name: string): string {
    return this.all(name)[0] ?? '';
  }

  /** Changes every value of a header. */
  change(name: string, change: (value: string) => string): void {
    for (const header of this.#headers) if (longName(header.name) === name) header.value = change(header.value);
  }

  /** Replaces all headers of a name by these, where the first of them stood. */
  replace(name: string, values: readonly string[]): void {
    const at = this.#headers.findIndex((header) => longName(header.name) === name);
    if (at < 0) return;
    const spelled = this.#headers[at]?.name ?? name;
    for (let index = this.#headers.length - 1; index >= 0; index -= 1)
      if (longName(this.#headers[index]?.name ?? '') === name) this.#headers.splice(index, 1);
    this.#headers.splice(at, 0, ...values.map((value) => ({ name: spelled, value })));
  }

  remove(name: string): void {
    this.replace(name, []);
  }

  /** Adds a header at the end. */
  add(name: string, value: string): void {
    this.#headers.push({ name, value });
  }

  /** Changes the start line and every value. */
  changeAll(change: (text: string) => string): void {
    this.startLine = change(this.startLine);
    for (const header of this.#headers) header.value = change(header.value);
  }

  /** The message, its Content-Length as its body is. */
  get octets(): Buffer {
    const length = String(Buffer.from(this.body, 'latin1').length);
    this.change('content-length', () => length);
    const lines = this.#headers.map(({ name, value }) => `${name}: ${value}`);
    return Buffer.from([this.startLine, ...lines, '', this.body].join(END), 'latin1');
  }
}

const TAG = /;\s*tag=([^;,\s>]+)/i;
const BRANCH = /;\s*branch=([^;,\s]+)/i;

/** The tag of a From or To; empty: it has none. */
export const tagOf = (value: string): string => TAG.exec(value)?.[1] ?? '';

/** The branch of a Via; empty: it has none. */
export const branchOf = (value: string): string => BRANCH.exec(value)?.[1] ?? '';

/** A From or To with another tag; one is added where there is none. */
export const withTag = (value: string, tag: string): string =>
  TAG.test(value) ? value.replace(TAG, `;tag=${tag}`) : `${value};tag=${tag}`;

/** A Via with another branch. */
export const withBranch = (value: string, branch: string): string => value.replace(BRANCH, `;branch=${branch}`);

/** The URI of a Contact; empty: there is none. */
export const contactUri = (value: string): string => /<([^>]+)>/.exec(value)?.[1] ?? value.split(';', 1)[0] ?? '';
