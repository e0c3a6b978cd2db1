// Music on hold with real packets: whoever is on hold hears it, and hears it no more once the call goes on.

import { describe, expect, it } from 'vitest';
import { seconds } from '../../src/core/time.js';
import { encodeAll, G711_LAWS } from '../../src/rtp/g711.js';
import { linear, PhoneMedia, RtpRig, strengthOf } from './harness.js';

const talking = async (kind: 'sccp' | 'sip', settings: ConstructorParameters<typeof RtpRig>[0] = {}) => {
  const rig = new RtpRig(settings);
  const a = rig.phone({ kind });
  const b = rig.phone({ kind });
  a.call(b.options.dn);
  b.answer();
  const media = await new PhoneMedia(rig, a.receiveOf(a.leg)).open();
  const { control } = rig.calls;
  const hold = async (): Promise<void> => {
    control.hold(b.leg, rig.clock.now());
    await rig.settle();
  };
  const resume = async (): Promise<void> => {
    if (kind === 'sip') control.mediaOpened(b.leg, b.receiveOf(b.leg), b.capabilities, true, rig.clock.now());
    control.resume(b.leg, rig.clock.now());
    await rig.settle();
  };
  return { rig, a, b, media, hold, resume };
};

describe.each(['sccp', 'sip'] as const)('a %s phone on hold', (kind) => {
  it('hears a tone of 1 kHz, a packet each 20 ms, and none after it', async () => {
    const { rig, a, media, hold, resume } = await talking(kind);
    rig.advance(1_000);
    expect(media.received).toEqual([]); // the phones talk past labcm
    await hold();
    rig.advance(1_000);
    expect(media.received).toHaveLength(51);
    expect(strengthOf(1_000, linear('PCMU', media.sound))).toBeGreaterThan(20_000);
    await resume();
    media.received.length = 0;
    rig.advance(1_000);
    expect([media.received, rig.server.legs, rig.server.streams]).toEqual([[], 0, 0]);
    a.hangUp();
    await rig.settle();
    expect([rig.calls.isIdle, rig.network.openSockets]).toEqual([true, 1]); // the phone's own
  });

  it('hears what the owner has recorded', async () => {
    const music = Int16Array.from({ length: 500 }, (_, at) => at * 20);
    const { rig, media, hold } = await talking(kind, { music });
    await hold();
    rig.advance(100);
    const octets = encodeAll(G711_LAWS.PCMU, music);
    expect(media.sound).toEqual(Buffer.from(Array.from({ length: 960 }, (_, at) => octets[at % 500] as number)));
  });

  it('hears it for as long as it is held, and no longer than it stands', async () => {
    const { rig, a, media, hold } = await talking(kind);
    await hold();
    rig.advance(seconds(120));
    media.received.length = 0;
    rig.advance(100);
    expect(media.received.length).toBeGreaterThan(3);
    a.hangUp();
    await rig.settle();
    media.received.length = 0;
    rig.advance(1_000);
    expect([media.received, rig.calls.isIdle]).toEqual([[], true]);
  });

  it('is told of no music where no port is free, by one line of the log', async () => {
    const { rig, a, hold, resume } = await talking(kind);
    rig.network.open = () => Promise.reject(Object.assign(new Error('no more'), { code: 'EMFILE' }));
    a.take();
    await hold();
    expect(a.take()).toContain('far-held');
    expect(rig.probe.events.map(({ type }) => type)).toEqual(['rtp.no-port']);
    expect(rig.server.legs).toBe(0);
    await resume();
    expect(a.leg.sending).toBeDefined();
  });

  it('that is taken back before the ports are open hears none', async () => {
    const { rig, a, b, media } = await talking(kind);
    const { control } = rig.calls;
    const now = rig.clock.now();
    control.hold(b.leg, now);
    if (kind === 'sip') control.mediaOpened(b.leg, b.receiveOf(b.leg), b.capabilities, true, now);
    control.resume(b.leg, now);
    await rig.settle();
    rig.advance(200);
    expect([media.received, rig.server.legs]).toEqual([[], 0]);
    expect([a.leg.sending?.to, b.leg.sending?.to]).toEqual([b.leg.receive, a.leg.receive]);
    expect(rig.network.openSockets).toBe(1);
  });
});
