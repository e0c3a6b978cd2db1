// What verdicts ask about the files for phones.

import type { ServedFiles } from '../explain/index.js';
import type { FileCatalogue } from '../provisioning/catalogue.js';
import { partsListed } from '../provisioning/manifests.js';
import { foldName } from '../provisioning/names.js';
import type { ServedDirectory } from '../provisioning/served-directory.js';

const textOf = (root: Pick<ServedDirectory, 'locate' | 'text'>, name: string): string | undefined => {
  const path = root.locate(name);
  return path === undefined ? undefined : root.text(path);
};

/** The files of the daemon as the verdicts see them. */
export const servedFiles = (
  root: Pick<ServedDirectory, 'locate' | 'paths' | 'text'>,
  catalogue: Pick<FileCatalogue, 'versionStampsOf'>,
): ServedFiles => ({
  locate: (name) => root.locate(name),
  locateInFolder: (name) => {
    const ending = `/${foldName(name)}`;
    return root.paths().find((path) => foldName(path).endsWith(ending));
  },
  partsOf: (load) => partsListed(textOf(root, `${load}.loads`) ?? ''),
  textOf: (name) => textOf(root, name),
  stampOf: (device) => {
    try {
      return catalogue.versionStampsOf(device).config;
    } catch {
      return undefined; // `file.broken` tells why
    }
  },
});
