// The copy of `state/trust` that its owner keeps elsewhere: without the key of the list signer no phone can be moved again but by hand.

import { join } from 'node:path';
import { isThere, makeSecretDirectory, namesIn, readOctets, writeSecret } from '../net/files/secret-files.js';
import type { FileContents } from '../security/sealed-files.js';
import { GENERATION } from './trust-directory.js';

/** What belongs into the directory. Nothing else is copied or written. */
const OURS = /^(?:[a-z]+(?:-ec)?(?:-next|-old)?(?:-key)?\.pem|generation\.json|(?:CTL|ITL)File\.tlv|taken\.jsonl)$/;
/** Certificates and lists are for everybody. */
const isPublic = (name: string): boolean =>
  name.endsWith('.tlv') || (name.endsWith('.pem') && !name.endsWith('-key.pem'));

/** Every file of the directory. Empty: there is none. */
export const trustFilesIn = (directory: string): FileContents =>
  new Map(
    namesIn(directory)
      .filter((name) => OURS.test(name))
      .flatMap((name): [string, Buffer][] => {
        const bytes = readOctets(join(directory, name));
        return bytes === undefined ? [] : [[name, bytes]];
      }),
  );

/** Whether the directory has keys already. */
export const hasKeys = (directory: string): boolean =>
  isThere(join(directory, GENERATION)) || namesIn(directory).some((name) => name.endsWith('-key.pem'));

/** Writes the files of a copy. Returns how many. Throws a `NodeJS.ErrnoException`. */
export const writeTrustFiles = (directory: string, files: FileContents): number => {
  makeSecretDirectory(directory);
  const ours = [...files].filter(([name]) => OURS.test(name));
  // The file that says what belongs together comes last: a copy that is cut off is adopted, not believed.
  ours.sort(([one], [other]) => Number(one === GENERATION) - Number(other === GENERATION));
  for (const [name, bytes] of ours) writeSecret(join(directory, name), bytes, isPublic(name));
  return ours.length;
};
