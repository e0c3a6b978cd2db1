// Makes the file names that phones send safe, and finds out what kind of file they mean. Works on the name alone,
// without the disk and the database.

import type { FileDynamic } from './events.js';

/** A name that may be looked up, or why it must not be. */
export type CheckedName =
  | { readonly safe: true; readonly name: string }
  | { readonly safe: false; readonly reason: string };

/** RFC 1350 leaves the length open; the request as a whole has 512 octets (RFC 2347). */
const MAX_NAME = 255;

// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is refused
const CONTROL = /[\0-\x1f\x7f]/;
const DRIVE = /^[A-Za-z]:/;

/**
 * Checks a name by the rules of `provisioning.md` §3.5. HTTP must remove the percent-encoding once before; TFTP's names
 * have none. Slashes of both kinds become `/`; empty parts and `.` are dropped.
 */
export const checkName = (requested: string): CheckedName => {
  if (requested.length > MAX_NAME) return { safe: false, reason: `longer than ${MAX_NAME} characters` };
  if (CONTROL.test(requested)) return { safe: false, reason: 'control character' };
  const parts = requested
    .replaceAll('\\', '/')
    .split('/')
    .filter((part) => part !== '' && part !== '.');
  const [first] = parts;
  if (first === undefined) return { safe: false, reason: 'empty' };
  if (DRIVE.test(first)) return { safe: false, reason: 'drive letter' };
  if (parts.includes('..')) return { safe: false, reason: 'leads out of the root' };
  return { safe: true, name: parts.join('/') };
};

/** A name folded for comparison, since phones and owners do not agree on case. */
export const foldName = (name: string): string => name.normalize('NFC').toUpperCase();

/** The meaning of a name that is more than a file on disk. `key` is what the file is looked up by. */
export interface DynamicName {
  readonly kind: FileDynamic['kind'];
  readonly key: string;
}

const UUID = '[0-9A-F]{8}-[0-9A-F]{4}-[0-9A-F]{4}-[0-9A-F]{4}-[0-9A-F]{12}';

/** One row per kind: the pattern of its folded names, whose group is the key. */
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

/** The meaning of a folded name. `undefined`: it can only be a file on disk. */
export const dynamicName = (folded: string): DynamicName | undefined => {
  if (!folded.endsWith('.XML') && !folded.endsWith('.TLV')) return undefined;
  for (const { kind, pattern } of DYNAMIC) {
    const key = pattern.exec(folded)?.[1];
    if (key !== undefined) return { kind, key };
  }
  return undefined;
};
