import { mkdir, open, rm, rmdir, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';

/**
 * Finds out whether files can be made in a directory by making one, since permissions say nothing about a file system
 * that is read-only or full. Nothing stays behind. Returns why no file can be made; `undefined`: one can. A directory
 * that does not exist yet counts as writable if it can be made.
 */
export const whyUnwritable = async (directory: string): Promise<string | undefined> => {
  const made: string[] = [];
  const probe = join(directory, `.labcm-${process.pid}-${process.hrtime.bigint()}`);
  try {
    await make(directory, made);
    await (await open(probe, 'wx')).close();
    return undefined;
  } catch (error) {
    const { code = '', message } = error as NodeJS.ErrnoException;
    return PROBLEMS.get(code) ?? message;
  } finally {
    await rm(probe, { force: true }).catch(() => {});
    // Fails, as it should, if somebody has put something there meanwhile.
    for (const path of made.toReversed()) await rmdir(path).catch(() => {});
  }
};

/** Adds what it makes to `made`. Not by node's recursion, which never ends if the system says ENOENT, as /proc does. */
const make = async (directory: string, made: string[]): Promise<void> => {
  try {
    if (!(await stat(directory)).isDirectory()) throw Object.assign(new Error(directory), { code: 'EEXIST' });
    return;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT' || dirname(directory) === directory) throw error;
  }
  await make(dirname(directory), made);
  await mkdir(directory);
  made.push(directory);
};

const PROBLEMS: ReadonlyMap<string, string> = new Map([
  ['EACCES', 'no permission to write there'],
  ['EPERM', 'no permission to write there'],
  ['EROFS', 'a file system that is read-only'],
  ['ENOSPC', 'a file system that is full'],
  ['EDQUOT', 'a quota that is used up'],
  ['EEXIST', 'a file of that name'],
  ['ENOTDIR', 'a file where a directory should be'],
  ['ENOENT', 'a place where no directory can be made'],
]);
