import { statfs } from 'node:fs/promises';
import { dirname } from 'node:path';

/** The octets of a file system. `free`: those that this process may still write. */
export interface DiskSpace {
  readonly size: number;
  readonly free: number;
}

/**
 * The space of the file system that a directory is on, or will be on once it is made. `undefined`: the system does not
 * say.
 */
export const diskSpace = async (directory: string): Promise<DiskSpace | undefined> => {
  try {
    const { bsize, blocks, bavail } = await statfs(directory);
    return { size: blocks * bsize, free: bavail * bsize };
  } catch (error) {
    const isMissing = (error as NodeJS.ErrnoException).code === 'ENOENT' && dirname(directory) !== directory;
    return isMissing ? diskSpace(dirname(directory)) : undefined;
  }
};
