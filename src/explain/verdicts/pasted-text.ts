// Text that people paste: YAML for the configuration, and commands for a shell. Every value that is put into it is written
// so that it stays one value, whoever chose it: names and files come from phones. Nothing else makes such text, so that no
// row of the table of causes can forget it.

import { shown } from './shown-text.js';

/** YAML for the configuration. */
export class YamlText {
  readonly language = 'yaml';
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

/** A command for a shell. */
export class ShellText {
  readonly language = 'shell';
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

/** YAML with these values in it, each as one scalar, lists with commas. In a comment they stand as they are, on its line. */
export const yaml = (
  literals: TemplateStringsArray,
  ...values: readonly (string | number | YamlText | readonly (string | YamlText)[])[]
): YamlText =>
  new YamlText(
    filled(literals, values, (value) =>
      (Array.isArray(value) ? value : [value])
        .map((one) => (one instanceof YamlText ? one.text : scalar(String(one))))
        .join(', '),
    ),
  );

/** A command with these values in it, each a part of one word. In a comment they stand as they are. */
export const shell = (literals: TemplateStringsArray, ...values: readonly (string | number)[]): ShellText =>
  new ShellText(filled(literals, values, (value) => shellWord(String(value))));

/** YAML that another part of labcm wrote in this manner. */
export const writtenYaml = (text: string): YamlText => new YamlText(text);

/** A scalar in quotes, where people would read it as a number. */
export const inQuotes = (value: string): YamlText => new YamlText(doubleQuoted(value));

/** A path or name as one word of a shell's command. */
export const shellWord = (text: string): string =>
  /^[\w./:@-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;

/** Scalars that YAML reads as this text without quotes, in a flow collection, too. */
const PLAIN = /^(?!(?:true|false|null)$)[\w./][\w./@+-]*(?:[ :][\w./@+-]+)*$/i;

const scalar = (value: string): string => (PLAIN.test(value) ? value : doubleQuoted(value));

/** JSON's escapes are YAML's; of other characters that change how a line is read, `\u` is understood by both. */
const doubleQuoted = (value: string): string =>
  JSON.stringify(value).replace(
    /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );

const COMMENT = /(?:^|\s)#/;

const filled = <V>(literals: TemplateStringsArray, values: readonly V[], write: (value: V) => string): string => {
  let text = literals[0] ?? '';
  let isComment = COMMENT.test(lastLine(text));
  for (const [index, value] of values.entries()) {
    const literal = literals[index + 1] ?? '';
    text += (isComment ? shown(value instanceof YamlText ? value.text : String(value)) : write(value)) + literal;
    isComment = (isComment && !literal.includes('\n')) || COMMENT.test(lastLine(literal));
  }
  return text;
};

const lastLine = (text: string): string => text.slice(text.lastIndexOf('\n') + 1);
