// Music on hold as SCCP phones are told it: a channel of its own to hear it by, and no tone of their own meanwhile.

import { describe, expect, it } from 'vitest';
import { FakePhone } from '../../calls/harness.js';
import {
  type CallTestPhone,
  connect,
  KEY,
  NOTHING,
  type PhoneLab,
  type PhoneOptions,
  phoneLab,
  VERSIONS,
} from './harness.js';

const HOLD_TONE = 0x35;

const withMusic = async (phones: readonly PhoneOptions[], more: Parameters<typeof phoneLab>[1] = {}) => {
  const lab = await phoneLab(phones, more);
  const music = new FakePhone(lab.asLab, 'tone', { dn: 'tone' });
  lab.services.set('tone', music);
  return { lab, music };
};

const two = (version: number): readonly PhoneOptions[] => ['5001', '5002'].map((dn) => ({ dn, version }));

/** What was said of streams and tones since the last look. */
const said = (phone: CallTestPhone): string[] =>
  phone
    .fresh()
    .map(({ name }) => name.replace(/Message$/, ''))
    .filter((name) => /Receive|Transmission|Tone/.test(name));

const endAll = (lab: PhoneLab): void => {
  for (const phone of lab.phones) {
    phone.hangUp();
    lab.settle();
    for (const reference of [...phone.callStates.keys()]) phone.key(KEY.endCall, reference);
    lab.settle();
    expect(phone.traces).toEqual(NOTHING);
  }
  expect(lab.isIdle).toBe(true);
};

describe.each(VERSIONS)('a phone of version %i that is held', (version) => {
  it('opens a channel for the music, sends nothing, and talks again after it', async () => {
    const { lab, music } = await withMusic(two(version));
    const { a, b } = connect(lab);
    const [before] = [...a.receiving.keys()];
    a.fresh();
    b.key(KEY.hold, b.reference);
    lab.settle();
    expect(said(a)).toEqual(['CloseReceiveChannel', 'StopMediaTransmission', 'OpenReceiveChannel']);
    const [[party, port]] = [...a.receiving] as [[number, number]];
    expect(party).not.toBe(before);
    expect(a.received.findLast(({ name }) => name === 'OpenReceiveChannelMessage')?.fields).toMatchObject({
      compressionType: 4,
      millisecondPacketSize: 20,
      callReference: a.reference,
    });
    expect(music.take().at(-1)).toBe(`send PCMU to ${a.address}`);
    expect(music.leg.sending?.to).toEqual({ address: a.address, port });
    expect([a.state, b.state, a.sending.size, a.tones.size]).toEqual([5, 8, 0, 0]);
    expect([b.receiving.size, b.sending.size]).toEqual([0, 0]);

    b.key(KEY.resume, b.reference);
    lab.settle();
    expect(said(a)).toEqual(['CloseReceiveChannel', 'StopTone', 'OpenReceiveChannel', 'StartMediaTransmission']);
    expect(music.take()).toContain('release normal by server');
    expect([...a.receiving.keys()]).not.toContain(party);
    expect([...a.sending.values()]).toEqual([...b.receiving.values()].map((each) => `${b.address}:${each}`));
    expect([...b.sending.values()]).toEqual([...a.receiving.values()].map((each) => `${a.address}:${each}`));
    endAll(lab);
  });
});

describe('a phone that is held', () => {
  it('plays its own tone where there is no music, or no port free for it', async () => {
    for (const media of ['refuses', 'gone'] as const) {
      const lab = await phoneLab(two(20));
      const music = new FakePhone(lab.asLab, 'tone', { dn: 'tone', ...(media === 'refuses' ? { media } : {}) });
      if (media === 'refuses') lab.services.set('tone', music);
      const { a, b } = connect(lab);
      b.key(KEY.hold, b.reference);
      lab.settle();
      expect([[...a.tones.values()], a.receiving.size, a.sending.size, a.state, b.state]).toEqual([
        [HOLD_TONE],
        0,
        0,
        5,
        8,
      ]);
      b.key(KEY.resume, b.reference);
      lab.settle();
      expect([a.tones.size, a.sending.size, b.sending.size]).toEqual([0, 1, 1]);
      endAll(lab);
    }
  });

  it('plays its own tone where it does not open a port for the music', async () => {
    const { lab, music } = await withMusic(two(20));
    const { a, b } = connect(lab);
    a.ack = 'silent';
    b.key(KEY.hold, b.reference);
    lab.settle();
    lab.pass(4_000);
    lab.pass(4_000);
    expect([music.leg.state, [...a.tones.values()], a.state]).toEqual(['idle', [HOLD_TONE], 5]);
    a.ack = 0;
    b.key(KEY.resume, b.reference);
    lab.settle();
    expect([a.tones.size, a.sending.size, b.sending.size]).toEqual([0, 1, 1]);
    endAll(lab);
  });

  it('holds as well: no music, and each resumes for itself', async () => {
    const { lab, music } = await withMusic(two(20));
    const { a, b } = connect(lab);
    b.key(KEY.hold, b.reference);
    lab.settle();
    a.key(KEY.hold, a.reference);
    lab.settle();
    expect([a.state, b.state, music.leg.state]).toEqual([8, 8, 'idle']);
    expect([a.receiving.size, a.sending.size, a.tones.size, b.receiving.size]).toEqual([0, 0, 0, 0]);
    a.key(KEY.resume, a.reference);
    lab.settle();
    expect([a.state, a.sending.size]).toEqual([5, 0]);
    expect([music.leg.state, a.receiving.size, a.tones.size]).toEqual(['connected', 1, 0]);
    b.key(KEY.resume, b.reference);
    lab.settle();
    expect([a.sending.size, b.sending.size, a.tones.size]).toEqual([1, 1, 0]);
    endAll(lab);
  });

  it('is connected with the third after a transfer, ringing or answered', async () => {
    for (const answers of [false, true]) {
      const { lab, music } = await withMusic(['5001', '5002', '5003'].map((dn) => ({ dn })));
      const { a, b } = connect(lab);
      const c = lab.phones[2] as CallTestPhone;
      b.key(KEY.transfer, b.reference);
      lab.settle();
      expect(music.leg.state).toBe('connected');
      b.digits('5003');
      lab.settle();
      if (answers) c.lift();
      lab.settle();
      b.key(KEY.transfer, b.reference);
      lab.settle();
      expect([music.leg.state, b.traces]).toEqual(['idle', NOTHING]);
      if (!answers) {
        expect([[...a.tones.values()], a.receiving.size]).toEqual([[0x24], 0]);
        c.lift();
        lab.settle();
      }
      expect([...a.sending.values()]).toEqual([...c.receiving.values()].map((each) => `${c.address}:${each}`));
      expect([a.tones.size, c.tones.size, a.receiving.size]).toEqual([0, 0, 1]);
      endAll(lab);
    }
  });

  it('hears music in each of two calls in turn', async () => {
    const { lab } = await withMusic(['5001', '5002', '5003'].map((dn) => ({ dn })));
    const { a, b } = connect(lab);
    const c = lab.phones[2] as CallTestPhone;
    const first = b.reference;
    c.lift();
    c.digits('5002');
    lab.settle();
    const second = b.reference;
    b.key(KEY.answer, second);
    lab.settle();
    expect([a.receiving.size, a.sending.size, c.sending.size]).toEqual([1, 0, 1]);
    b.key(KEY.resume, first);
    lab.settle();
    expect([a.receiving.size, a.sending.size, c.receiving.size, c.sending.size]).toEqual([1, 1, 1, 0]);
    endAll(lab);
  });

  it('of SIP hears it in one message, and so back', async () => {
    const { lab, music } = await withMusic([{ dn: '5001' }]);
    const phone = lab.phones[0] as CallTestPhone;
    const sip = new FakePhone(lab.asLab, 'SEP0000000000F1', { dn: '6001', kind: 'sip' });
    lab.others.push(sip);
    phone.lift();
    phone.digits('6001');
    sip.answer();
    lab.settle();
    sip.take();
    phone.key(KEY.hold, phone.reference);
    lab.settle();
    const { address, port } = music.receiveOf(music.leg);
    expect(sip.take()).toEqual(['stop', 'far-held music', `open PCMU/20 far ${port}`, `listen PCMU to ${address}`]);
    phone.key(KEY.resume, phone.reference);
    lab.settle();
    expect(sip.take().filter((note) => note.startsWith('send'))).toEqual([`send PCMU to ${phone.address}`]);
    expect(phone.sending.size).toBe(1);
    endAll(lab);
  });
});
