// YAML text as plain values that remember where they stood, so that every fault can name its line.

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

export type Path = readonly PropertyKey[];

/** Plain values, and where each of them was written. */
export interface Source {
  readonly value: unknown;
  /** The place of the value at `path`, or of the nearest thing around it that was written down. */
  locate(path: Path): { readonly file: string; readonly line?: number };
}

/** Reads one YAML document. What is not well-formed is told as faults, and the value is `undefined`. */
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
    // `0017` and `+4930` are numbers to YAML and text to everybody who types them.
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

/** A slip of syntax makes nonsense of what follows it, so that the first is the only one that is sure. */
const separate = (errors: readonly YAMLParseError[]): readonly YAMLParseError[] => {
  const inOrder = errors.toSorted((one, other) => one.pos[0] - other.pos[0]);
  const slip = inOrder.findIndex(({ code }) => code !== 'DUPLICATE_KEY');
  return slip === -1 ? inOrder : inOrder.slice(0, slip + 1);
};

const SHOWN = 30;

/** What stands before and behind that place. */
const around = (line: string, at: number): string => {
  const from = Math.max(0, at - SHOWN);
  const to = at + SHOWN;
  return JSON.stringify(`${from > 0 ? '…' : ''}${line.slice(from, to).trim()}${to < line.length ? '…' : ''}`);
};

/** A key with nothing behind it is a key that was left out. */
const withoutNulls = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(withoutNulls);
  if (typeof value !== 'object' || value === null) return value ?? undefined;
  return Object.fromEntries(
    Object.entries(value).flatMap(([key, child]) => (child === null ? [] : [[key, withoutNulls(child)]])),
  );
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
