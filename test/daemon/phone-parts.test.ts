// What nodes send each other of a phone: it comes back as it was, with times of the reader, and whatever comes is bounded.

import { describe, expect, it } from 'vitest';
import { fieldsOf, valueText } from '../../src/cluster/values.js';
import { instant } from '../../src/core/time.js';
import { readPart, writtenPart } from '../../src/daemon/phone-parts.js';
import type { ApiFinding, ApiPhoneAtNode } from '../../src/http/index.js';
import { mutated, seededRandom } from '../support/random.js';

const THERE = instant(5_000_000);
/** The clocks of two nodes have nothing to do with each other. */
const HERE = instant(90_000_000);
const SHIFT = HERE - THERE;

const finding = (at: number): ApiFinding => ({
  code: 'sip.silence',
  severity: 'blocking',
  confidence: 'certain',
  since: instant(at),
  sentence: 'It is silent.',
  values: { seconds: 12, why: 'no answer', known: true },
  evidence: [{ at: instant(at - 5), type: 'sip.timeout', text: 'no answer' }],
  remedy: [{ do: 'look', text: 'at it', file: 'lab.yaml', line: 7, or: true }],
});

const part = (shift: number): Omit<ApiPhoneAtNode, 'node'> => ({
  steps: [
    {
      at: instant(THERE - 900 + shift),
      step: 'dhcp',
      type: 'dhcp.sent',
      text: 'offered',
      facts: { address: '10.0.0.7' },
    },
    {
      ...{ at: instant(THERE - 100 + shift), step: 'sip', type: 'sip.token', text: 'asked', facts: {} },
      ...{ times: 3, since: instant(THERE - 800 + shift) },
    },
  ],
  waitsFor: 'a REGISTER',
  verdict: {
    name: 'SEP001122334455',
    boot: { began: instant(THERE - 900 + shift), stage: 'registration', furthest: 'registration' },
    ...{ waitsFor: 'a REGISTER', usualTime: 2_000, isSlow: true, isUnknown: false, isRegistered: false },
    verdict: finding(THERE - 50 + shift),
    mended: { code: 'dhcp.x', since: instant(THERE - 10 + shift), sentence: 'It is mended.', remedy: [] },
    alike: 2,
    others: [finding(THERE - 20 + shift)],
    harmless: [{ code: 'harmless.x', sentence: 'nothing', count: 2, files: ['a.xml'] }],
  },
});

const text = (value: object): string => valueText(value);

describe('what a node knows of a phone', () => {
  it('comes to another with times of that one', () => {
    expect(readPart(fieldsOf(text(writtenPart(part(0), THERE))) ?? {}, HERE)).toEqual(part(SHIFT));
  });

  it('may be nothing', () => {
    const nothing = { steps: [], waitsFor: undefined, verdict: undefined };
    expect(readPart(fieldsOf(text(writtenPart(nothing, THERE))) ?? {}, HERE)).toEqual(nothing);
    expect(readPart({}, HERE)).toEqual(nothing);
  });

  it('is bounded, whatever comes', () => {
    const long = 'x'.repeat(5_000);
    const many = Array.from({ length: 5_000 }, () => ({ at: 1, text: long, facts: { [long]: 1, a: long, b: 2 } }));
    const read = readPart({ steps: many, waitsFor: long, verdict: { others: many, harmless: many, alike: -1 } }, HERE);
    expect(read.steps.length).toBeLessThanOrEqual(128);
    expect(read.steps[0]).toMatchObject({ text: '', facts: { b: 2 } });
    expect(read.waitsFor).toBeUndefined();
    expect(read.verdict).toMatchObject({ alike: 0 });
    expect(read.verdict?.others.length).toBeLessThanOrEqual(32);
  });

  it('never breaks the reader', () => {
    const random = seededRandom(4_711);
    const octets = Buffer.from(text(writtenPart(part(0), THERE)));
    for (let round = 0; round < 3_000; round += 1) {
      const fields = fieldsOf(mutated(octets, random).toString());
      if (fields === undefined) continue;
      const { steps } = readPart(fields, HERE);
      for (const { at } of steps) expect(at).toBeLessThanOrEqual(HERE);
    }
    for (const value of [null, 7, 'x', [], [null], [[]], { verdict: 1 }, { boot: null, evidence: 3, remedy: [7] }])
      for (const key of ['steps', 'verdict', 'waitsFor']) readPart({ [key]: value, v: 1 }, HERE);
  });
});
