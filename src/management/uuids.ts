// The keys of objects (CUCM: pkid), which tools store: they stay the same over restarts (`docs/protocols/apis.md` §5.8).

import { createHash } from 'node:crypto';

/** What has keys. The words are those of CUCM's tables. */
export type ObjectKind =
  | 'callmanagergroup'
  | 'device'
  | 'devicenumplanmap'
  | 'devicepool'
  | 'enduser'
  | 'numplan'
  | 'processnode'
  | 'routepartition';

/** The name space of labcm's keys, itself a random UUID. */
const NAMESPACE = Buffer.from('6f2b1c549f0e4d0a8a5d7f3b90c1e2a4', 'hex');
const VERSION_5 = 0x50;
const VARIANT = 0x80;

/** The key of an object, in lower case: a UUID of its kind and name (version 5, RFC 9562 §5.5). */
export const uuidOf = (kind: ObjectKind, name: string): string => {
  const digest = createHash('sha1').update(NAMESPACE).update(`${kind}:${name}`).digest();
  digest[6] = ((digest[6] ?? 0) & 0x0f) | VERSION_5;
  digest[8] = ((digest[8] ?? 0) & 0x3f) | VARIANT;
  const hex = digest.toString('hex', 0, 16);
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
};
