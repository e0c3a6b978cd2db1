// `labcm fault` as it prints what the daemon says.

import { expect, it } from 'vitest';
import { labcm } from './harness.js';

const RULE = { id: 'a\u001b[2J', says: 'sip drop \u009b2J', by: 'api', state: 'on', matched: 2, injected: 1 };

it.each([
  [['add', 'sip', 'drop'], RULE],
  [['list'], { faults: [RULE] }],
  [['clear', 'a'], RULE],
])('%j gives no commands to the terminal', async (words, body) => {
  const { code, out } = await labcm(['fault', ...words], { api: () => ({ body }) });
  expect([code, out]).toEqual([0, expect.stringContaining('a\\x1b[2J')]);
  expect(out).not.toMatch(/[^\P{Cc}\n]/u);
});

it('refuses a word too many', async () => {
  const { code, err, calls } = await labcm(['fault', 'add', 'sip', 'drop', 'REGISTER']);
  expect([code, err, calls]).toEqual([2, expect.stringContaining('found REGISTER, wanted where and fault'), []]);
});
