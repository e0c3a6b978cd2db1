// What is wrong with the files that an owner means to serve, found before a phone does: for `labcm check`.

import { join } from 'node:path';
import type { ConfigurationProblem } from '../core/errors.js';
import { wallTime } from '../core/time.js';
import { type FileTree, readTree, type TreeFault, unreadable } from '../net/files/served-files.js';
import { type CheckedCatalogue, fileWarnings } from './file-warnings.js';
import { foldName } from './names.js';

/** Why nothing below `root` can be served; `place` is where the configuration names it, if it does. */
export const rootFaults = async (root: string, place?: Place): Promise<readonly ConfigurationProblem[]> => {
  const tree = await readTree(root, wallTime(0));
  return tree.faults
    .filter((fault) => leavesNothing(tree, fault))
    .map(({ found, wanted }): ConfigurationProblem => {
      if (place?.line === undefined) return { file: root, key: 'tftp.root', found, wanted };
      const remedy = 'make it, name another, or leave tftp.root out for the one that labcm ships';
      return { ...place, key: 'tftp.root', found: `${found} (${root})`, wanted: `${wanted}; ${remedy}` };
    });
};

/** Every file below `root` that cannot be served as it lies there; the others can. */
export const fileFaults = async (root: string): Promise<readonly ConfigurationProblem[]> => {
  const tree = await readTree(root, wallTime(0));
  const faults = [
    ...tree.faults.filter((fault) => !leavesNothing(tree, fault)),
    ...caseClashes(tree.files),
    ...(await unreadable(tree.root, tree.files)),
  ];
  return faults.map(({ path, found, wanted }) => ({ file: join(root, path), key: 'tftp.root', found, wanted }));
};

const leavesNothing = ({ files }: FileTree, { path }: TreeFault): boolean => path === '' && files.length === 0;

type Place = Pick<ConfigurationProblem, 'file' | 'line'>;

/** What phones ask for there and do not get, or not as the owner thinks. */
export const catalogueWarnings = async (
  root: string,
  about: Omit<CheckedCatalogue, 'root' | 'files'>,
): Promise<readonly ConfigurationProblem[]> => {
  const { root: real, files } = await readTree(root, wallTime(0));
  return fileWarnings({ ...about, root: real, files });
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
