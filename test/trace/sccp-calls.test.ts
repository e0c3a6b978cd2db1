// The trace of a whole call between two SCCP phones, line for line, at an old version and at a new one; and what is about no
// call keeps its form.

import { beforeAll, expect, test } from 'vitest';
import type { LabcmEvent } from '../../src/events.js';
import { connect, KEY, phoneLab } from '../sccp/calls/harness.js';
import { sccpHarness } from '../support/sccp-harness.js';
import { traceOf } from './trace-of.js';

beforeAll(() => {
  process.env.TZ = 'UTC';
});

const traceFrom = (events: readonly unknown[]): string => `${traceOf(events as LabcmEvent[]).join('\n')}\n`;

test.each([3, 20])('a call of phones of version %i: dialled, held, taken back, hung up', async (version) => {
  const lab = await phoneLab([
    { dn: '5001', version },
    { dn: '5002', version },
  ]);
  lab.harness.probe.clear();
  const { a, b } = connect(lab);
  lab.pass(5_000);
  a.key(KEY.hold);
  lab.settle();
  lab.pass(2_000);
  a.key(KEY.resume);
  lab.settle();
  lab.pass(1_000);
  b.hangUp();
  lab.settle();
  lab.pass(1_000);
  await expect(traceFrom(lab.harness.probe.events)).toMatchFileSnapshot(`../fixtures/trace/call-${version}.log`);
});

test('keys, lamps and prompts of a phone without a call keep their form', async () => {
  const rig = await sccpHarness();
  rig.phone().comeUp('ipctest2');
  const lines = traceFrom(rig.probe.events);
  expect(lines).toContain("DisplayPromptStatus timeOut=0 Status='€ ' content='Your current options' line=0 CI=0");
  expect(lines).not.toContain('stationOutputS');
});
