// Whatever phones and other programs call themselves: no text of a cause changes how it is read, and what a remedy gives to
// paste stays the one line of YAML or the one command that it is.

import { expect, it } from 'vitest';
import { parse } from 'yaml';
import { CAUSES } from '../../../src/explain/index.js';
import type { ConfiguredPlace, RemedyStep } from '../../../src/explain/verdicts/remedies.js';
import { type CauseRow, type CauseValues, LONGEST_SENTENCE } from '../../../src/explain/verdicts/verdict.js';

/** Values that labcm wrote itself: YAML, the key of a section, numbers with commas. */
const WRITTEN = new Set(['yaml', 'nodes', 'section', 'lines']);

const HOSTILE: readonly (readonly [string, string])[] = [
  ['lines of YAML', 'x"\n  admin: true\r\n- y: [z]'],
  ['the end of a mapping', "a }, b: { c: 'd' # e"],
  ['a mapping', 'a: b'],
  ['a tag, an anchor and an alias', '!!x &a *a'],
  ['a word of YAML', 'null'],
  ['commands', '$(reboot); `id` && rm -rf ~ | "x" \'y\' \\'],
  ['the end of a quotation', "'; reboot #"],
  ['what a terminal obeys', '\u001b[2J\u0007\u009b31m\b\u007f'],
  ['other directions and line ends', 'a\u202eb\u2066c\u2028d\u2029e\u0085f'],
  ['half a character', `${'x'.repeat(180)}\ud83d`],
  ['nothing', ''],
  ['very much', 'long name '.repeat(400)],
];

const PLACE: ConfiguredPlace = { file: 'lab.yaml', line: 31, mainFile: 'lab.yaml', pid: 4711 };
const RUNTIME: ConfiguredPlace = { ...PLACE, runtimeDevice: 'SEP001122334455' };

const withWord = (values: CauseValues, word: string): CauseValues =>
  Object.fromEntries(
    Object.entries(values).map(([name, value]) => [
      name,
      typeof value === 'string' && !WRITTEN.has(name) ? word : value,
    ]),
  );

/** Names that a row looks up in a table of labcm's own: no others come there. */
const isLookedUp = (error: unknown): boolean => error instanceof TypeError;

const textsOf = (row: CauseRow, word: string, place: ConfiguredPlace) => {
  try {
    return row.textsOf(withWord(row.example.values, word), place);
  } catch (error) {
    if (isLookedUp(error)) return undefined;
    throw error;
  }
};

/** What of a value is left without its words: how many keys and items are where. */
const shapeOf = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(shapeOf);
  return typeof value === 'object' && value !== null ? Object.values(value).map(shapeOf) : 'text';
};

/** A shell's words; a comment ends them. */
const wordsIn = (command: string): readonly string[] => {
  const words = [...command.matchAll(/(?:'[^']*'|"[^"]*"|\\.|[^\s'"\\])+/g)].map(([word]) => word);
  const comment = words.findIndex((word) => word.startsWith('#'));
  return comment < 0 ? words : words.slice(0, comment);
};

// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what it looks for
const OBEYED = /[\u0000-\u001f\u007f-\u009f\u2028-\u202e\u2066-\u2069\ud800-\udfff]/u;

const kindsOf = (remedy: readonly RemedyStep[]): string => remedy.map((step) => step.do).join();

/** What is pasted, without its words. Prose has no shape. */
const shapeOfStep = ({ do: kind, text }: RemedyStep): unknown => {
  if (kind === 'config') return shapeOf(parse(text));
  return kind === 'command' ? wordsIn(text).length : undefined;
};
it.each(CAUSES.map((row) => [row.code, row] as const))('no word changes how %s is read or pasted', (_code, row) => {
  for (const place of [PLACE, RUNTIME]) {
    const usual = row.textsOf(row.example.values, place);
    for (const [what, word] of HOSTILE) {
      const texts = textsOf(row, word, place);
      if (texts === undefined) continue;
      expect(texts.sentence, what).not.toMatch(OBEYED);
      expect(texts.sentence.length, what).toBeLessThanOrEqual(LONGEST_SENTENCE);
      for (const step of texts.remedy)
        expect(step.do === 'config' ? step.text.replaceAll('\n', '') : step.text, what).not.toMatch(OBEYED);
      if (kindsOf(texts.remedy) !== kindsOf(usual.remedy)) continue;
      expect(texts.remedy.map(shapeOfStep), what).toEqual(usual.remedy.map(shapeOfStep));
    }
  }
});
