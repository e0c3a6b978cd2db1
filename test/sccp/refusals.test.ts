// Every refusal that an SCCP phone can meet is told alike in the reply, the trace, the status and the event.

import { expect, test } from 'vitest';
import { describeReason, REFUSALS, type RefusalReason } from '../../src/devices/reasons.js';
import { LINES } from '../../src/trace/lines.js';
import { aDevice } from '../support/devices.js';
import { type aRegister, only, type SccpRig, sccpRig } from '../support/sccp-rig.js';

type Case = readonly [
  reason: RefusalReason,
  text: string,
  arrange: () => Promise<SccpRig>,
  register?: Parameters<typeof aRegister>,
];

const CASES: readonly Case[] = [
  ['unknown-device', '\u0080\u002f', () => sccpRig(), ['SEP001122334455']],
  [
    'auto-registration-exhausted',
    '\u0080\u002f',
    () => sccpRig({ policy: { autoRegistration: { first: 5002, last: 5002 } } }),
    ['SEP001122334455'],
  ],
  [
    'unsupported-model',
    '\u0080\u002f',
    () => sccpRig({ policy: { autoRegistration: { first: 1000, last: 1999 } } }),
    ['SEP001122334455', { deviceType: 14 }],
  ],
  ['wrong-model', '\u0080\u0033', () => sccpRig(), ['ipctest2', { deviceType: 115 }]],
  ['wrong-protocol', '\u0080\u0033', () => sccpRig(), ['SEP005056A1033D']],
  ['suspended', 'Device suspended', () => sccpRig({ devices: [aDevice('ipctest2', { suspended: true })] })],
  ['tls-required', 'Error Security', () => sccpRig({ devices: [aDevice('ipctest2', { requireTls: true })] })],
  ['malformed', 'Malformed Register', () => sccpRig(), ['']],
  ['malformed', 'Malformed Register', () => sccpRig(), ['a\u0001b']],
  [
    'duplicate',
    'Already registered',
    async () => {
      const rig = await sccpRig({ policy: { duplicate: 'refuse' } });
      rig.phone().comeUp('ipctest2');
      return rig;
    },
  ],
  [
    'full',
    'Server full',
    async () => {
      const rig = await sccpRig({ devices: [aDevice('ipctest2'), aDevice('other')], policy: { maxDevices: 1 } });
      rig.phone().comeUp('other');
      return rig;
    },
  ],
];

test.each(CASES)(
  '%s: the phone shows "%s", and reply, trace, status and event agree',
  async (...[reason, text, arrange, register]) => {
    const rig = await arrange();
    const phone = rig.phone({ address: '10.10.210.222', port: 3333 });
    const [name, wishes = {}] = register ?? ['ipctest2'];
    const reject = only(phone.register(name, wishes), 'RegisterRejectMessage');
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
  },
);

test('no refusal has a text that its field cannot hold', () => {
  for (const { sccp } of Object.values(REFUSALS)) expect(sccp.text.length).toBeLessThanOrEqual(32);
});
