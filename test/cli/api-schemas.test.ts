// Readers of the API's answers are held against its shapes by the compiler. Whether what they read is there is shown in
// test/lab/api-contract.test.ts.

import { expect, it } from 'vitest';
import { answerOf, listOf, number, orAbsent, record, text } from '../../src/cli/api-schemas.js';
import type { DeviceSummary, StepJson } from '../../src/http/api/shapes.js';

it('reads the keys that a command uses, and keeps the others', () => {
  const read = answerOf<StepJson>()(record({ text, times: orAbsent(number) }));
  expect(read({ text: 'asked', step: 'tftp' })).toEqual({ text: 'asked', step: 'tftp' });
  expect(read({ text: 'asked', times: 'twice' })).toBeUndefined();
  expect(read({ times: 2 })).toBeUndefined();
});

it('does not compile where the API has another value, or no such key', () => {
  const lines = listOf(record({ dn: text }));
  const good = answerOf<DeviceSummary>()(record({ name: text, lines }));
  // @ts-expect-error: a name is a text
  const another = answerOf<DeviceSummary>()(record({ name: number }));
  // @ts-expect-error: it may be null
  const never = answerOf<DeviceSummary>()(record({ address: text }));
  // @ts-expect-error: there is no such key
  const none = answerOf<DeviceSummary>()(record({ colour: text }));
  for (const reader of [good, another, never, none]) expect(reader({})).toBeUndefined();
});
