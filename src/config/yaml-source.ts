// Reads YAML into plain values and remembers where each was written, so that every fault can name its line.

import { isMap, isPair, isScalar, isSeq, LineCounter, type Node } from 'yaml';
import type { ConfigurationProblem } from '../core/errors.js';
import { withoutNulls } from './plain-values.js';
import { readDocument } from './yaml-document.js';

/** The steps to a value: keys and indices. */
export type Path = readonly PropertyKey[];

/** A plain value, and where each part of it was written. */
export interface Source {
  readonly value: unknown;
  /** The place of the value at `path`, or of the nearest value around it that is in the file. */
  locate(path: Path): { readonly file: string; readonly line?: number };
}

/** Reads one YAML document. If it is malformed, the value is `undefined` and `faults` says why. Never throws. */
export const readYaml = (text: string, file: string): Source & { readonly faults: readonly ConfigurationProblem[] } => {
  const lines = new LineCounter();
  const lineAt = (offset: number): number => lines.linePos(offset).line;
  const { document, faults } = readDocument(text, lines);
  return {
    value: withoutNulls(document?.toJS()),
    faults: faults.map(({ offset, found, wanted }) => ({ file, line: lineAt(offset), key: 'YAML', found, wanted })),
    locate: (path) => {
      const offset = offsetOf(document?.contents, path);
      return offset === undefined ? { file } : { file, line: lineAt(offset) };
    },
  };
};

const offsetOf = (contents: unknown, path: Path): number | undefined => {
  let node = contents;
  let offset: number | undefined;
  for (const step of path) {
    if (isMap(node)) {
      const pair = node.items.find(({ key }) => isScalar(key) && String(key.value) === String(step));
      if (!isPair(pair)) break;
      offset = startOf(pair.key) ?? offset;
      node = pair.value;
    } else if (isSeq(node)) {
      node = node.items[Number(step)];
      if (node === undefined) break;
      offset = startOf(node) ?? offset;
    } else break;
  }
  return offset;
};

const startOf = (node: unknown): number | undefined => (node as Node | undefined)?.range?.[0];
