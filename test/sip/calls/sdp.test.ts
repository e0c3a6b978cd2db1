import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { CodecName, MediaCapabilities } from '../../../src/calls/index.js';
import { LegMedia } from '../../../src/sip/calls/leg-media.js';
import { isHold, type RemoteAudio, readSdp } from '../../../src/sip/calls/sdp.js';
import { writeSdp, writtenCodec } from '../../../src/sip/calls/sdp-writer.js';
import { capturedBytes, capturedNames, describeCaptured } from '../../support/fixtures.js';
import { phoneSdp } from './sip-phone.js';

const read = (text: string) => readSdp(Buffer.from(text, 'latin1'));

const audio = (text: string): RemoteAudio => {
  const result = read(text);
  if (typeof result === 'string') throw new Error(result);
  return result;
};

const lines = (...all: string[]): string => `${all.join('\r\n')}\r\n`;
const HEAD = ['v=0', 'o=- 1 1 IN IP4 10.0.0.9', 's=-', 'c=IN IP4 10.0.0.9', 't=0 0'];

describe('an SDP of a phone', () => {
  it('names address, codecs in their order, and telephone events', () => {
    expect(audio(phoneSdp('10.0.0.5', 16_384, { payloads: [114, 9, 0, 8, 18, 101] }))).toEqual({
      receive: { address: '10.0.0.5', port: 16_384 },
      direction: 'sendrecv',
      capabilities: {
        codecs: [
          { codec: 'opus', payloadType: 114, parameters: 'maxplaybackrate=16000' },
          { codec: 'G722', payloadType: 9 },
          { codec: 'PCMU', payloadType: 0 },
          { codec: 'PCMA', payloadType: 8 },
          { codec: 'G729', payloadType: 18, parameters: 'annexb=no' },
        ],
        telephoneEvent: 101,
      },
      layout: { audio: 0, streams: [['audio', 'RTP/AVP 114 9 0 8 18 101']] },
    });
  });

  it.each([
    ['the address of the session', lines(...HEAD, 'm=audio 7000 RTP/AVP 0'), '10.0.0.9:7000 sendrecv'],
    [
      'the address of the stream',
      lines(...HEAD, 'm=audio 7000 RTP/AVP 0', 'c=IN IP4 10.0.0.8'),
      '10.0.0.8:7000 sendrecv',
    ],
    ['a direction of the session', lines(...HEAD, 'a=sendonly', 'm=audio 7000 RTP/AVP 0'), '10.0.0.9:7000 sendonly'],
    [
      'a direction of the stream',
      lines(...HEAD, 'a=sendonly', 'm=audio 7000 RTP/AVP 0', 'a=recvonly'),
      '10.0.0.9:7000 recvonly',
    ],
    ['an address of zeros', lines(...HEAD, 'm=audio 7000 RTP/AVP 0', 'c=IN IP4 0.0.0.0'), '0.0.0.0:7000 inactive'],
    ['port 0', lines(...HEAD, 'm=audio 0 RTP/AVP 0'), '10.0.0.9:0 inactive'],
    ['a time to live', lines(...HEAD, 'm=audio 7000 RTP/AVP 0', 'c=IN IP4 10.0.0.8/127'), '10.0.0.8:7000 sendrecv'],
    ['ports in pairs', lines(...HEAD, 'm=audio 7000/2 RTP/AVP 0'), '10.0.0.9:7000 sendrecv'],
    [
      'lines that end in LF',
      lines(...HEAD, 'm=audio 7000 RTP/AVP 0').replaceAll('\r\n', '\n'),
      '10.0.0.9:7000 sendrecv',
    ],
    [
      'no end of the last line',
      lines(...HEAD, 'm=audio 7000 RTP/AVP 0', 'a=inactive').trimEnd(),
      '10.0.0.9:7000 inactive',
    ],
    [
      'the first stream that is served',
      lines(...HEAD, 'm=audio 1 RTP/SAVP 0', 'm=video 2 RTP/AVP 31', 'm=audio 3 RTP/AVP 0'),
      '10.0.0.9:3 sendrecv',
    ],
    [
      'crypto beside plain RTP',
      lines(...HEAD, 'm=audio 7000 RTP/AVP 0', 'a=crypto:1 AES_CM_128 x'),
      '10.0.0.9:7000 sendrecv',
    ],
  ])('is read: %s', (_what, text, expected) => {
    const { receive, direction } = audio(text);
    expect(`${receive.address}:${receive.port} ${direction}`).toBe(expected);
    expect(isHold(audio(text))).toBe(/sendonly|inactive/.test(expected));
  });

  it.each([
    ['too-large', `${lines(...HEAD, 'm=audio 7000 RTP/AVP 0')}${'a=x\r\n'.repeat(1_000)}`],
    ['too-many-streams', lines(...HEAD, ...Array.from({ length: 17 }, () => 'm=audio 7000 RTP/AVP 0'))],
    ['malformed', 'hello'],
    ['malformed', ''],
    ['malformed', lines('v=0', 'm=audio 7000 RTP/AVP 0')],
    ['malformed', lines(...HEAD, 'm=audio')],
    ['malformed', lines(...HEAD, 'm=audio x RTP/AVP 0')],
    ['malformed', lines(...HEAD, 'm=audio 70000 RTP/AVP 0')],
    ['malformed', lines(...HEAD, 'm=audio 7000 RTP/AVP 0', 'c=IN IP4 phone.example')],
    ['malformed', lines(...HEAD, 'm=audio 7000 RTP/AVP 0', 'c=IN IP4 239.1.1.7')],
    ['no-audio', lines(...HEAD)],
    ['no-audio', lines(...HEAD, 'm=video 7000 RTP/AVP 31')],
    ['ipv6', lines(...HEAD, 'm=audio 7000 RTP/AVP 0', 'c=IN IP6 ::1')],
    ['secure', lines(...HEAD, 'm=audio 7000 RTP/SAVP 0')],
    ['no-codec', lines(...HEAD, 'm=audio 7000 RTP/AVP 3 101', 'a=rtpmap:101 telephone-event/8000')],
  ])('is refused: %s', (fault, text) => {
    expect(read(text)).toBe(fault);
  });

  it('is bounded and never throws, whatever is in it', () => {
    const piece = fc.oneof(
      fc.constantFrom(
        'v=0',
        'm=audio 7000 RTP/AVP 0 101',
        'm=audio 0 RTP/AVP 9',
        'c=IN IP4 10.0.0.1',
        'a=rtpmap:0 PCMU/8000',
      ),
      fc.constantFrom(
        'a=fmtp:101 0-15',
        'a=sendonly',
        'a=rtpmap:9999 x',
        'm=',
        'c=',
        'a=rtpmap:-1',
        'm=audio 1 RTP/AVP -1',
      ),
      fc.string({ maxLength: 60 }),
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 40 }), fc.constantFrom('\r\n', '\n', '\r'), (pieces, end) => {
        const result = read(['v=0', ...pieces].join(end));
        if (typeof result === 'string') return;
        expect(result.receive.port).toBeLessThanOrEqual(65_535);
        expect(result.layout.streams.length).toBeLessThanOrEqual(16);
        expect(result.layout.streams[result.layout.audio]?.[0]).toBe('audio');
      }),
    );
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
        read(Buffer.concat([Buffer.from('v=0\r\n'), bytes]).toString('latin1'));
      }),
    );
  });

  it('may have any octet of it changed', () => {
    const whole = Buffer.from(
      phoneSdp('10.0.0.5', 16_384, { payloads: [114, 9, 0, 101], direction: 'sendrecv' }),
      'latin1',
    );
    fc.assert(
      fc.property(fc.nat(whole.length - 1), fc.nat(255), (at, octet) => {
        const changed = Buffer.from(whole);
        changed[at] = octet;
        readSdp(changed);
      }),
    );
  });
});

const ALL: readonly CodecName[] = ['opus', 'G722', 'PCMU', 'PCMA', 'G729', 'iLBC'];

describe('an SDP of ours', () => {
  it('is read as it was meant', () => {
    fc.assert(
      fc.property(
        fc.subarray([...ALL], { minLength: 1 }),
        fc.constantFrom('sendrecv' as const, 'sendonly' as const, 'recvonly' as const, 'inactive' as const),
        fc.integer({ min: 1, max: 65_535 }),
        fc.option(fc.integer({ min: 96, max: 113 }), { nil: undefined }),
        (codecs, direction, port, telephoneEvent) => {
          const written = codecs.map((codec) => writtenCodec(codec, undefined, undefined, 20));
          const text = writeSdp(7, 1, '10.0.0.1', {
            to: { address: '10.0.0.5', port },
            codecs: written,
            direction,
            telephoneEvent,
          });
          const result = audio(text);
          expect(result.direction).toBe(direction);
          expect(result.receive).toEqual({ address: direction === 'inactive' ? '0.0.0.0' : '10.0.0.5', port });
          expect(result.capabilities.codecs.map(({ codec }) => codec)).toEqual(codecs);
          expect(result.capabilities.telephoneEvent).toBe(telephoneEvent);
        },
      ),
    );
  });

  it('refuses every other stream in its place', () => {
    const { layout } = audio(
      lines(
        ...HEAD,
        'm=video 2 RTP/AVP 31 34',
        'm=audio 3 RTP/AVP 0',
        'm=application 4 UDP/BFCP *',
        'm=audio 5 RTP/AVP 8',
      ),
    );
    const text = writeSdp(
      7,
      1,
      '10.0.0.1',
      {
        to: { address: '10.0.0.5', port: 9 },
        codecs: [writtenCodec('PCMU', undefined, undefined, 20)],
        direction: 'sendrecv',
        telephoneEvent: undefined,
      },
      layout,
    );
    expect(text.split('\r\n').filter((line) => line.startsWith('m='))).toEqual([
      'm=video 0 RTP/AVP 31 34',
      'm=audio 9 RTP/AVP 0',
      'm=application 0 UDP/BFCP *',
      'm=audio 0 RTP/AVP 8',
    ]);
  });

  it('keeps the numbers of who reads it, and has the parameters of who is sent to', () => {
    const phone: MediaCapabilities = {
      codecs: [{ codec: 'opus', payloadType: 96, parameters: 'mine' }],
      telephoneEvent: 97,
    };
    const far: MediaCapabilities = {
      codecs: [{ codec: 'opus', payloadType: 114, parameters: 'theirs' }],
      telephoneEvent: 101,
    };
    const media = new LegMedia(5);
    media.remote = { ...audio(phoneSdp('10.0.0.5', 4_000)), capabilities: phone };
    media.wanted = { codec: 'opus', milliseconds: 20, telephoneEvent: 101, to: { address: '10.0.0.6', port: 5_000 } };
    expect(media.write('10.0.0.1', far, true).split('\r\n').slice(6, 12)).toEqual([
      'm=audio 5000 RTP/AVP 96 97',
      'b=TIAS:64000',
      'a=rtpmap:96 opus/48000/2',
      'a=fmtp:96  theirs',
      'a=rtpmap:97 telephone-event/8000',
      'a=fmtp:97 0-15',
    ]);
  });

  it.each([
    ['both say yes', 'annexb=yes', undefined, 'annexb=yes'],
    ['one says no', 'annexb=no', undefined, 'annexb=no'],
    ['the other says no', undefined, 'annexb=no', 'annexb=no'],
  ])('of G.729: %s', (_what, mine, theirs, expected) => {
    const of = (parameters: string | undefined): MediaCapabilities => ({
      codecs: [{ codec: 'G729', payloadType: 18, ...(parameters === undefined ? {} : { parameters }) }],
      telephoneEvent: undefined,
    });
    expect(writtenCodec('G729', of(mine), of(theirs), 20).parameters).toBe(expected);
    const sccp: MediaCapabilities = { codecs: [{ codec: 'G729', capability: 11 }], telephoneEvent: undefined };
    expect(writtenCodec('G729', of('annexb=yes'), sccp, 20).parameters).toBe('annexb=no');
  });

  it('has a version that rises and a number that stays', () => {
    const media = new LegMedia(77);
    media.remote = audio(phoneSdp('10.0.0.5', 4_000));
    const origins = [
      'hold',
      'refused',
      { codec: 'PCMU', milliseconds: 20, telephoneEvent: undefined, to: { address: '10.0.0.6', port: 2 } },
    ].map((wanted) => {
      media.wanted = wanted as LegMedia['wanted'];
      return media.write('10.0.0.1', undefined, false).split('\r\n')[1];
    });
    expect(origins).toEqual([1, 2, 3].map((version) => `o=CiscoSystemsCCM-SIP 77 ${version} IN IP4 10.0.0.1`));
  });
});

describeCaptured('captured SDP', () => {
  it('of phones and of CUCM is read', () => {
    let found = 0;
    for (const ladder of capturedNames('calls/sip'))
      for (const name of capturedNames(`calls/sip/${ladder}`)) {
        const bytes = capturedBytes(`calls/sip/${ladder}/${name}`);
        const start = bytes.indexOf('\r\n\r\nv=0');
        if (start < 0) continue;
        found += 1;
        const result = readSdp(bytes.subarray(start + 4));
        const isMulticast = bytes.includes('239.1.1.7');
        expect(typeof result === 'object', `${ladder}/${name}: ${String(result)}`).toBe(!isMulticast);
      }
    expect(found).toBeGreaterThan(40);
  });
});
