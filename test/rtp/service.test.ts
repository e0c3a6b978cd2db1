import { describe, expect, it } from 'vitest';
import type { CallEvent } from '../../src/calls/index.js';
import { instant } from '../../src/core/time.js';
import type { DatagramHandler, DatagramOptions } from '../../src/net/ports.js';
import { encodeAll, G711_LAWS } from '../../src/rtp/g711.js';
import { DEFAULT_RTP } from '../../src/rtp/settings.js';
import { mutated, seededRandom } from '../support/random.js';
import { HERE, linear, packetOf, RtpRig, strengthOf } from './harness.js';

const ECHO = '*41';
const TONE = '*42';
const ANNOUNCEMENT = '*47';

const measured = ({ calls }: RtpRig) =>
  calls.events.filter(
    (event): event is Extract<CallEvent, { type: 'call.measured' }> => event.type === 'call.measured',
  );

/** Octets that differ everywhere, and are never silence. */
const speech = (tick: number): Buffer => Buffer.from(Array.from({ length: 160 }, (_, at) => (tick * 31 + at) % 0x7e));

describe('a call to a service', () => {
  it('is answered from the first pair of ports, and sends packets of 20 ms by the clock', async () => {
    const rig = new RtpRig();
    const phone = rig.phone();
    const media = await rig.call(phone, TONE);
    expect(rig.calls.take()).toEqual(['off-hook', 'analysed', 'offered', 'alerting', 'answered', 'media', 'media']);
    expect(rig.serviceOf(phone)).toEqual({ address: HERE, port: 24_000 });
    rig.advance(100);
    expect(media.received).toHaveLength(6);
    const [first] = media.received;
    expect(media.received.map(({ at }) => at - (first?.at ?? 0))).toEqual([0, 20, 40, 60, 80, 100]);
    for (const [index, packet] of media.received.entries()) {
      expect(packet).toMatchObject({
        payloadType: 0,
        marker: index === 0,
        sequence: ((first?.sequence ?? 0) + index) & 0xffff,
        timestamp: ((first?.timestamp ?? 0) + index * 160) % 2 ** 32,
        ssrc: first?.ssrc,
        from: { address: HERE, port: 24_000 },
      });
      expect(packet.payload).toHaveLength(160);
    }
  });

  it('costs no alarm but its limit while nothing is sent, and nothing at all without a call', async () => {
    const rig = new RtpRig();
    expect([rig.clock.armed, rig.network.openSockets]).toEqual([0, 0]);
    const phone = rig.phone();
    await rig.call(phone, TONE);
    expect(rig.clock.armed).toBe(2);
    rig.hangUp(phone);
    await rig.settle();
    expect([rig.clock.armed, rig.network.openSockets]).toEqual([0, 1]); // the phone's own
    expect([rig.server.legs, rig.server.streams]).toEqual([0, 0]);
    expect(rig.calls.isIdle).toBe(true);
  });

  it.each([
    ['PCMU', 0],
    ['PCMA', 8],
  ] as const)('has a tone of 1 kHz in %s', async (codec, payloadType) => {
    const rig = new RtpRig();
    const media = await rig.call(rig.phone({ codecs: [codec] }), TONE);
    rig.advance(1_000);
    expect(new Set(media.received.map((packet) => packet.payloadType))).toEqual(new Set([payloadType]));
    const samples = linear(codec, media.sound);
    const tone = strengthOf(1_000, samples);
    expect(tone).toBeGreaterThan(20_000);
    for (const frequency of [500, 990, 1_010, 2_000, 3_000])
      expect(strengthOf(frequency, samples.slice(0, 8_000))).toBeLessThan(tone / 50);
  });

  it('plays a recording instead, and another one after a change', async () => {
    const music = Int16Array.from({ length: 500 }, (_, at) => at * 20);
    const rig = new RtpRig({ music });
    const media = await rig.call(rig.phone(), TONE);
    rig.advance(100);
    const octets = encodeAll(G711_LAWS.PCMU, music);
    expect(media.sound).toEqual(Buffer.from(Array.from({ length: 960 }, (_, at) => octets[at % 500] as number)));
    rig.server.apply(DEFAULT_RTP);
    const later = await rig.call(rig.phone(), TONE);
    rig.advance(20);
    expect(later.received[0]?.payload.subarray(0, 2).toString('hex')).toBe('1e0b');
  });

  it('reads the number of the caller', async () => {
    const rig = new RtpRig();
    const media = await rig.call(rig.phone({ dn: '7' }), ANNOUNCEMENT);
    rig.advance(1_000);
    const samples = linear('PCMU', media.sound).slice(3_200, 4_800);
    expect(strengthOf(852, samples)).toBeGreaterThan(6_000);
    expect(strengthOf(1209, samples)).toBeGreaterThan(6_000);
  });

  it('to an emergency number hears that nobody is there', async () => {
    const rig = new RtpRig();
    const media = await rig.call(rig.phone(), '112');
    rig.advance(1_000);
    expect(strengthOf(950, linear('PCMU', media.sound).slice(3_200, 5_840))).toBeGreaterThan(7_000);
  });

  it('sends packets of 10 ms to a phone that takes no longer ones', async () => {
    const rig = new RtpRig();
    const phone = rig.phone();
    Object.defineProperty(phone, 'capabilities', {
      get: () => ({ codecs: [{ codec: 'PCMU', maxMilliseconds: 10 }], telephoneEvent: undefined }),
    });
    const media = await rig.call(phone, TONE);
    rig.advance(20);
    expect(media.received.map(({ payload }) => payload.length)).toEqual([80, 80, 80, 80]);
    const [first] = media.received;
    expect(media.received.map(({ timestamp }) => timestamp - (first?.timestamp ?? 0))).toEqual([0, 80, 160, 240]);
    expect(media.received.map(({ marker }) => marker)).toEqual([true, false, false, false]);
  });

  it('skips what a stall took: no burst, and the clock of its timestamps goes on', async () => {
    const rig = new RtpRig();
    const media = await rig.call(rig.phone(), TONE);
    rig.advance(40);
    media.received.length = 0;
    rig.clock.standStill(2_000);
    rig.advance(20);
    rig.advance(20);
    const [late, next] = media.received;
    expect(media.received.length).toBeLessThanOrEqual(3);
    expect(late?.marker).toBe(true);
    expect(next?.marker).toBe(false);
    expect((next?.timestamp ?? 0) - (late?.timestamp ?? 0)).toBe(160);
    expect((next?.sequence ?? 0) - (late?.sequence ?? 0)).toBe(1);
  });

  it('is held and taken back on its ports, with a stream of its own', async () => {
    const rig = new RtpRig();
    const phone = rig.phone();
    const media = await rig.call(phone, TONE);
    rig.advance(100);
    const { ssrc } = media.received[0] as { ssrc: number };
    rig.calls.control.hold(phone.leg, rig.clock.now());
    media.received.length = 0;
    rig.advance(1_000);
    expect(media.received).toEqual([]);
    expect(rig.server.streams).toBe(0);
    rig.calls.control.resume(phone.leg, rig.clock.now());
    await rig.settle();
    rig.advance(100);
    expect(rig.serviceOf(phone)).toEqual({ address: HERE, port: 24_000 });
    expect(media.received[0]?.marker).toBe(true);
    expect(media.received[0]?.ssrc).not.toBe(ssrc);
  });

  it('works with a phone whose SDP says everything at once', async () => {
    const rig = new RtpRig();
    const phone = rig.phone({ kind: 'sip', telephoneEvent: true });
    const media = await rig.call(phone, ECHO);
    expect(phone.take().includes('send PCMU to 10.0.0.100 event 101')).toBe(true);
    rig.advance(40);
    expect(media.received.length).toBeGreaterThan(0);
  });

  it('ends after an hour', async () => {
    const rig = new RtpRig({ longestCall: 10_000 as never });
    const phone = rig.phone();
    await rig.call(phone, TONE);
    rig.advance(9_990);
    expect(rig.calls.isIdle).toBe(false);
    rig.calls.take();
    rig.advance(20);
    expect(rig.calls.take()).toEqual(['measured', 'released', 'released', 'ended']);
    expect(DEFAULT_RTP.longestCall).toBe(3_600_000);
  });
});

describe('the echo', () => {
  it('gives back what came 200 ms later, octet for octet, under numbers of its own', async () => {
    const rig = new RtpRig();
    const phone = rig.phone();
    const media = await rig.call(phone, ECHO);
    rig.advance(0);
    media.received.length = 0;
    const to = rig.serviceOf(phone);
    const began = rig.clock.now();
    for (let tick = 0; tick < 50; tick += 1) {
      rig.advance(10);
      media.send(speech(tick), to);
      rig.advance(10);
    }
    const said = Buffer.concat(Array.from({ length: 50 }, (_, tick) => speech(tick)));
    const back = media.received.filter(({ payload }) => payload.some((octet) => octet !== 0xff));
    expect(media.sound.subarray(media.sound.findIndex((octet) => octet !== 0xff))).toEqual(
      said.subarray(0, back.length * 160),
    );
    // The first packet came 10 ms after the beginning; it leaves with the first tick after 200 ms.
    expect((back[0]?.at ?? 0) - began).toBe(220);
    expect(back[0]?.ssrc).not.toBe(0x1234);
    rig.hangUp(phone);
    expect(measured(rig)[0]?.statistics).toEqual({
      packetsSent: media.received.length + 1,
      octetsSent: (media.received.length + 1) * 160,
      packetsReceived: 50,
      octetsReceived: 8_000,
      packetsLost: 0,
      jitter: 0,
      latency: 0,
      quality: '',
    });
  });

  it('takes packets of its call alone: from its phone, of its payload types', async () => {
    const rig = new RtpRig();
    const phone = rig.phone();
    const media = await rig.call(phone, ECHO);
    const to = rig.serviceOf(phone);
    const stranger = await rig.network.open({ address: '10.0.0.66', port: 16_384 }, () => {});
    const neighbour = await rig.network.open({ ...media.local, port: media.local.port + 2 }, () => {});
    const packet = packetOf(speech(1));
    stranger.send(packet, 0, packet.length, to);
    neighbour.send(packet, 0, packet.length, to);
    media.send(speech(1), to, 8); // A-law was not agreed on
    media.send(speech(1), to, 101); // nor telephone events
    media.raw(Buffer.from('no RTP'), to);
    media.raw(Buffer.alloc(200, 0x40), to);
    media.raw(packet, { ...to, port: to.port + 1 }); // as RTCP
    rig.advance(1_000);
    expect(media.sound.every((octet) => octet === 0xff)).toBe(true);
    rig.hangUp(phone);
    expect(measured(rig)[0]?.statistics).toMatchObject({ packetsReceived: 0, octetsReceived: 0 });
  });

  it('that hears nothing for a minute is told once', async () => {
    const rig = new RtpRig();
    const phone = rig.phone();
    const media = await rig.call(phone, ECHO);
    media.raw(Buffer.from('no RTP'), rig.serviceOf(phone));
    rig.advance(59_900);
    expect(rig.probe.events).toEqual([]);
    rig.advance(180_000);
    expect(rig.probe.events).toMatchObject([
      { type: 'rtp.silent', device: phone.appearance.device, service: 'echo', from: media.local, dropped: 1 },
    ]);
    expect(rig.calls.isIdle).toBe(false);
  });

  it('does not take a standstill of the process for silence', async () => {
    const rig = new RtpRig();
    const phone = rig.phone();
    await rig.call(phone, ECHO);
    rig.advance(50_000);
    rig.clock.standStill(100_000);
    rig.advance(9_000);
    expect(rig.probe.events).toEqual([]);
    rig.advance(2_000);
    expect(rig.probe.types()).toEqual(['rtp.silent']);
  });

  it('goes on whatever octets its phone sends', async () => {
    const rig = new RtpRig();
    const phone = rig.phone({ telephoneEvent: true });
    const media = await rig.call(phone, ECHO);
    const to = rig.serviceOf(phone);
    const random = seededRandom(23);
    for (let round = 0; round < 3_000; round += 1) {
      const payloadType = random.below(3) === 0 ? 101 : 0;
      const payload = payloadType === 0 ? speech(round) : Buffer.from([random.below(20), 10, 0, 160]);
      const packet = packetOf(payload, { payloadType, sequence: round & 0xffff, timestamp: round * 160 });
      media.raw(mutated(packet, random), to);
      if (round % 3 === 0) rig.advance(20);
    }
    media.received.length = 0;
    rig.advance(1_000);
    expect(media.received).toHaveLength(50);
    // Half a second without a packet: what follows is placed anew, by its own clock.
    for (let tick = 0; tick < 40; tick += 1) {
      media.send(speech(1), to);
      rig.advance(20);
    }
    expect(media.received.at(-1)?.payload).toEqual(speech(1));
  });

  it('is not silent while packets come', async () => {
    const rig = new RtpRig();
    const phone = rig.phone();
    const media = await rig.call(phone, ECHO);
    for (let second = 0; second < 70; second += 1) {
      media.send(speech(second), rig.serviceOf(phone));
      rig.advance(1_000);
    }
    expect(rig.probe.types()).toEqual([]);
  });

  it('takes keys as events in RTP, fifty a second at most, and plays their tones back', async () => {
    const rig = new RtpRig();
    const phone = rig.phone({ telephoneEvent: true });
    const media = await rig.call(phone, ECHO);
    const to = rig.serviceOf(phone);
    const press = (event: number, timestamp: number): void => {
      for (let index = 0; index < 3; index += 1)
        media.raw(packetOf(Buffer.from([event, 10, 0, 160]), { payloadType: 101, sequence: index, timestamp }), to);
    };
    rig.advance(0);
    press(5, 1_000);
    press(6, 1_001);
    rig.advance(300);
    press(11, 3_000);
    expect(rig.probe.of('rtp.digit').map(({ digit, by }) => [digit, by])).toEqual([
      ['5', 'rtp'],
      ['#', 'rtp'],
    ]);
    const tone = linear('PCMU', media.sound).slice(1_760, 2_560);
    expect(strengthOf(770, tone)).toBeGreaterThan(6_000);
    expect(strengthOf(1336, tone)).toBeGreaterThan(6_000);
  });

  it('takes keys out of band from a phone that has no events', async () => {
    const rig = new RtpRig();
    const phone = rig.phone();
    await rig.call(phone, ECHO);
    rig.calls.control.digit(phone.leg, '9', rig.clock.now());
    expect(rig.probe.of('rtp.digit')).toMatchObject([{ digit: '9', by: 'signalling' }]);
  });
});

describe('where nothing may be sent', () => {
  it.each([
    ['0.0.0.0', 16_384, 'none'],
    ['10.0.0.1', 0, 'none'],
    ['255.255.255.255', 16_384, undefined],
    ['239.1.1.1', 16_384, undefined],
    ['240.0.0.1', 16_384, undefined],
    [HERE, 24_000, 'ours'],
    [HERE, 24_001, 'ours'],
    ['127.0.0.1', 24_000, 'ours'],
  ])('%s port %i ends the call', async (address, port, reason) => {
    const rig = new RtpRig();
    const phone = rig.phone();
    phone.receiveOf = () => ({ address, port });
    const sent: unknown[] = [];
    rig.network.copies = (_from, to) => {
      sent.push(to);
      return 1;
    };
    phone.call(ECHO);
    await rig.settle();
    rig.advance(100);
    // Most of them the call machine refuses already.
    expect([...rig.probe.events, ...rig.calls.events.filter(({ type }) => type === 'call.media-failed')]).toMatchObject(
      reason === undefined
        ? [{ type: 'call.media-failed', reason: 'bad-address', to: { address, port } }]
        : [{ type: 'rtp.address-refused', reason, to: { address, port } }, { type: 'call.media-failed' }],
    );
    expect(phone.take().at(-1)).toBe('failed noMedia');
    expect(sent).toEqual([]);
    await rig.settle();
    expect(rig.network.openSockets).toBe(0);
  });

  it('a phone on this machine is sent to, and its port is not opened', async () => {
    const rig = new RtpRig();
    const [one, two] = [rig.phone(), rig.phone()];
    one.receiveOf = () => ({ address: HERE, port: 24_002 });
    const media = await rig.call(one, TONE);
    rig.advance(20);
    expect(media.received.length).toBeGreaterThan(0);
    await rig.call(two, TONE);
    expect(rig.serviceOf(two).port).toBe(24_004);
    expect(rig.probe.events).toEqual([]);
  });
});

describe('ports', () => {
  /** A network on which some ports cannot be had. */
  const withFaults = (rig: RtpRig, codeOf: (port: number) => string | undefined): void => {
    const open = rig.network.open.bind(rig.network);
    rig.network.open = (options: DatagramOptions, onDatagram: DatagramHandler) => {
      const code = codeOf(options.port);
      if (code !== undefined) return Promise.reject(Object.assign(new Error(code), { code }));
      return open(options, onDatagram);
    };
  };

  it('are pairs, even and odd, and come back in turn', async () => {
    const rig = new RtpRig({ ports: { from: 24_001, to: 24_006 } });
    const [one, two, three] = [rig.phone(), rig.phone(), rig.phone()];
    await rig.call(one, TONE);
    await rig.call(two, TONE);
    expect([rig.serviceOf(one).port, rig.serviceOf(two).port]).toEqual([24_002, 24_004]);
    three.call(TONE);
    await rig.settle();
    expect(three.take().at(-1)).toBe('failed unavailable');
    rig.hangUp(one);
    await rig.settle();
    three.hangUp();
    await rig.call(three, TONE);
    expect(rig.serviceOf(three).port).toBe(24_002);
    rig.hangUp(two);
    rig.hangUp(three);
    await rig.settle();
    expect(rig.network.openSockets).toBe(3);
  });

  it('are bounded by the number of legs', async () => {
    const rig = new RtpRig({ legs: 1 });
    const [one, two] = [rig.phone(), rig.phone()];
    await rig.call(one, TONE);
    two.call(TONE);
    expect(two.take().at(-1)).toBe('failed unavailable');
    expect(rig.server.legs).toBe(1);
  });

  it('of a hundred calls are two hundred, and the next call has none', async () => {
    const rig = new RtpRig({ legs: 1_000 });
    const phones = Array.from({ length: 101 }, () => rig.phone());
    for (const phone of phones) phone.call(TONE);
    await rig.settle();
    expect([rig.server.legs, rig.server.streams, rig.network.openSockets]).toEqual([100, 100, 200]);
    expect(phones[100]?.take().at(-1)).toBe('failed unavailable');
    expect(rig.clock.armed).toBe(101);
  });

  it('that another program has are skipped, and told once', async () => {
    const rig = new RtpRig();
    withFaults(rig, (port) => (port === 24_000 ? 'EADDRINUSE' : port === 24_003 ? 'EACCES' : undefined));
    const phones = [rig.phone(), rig.phone()];
    for (const phone of phones) await rig.call(phone, TONE);
    expect(phones.map((phone) => rig.serviceOf(phone).port)).toEqual([24_004, 24_006]);
    expect(rig.probe.events).toMatchObject([
      { type: 'rtp.port-taken', address: HERE, port: 24_000, code: 'EADDRINUSE' },
      { type: 'rtp.port-taken', address: HERE, port: 24_003, code: 'EACCES' },
    ]);
    expect(rig.network.openSockets).toBe(6);
  });

  it.each([
    ['none is left', 'EADDRINUSE', 'none-free'],
    ['there are no descriptors', 'EMFILE', 'EMFILE'],
  ])('fail the call where %s', async (_what, code, reason) => {
    const rig = new RtpRig({ ports: { from: 24_000, to: 24_003 } });
    withFaults(rig, () => code);
    const phone = rig.phone();
    phone.call(ECHO);
    await rig.settle();
    expect(rig.probe.of('rtp.no-port')).toMatchObject([{ reason, service: 'echo', device: phone.appearance.device }]);
    expect(phone.take().at(-1)).toBe('failed noMedia');
    expect(rig.server.legs).toBe(0);
  });

  it('are at every address where phones know one that this machine does not have', async () => {
    const rig = new RtpRig();
    rig.network.addresses = ['127.0.0.1', '172.17.0.2'];
    const phone = rig.phone();
    phone.call(TONE);
    await rig.settle();
    expect(rig.serviceOf(phone)).toEqual({ address: HERE, port: 24_000 });
    await expect(rig.network.open({ address: '0.0.0.0', port: 24_000 }, () => {})).rejects.toThrow('in use');
  });

  it('that are open when the call is over before are closed again', async () => {
    const rig = new RtpRig();
    const phone = rig.phone();
    phone.call(TONE);
    rig.hangUp(phone);
    await rig.settle();
    expect([rig.network.openSockets, rig.server.legs, rig.clock.armed]).toEqual([0, 0, 0]);
    expect(measured(rig)).toEqual([]);
  });

  it('are none without a range, after a change to none too, and calls that stand go on', async () => {
    const rig = new RtpRig();
    const [one, two] = [rig.phone(), rig.phone()];
    const media = await rig.call(one, TONE);
    rig.server.apply({ ...DEFAULT_RTP, ports: undefined });
    two.call(TONE);
    expect(two.take().at(-1)).toBe('failed unavailable');
    rig.advance(100);
    expect(media.received.length).toBeGreaterThan(4);
    rig.hangUp(one);
    await rig.settle();
    two.hangUp();
    rig.server.apply({ ...DEFAULT_RTP, ports: { from: 30_000, to: 30_001 } });
    await rig.call(two, TONE);
    expect(rig.serviceOf(two).port).toBe(30_000);
  });

  it('are closed when the service is, with those that are being opened', async () => {
    const rig = new RtpRig();
    const [one, two] = [rig.phone(), rig.phone()];
    one.call(TONE);
    await rig.settle();
    two.call(TONE);
    rig.calls.control.stop(rig.clock.now());
    await rig.server.close();
    expect([rig.network.openSockets, rig.server.legs, rig.server.streams, rig.clock.armed]).toEqual([0, 0, 0, 0]);
    rig.phone().call(TONE);
    expect(rig.server.legs).toBe(0);
  });

  it('are closed where the call machine was not stopped, too', async () => {
    const rig = new RtpRig();
    await rig.call(rig.phone(), TONE);
    await rig.server.close();
    expect([rig.network.openSockets, rig.clock.armed]).toEqual([1, 0]);
    rig.calls.control.stop(instant(rig.clock.now()));
  });
});
