// A hundred thousand changed trust lists: each ends its reading in a moment, with a verdict that is not `valid`.

import { expect, test } from 'vitest';
import { judge } from '../../../src/security/judge.js';
import { readTrustListFile } from '../../../src/security/trust-list.js';
import { identity, NOW, signedFile, usualList } from '../../security/identities.js';
import { mutated, seededRandom } from '../../support/random.js';

const LISTS = 100_000;

test('a hundred thousand changed lists and signed files are judged, and none is valid', () => {
  const random = seededRandom(1_004);
  const list = usualList();
  const file = signedFile(identity('callmanager'), 'a.cnf.xml.sgn', Buffer.from('<device/>'.repeat(50)));
  const lists = [readTrustListFile(list)];
  const verdicts = new Map<string, number>();
  for (let count = 0; count < LISTS; count += 1) {
    const whole = count % 2 === 0 ? list : file;
    const bytes = mutated(whole, random);
    const { verdict } = judge(bytes, { now: NOW, lists });
    if (!bytes.equals(whole)) verdicts.set(verdict, (verdicts.get(verdict) ?? 0) + 1);
  }
  expect(verdicts.get('valid')).toBeUndefined();
  expect([...verdicts.keys()].sort()).toEqual(expect.arrayContaining(['bad-signature', 'malformed', 'no-signer']));
});
