// How many devices have each verdict, as the metrics show it.

import { expect, it } from 'vitest';
import { LAB, PHONE, VerdictLab } from './verdict-lab.js';

const OTHER = 'SEP001122334466';

it('verdicts are counted by code and severity, and no longer once they are over', async () => {
  const [device] = LAB.devices ?? [];
  const lab = await VerdictLab.with({ devices: [{ ...device }, { ...device, name: OTHER, lines: ['5002'] }] as never });
  expect(lab.verdicts.counts).toEqual([]);
  for (const name of [PHONE, OTHER]) lab.attempt(name, 'SCCP', { typeId: 8 });
  lab.settle();
  expect(lab.verdicts.counts).toEqual([{ code: lab.verdict(PHONE)?.code, severity: 'blocking', devices: 2 }]);
  lab.register(PHONE);
  lab.settle();
  expect(lab.verdicts.counts).toEqual([{ code: lab.verdict(OTHER)?.code, severity: 'blocking', devices: 1 }]);
});
