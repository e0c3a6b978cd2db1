import { describe, expect, it } from 'vitest';
import { encode, MESSAGES } from '../../src/sccp/catalogue.js';
import { decodeFrame } from '../../src/sccp/decode.js';
import { shown } from '../../src/sccp/labels.js';
import { findMessages, messageTable } from '../../src/sccp/table.js';
import { flatFields, toldFields } from '../../src/sccp/tell.js';

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

describe('a message, told', () => {
  it('in declared order, enumerations as number and name', () => {
    const fields = { callReference: 7, lineInstance: 1, callState: 4, privacy: 0, precedenceLevel: 4 };
    expect(toldFields('CallStateMessage', fields)).toEqual([
      ['callState', '4(RingIn)'],
      ['lineInstance', '1'],
      ['callReference', '7'],
      ['privacy', '0(None)'],
      ['precedenceLevel', '4'],
    ]);
    expect(toldFields('RegisterReqMessage', { deviceName: 'a', deviceType: 30016 })).toEqual([
      ['deviceName', 'a'],
      ['deviceType', '30016(Cisco IP Communicator)'],
    ]);
  });

  it('a number without a name stays a number', () => {
    expect(toldFields('CallStateMessage', { callState: 99 })).toEqual([['callState', '99']]);
  });

  it('flat, where its fields are in records', () => {
    const media = { qualifierOut: { precedenceValue: 184, silenceSuppression: 0 }, conferenceId: 3 };
    expect(flatFields('StartMediaTransmissionMessage', media)).toEqual({
      conferenceId: 3,
      'qualifierOut.precedenceValue': 184,
      'qualifierOut.silenceSuppression': 0,
    });
  });

  it('label codes in the words of an English phone', () => {
    expect(shown('\u0080\u0013')).toBe('Your current options');
    expect(shown('\u0080\u0017321')).toBe('From321');
    expect(shown('\u0080\u007f')).toBe('\u0080\u007f');
    expect(shown('plain')).toBe('plain');
  });
});

describe('the message table', () => {
  it('has a row for every message, by rising id', () => {
    const rows = messageTable();
    expect(rows.map(({ name }) => name)).toEqual(MESSAGES.map(({ name }) => name));
    expect(rows.map(({ id }) => Number(id))).toEqual([...rows.map(({ id }) => Number(id))].sort((a, b) => a - b));
  });

  it('shows each layout with the offset and type of its fields, and whether a capture backs it', () => {
    const [ack] = findMessages('OpenReceiveChannelAck');
    expect(ack?.layouts.map(({ versions, unverified, size }) => [versions, unverified, size])).toEqual([
      ['0-16', false, 20],
      ['17-22', false, 36],
    ]);
    expect(ack?.layouts[1]?.fields.map(({ name, offset, size }) => [name, offset, size])).toEqual([
      ['status', '0', 4],
      ['ipAddrType', '4', 4],
      ['ipAddr', '8', 16],
      ['portNumber', '24', 4],
      ['passThruPartyId', '28', 4],
      ['callReference', '32', 4],
    ]);
    expect(findMessages('ServiceURLStatV2')[0]?.layouts[0]).toMatchObject({ unverified: true, size: undefined });
  });

  it('offsets within an element of an array are relative to it', () => {
    const names = findMessages('0x0010')[0]?.layouts[0]?.fields.map(({ name, offset }) => [name, offset]);
    expect(names).toEqual([
      ['capCount', '0'],
      ['caps', '4'],
      ['caps[].payloadCapability', '+0'],
      ['caps[].maxFramesPerPacket', '+4'],
      ['caps[].payloadParams', '+8'],
    ]);
  });

  it('is searched by name, short name, other name and id, in any case', () => {
    for (const wanted of ['RegisterReqMessage', 'registerreq', 'RegisterMessage', '0x0001', '0x1'])
      expect(findMessages(wanted).map(({ name }) => name)).toEqual(['RegisterReqMessage']);
    expect(findMessages('XMLAlarm').map(({ name }) => name)).toEqual(['EnhancedAlarmMessage']);
    expect(findMessages('nothing')).toEqual([]);
  });
});
