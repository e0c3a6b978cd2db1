// Conferences of the call machine over real packets: datagrams in memory, and a clock that is moved by hand.

import { describe, expect, it } from 'vitest';
import { G711_LAWS } from '../../src/rtp/g711.js';
import type { FakePhone } from '../calls/harness.js';
import { linear, PhoneMedia, packetOf, RtpRig, strengthOf } from './harness.js';

/** A tick of a tone, in µ-law. */
const tone = (frequency: number, tick: number): Uint8Array =>
  Uint8Array.from({ length: 160 }, (_, at) =>
    G711_LAWS.PCMU.encode(Math.round(6_000 * Math.sin((2 * Math.PI * frequency * (tick * 160 + at)) / 8_000))),
  );

const decoded = (octets: Uint8Array): number[] => linear('PCMU', octets);

/** Each of the first two says a tone for so long; what the third hears of the last half second. */
const talk = (rig: RtpRig, speakers: readonly [FakePhone, PhoneMedia, number][], listener: PhoneMedia): number[] => {
  for (let tick = 0; tick < 50; tick += 1) {
    for (const [phone, media, frequency] of speakers) media.send(tone(frequency, tick), rig.serviceOf(phone));
    rig.advance(20);
  }
  return decoded(listener.sound.subarray(-4_000));
};

const inRoom = async (rig: RtpRig, count: number) => {
  const phones = Array.from({ length: count }, () => rig.phone());
  const media: PhoneMedia[] = [];
  for (const phone of phones) media.push(await rig.call(phone, '*50'));
  return { phones, media } as { phones: FakePhone[]; media: PhoneMedia[] };
};

describe('a meeting room', () => {
  it('lets the third hear two tones, and each speaker the other alone', async () => {
    const rig = new RtpRig();
    const { phones, media } = await inRoom(rig, 3);
    const [a, b] = phones as [FakePhone, FakePhone];
    const [mediaA, mediaB, mediaC] = media as [PhoneMedia, PhoneMedia, PhoneMedia];
    const heard = talk(
      rig,
      [
        [a, mediaA, 440],
        [b, mediaB, 1_200],
      ],
      mediaC,
    );
    expect(strengthOf(440, heard)).toBeGreaterThan(5_500);
    expect(strengthOf(1_200, heard)).toBeGreaterThan(5_500);
    const [byA, byB] = [mediaA, mediaB].map(({ sound }) => decoded(sound.subarray(-4_000))) as [number[], number[]];
    expect([strengthOf(440, byA) < 100, strengthOf(1_200, byA) > 5_500]).toEqual([true, true]);
    expect([strengthOf(440, byB) > 5_500, strengthOf(1_200, byB) < 100]).toEqual([true, true]);
    // Sample by sample, 60 ms later and one tick of the way.
    const [one, two] = [tone(440, 20), tone(1_200, 20)].map(decoded) as [number[], number[]];
    const sum = one.map((sample, at) => decoded(Uint8Array.of(G711_LAWS.PCMU.encode(sample + (two[at] as number))))[0]);
    expect(mediaC.received.map(({ payload }) => decoded(payload))).toContainEqual(sum);
  });

  it('gives who is alone silence, in packets that go on', async () => {
    const rig = new RtpRig();
    const { media } = await inRoom(rig, 1);
    rig.advance(200);
    const [only] = media as [PhoneMedia];
    expect(only.received).toHaveLength(11);
    expect(new Set(only.sound)).toEqual(new Set([0xff]));
  });

  it('has a pair of ports for each, and none once all have left', async () => {
    const rig = new RtpRig();
    const { phones } = await inRoom(rig, 4);
    expect(new Set(phones.map((phone) => rig.serviceOf(phone).port)).size).toBe(4);
    expect([rig.server.legs, rig.server.streams]).toEqual([4, 4]);
    for (const phone of phones) rig.hangUp(phone);
    await rig.settle();
    expect([rig.server.legs, rig.server.streams, rig.clock.armed, rig.network.openSockets]).toEqual([0, 0, 0, 4]);
    expect(rig.calls.control.conferences.size).toBe(0);
  });

  it('does not end after the hour that a service may last', async () => {
    const rig = new RtpRig();
    const { phones } = await inRoom(rig, 2);
    for (let minute = 0; minute < 61; minute += 1) rig.clock.standStill(60_000);
    rig.advance(20);
    expect(phones.map(({ leg }) => leg.state)).toEqual(['connected', 'connected']);
  });

  it('hears no stranger: neither another address, nor another payload, nor noise', async () => {
    const rig = new RtpRig();
    const { phones, media } = await inRoom(rig, 2);
    const [a] = phones as [FakePhone];
    const [mediaA, mediaB] = media as [PhoneMedia, PhoneMedia];
    const stranger = await rig.network.open({ address: '10.0.0.66', port: 9_000 }, () => {});
    const to = rig.serviceOf(a);
    for (let tick = 0; tick < 20; tick += 1) {
      const packet = packetOf(tone(440, tick), { timestamp: tick * 160, sequence: tick });
      stranger.send(packet, 0, packet.length, to);
      mediaB.raw(packetOf(tone(700, tick), { timestamp: tick * 160, sequence: tick }), to); // into another's port
      mediaA.raw(packetOf(tone(880, tick), { payloadType: 8, timestamp: tick * 160, sequence: tick }), to);
      mediaA.raw(Buffer.from([0x80, 1, 2]), to);
      rig.advance(20);
    }
    expect(new Set(mediaB.sound)).toEqual(new Set([0xff]));
  });

  it('gets no worse by a flood from one of them', async () => {
    const rig = new RtpRig();
    const { phones, media } = await inRoom(rig, 3);
    const [a, b] = phones as [FakePhone, FakePhone];
    const [mediaA, mediaB, mediaC] = media as [PhoneMedia, PhoneMedia, PhoneMedia];
    for (let tick = 0; tick < 50; tick += 1) {
      mediaA.send(tone(440, tick), rig.serviceOf(a));
      for (let packet = 0; packet < 40; packet += 1)
        mediaB.raw(packetOf(tone(1_200, packet), { ssrc: packet, timestamp: packet * 7_919 }), rig.serviceOf(b));
      rig.advance(20);
    }
    expect(strengthOf(440, decoded(mediaC.sound.subarray(-4_000)))).toBeGreaterThan(5_000);
    expect(mediaC.received).toHaveLength(51);
  });

  it('takes as many as ports are free, and the next one hears that there is none', async () => {
    const rig = new RtpRig({ ports: { from: 24_000, to: 24_005 } });
    const { phones } = await inRoom(rig, 3);
    const late = rig.phone();
    late.call('*50');
    expect(late.take().at(-1)).toBe('failed noChannel');
    expect(phones.every(({ leg }) => leg.state === 'connected')).toBe(true);
    rig.hangUp(phones[0] as FakePhone);
    await rig.settle();
    late.hangUp();
    late.call('*50');
    await rig.settle();
    expect(late.leg.state).toBe('connected');
  });
});

describe('two rooms', () => {
  it('that a user tries to connect are left alone: no end of labcm sends to another', async () => {
    const rig = new RtpRig();
    const [a, b, c] = [rig.phone(), rig.phone(), rig.phone()];
    await rig.call(b, '*50');
    await rig.call(c, '*51');
    await rig.call(a, '*50');
    const primary = a.leg;
    const consultation = a.consult(primary, '*51');
    await rig.settle();
    const { control } = rig.calls;
    control.transfer(primary, consultation, rig.clock.now());
    await rig.settle();
    rig.advance(1_000);
    expect([b.leg.state, c.leg.state]).toEqual(['connected', 'connected']);
    expect([...control.conferences.values()].map(({ ends }) => ends.size)).toEqual([1, 1]);
    expect(rig.server.legs).toBe(2);
  });
});

describe('a conference by key', () => {
  it('mixes who held, who was held and who was called, and is a direct call again', async () => {
    const rig = new RtpRig();
    const [a, b, c] = [rig.phone(), rig.phone(), rig.phone()];
    a.call(b.options.dn);
    b.answer();
    const primary = b.leg;
    const consultation = b.consult(primary, c.options.dn);
    c.answer();
    const { control } = rig.calls;
    expect(control.confer([primary], consultation, rig.clock.now())).toBeUndefined();
    await rig.settle();
    const [mediaA, mediaB, mediaC] = (await Promise.all(
      [a.leg, consultation, c.leg].map((leg, index) =>
        new PhoneMedia(rig, ([a, b, c][index] as FakePhone).receiveOf(leg)).open(),
      ),
    )) as [PhoneMedia, PhoneMedia, PhoneMedia];
    const heard = talk(
      rig,
      [
        [a, mediaA, 440],
        [c, mediaC, 1_200],
      ],
      mediaB,
    );
    expect(strengthOf(440, heard)).toBeGreaterThan(5_500);
    expect(strengthOf(1_200, heard)).toBeGreaterThan(5_500);
    expect(rig.server.streams).toBe(3);
    rig.hangUp(b);
    await rig.settle();
    expect([rig.server.legs, rig.server.streams, a.leg.far]).toEqual([0, 0, c.leg]);
  });

  it('leaves both calls alone where another program has the ports', async () => {
    const rig = new RtpRig();
    const [a, b, c] = [rig.phone(), rig.phone(), rig.phone()];
    a.call(b.options.dn);
    b.answer();
    const primary = b.leg;
    const consultation = b.consult(primary, c.options.dn);
    c.answer();
    await rig.settle();
    for (const phone of [a, b, c]) phone.take();
    const held = () => [rig.server.legs, rig.server.streams, rig.network.openSockets]; // who waits hears music
    const before = held();
    const open = rig.network.open.bind(rig.network);
    let left = 4;
    rig.network.open = (options, onDatagram) => {
      left -= 1;
      if (left >= 0) return open(options, onDatagram);
      return Promise.reject(Object.assign(new Error('taken'), { code: 'EADDRINUSE' }));
    };
    const refusals: string[] = [];
    const { control } = rig.calls;
    const confer = () =>
      control.confer([primary], consultation, rig.clock.now(), (refusal) => void refusals.push(refusal));
    expect(confer()).toBeUndefined();
    await rig.settle();
    expect(refusals).toEqual(['no-bridge']);
    expect(rig.probe.of('rtp.no-port')).toMatchObject([{ reason: 'none-free', service: 'conference' }]);
    expect([a, b, c].flatMap((phone) => phone.take())).toEqual([]);
    expect([primary.far, consultation.far, consultation.state]).toEqual([a.leg, c.leg, 'connected']);
    expect(held()).toEqual(before);
    rig.network.open = open;
    expect(confer()).toBeUndefined();
    await rig.settle();
    expect([[...control.conferences.values()][0]?.ends.size, rig.server.streams]).toEqual([3, 3]);
  });

  it('is not made without RTP', async () => {
    const rig = new RtpRig({ ports: undefined });
    expect(rig.server.newRoom()).toBeUndefined();
    expect(rig.server.canMix).toBe(false);
  });
});
