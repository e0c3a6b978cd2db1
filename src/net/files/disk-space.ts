import { statfs } from 'node:fs/promises';

/** The octets of a file system. `free`: those that this process may still write. */
export interface DiskSpace {
  readonly size: number;
  readonly free: number;
}

/** The space of the file system that a directory is on. `undefined`: there is no such directory, or it does not say. */
export const diskSpace = (directory: string): Promise<DiskSpace | undefined> =>
  statfs(directory).then(
    ({ bsize, blocks, bavail }) => ({ size: blocks * bsize, free: bavail * bsize }),
    () => undefined,
  );
