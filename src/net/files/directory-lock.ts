// A directory that belongs to one process at a time: a file in it says which, and whoever finds it looks whether that
// process is still the one that wrote it. A kill leaves the file and blocks nobody.

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

/** A process, so that no other of the same number is taken for it. */
interface Holder {
  readonly pid: number;
  /** When it was started, as the system counts; absent where nobody says. */
  readonly started?: string;
  /** Which run of the machine, and which space of process numbers on it. */
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

export interface DirectoryLock {
  /** Gives the directory back. Harmless where it has gone. */
  release(): void;
}

const FILE = '.labcm.lock';
/** Others may want a dead process's directory at the same moment. */
const MOST_TRIES = 10;

/**
 * Makes the directory where it is missing and takes it. Throws a `DirectoryInUse`, or a `NodeJS.ErrnoException` where
 * nothing can be written there.
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

/** Gives the finished file its name, in one step, where nothing has that name. */
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

/** Takes a dead process's file away; what somebody else has put there meanwhile stays. */
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

/** `undefined`: nobody's words. */
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

/** Whether the process that wrote this is still there. One of another container is not seen, and counts as gone. */
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

/** Field 22 of proc(5)'s `stat`: ticks from the machine's start. The name before it may hold anything but its last `)`. */
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
