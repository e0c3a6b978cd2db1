// A verdict on a terminal.

import { expect, it } from 'vitest';
import type { CliEnvironment } from '../../src/cli/environment.js';
import { findingLines } from '../../src/cli/verdict-text.js';

it('has "or" on a line of its own, where another way begins', () => {
  const environment = { stdout: { isTTY: false }, variables: {} } as unknown as CliEnvironment;
  const lines = findingLines(environment, {
    code: 'register.wrong-model',
    severity: 'blocking',
    confidence: 'certain',
    since: '2026-01-14T09:30:00Z',
    sentence: 'It says that it is another.',
    evidence: [],
    remedy: [
      { do: 'config', text: 'model: 7941', file: '/lab/lab.yaml', line: 31 },
      { do: 'signal', text: 'kill -HUP 4711' },
      { do: 'config', text: 'policy: { model: any }', file: '/lab/lab.yaml', or: true },
    ],
  } as unknown as Parameters<typeof findingLines>[1]);
  expect(lines.slice(1, -1)).toEqual([
    '  write  /lab/lab.yaml:31  model: 7941',
    '  then   kill -HUP 4711',
    '  or',
    '  write  /lab/lab.yaml  policy: { model: any }',
  ]);
});
