// What is wrong with the files that an owner means to serve, found before a phone does: for `labcm check`.

import type { Fault } from '../core/errors.js';
import { wallTime } from '../core/time.js';
import { readTree, unreadable } from '../net/files.js';
import { foldName } from './names.js';

/** Every file below `root` that cannot be served as it lies there. */
export const catalogueFaults = async (root: string): Promise<readonly Fault[]> => {
  const tree = await readTree(root, wallTime(0));
  const faults = [...tree.faults, ...caseClashes(tree.files), ...(await unreadable(tree.root, tree.files))];
  return faults.map(({ path, found, wanted }) => ({
    file: path === '' ? root : `${root}/${path}`,
    key: 'tftp.root',
    found,
    wanted,
  }));
};

/** Files whose names differ by case alone: phones spell them in any, and get the first. */
const caseClashes = (paths: readonly string[]): { path: string; found: string; wanted: string }[] => {
  const first = new Map<string, string>();
  const clashes = [];
  for (const path of paths) {
    const other = first.get(foldName(path));
    if (other === undefined) first.set(foldName(path), path);
    else clashes.push({ path, found: `the name of ${other} but for its case`, wanted: 'one of them' });
  }
  return clashes;
};
