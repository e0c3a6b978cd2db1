// Every refusal that an SCCP phone can meet is told alike in the reply, the trace, the status and the event.

import { expect, test } from 'vitest';
import { describeReason, REFUSALS, type RefusalReason } from '../../src/devices/reasons.js';
import { LINES } from '../../src/trace/lines.js';
import { aDevice } from '../support/devices.js';
import { type aRegister, only, type SccpHarness, sccpHarness } from '../support/sccp-harness.js';

interface Case {
  readonly reason: RefusalReason;
  /** What the phone shows. */
  readonly text: string;
  readonly arrange: () => Promise<SccpHarness>;
  readonly name: string;
  readonly register: Parameters<typeof aRegister>[1];
}

const refused = (
  reason: RefusalReason,
  text: string,
  arrange: () => Promise<SccpHarness>,
  [name, register = {}]: Parameters<typeof aRegister> = ['ipctest2'],
): Case => ({ reason, text, arrange, name, register });

const CASES: readonly Case[] = [
  refused('unknown-device', '\u0080\u002f', () => sccpHarness(), ['SEP001122334455']),
  refused(
    'auto-registration-exhausted',
    '\u0080\u002f',
    () => sccpHarness({ policy: { autoRegistration: { first: 5002, last: 5002 } } }),
    ['SEP001122334455'],
  ),
  refused(
    'unsupported-model',
    '\u0080\u002f',
    () => sccpHarness({ policy: { autoRegistration: { first: 1000, last: 1999 } } }),
    ['SEP001122334455', { deviceType: 14 }],
  ),
  refused('wrong-model', '\u0080\u0033', () => sccpHarness(), ['ipctest2', { deviceType: 115 }]),
  refused('wrong-protocol', '\u0080\u0033', () => sccpHarness(), ['SEP005056A1033D']),
  refused('suspended', 'Device suspended', () => sccpHarness({ devices: [aDevice('ipctest2', { suspended: true })] })),
  refused('tls-required', 'Error Security', () =>
    sccpHarness({ devices: [aDevice('ipctest2', { requireTls: true })] }),
  ),
  refused('malformed', 'Malformed Register', () => sccpHarness(), ['']),
  refused('malformed', 'Malformed Register', () => sccpHarness(), ['a\u0001b']),
  refused('duplicate', 'Already registered', async () => {
    const rig = await sccpHarness({ policy: { duplicate: 'refuse' } });
    rig.phone().comeUp('ipctest2');
    return rig;
  }),
  refused('full', 'Server full', async () => {
    const rig = await sccpHarness({ devices: [aDevice('ipctest2'), aDevice('other')], policy: { maxDevices: 1 } });
    rig.phone().comeUp('other');
    return rig;
  }),
];

test.each(CASES)('$reason: the phone shows "$text", and reply, trace, status and event agree', async (refusal) => {
  const { reason, text, arrange, name, register } = refusal;
  const rig = await arrange();
  const phone = rig.phone({ address: '10.10.210.222', port: 3333 });
  const reject = only(phone.register(name, register), 'RegisterRejectMessage');
  expect(reject.fields.text).toBe(text);
  expect(reject.frame.length).toBe(48);
  expect(phone.link.closed).toBe('closed-here');

  const [event, ...others] = rig.probe.of('device.rejected');
  expect(others).toEqual([]);
  expect(event).toMatchObject({ device: name, reason, address: '10.10.210.222', port: 3333, protocol: 'SCCP' });
  const { name: word, number } = describeReason(reason);
  const line = LINES['device.rejected'].text(event as never, () => '');
  expect(line).toContain(`Reason Code:${number}(${word})`);
  const record = rig.database.byName(name);
  if (record !== undefined) expect(record.reason).toMatchObject({ reason });
});

test('no refusal has a text that its field cannot hold', () => {
  for (const { sccp } of Object.values(REFUSALS)) expect(sccp.text.length).toBeLessThanOrEqual(32);
});
