// `trace.form`, and the number of the node that names SDL files and call records.

import { expect, it } from 'vitest';
import { nodeNumber } from '../../src/config/index.js';
import { faultsIn, load } from './harness.js';

it('is sdi unless the owner says otherwise', async () => {
  expect((await load('')).trace.form).toBe('sdi');
  for (const form of ['sdi', 'sdl', 'both'] as const)
    expect((await load(`trace: { form: ${form} }`)).trace.form).toBe(form);
});

it('is no other word', async () => {
  expect((await faultsIn('trace: { form: sld }')).join('\n')).toMatch(/trace\.form: .*sld.*sdi, sdl/s);
});

it('of a node is told with its place in the list', async () => {
  const nodes = '[{ name: A, address: 10.0.0.1 }, { name: B, address: 10.0.0.2 }]';
  expect(nodeNumber(await load(''))).toBe(1);
  expect(nodeNumber(await load(`nodes: ${nodes}\nself: B`))).toBe(2);
});
