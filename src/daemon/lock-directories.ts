import type { Config } from '../config/index.js';
import type { Degradations } from '../core/degradations.js';
import { InUseError } from '../core/errors.js';
import { DirectoryInUse, type DirectoryLock, lockDirectory } from '../net/files/directory-lock.js';

const PART = 'directory locks';

/**
 * Locks the directories that only one daemon may write to: two daemons on one state directory would give one number
 * twice and damage each other's files. Throws an `InUseError`. If a lock cannot be written, the daemon serves without
 * it and reports a degradation.
 */
export const lockDirectories = (
  { state, trace }: Pick<Config, 'state' | 'trace'>,
  writesTrace: boolean,
  degradations: Degradations,
): readonly DirectoryLock[] => {
  const wanted = new Map([[state.directory, 'state.directory']]);
  if (writesTrace && !wanted.has(trace.directory)) wanted.set(trace.directory, 'trace.directory');
  const locks: DirectoryLock[] = [];
  for (const [directory, key] of wanted) {
    try {
      locks.push(lockDirectory(directory));
    } catch (error) {
      if (error instanceof DirectoryInUse) {
        for (const lock of locks) lock.release();
        throw new InUseError(key, directory, error.pid);
      }
      degradations.begin(PART, `${key}: ${(error as Error).message}; a second labcm would not be noticed`);
    }
  }
  return locks;
};
