// Busy lamps and message lamps of simulated phones of both protocols against the real servers, mixed: who watches, how, and
// what each kind of phone shows (`docs/protocols/calls.md` §2.14, §2.15, §3.11).

import { describe, expect, it } from 'vitest';
import type { DirectoryNumber } from '../../src/core/identifiers.js';
import type { Phone, PhoneOptions } from '../../src/phone/index.js';
import { aDevice, type DeviceChanges } from '../support/devices.js';
import { type PhoneHarness, phoneHarness } from './harness.js';

const ALICE = 'SEP0011223344A1';
const BOB = 'SEP0011223344B1';
const WATCHER = 'SEP0011223344C1';
const DIGEST = { user: 'watcher', password: 'secret' };
const BUTTON = [{ number: '5002', label: 'Bob', busyLampField: true }];

/** How one phone watches 5002, and what its lamp is called. */
interface Way {
  readonly name: string;
  readonly protocol: 'SCCP' | 'SIP';
  readonly model: string;
  readonly device?: DeviceChanges;
  readonly phone?: Partial<PhoneOptions>;
  readonly lamp: string;
  /** It shows a ringing line as one in use. */
  readonly isCoarse?: true;
}

const WAYS: readonly Way[] = [
  {
    name: 'a key of a 7962 (dynamic FeatureStat)',
    protocol: 'SCCP',
    model: '7962',
    device: { speedDials: BUTTON },
    lamp: 'Bob',
  },
  {
    name: 'a key of a 7960 (static FeatureStat)',
    protocol: 'SCCP',
    model: '7960',
    device: { speedDials: BUTTON },
    lamp: 'Bob',
  },
  {
    name: 'the call list of a 7962',
    protocol: 'SCCP',
    model: '7962',
    phone: { watched: ['5002'] },
    lamp: '5002',
    isCoarse: true,
  },
  {
    name: 'the call list of a 7960',
    protocol: 'SCCP',
    model: '7960',
    phone: { watched: ['5002'] },
    lamp: '5002',
    isCoarse: true,
  },
  {
    name: 'a key of an 8851, by its file',
    protocol: 'SIP',
    model: '8851',
    device: { speedDials: BUTTON },
    phone: { boot: 'tftp' },
    lamp: '5002',
  },
  { name: 'presence of an 8851', protocol: 'SIP', model: '8851', phone: { watched: ['5002'] }, lamp: '5002' },
  { name: 'presence of a CIPC', protocol: 'SIP', model: 'CIPC', phone: { watched: ['5002'] }, lamp: '5002' },
  {
    name: 'dialog of a phone of another maker',
    protocol: 'SIP',
    model: 'Third-party SIP Basic',
    device: { digest: DIGEST },
    phone: { watched: ['5002'], digest: DIGEST },
    lamp: '5002',
  },
];

const CALLEES = [
  ['SCCP', '7962'],
  ['SIP', '8851'],
] as const;

const address = (last: number) => ({ localAddress: `10.10.210.${last}` });
const bookOf = (phone: Phone) => {
  if (phone.calls === undefined) throw new Error('no calls');
  return phone.calls;
};

const labOf = async (way: Way, [protocol, model]: readonly [protocol: 'SCCP' | 'SIP', model: string]) => {
  const { device = {}, phone = {} } = way;
  const lab = await phoneHarness({
    devices: [
      aDevice(ALICE, { protocol: 'SCCP', model: '7962', lines: ['5001'] }),
      aDevice(BOB, { protocol, model, lines: ['5002'] }),
      aDevice(WATCHER, { protocol: way.protocol, model: way.model, lines: ['5003'], ...device }),
    ],
    calls: {},
  });
  const calls = { answer: 'never', sound: 'none', codecs: ['PCMU'] } as const;
  const options = { boot: 'register', calls } as const;
  const alice = await lab.boot({
    ...options,
    name: ALICE,
    protocol: 'SCCP',
    model: '7962',
    lines: ['5001'],
    ...address(201),
  });
  const bob = await lab.boot({ ...options, name: BOB, protocol, model, lines: ['5002'], ...address(202) });
  const watcher = await lab.boot({
    ...options,
    ...{ name: WATCHER, protocol: way.protocol, model: way.model, lines: ['5003'], ...address(203) },
    ...phone,
  });
  await lab.pass(1);
  expect([alice.state, bob.state, watcher.state]).toEqual(['registered', 'registered', 'registered']);
  return { lab, alice, bob, watcher };
};

const lampOf = async (lab: PhoneHarness, watcher: Phone, { lamp }: Way): Promise<unknown> => {
  await lab.pass(0.3, 0.1);
  return watcher.indicators.lamps.get(lamp);
};

describe.each(WAYS)('$name', (way) => {
  it.each(CALLEES)('shows what a phone of %s (%s) does', async (protocol, model) => {
    const { lab, alice, bob, watcher } = await labOf(way, [protocol, model]);
    const seen: unknown[] = [await lampOf(lab, watcher, way)];
    bookOf(alice).dial('5002');
    await lab.settle();
    seen.push(await lampOf(lab, watcher, way));
    bookOf(bob).answer();
    await lab.settle();
    seen.push(await lampOf(lab, watcher, way));
    bookOf(alice).hangUp();
    await lab.settle();
    seen.push(await lampOf(lab, watcher, way));
    expect(seen).toEqual(['idle', way.isCoarse ? 'in use' : 'ringing', 'in use', 'idle']);
    const steps = lab.stepsOf('phone.lamp').filter(({ of }) => of === way.lamp);
    expect(steps.map(({ state }) => state)).toEqual(way.isCoarse ? ['idle', 'in use', 'idle'] : seen);
  });

  it('goes out when the phone leaves', async () => {
    const { lab, bob, watcher } = await labOf(way, ['SCCP', '7962']);
    await bob.stop();
    await lab.settle();
    expect(await lampOf(lab, watcher, way)).toBe(way.model.startsWith('Third') ? 'idle' : 'unknown');
  });
});

describe('messages', () => {
  const KINDS = [
    ['SCCP', '7962', {}],
    ['SCCP', '7960', {}],
    ['SIP', '8851', {}],
    ['SIP', 'CIPC', {}],
    ['SIP', 'Third-party SIP Basic', { digest: DIGEST }],
  ] as const;

  it.each(KINDS)('light the lamp of a %s phone (%s), now and when it comes back', async (protocol, model, digest) => {
    const lab = await phoneHarness({
      devices: [aDevice(BOB, { protocol, model, lines: ['5002'], ...digest })],
      calls: {},
    });
    const { messages } = lab.primary.database;
    const set = async (count: number): Promise<void> => {
      messages.set('5002' as DirectoryNumber, { waiting: count > 0, new: count, old: 0 }, 'api', lab.clock.now());
      await lab.pass(0.1, 0.1);
    };
    const boot = () =>
      lab.boot({ name: BOB, protocol, model, boot: 'register', lines: ['5002'], ...digest, ...address(202) });
    const phone = await boot();
    expect([phone.state, phone.indicators.messagesWaiting]).toEqual(['registered', false]);
    await set(2);
    expect(phone.indicators.messagesWaiting).toBe(true);
    expect(phone.indicators.messages.get('5002')).toMatchObject(
      protocol === 'SIP' ? { waiting: true, new: 2, old: 0 } : { waiting: true },
    );
    await phone.stop();
    await lab.pass(1);
    const again = await boot();
    expect(again.indicators.messagesWaiting).toBe(true);
    await set(0);
    expect(again.indicators.messagesWaiting).toBe(false);
  });
});
