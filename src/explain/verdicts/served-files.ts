// What rows of the table of causes ask about the files that phones are served.

import type { ConfiguredDevice } from '../../devices/index.js';

/** The files that phones are served. Only for rows that have found something before. */
export interface ServedFiles {
  /** The path below `tftp.root` of the file that a phone gets by this name, in any case. */
  locate(name: string): string | undefined;
  /** The path of a file of this name in a folder below `tftp.root`, where phones do not look for it. */
  locateInFolder(name: string): string | undefined;
  /** The names of the parts that the manifest of a load lists, in its order; empty: it is not there, or lists none. */
  partsOf(load: string): readonly string[];
  /** The text of the file of this name below `tftp.root`; `undefined`: it is not there, or too large to be text. */
  textOf(name: string): string | undefined;
  /** The version stamp that the device's file has now. `undefined`: the file cannot be made. */
  stampOf(device: ConfiguredDevice): string | undefined;
}

/** Of a daemon that serves none. */
export const NO_SERVED_FILES: ServedFiles = {
  locate: () => undefined,
  locateInFolder: () => undefined,
  partsOf: () => [],
  textOf: () => undefined,
  stampOf: () => undefined,
};
