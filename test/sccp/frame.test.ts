import { describe, expect, it } from 'vitest';
import { ProtocolError } from '../../src/core/errors.js';
import { type Frame, Framer, MAX_LENGTH } from '../../src/sccp/codec/framer.js';
import { encode } from '../../src/sccp/messages/catalogue.js';

const keepAlive = Buffer.from('040000000000000000000000', 'hex');
const prompt = encode(
  'DisplayPromptStatusV2Message',
  { timeOutValue: 0, lineInstance: 0, callReference: 0, promptStatus: 'Your current options' },
  15,
);
const alarm = encode('AlarmMessage', { alarmSeverity: 2, text: '25: Name=ipctest2', param1: 0, param2: 0 }, 0);

/** A length word and as many octets as it says, of any id. */
const frameOf = (length: number, id = 0x0777): Buffer => {
  const frame = Buffer.alloc(length + 8, 0x5a);
  frame.writeUInt32LE(length, 0);
  frame.writeUInt32LE(0, 4);
  frame.writeUInt32LE(id, 8);
  return frame;
};

const drain = (framer: Framer): Frame[] => {
  const frames: Frame[] = [];
  for (let frame = framer.next(); frame !== undefined; frame = framer.next()) frames.push(frame);
  return frames;
};

const failure = (framer: Framer): unknown => {
  try {
    framer.next();
  } catch (error) {
    return error;
  }
  return undefined;
};

describe('a stream becomes frames', () => {
  it('ten messages in one segment are ten frames', () => {
    const framer = new Framer();
    framer.push(Buffer.concat(Array(10).fill(prompt)));
    const frames = drain(framer);
    expect(frames.map(({ id, headerVersion, body }) => [id, headerVersion, body.length])).toEqual(
      Array(10).fill([0x145, 15, prompt.length - 12]),
    );
  });

  it('one octet at a time gives the same frames', () => {
    const stream = Buffer.concat([keepAlive, prompt, alarm, keepAlive]);
    const framer = new Framer();
    const frames: Frame[] = [];
    for (let at = 0; at < stream.length; at += 1) {
      framer.push(stream.subarray(at, at + 1));
      frames.push(...drain(framer));
    }
    expect(frames.map(({ id }) => id)).toEqual([0, 0x145, 0x20, 0]);
    expect(frames[2]?.body.equals(alarm.subarray(12))).toBe(true);
  });

  it('a frame that spans segments and others behind it in the last one all come', () => {
    const stream = Buffer.concat([alarm, prompt, keepAlive]);
    for (let first = 1; first < alarm.length; first += 1) {
      const framer = new Framer();
      framer.push(stream.subarray(0, first));
      expect(drain(framer)).toEqual([]);
      framer.push(stream.subarray(first));
      expect(drain(framer).map(({ id }) => id)).toEqual([0x20, 0x145, 0]);
    }
  });

  it('frames that are left untaken wait, in order, while more is pushed', () => {
    const framer = new Framer();
    for (const bytes of [prompt, alarm.subarray(0, 5), alarm.subarray(5), keepAlive]) framer.push(bytes);
    expect(framer.pending).toBe(prompt.length + alarm.length + keepAlive.length);
    expect(drain(framer).map(({ id }) => id)).toEqual([0x145, 0x20, 0]);
    expect(framer.pending).toBe(0);
  });

  it('a body is a view of its segment, not a copy, where that holds the whole frame', () => {
    const chunk = Buffer.concat([keepAlive, prompt]);
    const framer = new Framer();
    framer.push(chunk);
    const [, frame] = drain(framer);
    chunk.write('YOUR', 36, 'latin1');
    expect(frame?.body.toString('latin1', 12, 16)).toBe(chunk.toString('latin1', 36, 40));
    expect(frame?.body.buffer).toBe(chunk.buffer);
  });

  it('a body put together from segments stays what it was when the segments are written over', () => {
    const framer = new Framer();
    const first = Buffer.from(prompt.subarray(0, 20));
    framer.push(first);
    expect(framer.next()).toBeUndefined();
    first.fill(0xff);
    framer.push(Buffer.from(prompt.subarray(20)));
    expect(framer.next()?.body.equals(prompt.subarray(12))).toBe(true);
  });

  it('an empty segment changes nothing', () => {
    const framer = new Framer();
    framer.push(Buffer.alloc(0));
    expect(framer.next()).toBeUndefined();
    framer.push(keepAlive);
    framer.push(Buffer.alloc(0));
    expect(drain(framer)).toHaveLength(1);
  });

  it('lengths that are no multiple of four are taken, from the shortest to the longest', () => {
    for (const length of [4, 5, 6, 7, 181, MAX_LENGTH]) {
      const framer = new Framer();
      framer.push(Buffer.concat([frameOf(length), keepAlive]));
      expect(drain(framer).map(({ id, body }) => [id, body.length])).toEqual([
        [0x777, length - 4],
        [0, 0],
      ]);
    }
  });
});

describe('a length that no frame can have', () => {
  const bad = [0, 3, MAX_LENGTH + 1, 0x7fffffff, 0x80000000, 0xffffffff];

  it('is told as soon as its four octets are there, in one segment or four', () => {
    for (const length of bad) {
      const word = Buffer.alloc(4);
      word.writeUInt32LE(length);
      const whole = new Framer();
      whole.push(word);
      expect(failure(whole)).toMatchObject({ name: 'ProtocolError', code: 'LENGTH', offset: 0 });
      const pieces = new Framer();
      for (let at = 0; at < 3; at += 1) {
        pieces.push(word.subarray(at, at + 1));
        expect(pieces.next()).toBeUndefined();
      }
      pieces.push(word.subarray(3));
      expect(failure(pieces)).toBeInstanceOf(ProtocolError);
    }
  });

  it('does not take away the good frames before it, and ends everything after it', () => {
    const framer = new Framer();
    framer.push(Buffer.concat([keepAlive, Buffer.from('ffffffff', 'hex'), keepAlive]));
    expect(framer.next()?.id).toBe(0);
    const first = failure(framer);
    expect(first).toBeInstanceOf(ProtocolError);
    framer.push(keepAlive);
    expect(failure(framer)).toBe(first);
    expect(framer.rest.toString('hex')).toMatch(/^ffffffff/);
  });

  it('is what a TLS hello and an HTTP request have', () => {
    for (const text of ['\x16\x03\x01\x02\x00\x01\x00\x01', 'GET / HTTP/1.1\r\n\r\n']) {
      const framer = new Framer();
      framer.push(Buffer.from(text, 'latin1'));
      expect(failure(framer)).toBeInstanceOf(ProtocolError);
      expect(framer.rest.toString('latin1')).toBe(text);
    }
  });
});

describe('memory', () => {
  it('an announced length reserves nothing: a frame takes place as it comes', () => {
    const framer = new Framer();
    framer.push(frameOf(MAX_LENGTH).subarray(0, 4));
    framer.next();
    expect(framer.rest.length).toBe(4);
    expect(framer.pending).toBe(4);
  });

  it('a stream fed by the octet is copied a constant number of times, however long its frames', () => {
    const copiedPerOctet = (length: number): number => {
      const stream = frameOf(length);
      const framer = new Framer();
      const { copy } = Buffer.prototype;
      let copied = 0;
      const chunks = Array.from(stream, (_, at) => stream.subarray(at, at + 1));
      const grown = Buffer.prototype.set;
      Buffer.prototype.copy = function (this: Buffer, ...args: Parameters<Buffer['copy']>) {
        const count = copy.apply(this, args);
        copied += count;
        return count;
      };
      Buffer.prototype.set = function (this: Buffer, source: ArrayLike<number>, offset?: number) {
        copied += source.length;
        grown.call(this, source, offset);
      };
      try {
        for (const chunk of chunks) {
          framer.push(chunk);
          framer.next();
        }
      } finally {
        Buffer.prototype.copy = copy;
        Reflect.deleteProperty(Buffer.prototype, 'set');
      }
      return copied / stream.length;
    };
    expect(copiedPerOctet(100)).toBeLessThan(3);
    expect(copiedPerOctet(MAX_LENGTH)).toBeLessThan(3);
  });
});
