// Whom a message comes from or goes to.

import { expect, it } from 'vitest';
import { instant } from '../../src/core/time.js';
import { DEFAULT_POLICY, DeviceDatabase } from '../../src/devices/index.js';
import type { LabcmEvent } from '../../src/events.js';
import { Subjects } from '../../src/injection/subjects.js';
import { aDevice } from '../support/devices.js';
import { InjectorHarness } from './injector-harness.js';

const END = { address: '10.0.0.7', port: 4000 };
const OTHER = { address: '10.0.0.7', port: 4001 };
const NOW = instant(0);

const subjects = () => {
  const { bus } = new InjectorHarness();
  const database = new DeviceDatabase(bus, { policy: DEFAULT_POLICY, defaultGroup: 'Default' });
  database.configure(
    [
      aDevice('SEP001122334455', { lines: ['5001'] }),
      aDevice('SEP001122334466', { lines: ['5002'] }),
      aDevice('SEP001122334477', { lines: ['5002'] }),
    ],
    NOW,
  );
  const made = new Subjects(bus, database);
  made.start();
  return { bus, made };
};

it('takes a name, the name in a file, a hardware address or a line', () => {
  const { made } = subjects();
  expect(made.of('sccp', END, { device: 'sep001122334455' }, NOW)).toMatchObject({ device: 'SEP001122334455' });
  expect(made.of('tftp', END, { file: 'SEP001122334466.cnf.xml' }, NOW)).toMatchObject({ device: 'SEP001122334466' });
  expect(made.of('dhcp', END, { mac: '001122334477' }, NOW)).toMatchObject({ device: 'SEP001122334477' });
  expect(made.of('sip', END, { line: '5001' }, NOW)).toMatchObject({ device: 'SEP001122334455' });
});

it('keeps a name that nobody configured, and takes no line that several devices have', () => {
  const { made } = subjects();
  expect(made.of('sccp', END, { device: 'Nobody' }, NOW)).toMatchObject({ device: 'Nobody', record: undefined });
  expect(made.of('sip', OTHER, { line: '5002' }, NOW)).toMatchObject({ device: undefined, key: '10.0.0.7:4001' });
  expect(made.of('dhcp', END, { mac: 'AABBCCDDEEFF' }, NOW)).toMatchObject({ device: undefined, key: 'AABBCCDDEEFF' });
});

it('knows from an earlier message who is at an end, and not who is at another', () => {
  const { made } = subjects();
  made.of('sccp', END, { device: 'SEP001122334455' }, NOW);
  expect(made.of('sccp', END, undefined, NOW)).toMatchObject({ device: 'SEP001122334455' });
  expect(made.of('sccp', OTHER, undefined, NOW).device).toBeUndefined();
  expect(made.of('sip', END, undefined, NOW).device).toBeUndefined();
  expect(made.of('dhcp', END, { mac: 'AABBCCDDEEFF' }, NOW).device).toBeUndefined();
});

it('learns registrations, and forgets them with their end', () => {
  const { bus, made } = subjects();
  const event = { device: 'SEP001122334466', protocol: 'SIP', transport: 'udp', at: NOW, ...END };
  bus.publish({ type: 'device.registering', ...event } as unknown as LabcmEvent);
  expect(made.of('sip', END, undefined, NOW)).toMatchObject({ device: 'SEP001122334466' });
  bus.publish({ type: 'device.unregistered', ...event } as unknown as LabcmEvent);
  expect(made.of('sip', END, undefined, NOW).device).toBeUndefined();
});

it('remembers no more than 65,536 ends', () => {
  const { made } = subjects();
  for (let port = 0; port <= 65_536; port += 1)
    made.of('sccp', { address: '10.0.0.9', port }, { device: `P${port}` }, NOW);
  expect(made.of('sccp', { address: '10.0.0.9', port: 0 }, undefined, NOW).device).toBeUndefined();
  expect(made.of('sccp', { address: '10.0.0.9', port: 65_536 }, undefined, NOW).device).toBe('P65536');
});
