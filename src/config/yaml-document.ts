// Reads a YAML document within bounds: how deep it nests, and what its aliases stand for. Everything that works on values
// of the configuration afterwards may therefore be recursive.

import {
  type Alias,
  Composer,
  type Document,
  isAlias,
  isCollection,
  isMap,
  isScalar,
  isSeq,
  Lexer,
  type LineCounter,
  type Node,
  type Pair,
  Parser,
  visit,
  type YAMLParseError,
} from 'yaml';

/** Levels of a document, those that aliases bring included. The configuration has about ten. */
export const DEEPEST_LEVEL = 64;
/** Values that all aliases of a document bring together. */
export const MOST_ALIASED_VALUES = 1_000_000;

/** What is wrong at a place of the text. */
export interface YamlFault {
  readonly offset: number;
  readonly found: string;
  readonly wanted: string;
}

/** A document with what its aliases stand for in their places, or what is wrong with it. */
export interface ReadDocument {
  readonly document: Document.Parsed | undefined;
  readonly faults: readonly YamlFault[];
}

/** Reads the only document of a text. `lines` learns where lines begin. Never throws. */
export const readDocument = (text: string, lines: LineCounter): ReadDocument => {
  const refused = (faults: readonly YamlFault[]): ReadDocument => ({ document: undefined, faults });
  const tokens = tokensOf(text, lines);
  if ('found' in tokens) return refused([tokens]);
  const composer = new Composer({ prettyErrors: false, merge: true });
  const [document, second] = composer.compose(tokens, true, text.length);
  if (document === undefined) return refused([]);
  const faults = separate(document.errors).map((error) => faultOf(error, text, lines));
  if (second !== undefined) faults.push({ offset: second.range[0], found: 'a second document', wanted: ONE_DOCUMENT });
  if (faults.length > 0) return refused(faults);
  keepDigits(document);
  const problem = new AliasReplacer().replaceIn(document);
  return problem === undefined ? { document, faults: [] } : refused([problem]);
};

const ONE_DOCUMENT = 'one document: take out the line --- and what is above or below it';
const LESS_DEEP = `at most ${DEEPEST_LEVEL} levels: take out the brackets, dashes or spaces that are too many`;

type Tokens = Parameters<Composer['next']>[0][];

/** The tokens of a text. The parser holds one token for each level that is open. */
const tokensOf = (text: string, lines: LineCounter): Tokens | YamlFault => {
  const parser = new Parser(lines.addNewLine);
  lines.addNewLine(0);
  const tokens: Tokens = [];
  for (const lexeme of new Lexer().lex(text)) {
    tokens.push(...parser.next(lexeme));
    if (parser.stack.length > DEEPEST_LEVEL)
      return { offset: parser.offset, found: `more than ${DEEPEST_LEVEL} levels`, wanted: LESS_DEEP };
  }
  tokens.push(...parser.end());
  return tokens;
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

/** A fault of syntax, with the text around its column. */
const faultOf = ({ message, pos: [offset] }: YAMLParseError, text: string, lines: LineCounter): YamlFault => {
  const { line, col } = lines.linePos(offset);
  const written = text.split(LINE_END, line)[line - 1] ?? '';
  const stray = text[offset] === ']' || text[offset] === '}' ? `a stray ${text[offset]}` : message;
  const found = `${stray.replace(/\s+/g, ' ')} at column ${col} of ${around(written, col - 1)}`;
  return { offset, found, wanted: 'well-formed YAML' };
};

/** The text around a column. */
const around = (line: string, at: number): string => {
  const from = Math.max(0, at - SHOWN);
  const to = at + SHOWN;
  return JSON.stringify(`${from > 0 ? '…' : ''}${line.slice(from, to).trim()}${to < line.length ? '…' : ''}`);
};

/** YAML reads `0017` and `+4930` as numbers; people mean text. */
const keepDigits = (document: Document.Parsed): void =>
  visit(document, {
    Scalar: (_, node) => {
      if (typeof node.value === 'number' && node.source !== undefined && String(node.value) !== node.source)
        node.value = node.source;
    },
  });

/** What a node brings, with the aliases in it: levels below its own, and values. */
interface Extent {
  levels: number;
  values: number;
}

/** A node with an anchor. `extent` is absent while the node is being read. */
interface AnchoredNode {
  readonly node: unknown;
  extent?: Extent;
}

class AliasProblem extends Error {
  readonly fault: YamlFault;

  constructor(fault: YamlFault) {
    super(fault.found);
    this.fault = fault;
  }
}

/** Puts in the place of each alias what it stands for. One replacer reads one document. */
class AliasReplacer {
  /** The last node of each name so far: that one an alias means. */
  readonly #anchors = new Map<string, AnchoredNode>();
  #aliasedValues = 0;

  /** Returns the first fault alone, if there is one: others may follow from it. */
  replaceIn(document: Document.Parsed): YamlFault | undefined {
    try {
      this.#read(document.contents, 0);
      return undefined;
    } catch (error) {
      if (error instanceof AliasProblem) return error.fault;
      throw error;
    }
  }

  /** Reads a node on a level. Returns it, or what it stands for, with what that brings. */
  #read(node: unknown, level: number): Required<AnchoredNode> {
    if (isAlias(node)) return this.#targetOf(node, level);
    const anchored: AnchoredNode = { node };
    if ((isScalar(node) || isCollection(node)) && node.anchor !== undefined) this.#anchors.set(node.anchor, anchored);
    const extent: Extent = { levels: 0, values: 1 };
    const readChild = (child: unknown): unknown => {
      const read = this.#read(child, level + 1);
      extent.levels = Math.max(extent.levels, read.extent.levels + 1);
      extent.values += read.extent.values;
      return read.node;
    };
    if (isMap(node))
      for (const pair of node.items) {
        pair.key = readChild(pair.key);
        pair.value = readChild(pair.value);
        checkMerge(pair);
      }
    else if (isSeq(node)) for (const [index, item] of node.items.entries()) node.items[index] = readChild(item);
    anchored.extent = extent;
    return { node, extent };
  }

  #targetOf(alias: Alias, level: number): Required<AnchoredNode> {
    const name = JSON.stringify(`*${alias.source}`);
    const problem = (found: string, wanted: string): AliasProblem => new AliasProblem(faultAt(alias, found, wanted));
    const anchored = this.#anchors.get(alias.source);
    if (anchored === undefined)
      throw problem(`the alias ${name}`, `the anchor &${alias.source} above it, or text in quotes`);
    const { node, extent } = anchored;
    if (extent === undefined)
      throw problem(`the alias ${name} inside of what it stands for`, 'the values themselves in its place');
    if (level + extent.levels > DEEPEST_LEVEL)
      throw problem(`the alias ${name}, with which there are more than ${DEEPEST_LEVEL} levels`, LESS_DEEP);
    this.#aliasedValues += extent.values;
    if (this.#aliasedValues > MOST_ALIASED_VALUES)
      throw problem(`the alias ${name}, with which aliases bring more than ${MOST_ALIASED_VALUES} values`, FEWER);
    return { node, extent };
  }
}

const FEWER = 'fewer aliases, or aliases of less';

const faultAt = (node: unknown, found: string, wanted: string): YamlFault => ({
  offset: (node as Node).range?.[0] ?? 0,
  found,
  wanted,
});

/** The library reads a plain `<<` as a symbol of that name. */
const isMergeKey = (key: unknown): boolean => typeof key === 'symbol' && key.description === '<<';

/** `<<` takes the keys of a mapping, or of several in a list. */
const checkMerge = ({ key, value }: Pair): void => {
  if (!isScalar(key) || key.type !== 'PLAIN' || !isMergeKey(key.value)) return;
  if (isMap(value) || (isSeq(value) && value.items.every(isMap))) return;
  throw new AliasProblem(faultAt(key, '<<: without a mapping', 'an alias of a mapping, such as <<: *desk'));
};
