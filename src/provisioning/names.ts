// File names as phones send them, made safe and sorted by what they ask for. It looks at the name alone, never at a
// disk or the database.

import type { FileDynamic } from './events.js';

export type CheckedName =
  | { readonly safe: true; readonly name: string }
  | { readonly safe: false; readonly reason: string };

/** RFC 1350 leaves the length open; the request as a whole has 512 octets (RFC 2347). */
const MAX_NAME = 255;

// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is refused
const CONTROL = /[\0-\x1f\x7f]/;
const DRIVE = /^[A-Za-z]:/;

/** A name by the rules of `provisioning.md` §3.5: HTTP's is to be decoded once before, TFTP's never. */
export const checkName = (asked: string): CheckedName => {
  if (asked.length > MAX_NAME) return { safe: false, reason: `longer than ${MAX_NAME} characters` };
  if (CONTROL.test(asked)) return { safe: false, reason: 'control character' };
  const parts = asked
    .replaceAll('\\', '/')
    .split('/')
    .filter((part) => part !== '' && part !== '.');
  const [first] = parts;
  if (first === undefined) return { safe: false, reason: 'empty' };
  if (DRIVE.test(first)) return { safe: false, reason: 'drive letter' };
  if (parts.includes('..')) return { safe: false, reason: 'leads out of the root' };
  return { safe: true, name: parts.join('/') };
};

/** A name folded for comparison: phones and owners agree on letters, not on their case. */
export const foldName = (name: string): string => name.normalize('NFC').toUpperCase();

/** What a name asks for, where it is more than a file on disk. `key` is what it is looked up by. */
export interface DynamicName {
  readonly kind: FileDynamic['kind'];
  readonly key: string;
}

const UUID = '[0-9A-F]{8}-[0-9A-F]{4}-[0-9A-F]{4}-[0-9A-F]{4}-[0-9A-F]{12}';

/** One row per kind: how its folded names look, and which part of one is the key. */
const DYNAMIC: readonly { readonly kind: DynamicName['kind']; readonly pattern: RegExp }[] = [
  { kind: 'default', pattern: /^(XMLDEFAULT)\.CNF\.XML$/ },
  { kind: 'config', pattern: /^([^/]+)\.CNF\.XML$/ },
  { kind: 'ctl', pattern: /^CTL(?!FILE\.)([^/]+)\.TLV$/ },
  { kind: 'itl', pattern: /^ITL(?!FILE\.)([^/]+)\.TLV$/ },
  { kind: 'ctl', pattern: /^CTL(FILE)\.TLV$/ },
  { kind: 'itl', pattern: /^ITL(FILE)\.TLV$/ },
  { kind: 'softkeys', pattern: new RegExp(`^SK(${UUID})\\.XML$`) },
  { kind: 'dialrules', pattern: new RegExp(`^DR(${UUID})\\.XML$`) },
  { kind: 'featurepolicy', pattern: new RegExp(`^(?:DEFAULT)?FP(?:0{10}-)?(${UUID})\\.XML$`) },
  { kind: 'ringlist', pattern: /^(RINGLIST|DISTINCTIVERINGLIST|RINGLIST-WB)\.XML$/ },
];

/** `undefined`: nothing but a file on disk. */
export const dynamicName = (folded: string): DynamicName | undefined => {
  if (!folded.endsWith('.XML') && !folded.endsWith('.TLV')) return undefined;
  for (const { kind, pattern } of DYNAMIC) {
    const key = pattern.exec(folded)?.[1];
    if (key !== undefined) return { kind, key };
  }
  return undefined;
};
