// Whether files can be made in a directory, found out by making one: permissions alone say nothing of a file system that
// is read-only or full. Nothing stays behind.

import { mkdir, open, rm, rmdir, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';

/** Why no file can be made there; `undefined`: one can. A directory that is not there yet counts by whether it can be made. */
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
    // As far as nobody has put anything there meanwhile.
    for (const path of made.toReversed()) await rmdir(path).catch(() => {});
  }
};

/** Notes in `made` what it made. Step by step: node's own recursion never ends where the system says ENOENT, as /proc does. */
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
