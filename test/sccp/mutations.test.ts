import { existsSync } from 'node:fs';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { ProtocolError } from '../../src/core/errors.js';
import { Framer } from '../../src/sccp/codec/framer.js';
import type { Values } from '../../src/sccp/codec/layout.js';
import { decodeFrame } from '../../src/sccp/decode.js';
import { decode, encode, MESSAGES } from '../../src/sccp/messages/catalogue.js';
import { flatFields } from '../../src/sccp/messages/flat-fields.js';
import { MUTATED, MUTATIONS } from '../support/mutations.js';
import { mutated, seededRandom } from '../support/random.js';
import { capturedFrames } from '../support/sccp-captures.js';
import { anyValuesOf } from '../support/sccp-values.js';

const encodeAny = encode as (name: string, fields: Values, version: number) => Buffer;

/** A frame of every message at an old, a middle and the newest version, and the captured ones where they are to be had. */
const corpus = (): readonly Buffer[] => {
  const own = MESSAGES.flatMap((spec) =>
    [3, 15, 22].map((version) => {
      const { parts } = spec.layoutAt(version);
      const [values = {}] = fc.sample(anyValuesOf(parts, 'latin1'), { numRuns: 1, seed: spec.id });
      return encodeAny(spec.name, values, version);
    }),
  );
  const folder = process.env.LABCM_FIXTURES;
  const captured =
    folder !== undefined && existsSync(folder) ? capturedFrames().map(({ hex }) => Buffer.from(hex, 'hex')) : [];
  return [...own, ...captured];
};

it(`${MUTATED} mutated frames yield messages, unknowns, short ones or protocol errors, and nothing else`, () => {
  const frames = corpus();
  const random = seededRandom(20110114);
  const outcomes = { messages: 0, unknown: 0, short: 0, errors: 0, waiting: 0 };
  for (let count = 0; count < MUTATIONS; count += 1) {
    const bytes = mutated(frames[count % frames.length] as Buffer, random);
    const version = random.below(23);
    const texts = random.below(2) === 0 ? 'latin1' : 'utf8';
    const framer = new Framer();
    framer.push(bytes);
    let taken = 0;
    try {
      for (let frame = framer.next(); frame !== undefined; frame = framer.next()) {
        taken += 1;
        const received = decode(frame.id, frame.body, version, texts);
        if (received.type === 'Unknown') outcomes.unknown += 1;
        else if (received.type === 'Short') outcomes.short += 1;
        else {
          outcomes.messages += 1;
          if (count % 50 === 0) flatFields(received.type, received.fields);
        }
      }
      if (taken === 0) outcomes.waiting += 1;
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw new Error(`${bytes.toString('hex')}: ${error}`);
      outcomes.errors += 1;
    }
    if (count % 10 === 0) decodeFrame(bytes, { version, texts });
  }
  for (const [outcome, count] of Object.entries(outcomes)) expect(count, outcome).toBeGreaterThan(MUTATIONS / 1000);
});
