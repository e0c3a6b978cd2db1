// Prints the causes of `docs/causes.md`: a heading per code, so that a verdict can link to it.

import { CAUSES, HARMLESS, type RemedyStep } from '../../src/explain/index.js';
import { markdownTable } from './markdown.js';

const STAGES = {
  power: 'Power and wire',
  dhcp: 'An address',
  files: 'Files',
  connect: 'Connecting',
  register: 'Registering',
  lines: 'Lines',
  stays: 'Staying registered',
  calls: 'Calls',
  ops: 'This host',
} as const;

const stepText = ({ do: kind, text, file, line, or }: RemedyStep): string => {
  const way = or === true ? '*or* ' : '';
  const where = file === undefined ? '' : `in \`${file}${line === undefined ? '' : `:${line}`}\` `;
  const isCode = kind === 'config' || kind === 'command' || kind === 'signal';
  if (text.includes('\n')) return `- ${way}${where}write\n\n  \`\`\`yaml\n${text.replace(/^/gm, '  ')}\n  \`\`\``;
  return `- ${way}${where}${isCode ? `\`${text}\`` : text}`;
};

const escaped = (text: string): string => text.replace(/[<>|*_]/g, '\\$&');

/** The causes by stage, each with what the phone shows, its sentence and its remedy. */
export const causePages = (): string =>
  Object.entries(STAGES)
    .map(([stage, title]) => ({ title, rows: CAUSES.filter((row) => row.stage === stage) }))
    .filter(({ rows }) => rows.length > 0)
    .map(({ title, rows }) =>
      [
        `## ${title}`,
        ...rows.map(({ code, severity, confidence, shows, example }) =>
          [
            `### ${code}`,
            `${severity}, ${confidence}${shows === '' ? '' : `. The phone shows: ${escaped(shows)}`}.`,
            `> ${escaped(example.sentence)}`,
            example.remedy.map(stepText).join('\n'),
          ].join('\n\n'),
        ),
      ].join('\n\n'),
    )
    .join('\n\n');

/** What looks wrong and is harmless. */
export const harmlessPage = (): string =>
  markdownTable(
    ['code', 'seen', 'what it is'],
    HARMLESS.map(({ code, seen, sentence }) => [`\`${code}\``, escaped(seen), escaped(sentence)]),
  );
