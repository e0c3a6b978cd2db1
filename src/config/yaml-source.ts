// Reads YAML into plain values and remembers where each was written, so that every fault can name its line.

import {
  isMap,
  isPair,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  parseDocument,
  visit,
  type YAMLParseError,
} from 'yaml';
import type { ConfigurationProblem } from '../core/errors.js';
import { withoutNulls } from './plain-values.js';

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
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, merge: true });
  const faults = separate(document.errors).map(({ message, pos: [offset] }): ConfigurationProblem => {
    const { line, col } = lines.linePos(offset);
    const written = text.split(LINE_END, line)[line - 1] ?? '';
    const stray = text[offset] === ']' || text[offset] === '}' ? `a stray ${text[offset]}` : message;
    const found = `${stray.replace(/\s+/g, ' ')} at column ${col} of ${around(written, col - 1)}`;
    return { file, line, key: 'YAML', found, wanted: 'well-formed YAML' };
  });
  visit(document, {
    // YAML reads `0017` and `+4930` as numbers; people mean text.
    Scalar: (_, node) => {
      if (typeof node.value === 'number' && node.source !== undefined && String(node.value) !== node.source)
        node.value = node.source;
    },
  });
  let value: unknown;
  try {
    value = faults.length > 0 ? undefined : document.toJS({ maxAliasCount: 1000 });
  } catch (error) {
    const found = error instanceof Error ? error.message : String(error);
    faults.push({ file, key: 'YAML', found, wanted: 'aliases of things above them, and not too many' });
  }
  return {
    value: withoutNulls(value),
    faults,
    locate: (path) => {
      const offset = offsetOf(document.contents, path);
      return offset === undefined ? { file } : { file, line: lines.linePos(offset).line };
    },
  };
};

const LINE_END = /\r\n|\n|\r/;

/**
 * After the first syntax error the others are doubtful, so only that one is reported; duplicate keys are all reported.
 */
const separate = (errors: readonly YAMLParseError[]): readonly YAMLParseError[] => {
  const inOrder = errors.toSorted((one, other) => one.pos[0] - other.pos[0]);
  const slip = inOrder.findIndex(({ code }) => code !== 'DUPLICATE_KEY');
  return slip === -1 ? inOrder : inOrder.slice(0, slip + 1);
};

const SHOWN = 30;

/** The text around a column. */
const around = (line: string, at: number): string => {
  const from = Math.max(0, at - SHOWN);
  const to = at + SHOWN;
  return JSON.stringify(`${from > 0 ? '…' : ''}${line.slice(from, to).trim()}${to < line.length ? '…' : ''}`);
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
