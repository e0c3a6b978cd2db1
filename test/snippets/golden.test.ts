// Each kind of server, text for text: with two call managers and everything configured, with one and nothing, and with a
// second subnet. The files of test/fixtures/snippets are read by people, too.

import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { SNIPPET_KIND_NAMES, snippetOf } from '../../src/snippets/index.js';
import { GOLDEN } from './harness.js';

describe.each(SNIPPET_KIND_NAMES)('the snippet for %s', (kind) => {
  it.each(Object.entries(GOLDEN))('is as the golden file has it: %s', (name, request) => {
    const file = `test/fixtures/snippets/${kind}.${name}.txt`;
    expect(snippetOf(kind, request).text).toBe(readFileSync(file, 'utf8'));
  });
});
