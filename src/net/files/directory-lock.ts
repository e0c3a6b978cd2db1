// A directory that belongs to one process at a time. A file in it names the process; another process that finds the
// file checks whether that process still runs. A kill leaves the file and blocks nobody.

import {
  copyFileSync,
  constants as fs,
  linkSync,
  mkdirSync,
  readFileSync,
  readlinkSync,
  realpathSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';

/** A process, described so that another one with the same number is not mistaken for it. */
interface Holder {
  readonly pid: number;
  /** When it was started, in units of the system. Absent if the system does not say. */
  readonly started?: string;
  /** The boot of the machine, and the namespace of process numbers. */
  readonly boot?: string;
  readonly space?: string;
}

/** Another process has the directory. */
export class DirectoryInUse extends Error {
  override readonly name = 'DirectoryInUse';
  readonly code = 'DIRECTORY_IN_USE';
  readonly directory: string;
  readonly pid: number;

  constructor(directory: string, pid: number) {
    super(`${directory} is in use by process ${pid}`);
    this.directory = directory;
    this.pid = pid;
  }
}

/** A lock that this process holds. */
export interface DirectoryLock {
  /** Gives the directory back. Harmless if it no longer exists. */
  release(): void;
}

const FILE = '.labcm.lock';
/** Other processes may try to take the directory of a dead one at the same moment. */
const MOST_TRIES = 10;

/**
 * Locks a directory, and makes it if it is missing. Throws a `DirectoryInUse`, or a `NodeJS.ErrnoException` if nothing
 * can be written there.
 */
export const lockDirectory = (directory: string, self: Holder = holderOf(process.pid)): DirectoryLock => {
  mkdirSync(directory, { recursive: true });
  const path = join(realpathSync(directory), FILE);
  const text = `${JSON.stringify(self)}\n`;
  const draft = `${path}.${process.pid}`;
  try {
    writeFileSync(draft, text);
    for (let tries = 0; ; tries += 1) {
      if (placed(draft, path)) break;
      const found = textOf(path);
      if (found === undefined) continue; // it went while we looked
      const holder = parseHolder(found);
      if (holder !== undefined && (isAlive(holder) || tries >= MOST_TRIES))
        throw new DirectoryInUse(directory, holder.pid);
      if (tries >= MOST_TRIES) throw new DirectoryInUse(directory, 0);
      discard(path, found);
    }
  } finally {
    rmSync(draft, { force: true });
  }
  return {
    release: () => {
      if (textOf(path) === text) rmSync(path, { force: true });
    },
  };
};

/** Gives the finished file its name in one step. `false`: the name exists already. */
const placed = (draft: string, path: string): boolean => {
  try {
    linkSync(draft, path);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
  }
  try {
    copyFileSync(draft, path, fs.COPYFILE_EXCL); // a file system without links
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
};

/** Removes the file of a dead process. A file that another process has put there meanwhile stays. */
const discard = (path: string, found: string): void => {
  const aside = `${path}.old.${process.pid}`;
  try {
    renameSync(path, aside);
  } catch {
    return; // another one was quicker
  }
  if (textOf(aside) !== found) placed(aside, path);
  rmSync(aside, { force: true });
};

const textOf = (path: string): string | undefined => {
  try {
    return readFileSync(path, 'latin1');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
};

/** `undefined`: the text was not written by a lock. */
const parseHolder = (text: string): Holder | undefined => {
  try {
    const holder = JSON.parse(text) as Holder;
    return Number.isSafeInteger(holder.pid) && holder.pid > 0 ? holder : undefined;
  } catch {
    return undefined;
  }
};

const holderOf = (pid: number): Holder => {
  const started = startOf(pid);
  const boot = quietly(() => readFileSync('/proc/sys/kernel/random/boot_id', 'latin1').trim());
  const space = quietly(() => readlinkSync('/proc/self/ns/pid'));
  return {
    pid,
    ...(started === undefined ? {} : { started }),
    ...(boot === undefined ? {} : { boot }),
    ...(space === undefined ? {} : { space }),
  };
};

/** Whether the process that wrote this still runs. One in another container cannot be seen and counts as gone. */
const isAlive = ({ pid, started, boot, space }: Holder): boolean => {
  const now = holderOf(pid);
  if (boot !== now.boot || space !== now.space) return false;
  if (started !== undefined || now.started !== undefined) return started === now.started;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
};

/**
 * Field 22 of proc(5)'s `stat`: ticks from the machine's start. The name before it may hold anything but its last
 * `)`.
 */
const startOf = (pid: number): string | undefined =>
  quietly(() => {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[FIELD_22_AFTER_NAME];
  });
const FIELD_22_AFTER_NAME = 19;

const quietly = (read: () => string | undefined): string | undefined => {
  try {
    return read();
  } catch {
    return undefined; // no such process, or no Linux
  }
};
