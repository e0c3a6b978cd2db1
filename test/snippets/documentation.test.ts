// docs/other-dhcp-servers.md: it has a chapter for each kind, and shows lines that are printed.

import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { SNIPPET_KIND_NAMES } from '../../src/snippets/index.js';

const PAGE = readFileSync('docs/other-dhcp-servers.md', 'utf8');
const CHAPTERS = new Map(
  PAGE.split(/^## /m)
    .slice(1)
    .map((chapter): [string, string] => [chapter.slice(0, chapter.indexOf('\n')), chapter]),
);

it.each(SNIPPET_KIND_NAMES)('the page shows lines for %s that are printed', (kind) => {
  const [, shown = ''] = /^```\n([\s\S]*?)^```/m.exec(CHAPTERS.get(kind) ?? '') ?? [];
  const printed = readFileSync(`test/fixtures/snippets/${kind}.full.txt`, 'utf8').split('\n');
  const lines = shown.split('\n').filter((line) => line !== '');
  expect(lines.length).toBeGreaterThan(1);
  expect(lines.filter((line) => !printed.includes(line))).toEqual([]);
});
