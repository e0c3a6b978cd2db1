// The file system below the served directory: lists the tree, and opens files below its root and nowhere else. It
// does not interpret the names that peers send; those are looked up in what `readTree` found.

import { closeSync, constants, fstatSync, lstatSync, openSync, readFileSync, realpathSync, statSync } from 'node:fs';
import { access, lstat, open, readdir, realpath, stat } from 'node:fs/promises';
import { join, sep } from 'node:path';
import type { WallTime } from '../../core/time.js';

export const MAX_FILES = 100_000;
export const MAX_DEPTH = 16;

/** A modification time proves that nothing was added since only if it is older than this when the directory is read. */
const SETTLED_MS = 2_000;

/** Something in the tree that cannot be served and that the owner should mend. */
export interface TreeFault {
  /** Below the root, with `/`; empty: the root itself. */
  readonly path: string;
  readonly found: string;
  readonly wanted: string;
}

interface Directory {
  readonly path: string;
  readonly modified: number;
  readonly readAt: WallTime;
  readonly files: readonly string[];
  readonly directories: readonly string[];
  readonly faults: readonly TreeFault[];
}

/**
 * The regular files below a root, as paths with `/`. Without dot files. Links are followed to files within the root.
 */
export interface FileTree {
  /** Absolute, all links resolved. */
  readonly root: string;
  readonly files: readonly string[];
  readonly faults: readonly TreeFault[];
  /** Whether anything differs from the tree before. */
  readonly changed: boolean;
  readonly directories: ReadonlyMap<string, Directory>;
}

/** An open file. Two files, or two states of one, never have the same `version`. */
export interface OpenFile {
  /** Octets. */
  readonly size: number;
  readonly version: string;
  /** Reads exactly `length` octets. Rejects if the file no longer has so many. */
  read(offset: number, length: number): Promise<Buffer>;
  close(): Promise<void>;
}

/**
 * Lists the tree. With the `previous` one only directories that changed are read again; `now` is compared with their
 * modification times. Never rejects: what cannot be read is listed in `faults`.
 */
export const readTree = async (root: string, now: WallTime, previous?: FileTree): Promise<FileTree> => {
  let real: string;
  try {
    real = await realpath(root);
  } catch (error) {
    const faults = [{ path: '', found: reasonOf(error), wanted: 'a directory that can be read' }];
    return { root, files: [], faults, directories: new Map(), changed: (previous?.files.length ?? 0) > 0 };
  }
  const before = previous?.root === real ? previous : undefined;
  const directories = new Map<string, Directory>();
  const files: string[] = [];
  const faults: TreeFault[] = [];
  let changed = before === undefined;
  const pending: { readonly path: string; readonly depth: number }[] = [{ path: '', depth: 0 }];
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    const { path, depth } = next;
    const old = before?.directories.get(path);
    const directory = await readDirectory(real, path, now, old);
    changed ||= directory !== old;
    directories.set(path, directory);
    faults.push(...directory.faults);
    for (const file of directory.files) files.push(file);
    if (files.length > MAX_FILES) {
      files.length = MAX_FILES;
      faults.push({ path, found: `more than ${MAX_FILES} files`, wanted: 'fewer; the rest is not served' });
      break;
    }
    if (depth < MAX_DEPTH) pending.push(...directory.directories.map((child) => ({ path: child, depth: depth + 1 })));
    else if (directory.directories.length > 0)
      faults.push({ path, found: `more than ${MAX_DEPTH} directories within each other`, wanted: 'fewer' });
  }
  changed ||= before?.directories.size !== directories.size;
  return { root: real, files, faults, directories, changed };
};

const readDirectory = async (root: string, path: string, now: WallTime, old?: Directory): Promise<Directory> => {
  const faults: TreeFault[] = [];
  const files: string[] = [];
  const directories: string[] = [];
  let modified = Number.NaN;
  try {
    const absolute = join(root, path);
    modified = (await stat(absolute)).mtimeMs;
    if (old?.modified === modified && old.readAt - modified > SETTLED_MS) return old;
    const entries = await readdir(absolute, { withFileTypes: true });
    for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
      if (entry.name.startsWith('.')) continue;
      const child = path === '' ? entry.name : `${path}/${entry.name}`;
      if (entry.isFile()) files.push(child);
      else if (entry.isDirectory()) directories.push(child);
      else if (entry.isSymbolicLink()) {
        const fault = await faultOfLink(root, child);
        if (fault === undefined) files.push(child);
        else faults.push(fault);
      } else faults.push({ path: child, found: 'neither a file nor a directory', wanted: 'a regular file' });
    }
  } catch (error) {
    faults.push({ path, found: reasonOf(error), wanted: 'a directory that can be read' });
  }
  return { path, modified, readAt: now, files, directories, faults };
};

const faultOfLink = async (root: string, path: string): Promise<TreeFault | undefined> => {
  try {
    const target = await realpath(join(root, path));
    if (!isBelow(root, target))
      return { path, found: 'a link that leads out of the root', wanted: 'a file of its own' };
    if ((await stat(target)).isFile()) return undefined;
    return { path, found: 'a link to a directory', wanted: 'a link to a file, or a directory of its own' };
  } catch (error) {
    return { path, found: `a link that leads nowhere (${reasonOf(error)})`, wanted: 'a link to a file below the root' };
  }
};

const isBelow = (root: string, path: string): boolean => path.startsWith(root.endsWith(sep) ? root : root + sep);

/** Those of the files that cannot be read, and why. */
export const unreadable = async (root: string, paths: readonly string[]): Promise<readonly TreeFault[]> => {
  const faults: TreeFault[] = [];
  for (const path of paths) {
    try {
      await access(join(root, path), constants.R_OK);
    } catch (error) {
      faults.push({ path, found: reasonOf(error), wanted: 'a file that this user may read' });
    }
  }
  return faults;
};

/**
 * Opens a file that `readTree` found. `root` is that of the tree. Rejects if the file is gone, is no regular file, or
 * was replaced by a link out of the root.
 */
export const openBelow = async (root: string, path: string): Promise<OpenFile> => {
  const absolute = join(root, path);
  // Non-blocking: the file may have become a pipe.
  const handle = await open(absolute, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    const found = await handle.stat({ bigint: true });
    const real = await realpath(absolute);
    // The name may mean another file by now: what was opened must be what is below the root now.
    const there = await lstat(real, { bigint: true });
    const same = there.dev === found.dev && there.ino === found.ino;
    if (!isBelow(root, real) || !same || !found.isFile()) throw new Error('not a file below the root');
    return {
      size: Number(found.size),
      version: `${found.dev}:${found.ino}:${found.size}:${found.mtimeNs}`,
      read: async (offset, length) => {
        const bytes = Buffer.allocUnsafeSlow(length);
        for (let done = 0; done < length; ) {
          const { bytesRead } = await handle.read(bytes, done, length - done, offset + done);
          if (bytesRead === 0) throw new Error('the file became shorter while it was read');
          done += bytesRead;
        }
        return bytes;
      },
      close: () => handle.close(),
    };
  } catch (error) {
    await handle.close();
    throw error;
  }
};

/**
 * Reads a small text file synchronously. `undefined` if it is gone, larger than `limit` octets, or outside the root.
 */
export const textBelow = (root: string, path: string, limit: number): string | undefined =>
  octetsBelow(root, path, limit)?.toString('utf8');

/** The same, as octets. */
export const octetsBelow = (root: string, path: string, limit: number): Buffer | undefined => {
  let descriptor: number | undefined;
  try {
    const absolute = join(root, path);
    descriptor = openSync(absolute, constants.O_RDONLY | constants.O_NONBLOCK);
    const found = fstatSync(descriptor);
    const real = realpathSync(absolute);
    const there = lstatSync(real);
    const same = there.dev === found.dev && there.ino === found.ino;
    return isBelow(root, real) && same && found.isFile() && found.size <= limit ? readFileSync(descriptor) : undefined;
  } catch {
    return undefined;
  } finally {
    if (descriptor !== undefined) closeSync(descriptor);
  }
};

/** The octets of a file that `readTree` found; `undefined`: it is gone or cannot be looked at. */
export const sizeBelow = (root: string, path: string): number | undefined => {
  try {
    return statSync(join(root, path)).size;
  } catch {
    return undefined;
  }
};

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'nothing there',
  EACCES: 'no permission to read',
  EPERM: 'no permission to read',
  ENOTDIR: 'not a directory',
  ELOOP: 'links that go round in a circle',
  EMFILE: 'too many open files',
};

const reasonOf = (error: unknown): string => {
  const { code, message } = error as NodeJS.ErrnoException;
  return REASONS[code ?? ''] ?? message;
};
