// The messages of CAPF and TVS: both ways, at every split, generated and mutated.

import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  CAPF_COMMANDS,
  CAPF_FRAME,
  CAPF_TAGS,
  type CapfCommand,
  type CapfTag,
  certificateElement,
  certificateIn,
  readCapfMessage,
  writeCapfMessage,
} from '../../src/capf/messages.js';
import { ProtocolError } from '../../src/core/errors.js';
import { type FrameForm, FrameSplitter, readElements, writeElements } from '../../src/core/tagged-elements.js';
import {
  readTvsMessage,
  TVS_FRAME,
  TVS_TAGS,
  TVS_TYPES,
  type TvsTag,
  type TvsType,
  writeTvsMessage,
} from '../../src/tvs/messages.js';
import { FIXTURES, hasFixtures, type RecordedMessage, recorded } from './harness.js';

/** Repeatable numbers (a linear congruential generator). */
const numbers = (seed: number) => {
  let state = seed;
  return (limit: number): number => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state % limit;
  };
};

const octets = (next: (limit: number) => number, most: number): Buffer =>
  Buffer.from(Array.from({ length: next(most) }, () => next(256)));

interface Protocol {
  readonly form: FrameForm;
  readonly read: (frame: Buffer) => { readonly session: number; readonly elements: ReadonlyMap<string, Buffer> };
  readonly make: (next: (limit: number) => number) => { readonly frame: Buffer; readonly wanted: unknown };
}

const pick = <T>(next: (limit: number) => number, list: readonly T[]): T => list[next(list.length)] as T;
const some = <T extends string>(next: (limit: number) => number, tags: readonly T[]) =>
  [...new Set(Array.from({ length: next(6) }, () => pick(next, tags)))].map((tag) => [tag, octets(next, 300)] as const);

const PROTOCOLS: Readonly<Record<string, Protocol>> = {
  capf: {
    form: CAPF_FRAME,
    read: readCapfMessage,
    make: (next) => {
      const command = pick(next, Object.keys(CAPF_COMMANDS) as CapfCommand[]);
      const elements = some(next, Object.keys(CAPF_TAGS) as CapfTag[]);
      const session = next(2 ** 32);
      return {
        frame: writeCapfMessage(command, session, elements),
        wanted: { command, session, elements: new Map(elements) },
      };
    },
  },
  tvs: {
    form: TVS_FRAME,
    read: readTvsMessage,
    make: (next) => {
      const type = pick(next, Object.keys(TVS_TYPES) as TvsType[]);
      const elements = some(next, Object.keys(TVS_TAGS) as TvsTag[]);
      const session = next(2 ** 32);
      return {
        frame: writeTvsMessage(type, session, elements),
        wanted: { type, session, elements: new Map(elements) },
      };
    },
  },
};

describe.each(Object.entries(PROTOCOLS))('messages of %s', (_, { form, read, make }) => {
  it('are read as they were written', () => {
    const next = numbers(1);
    for (let round = 0; round < 500; round += 1) {
      const { frame, wanted } = make(next);
      expect(read(frame)).toEqual(wanted);
    }
  });

  it('are found at every split', () => {
    const next = numbers(2);
    const frames = [make(next).frame, make(next).frame, make(next).frame];
    const stream = Buffer.concat(frames);
    for (let at = 0; at <= stream.length; at += 1) {
      const splitter = new FrameSplitter(form);
      const found = [...splitter.push(stream.subarray(0, at)), ...splitter.push(stream.subarray(at))];
      expect(found.map((frame) => frame.toString('hex'))).toEqual(frames.map((frame) => frame.toString('hex')));
      expect(splitter.kept).toBe(0);
    }
    const splitter = new FrameSplitter(form);
    expect([...stream].flatMap((octet) => splitter.push(Buffer.from([octet])))).toHaveLength(3);
  });

  it('with changed octets are read or refused, and never more', () => {
    const next = numbers(3);
    for (let round = 0; round < 3_000; round += 1) {
      const { frame } = make(next);
      const changed = Buffer.from(frame);
      for (let change = 0; change <= next(4); change += 1) changed[next(changed.length)] = next(256);
      const cut = next(5) === 0 ? changed.subarray(0, next(changed.length)) : changed;
      try {
        for (const one of new FrameSplitter(form).push(cut)) read(one);
      } catch (error) {
        expect(error).toBeInstanceOf(ProtocolError);
      }
    }
  });

  it('that are too long, or begin otherwise, end their stream', () => {
    const head = Buffer.alloc(form.headLength, 0);
    head[0] = form.discriminator;
    head.writeUInt16BE(0xffff, form.headLength - 2);
    expect(() => new FrameSplitter(form).push(head)).toThrow(/octets/);
    expect(() => new FrameSplitter(form).push(Buffer.from('GET / HTTP/1.1'))).toThrow(/begins with/);
  });

  it('keep one unfinished frame at most', () => {
    const { frame } = make(numbers(4));
    const splitter = new FrameSplitter(form);
    splitter.push(Buffer.concat([frame, frame, frame.subarray(0, frame.length - 1)]));
    expect(splitter.kept).toBe(frame.length - 1);
  });
});

describe('elements', () => {
  it.each([
    ['without a length', '0100'],
    ['past the end', '010002aa'],
  ])('%s are refused', (_, hex) => expect(() => readElements(Buffer.from(hex, 'hex'))).toThrow(ProtocolError));

  it('are 64 at most', () => {
    const element = { tag: 1, value: Buffer.alloc(0) };
    expect(readElements(writeElements(Array(64).fill(element)))).toHaveLength(64);
    expect(() => readElements(writeElements(Array(65).fill(element)))).toThrow(/more than 64/);
  });

  it('of a certificate hold its length twice', () => {
    const der = Buffer.from('3003020101', 'hex');
    expect(certificateElement(der).toString('hex')).toBe('01000700013003020101');
    expect(certificateIn(certificateElement(der))?.equals(der)).toBe(true);
    expect(certificateIn(Buffer.from('01000800013003020101', 'hex'))).toBeUndefined();
    expect(certificateIn(Buffer.from('0100020001', 'hex'))).toBeUndefined();
    expect(certificateIn(undefined)).toBeUndefined();
  });
});

describe.skipIf(!hasFixtures)('recorded messages', () => {
  const names = (protocol: 'capf' | 'tvs'): readonly (readonly ['capf' | 'tvs', string])[] =>
    hasFixtures
      ? readdirSync(join(FIXTURES, protocol)).map((file) => [protocol, file.replace('.json', '')] as const)
      : [];

  it.each([...names('capf'), ...names('tvs')])('of %s/%s are written again octet for octet', (protocol, name) => {
    for (const { hex, session, name: kind } of recorded(protocol, name) as readonly RecordedMessage[]) {
      const frame = Buffer.from(hex, 'hex');
      if (protocol === 'capf') {
        const message = readCapfMessage(frame);
        expect([message.command, message.session]).toEqual([kind, session]);
        expect(writeCapfMessage(message.command, session, [...message.elements]).toString('hex')).toBe(hex);
      } else {
        const message = readTvsMessage(frame);
        expect([message.type, message.session]).toEqual([kind, session]);
        expect(writeTvsMessage(message.type, session, [...message.elements]).toString('hex')).toBe(hex);
      }
    }
  });
});
