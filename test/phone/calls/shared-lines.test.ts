// Simulated phones with the real servers: shared lines, phones that answer by themselves, intercom calls, pages.

import { describe, expect, it } from 'vitest';
import type { CallSettings } from '../../../src/calls/index.js';
import type { Phone, PhoneOptions } from '../../../src/phone/index.js';
import { aDevice } from '../../support/devices.js';
import { type PhoneHarness, phoneHarness } from '../harness.js';

type Kind = readonly [protocol: 'SCCP' | 'SIP', model: string];

const SCCP: Kind = ['SCCP', '7962'];
const OLD: Kind = ['SCCP', '7960'];
const SIP: Kind = ['SIP', '8851'];

const lab3 = async (
  kinds: readonly Kind[],
  dns: readonly string[],
  settings: Partial<CallSettings> = {},
  autoAnswer?: 'speaker',
) => {
  const names = kinds.map((_kind, index) => `SEP0011223344A${index + 1}`);
  const devices = names.map((name, index) => {
    const [protocol, model] = kinds[index] as Kind;
    const made = aDevice(name, { protocol, model, lines: [dns[index] as string] });
    const lines = made.lines.map((line) => ({ ...line, ...(index > 0 && autoAnswer ? { autoAnswer } : {}) }));
    return { ...made, lines };
  });
  const lab = await phoneHarness({ devices, calls: settings });
  const phones: Phone[] = [];
  for (const [index, name] of names.entries()) {
    const [protocol, model] = kinds[index] as Kind;
    const options: PhoneOptions = {
      ...{ name, protocol, model, boot: 'register', lines: [dns[index] as string] },
      localAddress: `10.10.210.20${index + 1}`,
      calls: { answer: 'never', sound: 'tone', codecs: ['PCMU'] },
    };
    phones.push(await lab.boot(options));
  }
  const [a, b, c] = phones as [Phone, Phone, Phone];
  return { lab, a, b, c };
};

const book = (phone: Phone) => {
  if (phone.calls === undefined) throw new Error('no calls');
  return phone.calls;
};
const states = (phone: Phone): string[] => book(phone).calls.map(({ state }) => state);
const talk = (lab: PhoneHarness, span = 0.3): Promise<void> => lab.pass(span, 0.02);

describe.each([
  [SCCP, SCCP],
  [OLD, OLD],
  [SIP, SIP],
  [SCCP, SIP],
  [SIP, SCCP],
])('a line shared by %s and %s', (one, other) => {
  it('is answered once, held on one phone and resumed on the other', async () => {
    const { lab, a, b, c } = await lab3([SCCP, one, other], ['5001', '5002', '5002']);
    const call = book(a).dial('5002');
    await lab.settle();
    expect([states(b), states(c)]).toEqual([['ringing'], ['ringing']]);
    book(b).answer();
    await lab.settle();
    await talk(lab);
    expect([call.state, states(b), states(c)]).toEqual(['connected', ['connected'], []]);
    expect(() => book(c).takeHeld()).toThrow('no other phone of a line holds a call');
    book(b).hold();
    await lab.settle();
    await talk(lab);
    book(c).takeHeld();
    await lab.settle();
    await talk(lab);
    expect([call.state, states(b), states(c)]).toEqual(['connected', [], ['connected']]);
    const before = call.counts.received;
    await talk(lab);
    expect(call.counts.received).toBeGreaterThan(before + 5);
    expect(book(c).calls[0]?.counts.received).toBeGreaterThan(5);
    book(c).hangUp();
    await lab.settle();
    await lab.pass(40);
    expect(lab.primary.control?.calls.size).toBe(0);
    for (const phone of [a, b, c]) expect([states(phone), book(phone).display?.openPorts]).toEqual([[], 0]);
  });
});

describe.each([SCCP, SIP])('a phone of %s', (...kind) => {
  it('answers by itself', async () => {
    const { lab, a, b } = await lab3([SCCP, kind], ['5001', '5002'], {}, 'speaker');
    const call = book(a).dial('5002');
    await lab.pass(1.5);
    await talk(lab);
    expect([call.state, states(b)]).toEqual(['connected', ['connected']]);
    expect(call.counts.received).toBeGreaterThan(5);
    book(a).hangUp();
    await lab.settle();
    expect(states(b)).toEqual([]);
  });

  it('listens to an intercom call and sends nothing', async () => {
    const { lab, a, b } = await lab3([SIP, kind], ['5001', '5002']);
    const call = book(a).dial('*755002');
    await lab.pass(1.5);
    await talk(lab);
    expect([call.state, states(b)]).toEqual(['connected', ['connected']]);
    expect(call.counts.received).toBe(0);
    expect(book(b).calls[0]?.counts.received).toBeGreaterThan(5);
    book(a).hangUp();
    await lab.settle();
    expect(states(b)).toEqual([]);
  });
});
