// How much has room on a tape: its file can be read again, whatever the messages are.

import { describe, expect, it } from 'vitest';
import type { CapturedMessage } from '../../src/decoding/captured-message.js';
import { TAPE_LIMITS, type TapeHeader, type TapeMessage } from '../../src/tapes/tape.js';
import { tapeText } from '../../src/tapes/tape-format.js';
import { TapeRecorder } from '../../src/tapes/tape-recorder.js';
import { TapeRoom } from '../../src/tapes/tape-room.js';

const PHONE = { address: '10.0.0.1', port: 50_000 };
const SERVER = { address: '10.0.0.2', port: 5_060 };
const HEADER: TapeHeader = {
  ...{ tape: 1, device: 'x'.repeat(128), model: null, protocol: null, source: 'capture' },
  ...{ program: 'labcm', begin: null, masked: [] },
};

const message = (octets: Buffer): TapeMessage => ({
  ...{ at: 0, from: 'phone', protocol: 'sip', transport: 'udp', conversation: 0 },
  ...{ phone: PHONE, server: SERVER, name: 'REGISTER', octets, leftOut: 0 },
});

describe('a tape', () => {
  it.each([
    ['octets that a line has as they are', Buffer.alloc(TAPE_LIMITS.message, 'a')],
    ['octets that a line has as six', Buffer.alloc(TAPE_LIMITS.message, 1)],
    ['octets that are no text', Buffer.alloc(TAPE_LIMITS.message, 0xff)],
  ])('is full of %s when its file could not be read any more', (_what, octets) => {
    const room = new TapeRoom();
    const messages: TapeMessage[] = [];
    while (room.take(message(octets))) messages.push(message(octets));
    const written = Buffer.byteLength(tapeText({ header: HEADER, messages }));
    expect(written).toBeLessThanOrEqual(TAPE_LIMITS.octets);
    expect(written).toBeGreaterThan(TAPE_LIMITS.octets - 6 * TAPE_LIMITS.message - 5_000);
    expect([room.isFull, room.take(message(Buffer.alloc(1)))]).toEqual([true, false]);
  });

  it('is full of so many lines', () => {
    const room = new TapeRoom();
    let lines = 0;
    while (room.take(message(Buffer.alloc(0)))) lines += 1;
    expect(lines).toBe(TAPE_LIMITS.lines);
  });

  it('that is full hears nothing any more', () => {
    const recorder = new TapeRecorder({ device: 'SEP1', source: 'capture', program: 'labcm' });
    const heard = (name: string, from: typeof PHONE, octets: Buffer): void =>
      recorder.add({
        ...{ mark: { time: undefined }, protocol: 'sccp', transport: 'tcp', conversation: 'a' },
        ...{ source: from, destination: from === PHONE ? SERVER : PHONE, decoded: { name }, octets },
      } as unknown as CapturedMessage);
    while (!recorder.isFull) heard('AlarmMessage', PHONE, Buffer.alloc(TAPE_LIMITS.message));
    const { count } = recorder;
    heard('DISCOVER', PHONE, Buffer.alloc(4));
    heard('RegisterAckMessage', SERVER, Buffer.alloc(4));
    expect([recorder.count, recorder.hasRegistered]).toEqual([count, false]);
  });
});
