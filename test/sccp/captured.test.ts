import { expect, it } from 'vitest';
import { type Frame, Framer } from '../../src/sccp/codec/framer.js';
import type { Values } from '../../src/sccp/codec/layout.js';
import type { Layout } from '../../src/sccp/codec/message.js';
import { type DecodedSccpFrame, decodeFrame } from '../../src/sccp/decode.js';
import {
  decode,
  encode,
  MESSAGES,
  type MessageName,
  messageById,
  messageNamed,
} from '../../src/sccp/messages/catalogue.js';
import { describeCaptured } from '../support/fixtures.js';
import {
  type CapturedFrame,
  type CapturedStream,
  capturedFrames,
  capturedStreams,
  partialFrames,
  type Side,
} from '../support/sccp-captures.js';
import { placesOf } from '../support/sccp-places.js';

const BODY_AT = 12;
const bytesOf = ({ hex }: { readonly hex: string }): Buffer => Buffer.from(hex, 'hex');
const encodeAny = encode as (name: string, fields: object, version: number, texts?: 'latin1', form?: string) => Buffer;

/** The seed's phone sent the ten entries that it used. */
const SEED_CAPABILITIES = 164;

/** What these frames hold beyond their fields, which nobody sends again. */
const JUNK = {
  'cm2-008f-1': 'behind the NULs of names and numbers',
  'cm2-008f-2': 'behind the NULs of names and numbers',
  'cm2-0093-1': 'behind the NULs of names',
  'cm2-0093-2': 'behind the NULs of names',
  'cucm18-007': 'in the slots behind the capabilities in use',
  'chan-01': 'four octets that the dump shows behind the body',
  'chan-16': 'in the text behind its used part',
};

/** Layouts that are backed by more than these frames show: dumps and traces, as the reference marks them. */
const ELSEWHERE: readonly string[] = [
  'CapabilitiesResMessage trimmed',
  'ConnectionStatisticsResMessage 19',
  'DisplayPriNotifyV2Message 0',
  'OpenReceiveChannelMessage 0',
];

const readAs = (frame: CapturedFrame) => {
  const { version } = frame.header;
  const body = bytesOf(frame).subarray(BODY_AT);
  const received = decode(frame.header.messageId, body, version);
  const layout = messageById(frame.header.messageId)?.layoutOf(body, version);
  if (received.type === 'Unknown' || received.type === 'Short' || layout === undefined)
    throw new Error(`${frame.id} was read as ${received.type}`);
  return { received, layout, body, version };
};

describeCaptured('captured frames', () => {
  it('hold the fields that they are said to hold, and no others', () => {
    const frames = capturedFrames();
    expect(frames).toHaveLength(144);
    for (const frame of frames) {
      const shown = decodeFrame(bytesOf(frame)) as DecodedSccpFrame;
      expect([frame.id, shown.name, shown.id]).toEqual([frame.id, frame.name, frame.messageId]);
      expect(shown.fields, frame.id).toEqual(Object.fromEntries(frame.fields.map(({ name, value }) => [name, value])));
    }
  });

  it('hold them at their offsets, in their sizes', () => {
    for (const frame of capturedFrames()) {
      const { received, layout } = readAs(frame);
      const places = placesOf(layout.parts, received.fields as Values);
      for (const { name, offset, size } of frame.fields)
        expect([name, places.get(name)?.offset, places.get(name)?.size], frame.id).toEqual([name, offset, size]);
    }
  });

  it('go out again as the same bytes, but for what lies behind a NUL, a count or the last field', () => {
    const differing: string[] = [];
    for (const frame of capturedFrames()) {
      const { received, layout, body, version } = readAs(frame);
      const form = body.length === SEED_CAPABILITIES ? 'trimmed' : layout.form;
      const again = encodeAny(received.type, received.fields, Math.max(version, layout.from), 'latin1', form);
      const ours = again.subarray(BODY_AT);
      for (const { name, offset, size, type } of frame.fields) {
        const theirs = body.subarray(offset, offset + size);
        const nul = type.includes('string') ? theirs.indexOf(0) : -1;
        const end = offset + (nul < 0 ? size : nul);
        const told = [frame.id, name, ours.subarray(offset, end).toString('hex')];
        expect(told).toEqual([frame.id, name, body.subarray(offset, end).toString('hex')]);
      }
      if (!ours.equals(body)) differing.push(frame.id);
    }
    expect(differing).toEqual(Object.keys(JUNK));
  });

  it('back the layouts that their declarations call captured, and those alone', () => {
    const backed = new Set<string>();
    const nameOf = (name: string, { from, form }: Layout): string => `${name} ${form ?? from}`;
    for (const frame of capturedFrames()) backed.add(nameOf(frame.name, readAs(frame).layout));
    for (const { name } of partialFrames()) backed.add(nameOf(name, messageNamed(name as MessageName).layoutAt(0)));
    for (const name of ELSEWHERE) backed.add(name);
    const verified = MESSAGES.flatMap(({ name, layouts }) =>
      layouts.filter((layout) => layout.verified).map((layout) => nameOf(name, layout)),
    );
    expect(verified.sort()).toEqual([...backed].sort());
  });
});

const sides: readonly Side[] = ['phone-to-server', 'server-to-phone'];

interface Expected {
  readonly direction: Side;
  readonly messageId: string;
  readonly length: number;
  readonly version: number;
}

const expectedOf = ({ messages }: CapturedStream, side: Side): readonly Expected[] =>
  (messages as unknown as readonly Expected[]).filter(({ direction }) => direction === side);

const shownFrame = ({ id, headerVersion, body }: Frame) => ({
  messageId: `0x${id.toString(16).toUpperCase().padStart(4, '0')}`,
  length: body.length + 4,
  version: headerVersion,
});

const framesFrom = (chunks: Iterable<Buffer>): Frame[] => {
  const framer = new Framer();
  const frames: Frame[] = [];
  for (const chunk of chunks) {
    framer.push(chunk);
    for (let frame = framer.next(); frame !== undefined; frame = framer.next()) frames.push(frame);
  }
  expect(framer.pending).toBe(0);
  return frames;
};

function* inPieces(bytes: Buffer, size: number): Generator<Buffer> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

describeCaptured('captured conversations', () => {
  for (const side of sides)
    it(`are the same messages at every split of the stream (${side})`, () => {
      for (const stream of capturedStreams()) {
        const segments = stream.segments.filter(({ direction }) => direction === side).map(bytesOf);
        const whole = Buffer.concat(segments);
        const expected = expectedOf(stream, side).map(({ messageId, length, version }) => ({
          messageId,
          length,
          version,
        }));
        const asCaptured = framesFrom(segments);
        expect(asCaptured.map(shownFrame), stream.id).toEqual(expected);
        const bodies = asCaptured.map(({ body }) => body.toString('hex')).join();
        const check = (chunks: Iterable<Buffer>): void =>
          expect(
            framesFrom(chunks)
              .map(({ body }) => body.toString('hex'))
              .join(),
          ).toBe(bodies);
        for (const size of [1, 2, 3, 5, 7, 8, 11, 12, 13, 64, 536, whole.length]) check(inPieces(whole, size));
        for (let at = 1; at < whole.length; at += 1) check([whole.subarray(0, at), whole.subarray(at)]);
      }
    });

  it('decode without a message that is unknown or too short', () => {
    for (const stream of capturedStreams())
      for (const segments of sides.map((side) => stream.segments.filter(({ direction }) => direction === side)))
        for (const { id, headerVersion, body } of framesFrom(segments.map(bytesOf)))
          expect(['Unknown', 'Short']).not.toContain(decode(id, body, headerVersion).type);
  });
});

describeCaptured('frames of which only a part was captured', () => {
  it('are waited for, and are messages once the rest comes', () => {
    expect(partialFrames()).toHaveLength(12);
    for (const { id, header, hex, bytesMissing, fields, name } of partialFrames()) {
      const framer = new Framer();
      framer.push(Buffer.from(hex, 'hex'));
      expect(framer.next(), id).toBeUndefined();
      expect(framer.pending).toBe(hex.length / 2);
      framer.push(Buffer.alloc(bytesMissing));
      const frame = framer.next();
      if (frame === undefined) throw new Error(`${id} is not whole`);
      expect(shownFrame(frame)).toMatchObject({
        messageId: `0x${header.messageId.toString(16).padStart(4, '0').toUpperCase()}`,
      });
      const shown = decodeFrame(
        Buffer.concat([Buffer.from(hex, 'hex'), Buffer.alloc(bytesMissing)]),
      ) as DecodedSccpFrame;
      expect(shown.name).toBe(name);
      const expected = Object.fromEntries(fields.map((field) => [field.name, field.value]));
      expect(shown.fields, id).toMatchObject(expected);
    }
  });

  it('are errors with the offset where they end when shown by themselves', () => {
    for (const { hex } of partialFrames())
      expect(decodeFrame(Buffer.from(hex, 'hex'))).toMatchObject({ offset: hex.length / 2, error: expect.any(String) });
  });
});
