// Finds what is wrong with the files in `tftp-root/` before a phone does, for `labcm check`.

import { join } from 'node:path';
import type { CodedProblem, ConfigurationProblem } from '../core/errors.js';
import { wallTime } from '../core/time.js';
import { type FileTree, readTree, type TreeFault, unreadable } from '../net/files/served-files.js';
import { type CatalogueToCheck, fileWarnings } from './file-warnings.js';
import { foldName } from './names.js';

/**
 * Why nothing below `root` can be served; empty if something can. `place` is where the configuration names it, if it
 * does.
 */
export const rootProblems = async (root: string, place?: Place): Promise<readonly ConfigurationProblem[]> => {
  const tree = await readTree(root, wallTime(0));
  return tree.faults
    .filter((fault) => leavesNothing(tree, fault))
    .map(({ found, wanted }): ConfigurationProblem => {
      if (place?.line === undefined) return { file: root, key: 'tftp.root', found, wanted };
      const remedy = 'make it, name another, or leave tftp.root out for the one that labcm ships';
      return { ...place, key: 'tftp.root', found: `${found} (${root})`, wanted: `${wanted}; ${remedy}` };
    });
};

/** One problem for each file below `root` that cannot be served; the others can. */
export const fileProblems = async (root: string): Promise<readonly ConfigurationProblem[]> => {
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

/** The warnings of `fileWarnings` for the files below `root`. */
export const catalogueWarnings = async (
  root: string,
  about: Omit<CatalogueToCheck, 'root' | 'files'>,
): Promise<readonly CodedProblem[]> => {
  return fileWarnings(await catalogueOf(root, about));
};

/** The files below `root`, with the configuration that they are served with. */
export const catalogueOf = async (
  root: string,
  about: Omit<CatalogueToCheck, 'root' | 'files'>,
): Promise<CatalogueToCheck> => {
  const { root: real, files } = await readTree(root, wallTime(0));
  return { ...about, root: real, files };
};

/** Files whose names differ by case alone. Phones use any case, and get the first of them. */
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
