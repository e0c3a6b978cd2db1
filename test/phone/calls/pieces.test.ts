// The pieces that calls of simulated phones are made of: descriptions, counts, ports, the book of calls.

import { describe, expect, it } from 'vitest';
import { EventBus } from '../../../src/core/event-bus.js';
import { type Duration, instant, milliseconds } from '../../../src/core/time.js';
import { CallBook, type CallDriver, type CallHabits } from '../../../src/phone/calls/call-book.js';
import { codecNamed, codecOfPayload, PHONE_CODECS } from '../../../src/phone/calls/codecs.js';
import { makeCall } from '../../../src/phone/calls/make-call.js';
import { MediaCounts, since } from '../../../src/phone/calls/media-counts.js';
import { Voice } from '../../../src/phone/calls/media-port.js';
import type { PhoneCall } from '../../../src/phone/calls/phone-call.js';
import type { PhoneEnvironment } from '../../../src/phone/environment.js';
import { onScreen, type Phone, type PhoneStep } from '../../../src/phone/index.js';
import { answeringDirection, readDescription, writeDescription } from '../../../src/phone/sip/sdp.js';
import { Timers } from '../../../src/phone/timers.js';
import { RtpReader } from '../../../src/rtp/packet.js';
import { ManualClock } from '../../support/manual-clock.js';
import { MemoryDatagrams } from '../../support/memory-datagrams.js';
import { seededRandom } from '../../support/random.js';

const OFFERED = PHONE_CODECS.map((codec) => ({ codec, payloadType: codec.payloadType }));

describe('a session description', () => {
  it.each(['cisco', 'generic'] as const)('of the %s form is read as it was written', (form) => {
    const own = { form, session: 7, version: 3, address: '10.1.1.9', port: 20_002, direction: 'sendonly' as const };
    const text = writeDescription({ ...own, codecs: OFFERED });
    expect(text.endsWith('a=sendonly\r\n')).toBe(true);
    expect(readDescription(text)).toEqual({
      ...{ address: '10.1.1.9', port: 20_002, direction: 'sendonly', codecs: OFFERED },
    });
  });

  it('of a server is read: address at the session, numbers of its own, other media beside it', () => {
    const text = [
      'v=0',
      'o=CiscoSystemsCCM-SIP 1 1 IN IP4 10.0.0.1',
      'c=IN IP4 10.2.2.2',
      'm=video 4000 RTP/AVP 97',
      'a=inactive',
      'm=audio 4002 RTP/AVP 111 8',
      'a=rtpmap:111 pcmu/8000',
      'a=rtpmap:97 H264/90000',
    ].join('\n');
    expect(readDescription(text)).toEqual({
      ...{ address: '10.2.2.2', port: 4002, direction: 'sendrecv' },
      codecs: [
        { codec: codecNamed('PCMU'), payloadType: 111 },
        { codec: codecNamed('PCMA'), payloadType: 8 },
      ],
    });
  });

  it('to nowhere holds, and what is none is none', () => {
    expect(readDescription('c=IN IP4 0.0.0.0\r\nm=audio 4000 RTP/AVP 0\r\n')?.direction).toBe('sendonly');
    expect(readDescription('m=audio')).toBeUndefined();
    expect(readDescription('m=audio x RTP/AVP x')).toMatchObject({ port: 0, codecs: [] });
    expect(readDescription('\u0000')).toBeUndefined();
  });

  it.each([
    ['sendrecv', false, 'sendrecv'],
    ['sendrecv', true, 'sendonly'],
    ['sendonly', false, 'recvonly'],
    ['sendonly', true, 'inactive'],
    ['recvonly', false, 'sendonly'],
    ['inactive', false, 'inactive'],
  ] as const)('answers %s, held here %s, with %s', (offered, isHolding, answer) => {
    expect(answeringDirection(offered, isHolding)).toBe(answer);
  });
});

describe('the counts of a call', () => {
  it('take back what came late, and begin anew with another source', () => {
    const counts = new MediaCounts();
    for (const sequence of [65_534, 65_535, 1, 0, 5])
      counts.addReceived(sequence, sequence * 160, 9, 160, sequence * 20);
    expect(counts.totals()).toMatchObject({ received: 5, receivedOctets: 800, lost: 3 });
    counts.addReceived(40_000, 0, 10, 160, 100);
    counts.addReceived(40_001, 160, 10, 160, 140);
    expect(counts.totals()).toMatchObject({ received: 7, lost: 3, jitter: 1 });
  });

  it('can be told since a moment', () => {
    const counts = new MediaCounts();
    counts.addSent(160);
    const before = counts.totals();
    counts.addSent(160);
    expect(since(before, counts.totals())).toMatchObject({ sent: 1, sentOctets: 160, received: 0 });
    expect(since(undefined, counts.totals())).toMatchObject({ sent: 2 });
  });
});

describe('a port', () => {
  const open = async () => {
    const clock = new ManualClock();
    const datagrams = new MemoryDatagrams();
    const timers = new Timers(clock);
    const voice = new Voice({ datagrams, random: seededRandom(1), timers });
    const packets: { at: number; reader: RtpReader; octets: Buffer }[] = [];
    await datagrams.open({ address: '10.0.0.9', port: 4000 }, (bytes) => {
      const reader = new RtpReader();
      expect(reader.read(bytes)).toBeUndefined();
      packets.push({ at: clock.now(), reader, octets: bytes.subarray(reader.start, reader.end) });
    });
    const counts = new MediaCounts();
    const port = await voice.open('10.0.0.8', counts);
    const begin = (name: string, sound: 'tone' | 'silence' | 'none' = 'tone'): void => {
      const codec = codecNamed(name) ?? codecOfPayload(86);
      port.start({ to: { address: '10.0.0.9', port: 4000 }, codec, payloadType: 0, sound });
    };
    return { clock, datagrams, packets, counts, port, begin };
  };

  it('sends each 20 ms, in order, until it is stopped, and no timer is left', async () => {
    const { clock, packets, counts, port, begin } = await open();
    begin('PCMU');
    for (let passed = 0; passed < 200; passed += 10) clock.advance(10);
    expect(packets.length).toBe(11);
    const [first, second] = packets;
    expect([first?.reader.marker, second?.reader.marker]).toEqual([true, false]);
    expect(((second?.reader.sequence ?? 0) - (first?.reader.sequence ?? 0)) & 0xffff).toBe(1);
    expect(((second?.reader.timestamp ?? 0) - (first?.reader.timestamp ?? 0)) >>> 0).toBe(160);
    expect(second?.reader.ssrc).toBe(first?.reader.ssrc);
    expect(first?.octets).toHaveLength(160);
    port.stop();
    clock.advance(1_000);
    expect(packets.length).toBe(11);
    expect(counts.sent).toBe(11);
    expect(clock.armed).toBe(0);
  });

  it('skips what it missed, in its timestamps', async () => {
    const { clock, packets, port, begin } = await open();
    begin('PCMA', 'silence');
    clock.advance(0);
    clock.advance(100);
    clock.advance(0);
    const [first, second] = packets;
    expect(((second?.reader.timestamp ?? 0) - (first?.reader.timestamp ?? 0)) % 160).toBe(0);
    expect([...(first?.octets ?? [])].every((octet) => octet === 0xd5)).toBe(true);
    port.close();
  });

  it('of a codec that is not encoded sends packets of the right size, and nothing where it is to be quiet', async () => {
    const { clock, packets, port, begin, datagrams } = await open();
    begin('G729');
    clock.advance(0);
    expect(packets[0]?.octets).toHaveLength(20);
    port.stop();
    begin('PCMU', 'none');
    clock.advance(100);
    expect(packets).toHaveLength(1);
    port.close();
    port.close();
    begin('PCMU');
    clock.advance(100);
    expect([packets.length, datagrams.openSockets, clock.armed]).toEqual([1, 1, 0]);
  });

  it('counts what comes, and not what is no RTP', async () => {
    const { datagrams, counts, port } = await open();
    const other = await datagrams.open({ address: '10.0.0.7', port: 5000 }, () => {});
    const packet = Buffer.alloc(172);
    packet[0] = 0x80;
    other.send(packet, 0, 172, port.local);
    other.send(Buffer.from('no RTP'), 0, 6, port.local);
    expect(counts.totals()).toMatchObject({ received: 1, receivedOctets: 160 });
    expect(port.from).toEqual({ address: '10.0.0.7', port: 5000 });
  });
});

describe('the book of calls', () => {
  const bookWith = (habits: Partial<CallHabits> = {}) => {
    const clock = new ManualClock();
    const timers = new Timers(clock);
    const done: string[] = [];
    const bus = new EventBus<PhoneStep>(() => {});
    const said: string[] = [];
    bus.subscribe((step) => said.push(onScreen(step) ?? ''));
    const book = new CallBook({
      ...{ phone: 'desk', habits: { answer: 'never', sound: 'tone', ...habits }, timers },
      publish: (type, details) => bus.publish({ type, at: instant(0), phone: 'desk', ...details } as PhoneStep),
      voice: new Voice({ datagrams: new MemoryDatagrams(), random: seededRandom(1), timers }),
    });
    const driver = new Proxy({} as CallDriver, {
      get: (_target, name) => (_call?: unknown, more?: unknown) =>
        void done.push([String(name), typeof more === 'string' ? more : ''].join(' ').trim()),
    });
    return { clock, timers, book, driver, done, said };
  };

  it('answers after the time that the habits say, unless the caller has gone', () => {
    const { clock, book, driver, done } = bookWith({ answer: milliseconds(2_000) });
    book.attach(driver);
    const call = book.rings('5001', 'Ann');
    clock.advance(1_999);
    expect(done).toEqual([]);
    clock.advance(1);
    expect(done).toEqual(['answer']);
    call.connected();
    call.ended('far');
    book.rings('5002', '').ended('far');
    clock.advance(5_000);
    expect([done, book.calls, clock.armed]).toEqual([['answer'], [], 0]);
  });

  it.each([
    ['was not answered within 30 s', () => {}],
    ['ended before anybody answered it', (call: PhoneCall) => call.ended('far')],
  ])('makes a call that %s', async (what, happens) => {
    const { clock, timers, book, driver } = bookWith();
    book.attach(driver);
    const call = book.begin('out', '*71');
    const calls = {
      dial: () => call,
      watch: (changed: () => void) => book.watch(changed),
      hangUp: () => call.ended('phone'),
    };
    const made = makeCall({ timers } as PhoneEnvironment, { name: 'desk', calls } as unknown as Phone, {
      ...{ to: { number: '*71' }, talk: undefined, within: undefined },
    });
    happens(call);
    clock.advance(30_000);
    expect(await made).toBe(`the call to *71 ${what}`);
  });

  it('refuses where the habits say so', () => {
    const { clock, book, driver, done } = bookWith({ answer: 'busy' });
    book.attach(driver);
    book.rings('5001', '');
    clock.advance(0 as Duration);
    expect(done).toEqual(['refuse busy']);
  });

  it('hangs up what is heard before what is held, and a call without a link at once', () => {
    const { book, driver, done } = bookWith();
    book.attach(driver);
    const held = book.begin('out', '1');
    held.connected();
    held.held();
    const heard = book.begin('out', '2');
    heard.connected();
    book.hangUp();
    expect(done).toEqual(['hangUp']);
    book.detach(driver);
    book.hangUp();
    expect([heard.endedBy, held.state]).toEqual(['phone', 'held']);
    expect(() => book.answer()).toThrow('desk has no call that rings');
    expect(() => book.hold(held)).toThrow('desk is not registered');
    book.hangUpAll();
    expect(book.calls).toEqual([]);
  });

  it('says each step as a screen would', () => {
    const { book, driver, said } = bookWith();
    book.attach(driver);
    const call = book.dial('5005');
    call.proceeding();
    call.farRings();
    call.named('5005', 'Bob');
    call.connected();
    call.mediaOpened('10.0.0.1:4000', 'PCMU');
    call.mediaStarted('10.0.0.2:4000', 'PCMU');
    call.held();
    call.connected();
    call.farHolds(true);
    call.farHolds(false);
    call.mediaStopped();
    call.ended('phone');
    call.ended('far');
    const other = book.dial('5006');
    other.failed('Busy', 17);
    other.ended('phone');
    book.rings('5007', 'Eve').ended('far');
    expect(said.filter((text) => text !== '')).toEqual([
      'Call 1: dialling 5005',
      'Call 1: 5005 rings (0 ms)',
      'Call 1: connected with 5005 (0 ms)',
      'Call 1: receives PCMU at 10.0.0.1:4000',
      'Call 1: sends PCMU to 10.0.0.2:4000',
      'Call 1: held',
      'Call 1: resumed',
      'Call 1: the other side holds it',
      'Call 1: the other side resumes it',
      'Call 1: stops sending, 0 packets sent, 0 received, 0 lost',
      'Call 1: ended by this phone after 0.0 s, 0 packets sent, 0 received, 0 lost',
      'Call 2: dialling 5006',
      'Call 2: 5006 cannot be reached: Busy (cause 17)',
      'Call 2: ended by this phone',
      'Call 3: 5007 "Eve" calls',
      'Call 3: ended by the other side',
    ]);
  });
});
