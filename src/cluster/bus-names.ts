// Names on the bus. Buckets, keys and subjects take few characters, and directory numbers have others (`*41`, `+49…`).

import type { BucketName } from './ports.js';

/**
 * A name as a part of a key or subject: every octet outside `[A-Za-z0-9_-]` is written `=XX`, so that two names never
 * become one.
 */
export const escapedName = (name: string): string =>
  /^[A-Za-z0-9_-]+$/.test(name)
    ? name
    : Array.from(Buffer.from(name, 'utf8'), (octet) => {
        const character = String.fromCharCode(octet);
        return /[A-Za-z0-9_-]/.test(character) ? character : `=${octet.toString(16).toUpperCase().padStart(2, '0')}`;
      }).join('');

/** The name that was escaped. `undefined`: the text is no escaped name. */
export const unescapedName = (escaped: string): string | undefined => {
  if (!/^(?:[A-Za-z0-9_-]|=[0-9A-F]{2})+$/.test(escaped)) return undefined;
  if (!escaped.includes('=')) return escaped;
  const name = Buffer.from(
    escaped.replace(/=([0-9A-F]{2})/g, (_, octet: string) => String.fromCharCode(Number.parseInt(octet, 16))),
    'latin1',
  ).toString('utf8');
  return escapedName(name) === escaped ? name : undefined;
};

/** A key of several names. */
export const keyOf = (...names: readonly string[]): string => names.map(escapedName).join('.');

/** The names of a key. `undefined`: it was not made by `keyOf`. */
export const namesOf = (key: string): readonly string[] | undefined => {
  const names = key.split('.').map(unescapedName);
  return names.every((name) => name !== undefined) ? names : undefined;
};

/**
 * How a bucket is called in the engine: `labcm_<cluster>_<bucket>`. The engine takes no `=` in the name of a bucket. So a cluster
 * with other characters than `[A-Za-z0-9_-]` has another beginning, and in it `_` stands for `=`: `labcm-Lab_201_<bucket>` is of
 * the cluster `Lab 1`, and never of `Lab_201`.
 */
export const bucketOf = (cluster: string, name: BucketName): string => {
  const escaped = escapedName(cluster);
  if (escaped === cluster) return `labcm_${cluster}_${name}`;
  return `labcm-${escaped.replaceAll('_', '=5F').replaceAll('=', '_')}_${name}`;
};

/** Where a node is asked. */
export const askSubject = (cluster: string, node: string): string =>
  `labcm.${escapedName(cluster)}.node.${escapedName(node)}.ask`;

/** Where news of a kind are told. */
export const newsSubject = (cluster: string, kind: string): string =>
  `labcm.${escapedName(cluster)}.event.${escapedName(kind)}`;
