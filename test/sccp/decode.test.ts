import { describe, expect, it } from 'vitest';
import { fieldRows } from '../../src/sccp/codec/field-table.js';
import { decodeFrame } from '../../src/sccp/decode.js';
import { encode, type MessageName, messageNamed } from '../../src/sccp/messages/catalogue.js';
import { flatFields } from '../../src/sccp/messages/flat-fields.js';
import { shown } from '../../src/sccp/tables/labels.js';

const frame = (hex: string): Buffer => Buffer.from(hex.replaceAll(' ', ''), 'hex');

describe('one frame, shown', () => {
  it('by name, id and fields', () => {
    expect(decodeFrame(frame('08000000 00000000 02000000 89130000'))).toEqual({
      name: 'IpPortMessage',
      id: '0x0002',
      fields: { rtpMediaPort: 5001 },
    });
  });

  it('with nested fields and arrays under the names of the reference', () => {
    const caps = [{ payloadCapability: 4, maxFramesPerPacket: 60, payloadParams: '0011223344556677' }];
    expect(decodeFrame(encode('CapabilitiesResMessage', { caps }, 15))).toMatchObject({
      fields: {
        capCount: 1,
        'caps[0].payloadCapability': 4,
        'caps[0].maxFramesPerPacket': 60,
        'caps[0].payloadParams': '0011223344556677',
      },
    });
    const sets = {
      softKeySetOffset: 0,
      softKeySetCount: 1,
      totalSoftKeySetCount: 1,
      definition: [{ softKeyTemplateIndex: [1, 2, 5], softKeyInfoIndex: [301, 302, 305] }],
    };
    expect(decodeFrame(encode('SoftKeySetResMessage', sets, 15))).toMatchObject({
      fields: {
        'definition[0].softKeyTemplateIndex': '01020500000000000000000000000000',
        'definition[0].softKeyInfoIndex': `2d012e013101${'00'.repeat(26)}`,
      },
    });
  });

  it('of an unknown id with its body', () => {
    expect(decodeFrame(frame('06000000 00000000 77070000 cafe'))).toEqual({
      name: 'Unknown',
      id: '0x0777',
      fields: { body: 'cafe' },
    });
  });

  it('too short for its message with what is there, and what is missing', () => {
    expect(decodeFrame(frame('0c000000 00000000 93000000 5345500000000000'))).toEqual({
      name: 'ConfigStatMessage',
      id: '0x0093',
      fields: { deviceName: 'SEP' },
      missing: 'stationUserId',
    });
  });

  it('at the version that is asked for, else at that of its header word', () => {
    const fields = { dialedNumber: '307', lineInstance: 1, callReference: 2 };
    const packed = encode('DialedNumberMessage', fields, 20);
    expect(decodeFrame(packed)).toMatchObject({ fields });
    expect(decodeFrame(packed, { version: 20 })).toMatchObject({ fields });
    // Version 20 without the padding is read by version: no other form has that length.
    const unpadded = frame(`25000000 00000000 1d010000 ${packed.toString('hex', 12, 45)}`);
    expect(decodeFrame(unpadded, { version: 20 })).toMatchObject({ fields });
  });

  it('not where it is no frame: the error says why and where', () => {
    expect(decodeFrame(frame('0400'))).toEqual({ error: '2 octets hold no length', offset: 2 });
    expect(decodeFrame(frame('03000000 00000000 00'))).toMatchObject({ offset: 0 });
    expect(decodeFrame(frame('474554202f20485454502f312e31'))).toMatchObject({ offset: 0 });
    expect(decodeFrame(frame('08000000 00000000 02000000'))).toEqual({ error: '12 of 16 octets', offset: 12 });
    expect(decodeFrame(frame('04000000 00000000 00000000 00'))).toMatchObject({ offset: 12 });
  });
});

describe('label codes', () => {
  it('are shown in the words of an English phone', () => {
    expect(shown('\u0080\u0013')).toBe('Your current options');
    expect(shown('\u0080\u0017321')).toBe('From321');
    expect(shown('\u0080\u007f')).toBe('\u0080\u007f');
    expect(shown('plain')).toBe('plain');
  });
});

describe('flat fields', () => {
  it('come in declared order, those of records under the name of the record', () => {
    const media = { qualifierOut: { precedenceValue: 184, silenceSuppression: 0 }, conferenceId: 3 };
    expect(Object.entries(flatFields('StartMediaTransmissionMessage', media))).toEqual([
      ['conferenceId', 3],
      ['qualifierOut.precedenceValue', 184],
      ['qualifierOut.silenceSuppression', 0],
    ]);
  });
});

describe('the offsets of a layout', () => {
  const rowsAt = (name: MessageName, version: number) =>
    fieldRows(messageNamed(name).layoutAt(version).parts).map((row) => [row.name, row.offset, row.size]);

  it('are those of its version', () => {
    expect(rowsAt('OpenReceiveChannelAckMessage', 16)).toEqual([
      ['status', '0', 4],
      ['ipAddr', '4', 4],
      ['portNumber', '8', 4],
      ['passThruPartyId', '12', 4],
      ['callReference', '16', 4],
    ]);
    expect(rowsAt('OpenReceiveChannelAckMessage', 17)).toEqual([
      ['status', '0', 4],
      ['ipAddrType', '4', 4],
      ['ipAddr', '8', 16],
      ['portNumber', '24', 4],
      ['passThruPartyId', '28', 4],
      ['callReference', '32', 4],
    ]);
  });

  it('count from the start of an element in arrays, and through records', () => {
    expect(rowsAt('CapabilitiesResMessage', 15)).toEqual([
      ['capCount', '0', 4],
      ['caps', '4', 288],
      ['caps[].payloadCapability', '+0', 4],
      ['caps[].maxFramesPerPacket', '+4', 4],
      ['caps[].payloadParams', '+8', 8],
    ]);
    expect(rowsAt('OpenReceiveChannelMessage', 22)).toContainEqual(['latentCaps.payload.futureUse3', '167', 1]);
    expect(rowsAt('StartMediaTransmissionMessage', 17)).toContainEqual(['qualifierOut.codecParams', '52', 4]);
  });

  it('are unknown behind a text that varies in length', () => {
    expect(rowsAt('LineStatV2Message', 17).map(([, offset]) => offset)).toEqual(['0', '4', '8', 'next', 'next']);
  });
});
