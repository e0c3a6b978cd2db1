import { closeSync, fchmodSync, fstatSync, openSync } from 'node:fs';
import { writeAll } from './write-all.js';

/** A file that is open for writing. Its methods throw a `NodeJS.ErrnoException`. */
export interface PrivateFile {
  readonly path: string;
  write(octets: Uint8Array): void;
  close(): void;
}

/**
 * Makes a file that its owner alone may read, or empties the one that is there. A device such as `/dev/null` keeps its
 * mode. Throws a `NodeJS.ErrnoException`.
 */
export const createPrivateFile = (path: string): PrivateFile => {
  const fd = openSync(path, 'w', 0o600);
  try {
    if (fstatSync(fd).isFile()) fchmodSync(fd, 0o600);
  } catch (error) {
    closeSync(fd);
    throw error;
  }
  return {
    path,
    write: (octets) => writeAll(fd, Buffer.from(octets.buffer, octets.byteOffset, octets.byteLength)),
    close: () => closeSync(fd),
  };
};
