import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MAX_LENGTH } from '../../src/sccp/codec/framer.js';
import type { Values } from '../../src/sccp/codec/layout.js';
import type { MessageSpec } from '../../src/sccp/codec/message.js';
import type { TextEncoding } from '../../src/sccp/codec/writer.js';
import { Writer } from '../../src/sccp/codec/writer.js';
import {
  append,
  decode,
  definedLength,
  encode,
  type Fields,
  MESSAGES,
  messageById,
} from '../../src/sccp/messages/catalogue.js';
import { anyValuesOf } from '../support/sccp-values.js';

const bodyOf = (frame: Buffer): Buffer => frame.subarray(12);

/** For messages whose type is not known when the test is written. */
const encodeAny = encode as (
  name: string,
  fields: Values,
  version: number,
  texts: TextEncoding,
  form?: string,
) => Buffer;

const fieldsIn = (spec: MessageSpec, frame: Buffer, version: number, texts: TextEncoding): Values => {
  const received = decode(spec.id, bodyOf(frame), version, texts);
  if (received.type !== spec.name) throw new Error(`${spec.name} was read as ${received.type}`);
  return (received as unknown as { fields: Values }).fields;
};

describe('the catalogue', () => {
  it('declares every id once, under one name', () => {
    expect(MESSAGES).toHaveLength(175);
    expect(new Set(MESSAGES.map(({ id }) => id)).size).toBe(175);
    expect(new Set(MESSAGES.map(({ name }) => name)).size).toBe(175);
    for (const { id, name, doc, direction } of MESSAGES) {
      expect(name).toMatch(/^[A-Z][A-Za-z0-9]+Message$/);
      expect(doc, name).toMatch(/\.$|\?$/);
      expect(['phone→server', 'server→phone', 'both', 'server↔resource']).toContain(direction);
      expect(messageById(id)?.name).toBe(name);
    }
  });

  it('covers versions 0 to 22 with layouts that neither overlap nor leave a gap', () => {
    for (const { name, layouts } of MESSAGES) {
      const usual = layouts.filter(({ form }) => form === undefined);
      expect(usual[0]?.from, name).toBe(0);
      for (const [index, { to }] of usual.entries()) expect(usual[index + 1]?.from ?? 23, name).toBe(to + 1);
    }
  });

  it('never makes a frame that its own framer would refuse', () => {
    for (const { name, layouts } of MESSAGES)
      for (const { parts } of layouts) expect(parts.room + 4 + 3, name).toBeLessThanOrEqual(MAX_LENGTH);
  });

  it('knows what CUCM prints as the defined length of a Register and of capabilities', () => {
    expect(definedLength('RegisterReqMessage', 15)).toBe(128);
    expect(definedLength('CapabilitiesResMessage', 15)).toBe(296);
  });
});

describe('any values, in every message, layout and version', () => {
  const cases = MESSAGES.flatMap((spec) =>
    spec.layouts.map(({ form, from, to }) => ({
      spec,
      form,
      versions: form === undefined ? Array.from({ length: to - from + 1 }, (_, index) => from + index) : [22],
    })),
  );

  for (const texts of ['latin1', 'utf8'] as const)
    it(`come back as they went out, and go out again as the same bytes (${texts})`, () => {
      for (const { spec, form, versions } of cases)
        for (const version of versions) {
          const { parts } = spec.layoutAt(version, form);
          const runs = parts.room > 1000 ? 1 : 2;
          fc.assert(
            fc.property(anyValuesOf(parts, texts), (values) => {
              const frame = encodeAny(spec.name, values, version, texts, form);
              expect(frame.length % 4).toBe(0);
              expect(frame.readUInt32LE(0)).toBe(frame.length - 8);
              expect(frame.readUInt32LE(8)).toBe(spec.id);
              const layout = spec.layoutOf(bodyOf(frame), version);
              const read = fieldsIn(spec, frame, version, texts);
              if (layout.form !== form && form !== 'trimmed') return; // a body of another form by chance
              expect(read).toMatchObject(values);
              expect(encodeAny(spec.name, read, version, texts, form).toString('hex')).toBe(frame.toString('hex'));
            }),
            { numRuns: runs, seed: spec.id + version },
          );
        }
    });

  it('keep their prefix when the body is cut anywhere: what is missing is absent, never zero, never an exception', () => {
    for (const spec of MESSAGES)
      for (const version of [0, 11, 17, 22]) {
        const { parts } = spec.layoutAt(version);
        fc.assert(
          fc.property(anyValuesOf(parts, 'latin1'), (values) => {
            const body = bodyOf(encodeAny(spec.name, values, version, 'latin1'));
            const whole = decode(spec.id, body, version);
            const steps = Math.max(1, Math.floor(body.length / 40));
            for (let length = 0; length < body.length; length += steps) {
              const cut = decode(spec.id, body.subarray(0, length), version);
              if (cut.type === 'Unknown' || whole.type === 'Unknown') throw new Error('unknown');
              if (cut.type === 'Short') expect(cut.missing).not.toBe('');
              if (spec.layoutOf(body.subarray(0, length), version) !== spec.layoutOf(body, version)) continue;
              const names = Object.keys(cut.fields);
              expect(Object.keys(whole.fields).slice(0, names.length)).toEqual(names);
            }
          }),
          { numRuns: 2, seed: spec.id },
        );
      }
  });
});

describe('the header word', () => {
  const headerOf = (frame: Buffer): number => frame.readUInt32LE(4);
  const prompt = { timeOutValue: 0, promptStatus: 'x', lineInstance: 0, callReference: 0 };

  it('is 0 below version 12 and the negotiated version from there on', () => {
    for (let version = 0; version <= 22; version += 1)
      expect(headerOf(encode('DisplayPromptStatusMessage', prompt, version))).toBe(version < 12 ? 0 : version);
  });

  it('is 0 in what comes before or ends a negotiation, and in keepalive answers', () => {
    const ack = { keepAliveInterval: 30, dateTemplate: 'M/D/Y' };
    expect(headerOf(encode('RegisterAckMessage', ack, 17))).toBe(0);
    expect(headerOf(encode('CapabilitiesReqMessage', {}, 17))).toBe(0);
    expect(headerOf(encode('KeepAliveAckMessage', {}, 17))).toBe(0);
    expect(headerOf(encode('UnregisterAckMessage', { status: 0 }, 17))).toBe(0);
    expect(headerOf(encode('RegisterRejectMessage', { text: 'no' }, 17))).toBe(0);
    expect(headerOf(encode('RegisterTokenRejectMessage', { waitTimeBeforeNextReq: 60 }, 17))).toBe(0);
  });
});

describe('a message', () => {
  it('of an unknown id is kept with its bytes', () => {
    const body = Buffer.from('0102', 'hex');
    expect(decode(0x0777, body, 15)).toEqual({ type: 'Unknown', id: 0x0777, body });
  });

  it('without a field that it cannot do without says which', () => {
    const short = decode(0x0001, Buffer.from('6970637465737432', 'hex'), 15);
    expect(short).toEqual({
      type: 'Short',
      name: 'RegisterReqMessage',
      id: 1,
      missing: 'stationUserId',
      fields: { deviceName: 'ipctest2' },
    });
  });

  it('longer than its layout is read without its tail', () => {
    const body = Buffer.concat([bodyOf(encode('LineStatReqMessage', { lineNumber: 7 }, 15)), Buffer.alloc(9, 0xee)]);
    expect(decode(0x000b, body, 15)).toEqual({ type: 'LineStatReqMessage', fields: { lineNumber: 7 } });
  });

  it('has plain objects for fields', () => {
    const received = decode(0x000b, Buffer.alloc(4), 15);
    expect(Object.getPrototypeOf('fields' in received ? received.fields : undefined)).toBe(Object.prototype);
  });

  it('is appended behind others and taken with them in one piece', () => {
    const writer = new Writer(16);
    append(writer, 'KeepAliveAckMessage', {}, 15);
    append(writer, 'SetSpeakerModeMessage', { speakerMode: 2 }, 15);
    expect(writer.take().toString('hex')).toBe('040000000000000000010000' + '080000000f0000008800000002000000');
    append(writer, 'KeepAliveAckMessage', {}, 15);
    expect(writer.take().toString('hex')).toBe('040000000000000000010000');
  });
});

describe('forms that the version or the length tells apart', () => {
  const ack = { status: 0, ipAddr: '10.1.2.3', portNumber: 5001, passThruPartyId: 9, callReference: 3 };

  it('an address is 4 octets before version 17 and a type word with 16 from there on', () => {
    const old = encode('OpenReceiveChannelAckMessage', ack, 16);
    const wide = encode('OpenReceiveChannelAckMessage', ack, 17);
    expect(bodyOf(old).toString('hex')).toBe('000000000a010203891300000900000003000000');
    expect(bodyOf(wide).toString('hex')).toBe(`00000000000000000a010203${'00'.repeat(12)}891300000900000003000000`);
    const ipv6 = encode('OpenReceiveChannelAckMessage', { ...ack, ipAddr: '2001:db8::5' }, 17);
    expect(bodyOf(ipv6).subarray(4, 24).toString('hex')).toBe('0100000020010db8000000000000000000000005');
    expect(decode(0x22, bodyOf(ipv6), 17)).toMatchObject({ fields: { ipAddrType: 1, ipAddr: '2001:db8::5' } });
  });

  it('a body of the other form is read by its length, whatever was negotiated', () => {
    const old = bodyOf(encode('OpenReceiveChannelAckMessage', ack, 11));
    const wide = bodyOf(encode('OpenReceiveChannelAckMessage', ack, 20));
    for (const [body, version] of [
      [old, 20],
      [wide, 0],
    ] as const)
      expect(decode(0x22, body, version)).toMatchObject({ fields: ack });
  });

  it('a number is 24 octets before version 18 and 25 from there on, what follows unaligned', () => {
    const dialed = { dialedNumber: '307', lineInstance: 1, callReference: 2 };
    expect(bodyOf(encode('DialedNumberMessage', dialed, 17))).toHaveLength(32);
    const packed = bodyOf(encode('DialedNumberMessage', dialed, 18));
    expect(packed).toHaveLength(36);
    expect(packed.readUInt32LE(25)).toBe(1);
  });

  it('the line of an en bloc call is found packed, aligned and absent', () => {
    const packed = encode('EnblocCallMessage', { calledParty: '98011', lineInstance: 2 }, 22);
    const aligned = encode('EnblocCallMessage', { calledParty: '98011', lineInstance: 2 }, 22, 'latin1', 'aligned');
    const old = encode('EnblocCallMessage', { calledParty: '98011' }, 11);
    expect(bodyOf(packed).readUInt32LE(25)).toBe(2);
    expect(bodyOf(aligned).readUInt32LE(28)).toBe(2);
    expect(bodyOf(old)).toHaveLength(24);
    for (const frame of [packed, aligned])
      expect(decode(4, bodyOf(frame), 22)).toMatchObject({ fields: { calledParty: '98011', lineInstance: 2 } });
    expect(decode(4, bodyOf(old), 11)).toEqual({ type: 'EnblocCallMessage', fields: { calledParty: '98011' } });
  });

  it('statistics are of three forms, told apart by their length', () => {
    const stats: Fields<'ConnectionStatisticsResMessage'> = {
      directoryNum: '98011',
      callReference: 1,
      statsProcessingMode: 0,
      numberPacketsSent: 92,
      numberOctetsSent: 15824,
      numberPacketsReceived: 89,
      numberOctetsReceived: 15308,
      numberPacketsLost: 0,
      jitter: 0,
      latency: 0,
      dataSize: 11,
      data: 'MLQK=0.0000',
    };
    const old = encode('ConnectionStatisticsResMessage', stats, 11);
    const long = encode('ConnectionStatisticsResMessage', stats, 20);
    const packed = encode('ConnectionStatisticsResMessage', stats, 22, 'latin1', 'packed');
    expect([old, long, packed].map((frame) => bodyOf(frame).length)).toEqual([664, 668, 76]);
    for (const frame of [old, long, packed])
      for (const version of [0, 22]) expect(decode(0x23, bodyOf(frame), version)).toMatchObject({ fields: stats });
  });

  it('capabilities go out with all 18 slots, or with those in use', () => {
    const caps = [
      { payloadCapability: 4, maxFramesPerPacket: 60 },
      { payloadCapability: 2, maxFramesPerPacket: 60 },
    ];
    const full = encode('CapabilitiesResMessage', { caps }, 15);
    const trimmed = encode('CapabilitiesResMessage', { caps }, 15, 'latin1', 'trimmed');
    expect(bodyOf(full)).toHaveLength(292);
    expect(bodyOf(trimmed)).toHaveLength(36);
    for (const frame of [full, trimmed])
      expect(decode(0x10, bodyOf(frame), 15)).toMatchObject({ fields: { capCount: 2, caps } });
  });

  it('a capability count beyond the slots or the body yields what is there', () => {
    const body = bodyOf(encode('CapabilitiesResMessage', { capCount: 4_000_000_000, caps: [] }, 15));
    expect(decode(0x10, body, 15)).toMatchObject({ fields: { caps: { length: 18 } } });
    expect(decode(0x10, body.subarray(0, 25), 15)).toMatchObject({ fields: { caps: { length: 1 } } });
  });

  it('a button template has 42 slots with 00 FF in the spare ones, 56 where 42 do not do', () => {
    const definition = Array.from({ length: 43 }, (_, index) => ({ instanceNumber: index + 1, buttonDefinition: 9 }));
    const template = (count: number) => ({
      buttonOffset: 0,
      buttonCount: count,
      totalButtonCount: count,
      definition: definition.slice(0, count),
    });
    const usual = bodyOf(encode('ButtonTemplateResMessage', template(6), 15));
    expect(usual).toHaveLength(96);
    expect(usual.subarray(24).toString('hex')).toBe('00ff'.repeat(36));
    const wide = bodyOf(encode('ButtonTemplateResMessage', template(43), 15));
    expect(wide).toHaveLength(124);
    expect(decode(0x97, wide, 15)).toMatchObject({ fields: template(43) });
  });

  it('soft keys and their sets always fill their tables', () => {
    const keys = { softKeyOffset: 0, softKeyCount: 0, totalSoftKeyCount: 0, definition: [] };
    const sets = { softKeySetOffset: 0, softKeySetCount: 0, totalSoftKeySetCount: 0, definition: [] };
    expect(bodyOf(encode('SoftKeyTemplateResMessage', keys, 15))).toHaveLength(652);
    expect(bodyOf(encode('SoftKeySetResMessage', sets, 15))).toHaveLength(780);
  });
});

describe('texts', () => {
  const promptIn = (text: string, texts: TextEncoding): string => {
    const fields = { timeOutValue: 0, promptStatus: text, lineInstance: 0, callReference: 0 };
    return bodyOf(encode('DisplayPromptStatusMessage', fields, 15, texts))
      .subarray(4, 36)
      .toString('hex');
  };
  const filledTo32 = (hex: string): string => hex.padEnd(64, '0');

  it('are Latin-1 for phones without UTF-8, what that lacks being written in Latin letters', () => {
    expect(promptIn('Büro €', 'latin1')).toBe(filledTo32('42fc726f20455552'));
    expect(promptIn('Юг 南', 'latin1')).toBe(filledTo32(Buffer.from('Yug ?').toString('hex')));
    expect(promptIn('щ'.repeat(20), 'latin1')).toBe(
      `${Buffer.from('shch'.repeat(8)).subarray(0, 31).toString('hex')}00`,
    );
    expect(promptIn('Büro €', 'utf8')).toBe(filledTo32('42c3bc726f20e282ac'));
  });

  it('keep label codes as they are in either', () => {
    for (const texts of ['latin1', 'utf8'] as const) {
      expect(promptIn('\u0080\u0013', texts)).toBe(filledTo32('8013'));
      expect(promptIn('\u0080\u00c9321', texts)).toBe(filledTo32('80c9333231'));
    }
  });

  it('are cut to their field with a NUL behind them and no half character', () => {
    expect(promptIn('x'.repeat(50), 'latin1')).toBe(`${'78'.repeat(31)}00`);
    expect(promptIn('€'.repeat(50), 'utf8')).toBe(filledTo32('e282ac'.repeat(10)));
    expect(promptIn(`${'x'.repeat(30)}\u0080\u0013`, 'utf8')).toBe(filledTo32('78'.repeat(30)));
  });

  it('end at their first NUL, whatever junk is behind it', () => {
    const body = Buffer.concat([Buffer.from('31303931007a7a7a', 'hex'), Buffer.alloc(16, 0x7a)]);
    expect(decode(0x92, Buffer.concat([Buffer.from([1, 0, 0, 0]), body]), 3)).toEqual({
      type: 'LineStatMessage',
      fields: { lineNumber: 1, lineDirNumber: '1091' },
    });
  });

  it('may fill the date template to its last octet', () => {
    const ack = encode('RegisterAckMessage', { keepAliveInterval: 30, dateTemplate: 'M/D/YA' }, 3);
    expect(bodyOf(ack).toString('hex')).toBe('1e0000004d2f442f59410000');
  });
});
