// The space of the disk that a directory is on.

import { statfs } from 'node:fs/promises';
import { dirname } from 'node:path';

/** What a file system holds, and what this process may still put there. */
export interface DiskSpace {
  readonly sizeOctets: number;
  readonly freeOctets: number;
  /** How many files can still be made; `undefined`: the file system has no such limit. */
  readonly freeInodes: number | undefined;
}

/** Why the directory above is asked: this one is not there, or nobody may look at it from here. */
const ASK_ABOVE: ReadonlySet<string | undefined> = new Set(['ENOENT', 'ENOTDIR', 'EACCES']);

/**
 * The space of the file system that a directory is on, or will be on once it is made. `undefined`: the system does not
 * say. Never rejects.
 */
export const diskSpace = async (directory: string): Promise<DiskSpace | undefined> => {
  try {
    const { bsize, blocks, bavail, files, ffree } = await statfs(directory);
    return { sizeOctets: blocks * bsize, freeOctets: bavail * bsize, freeInodes: files === 0 ? undefined : ffree };
  } catch (error) {
    const above = dirname(directory);
    return above !== directory && ASK_ABOVE.has((error as NodeJS.ErrnoException).code) ? diskSpace(above) : undefined;
  }
};
