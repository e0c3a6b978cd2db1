// What is spoken to a page, on its way to the group and to phones that are called.

import { describe, expect, it } from 'vitest';
import { G711_LAWS } from '../../src/rtp/g711.js';
import { linear, PhoneMedia, packetOf, RtpRig } from './harness.js';

const GROUP = { address: '239.1.1.1', port: 30_000 };
const PAGE = { dn: '*90', group: GROUP.address, port: GROUP.port, members: ['SEP000000000002', 'SEP000000000003'] };

const speech = (tick: number): Buffer => Buffer.from(Array.from({ length: 160 }, (_, at) => (tick * 31 + at) % 0x7e));

const rigOf = async (codecs: readonly ('PCMU' | 'PCMA')[] = ['PCMU'], page = PAGE) => {
  const rig = new RtpRig({}, { paging: [page] });
  const caller = rig.phone({ codecs });
  rig.phone({ listens: true });
  const called = rig.phone({ codecs: ['PCMA'] });
  const group = await new PhoneMedia(rig, GROUP).open();
  const media = await rig.call(caller, '*90');
  return { rig, caller, called, group, media };
};

describe('what is spoken to a page', () => {
  it('goes to the group packet by packet, as one stream of labcm’s own', async () => {
    const { rig, caller, group, media } = await rigOf();
    for (let tick = 0; tick < 5; tick += 1) {
      media.send(speech(tick), rig.serviceOf(caller));
      rig.advance(20);
    }
    expect(group.received.map(({ payload }) => payload)).toEqual([0, 1, 2, 3, 4].map(speech));
    const [first] = group.received;
    expect(
      group.received.map(({ marker, sequence, timestamp, payloadType, ssrc }) => [
        marker,
        sequence - (first?.sequence ?? 0),
        timestamp - (first?.timestamp ?? 0),
        payloadType,
        ssrc,
      ]),
    ).toEqual([0, 1, 2, 3, 4].map((tick) => [tick === 0, tick, tick * 160, 0, first?.ssrc]));
    expect(first?.ssrc).not.toBe(0x1234);
    rig.hangUp(caller);
    media.send(speech(9), { address: '10.0.0.100', port: 24_000 });
    await rig.settle();
    expect(group.received).toHaveLength(5);
    expect([rig.server.legs, rig.server.streams, rig.calls.isIdle]).toEqual([0, 0, true]);
  });

  it('is µ-law for the group whatever the caller sends', async () => {
    const { rig, caller, group, media } = await rigOf(['PCMA']);
    const alaw = Uint8Array.from({ length: 160 }, (_, at) => G711_LAWS.PCMA.encode(8_000 * Math.sin(at / 4)));
    media.send(alaw, rig.serviceOf(caller), 8);
    const heard = linear('PCMU', group.received[0]?.payload ?? Buffer.alloc(0));
    for (const [at, sample] of heard.entries()) expect(Math.abs(sample - 8_000 * Math.sin(at / 4))).toBeLessThan(600);
  });

  it('is heard by a phone that is called, a moment later and by its own law', async () => {
    const { rig, caller, called, media } = await rigOf();
    called.answer();
    const ear = await new PhoneMedia(rig, called.receiveOf(called.leg)).open();
    await rig.settle();
    const ulaw = Uint8Array.from({ length: 160 }, () => G711_LAWS.PCMU.encode(4_000));
    for (let tick = 0; tick < 20; tick += 1) {
      media.send(ulaw, rig.serviceOf(caller));
      rig.advance(20);
    }
    const heard = linear('PCMA', ear.sound).filter((sample) => Math.abs(sample - 4_000) < 300);
    expect(heard.length).toBeGreaterThan(1_000);
    expect(ear.received.every(({ payloadType }) => payloadType === 8)).toBe(true);
    rig.hangUp(caller);
    await rig.settle();
    expect([rig.server.legs, rig.server.streams, rig.calls.isIdle]).toEqual([0, 0, true]);
  });

  it('comes from its caller alone, and not in a flood', async () => {
    const { rig, caller, group, media } = await rigOf();
    const stranger = await new PhoneMedia(rig, { address: '10.0.0.66', port: 16_384 }).open();
    const to = rig.serviceOf(caller);
    stranger.send(speech(1), to);
    media.raw(Buffer.from('nonsense'), to);
    media.raw(packetOf(speech(1), { payloadType: 96 }), to);
    media.send(Buffer.alloc(1_400), to);
    expect(group.received).toEqual([]);
    for (let count = 0; count < 1_000; count += 1) media.send(speech(count), to);
    expect(group.received.length).toBeLessThanOrEqual(120);
  });

  it.each(['224.0.1.75', '10.0.0.9', '255.255.255.255', '238.255.255.255'])('never goes to %s', async (group) => {
    const { rig, caller, media } = await rigOf(['PCMU'], { ...PAGE, group });
    const ear = await new PhoneMedia(rig, { address: group, port: GROUP.port }).open();
    media.send(speech(0), rig.serviceOf(caller));
    expect(ear.received).toEqual([]);
  });
});
