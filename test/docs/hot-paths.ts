// The printed section of docs/performance.md: each place that is written for speed, by its `@hot` mark.

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const MARK = /@hot\b/;
/** A doc comment and the line of code after it; or a line comment. */
const COMMENTS = /\/\*\*((?:(?!\*\/)[\s\S])*)\*\/\s*\n\s*(.*)|^[ \t]*\/\/ (@hot .*(?:\n[ \t]*\/\/ .*)*)/gm;
const DECLARED = /(?:class|function|const|interface|type)\s+(\w+)/;

interface HotPath {
  readonly file: string;
  /** What the mark stands at; empty: lines within a function. */
  readonly name: string;
  readonly text: string;
}

const sourceFiles = (): readonly string[] =>
  readdirSync('src', { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts'))
    .map((file) => join('src', file))
    .sort();

const plain = (comment: string): string =>
  comment
    .split('\n')
    .map((line) => line.replace(/^\s*(?:\*|\/\/)?\s?/, '').trim())
    .join(' ')
    .trim();

const marked = (file: string): readonly HotPath[] =>
  [...readFileSync(file, 'utf8').matchAll(COMMENTS)].flatMap(([, block = '', code = '', line = '']) => {
    const comment = block === '' ? line : block;
    if (!MARK.test(comment)) return [];
    const text = plain(comment.slice(comment.search(MARK)))
      .replace(MARK, '')
      .trim();
    return [{ file, name: block === '' ? '' : (DECLARED.exec(code)?.[1] ?? ''), text }];
  });

export const hotPaths = (): string => {
  const all = sourceFiles().flatMap(marked);
  return all
    .map(({ file, name, text }) => `- \`${file.slice('src/'.length)}\`${name === '' ? '' : `, \`${name}\``}: ${text}`)
    .join('\n');
};
