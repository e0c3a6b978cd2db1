// What verdicts ask about the files for phones.

import type { ServedFiles } from '../explain/index.js';
import type { FileCatalogue } from '../provisioning/catalogue.js';
import type { ServedDirectory } from '../provisioning/served-directory.js';

/** The files of the daemon as the verdicts see them. */
export const servedFiles = (
  root: Pick<ServedDirectory, 'locate' | 'locateInFolder' | 'text'>,
  catalogue: Pick<FileCatalogue, 'partsOf' | 'versionStampsOf'>,
): ServedFiles => ({
  locate: (name) => root.locate(name),
  locateInFolder: (name) => root.locateInFolder(name),
  partsOf: (load) => catalogue.partsOf(load),
  textOf: (name) => {
    const path = root.locate(name);
    return path === undefined ? undefined : root.text(path);
  },
  stampOf: (device) => {
    try {
      return catalogue.versionStampsOf(device).config;
    } catch {
      return undefined; // `file.broken` tells why
    }
  },
});
