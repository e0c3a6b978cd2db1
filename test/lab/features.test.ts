// Simulated phones transfer, park, fetch and pick up calls through a whole daemon on loopback, over both protocols and mixed.

import { afterEach, describe, expect, it } from 'vitest';
import { CallFault, type Lab, type LabCall, type LabPhone, startLab } from '../../src/lab.js';

const PHONES = {
  CIPC: { name: 'ipctest2', model: 'CIPC', protocol: 'SCCP', mac: '005056A1033D', lines: ['5001'] },
  JAVA: { name: 'SEP001122334455', model: 7962, protocol: 'SCCP', lines: ['5002'] },
  MODERN: { name: 'SEP001122334456', model: '8851', lines: ['5003'] },
  OTHER: { name: 'SEP001122334457', model: '8841', lines: ['5004'] },
  OLD: { name: 'SEP001122334458', model: '7940', protocol: 'SCCP', lines: ['5005'] },
  GENERIC: {
    name: 'SEP001122334459',
    model: 'Third-party SIP Device (Basic)',
    protocol: 'SIP',
    lines: ['5006'],
    digest: { user: 'u5006', password: 'secret' },
  },
} as const;
type Name = keyof typeof PHONES;

const labs: Lab[] = [];

const start = async (...names: readonly Name[]) => {
  const lab = await startLab({
    devices: Object.values(PHONES) as never,
    calls: { pickupGroups: [{ name: 'door', number: '*80', members: ['5002', '5003'] }], moh: 'short' },
  });
  labs.push(lab);
  const phones = names.map((name) => lab.phone({ name: PHONES[name].name }));
  await Promise.all(phones.map((phone) => phone.registered()));
  return { lab, phones: phones as [LabPhone, LabPhone, LabPhone] };
};

afterEach(async () => {
  await Promise.all(labs.splice(0).map((lab) => lab.stop()));
});

const numberOf = (name: Name): string => PHONES[name].lines[0];

/** The first calls the second, who answers. */
const talk = async (one: LabPhone, other: LabPhone, number: string) => {
  const call = one.dial(number);
  const rung = await other.rings();
  other.answer();
  await Promise.all([call.connected(), rung.connected()]);
  await call.flows();
  return { call, rung };
};

const expectTalk = async (one: LabCall, other: LabCall): Promise<void> => {
  await Promise.all([one.connected(), other.connected()]);
  const [here, there] = await Promise.all([one.flows(), other.flows()]);
  expect([here.to, there.to]).toEqual([there.local, here.local]);
};

const expectNothing = async (lab: Lab): Promise<void> => {
  await expect
    .poll(async () => ((await (await fetch(lab.url('/api/calls'))).json()) as { total: number }).total)
    .toBe(0);
};

const MIXES: readonly (readonly [Name, Name, Name])[] = [
  ['CIPC', 'JAVA', 'OLD'],
  ['MODERN', 'OTHER', 'GENERIC'],
  ['CIPC', 'MODERN', 'JAVA'],
  ['MODERN', 'JAVA', 'OTHER'],
  ['JAVA', 'MODERN', 'GENERIC'],
  ['GENERIC', 'JAVA', 'MODERN'],
];

describe('a transfer', () => {
  it.each(MIXES)('of %s by %s to %s: answered, while it rings, and without a word before', async (a, b, c) => {
    const { lab, phones } = await start(a, b, c);
    const [first, middle, third] = phones;
    for (const way of ['answered', 'ringing', 'blind'] as const) {
      const { call, rung } = await talk(first, middle, numberOf(b));
      let consultation: LabCall | undefined;
      let ringing: LabCall;
      if (way === 'blind') {
        middle.transfer(numberOf(c));
        ringing = await third.rings();
      } else {
        consultation = middle.consult(numberOf(c));
        await rung.reached('held');
        ringing = await third.rings();
        await consultation.reached('ringing');
        if (way === 'answered') {
          third.answer();
          await Promise.all([consultation.connected(), ringing.connected()]);
          await consultation.flows();
        }
        middle.transfer();
      }
      await rung.ended();
      await consultation?.ended();
      expect([rung.endedBy, consultation?.endedBy ?? 'phone', rung.why]).toEqual(['phone', 'phone', '']);
      expect(middle.calls).toEqual([]);
      if (way !== 'answered') third.answer();
      await expectTalk(call, ringing);
      first.hangUp();
      await ringing.ended();
      await call.ended();
      await expectNothing(lab);
    }
  });

  it.each([
    ['CIPC', 'JAVA'],
    ['MODERN', 'OTHER'],
    ['JAVA', 'MODERN'],
    ['MODERN', 'JAVA'],
  ] as const)('of %s by %s to a number that is busy gives the call back', async (a, b) => {
    const { lab, phones } = await start(a, b);
    const [first, middle] = phones;
    const { call, rung } = await talk(first, middle, numberOf(b));
    middle.transfer('*43');
    await expect.poll(() => rung.why).toMatch(/[Bb]usy/);
    if (middle.calls.length > 1) middle.hangUp();
    if (rung.state === 'held') middle.resume();
    await expectTalk(call, rung);
    first.hangUp();
    await rung.ended();
    await expectNothing(lab);
  });
});

describe('a parked call', () => {
  it.each([
    ['CIPC', 'JAVA', 'MODERN'],
    ['MODERN', 'OTHER', 'CIPC'],
    ['JAVA', 'MODERN', 'GENERIC'],
    ['GENERIC', 'OLD', 'OTHER'],
  ] as const)('of %s, parked by %s, is fetched by %s', async (a, b, c) => {
    const { lab, phones } = await start(a, b, c);
    const [first, middle, third] = phones;
    const { call, rung } = await talk(first, middle, numberOf(b));
    const slot = await middle.park().parked();
    await rung.ended();
    expect([slot, rung.endedBy]).toEqual(['*60', 'phone']);
    const before = call.media().received;
    await expect.poll(() => call.media().received - before).toBeGreaterThan(5); // music
    const fetched = third.dial(slot);
    await expectTalk(call, fetched);
    third.hangUp();
    await call.ended();
    await expectNothing(lab);
  });

  it('cannot be parked by a SIP phone of another maker, which has no key for it', async () => {
    const { phones } = await start('CIPC', 'GENERIC');
    const [first, middle] = phones;
    await talk(first, middle, '5006');
    expect(() => middle.park()).toThrow(CallFault);
  });
});

describe('a pick-up', () => {
  it.each([
    ['CIPC', 'JAVA', 'MODERN', undefined],
    ['OTHER', 'MODERN', 'JAVA', undefined],
    ['CIPC', 'MODERN', 'OLD', '*80'],
    ['GENERIC', 'JAVA', 'OTHER', '*80'],
    ['CIPC', 'JAVA', 'OTHER', '5002'],
  ] as const)('of a call of %s that rings at %s, by %s (group %s)', async (a, b, c, group) => {
    const { lab, phones } = await start(a, b, c);
    const [first, middle, third] = phones;
    const seen: unknown[] = [];
    lab.on('call.picked-up', (event) => seen.push(event));
    const call = first.dial(numberOf(b));
    const rung = await middle.rings();
    const taken = third.pickUp(group);
    await rung.ended();
    await expectTalk(call, taken);
    expect(taken.number).toBe(numberOf(a));
    first.hangUp();
    await taken.ended();
    await expectNothing(lab);
    expect(seen).toMatchObject([{ calling: { number: numberOf(a) }, ringing: { number: numberOf(b) } }]);
  });

  it.each(['JAVA', 'MODERN'] as const)('by %s fails where nothing rings', async (name) => {
    const { phones } = await start(name);
    const call = phones[0].pickUp();
    await call.reached('failed');
    expect(call.why).not.toBe('');
  });
});
