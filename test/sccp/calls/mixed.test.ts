// An SCCP phone and one of the other protocol, for which the fake phone of the call machine's own tests stands.

import { describe, expect, it } from 'vitest';
import { FakePhone } from '../../calls/harness.js';
import { only } from '../../support/sccp-harness.js';
import { type CallTestPhone, KEY, NOTHING, type PhoneLab, phoneLab, VERSIONS } from './harness.js';

const mixed = async (version = 20, telephoneEvent = false) => {
  const codecs = telephoneEvent
    ? ([
        [4, 60],
        [257, 1],
      ] as const)
    : ([[4, 60]] as const);
  const lab = await phoneLab([{ dn: '5001', version, codecs }]);
  const sip = new FakePhone(lab.asLab, 'SEP0000000000F1', { dn: '6001', kind: 'sip', telephoneEvent });
  lab.others.push(sip);
  return { lab, phone: lab.phones[0] as CallTestPhone, sip };
};

const expectEnded = (lab: PhoneLab, phone: CallTestPhone): void => {
  lab.settle();
  phone.hangUp();
  lab.settle();
  expect([phone.traces, lab.isIdle]).toEqual([NOTHING, true]);
};

describe.each(VERSIONS)('a phone of version %i and one of SIP', (version) => {
  it('have a call that the first makes', async () => {
    const { lab, phone, sip } = await mixed(version);
    phone.lift();
    phone.digits('6001');
    lab.settle();
    expect([phone.state, [...phone.tones.values()]]).toEqual([3, [0x24]]);
    sip.answer();
    lab.settle();
    expect([phone.state, [...phone.tones]]).toEqual([5, []]);
    const { address, port } = sip.receiveOf(sip.leg);
    expect([...phone.sending.values()]).toEqual([`${address}:${port}`]);
    expect(sip.take().at(-1)).toBe(`send PCMU to ${phone.address}`);
    sip.hangUp();
    expectEnded(lab, phone);
  });

  it('have a call that the other makes, hold it and take it back', async () => {
    const { lab, phone, sip } = await mixed(version);
    sip.call('5001');
    lab.settle();
    expect(phone.state).toBe(4);
    phone.key(KEY.answer);
    lab.settle();
    expect([phone.state, phone.sending.size, phone.receiving.size]).toEqual([5, 1, 1]);
    phone.key(KEY.hold);
    lab.settle();
    expect([phone.state, phone.sending.size, phone.receiving.size]).toEqual([8, 0, 0]);
    phone.key(KEY.resume);
    lab.settle();
    expect([phone.state, phone.sending.size, phone.receiving.size]).toEqual([5, 1, 1]);
    lab.control.hold(sip.leg, lab.harness.clock.now());
    lab.settle();
    expect([phone.state, phone.sending.size, [...phone.tones.values()]]).toEqual([5, 0, [0x35]]);
    lab.control.resume(sip.leg, lab.harness.clock.now());
    lab.settle();
    expect([phone.sending.size, [...phone.tones]]).toEqual([1, []]);
    phone.key(KEY.endCall);
    expectEnded(lab, phone);
    expect(sip.take().at(-1)).toBe('release normal by far');
  });
});

describe('digits between the protocols', () => {
  it('go to the other one where it takes none in RTP, and are played where it sends them so', async () => {
    const { lab, phone, sip } = await mixed();
    phone.lift();
    phone.digits('6001');
    sip.answer();
    lab.settle();
    sip.take();
    phone.digits('7');
    expect(sip.take()).toEqual(['digit 7']);
    lab.control.digit(sip.leg, '8', lab.harness.clock.now());
    lab.settle();
    expect([...phone.tones.values()]).toEqual([8]);
    lab.pass(200);
    expect([...phone.tones]).toEqual([]);
  });

  it('stay in RTP where both take them there', async () => {
    const { lab, phone, sip } = await mixed(20, true);
    phone.lift();
    phone.digits('6001');
    sip.answer();
    lab.settle();
    sip.take();
    phone.digits('7');
    expect(sip.take()).toEqual([]);
  });
});

it('a refusal of the other protocol is heard as its cause says', async () => {
  for (const [cause, state, tone] of [
    ['busy', 6, 0x23],
    ['rejected', 6, 0x23],
    ['temporaryFailure', 7, 0x25],
    ['unallocated', 14, 0x25],
  ] as const) {
    const { lab, phone, sip } = await mixed();
    phone.lift();
    phone.digits('6001');
    lab.control.refuse(sip.leg, cause, lab.harness.clock.now());
    lab.settle();
    expect([phone.state, [...phone.tones.values()]]).toEqual([state, [tone]]);
    expectEnded(lab, phone);
  }
});

it('a change of address at the other end is told with the old stream stopped first', async () => {
  const { lab, phone, sip } = await mixed();
  phone.lift();
  phone.digits('6001');
  sip.answer();
  lab.settle();
  phone.fresh();
  const [party] = phone.sending.keys();
  lab.control.mediaOpened(
    sip.leg,
    { address: '10.0.0.9', port: 4_000 },
    sip.capabilities,
    true,
    lab.harness.clock.now(),
  );
  lab.settle();
  expect([...phone.sending]).toEqual([[party, '10.0.0.9:4000']]);
  expect(phone.receiving.size).toBe(1);
});

it('a service of labcm is an end like any other: the phone is told to expect it from this machine', async () => {
  const { lab, phone } = await mixed();
  const echo = new FakePhone(lab.asLab, 'echo', { dn: '*41' });
  lab.services.set('echo', echo);
  phone.lift();
  phone.digits('*41');
  echo.answer();
  lab.settle();
  const open = only(phone.fresh(), 'OpenReceiveChannelMessage').fields;
  expect(open).toMatchObject({ sourceIpAddr: phone.link.link.local.address, compressionType: 4 });
  expect([phone.state, phone.sending.size, echo.take().at(-1)]).toEqual([5, 1, `send PCMU to ${phone.address}`]);
  expectEnded(lab, phone);
});

it.each([
  [false, 2],
  [true, 3],
])('a phone rings for a call of a trunk (%s) as from outside', async (isTrunk, ringer) => {
  const { lab, phone, sip } = await mixed();
  if (isTrunk) Object.assign(sip.appearance, { isTrunk });
  sip.call('5001');
  lab.settle();
  expect([...phone.ringers.values()]).toEqual([ringer]);
});

it('a phone opens its channel before anybody answers where an offer is wanted, and sends when they do', async () => {
  const { lab, phone, sip } = await mixed(20, true);
  const portFor = sip.portFor.bind(sip);
  sip.portFor = (leg) => Object.assign(portFor(leg) ?? {}, { wantsCallerMedia: true }) as never;
  phone.lift();
  phone.digits('6001');
  lab.settle();
  expect([phone.receiving.size, phone.sending.size, sip.take()]).toEqual([1, 0, ['ring 5001>6001 offered']]);
  expect([phone.state, [...phone.tones.values()]]).toEqual([3, [0x24]]);
  sip.answer();
  lab.settle();
  expect([phone.state, phone.receiving.size, phone.sending.size, [...phone.tones]]).toEqual([5, 1, 1, []]);
  sip.hangUp();
  expectEnded(lab, phone);
});
