// Whose a trust list is. The captured ones are of a cluster and of a program that makes such lists.

import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ownerOfList } from '../../src/security/list-owner.js';
import { trustList } from '../doctor/trust-list.js';
import { mutated, seededRandom } from '../support/random.js';

const FIXTURES = process.env.LABCM_FIXTURES ?? '';
const LISTS = join(FIXTURES, 'secure/lists');

describe('a trust list', () => {
  it('tells its signer and what its records are for, each once', () => {
    expect(ownerOfList(trustList(0, 2, 2, 4, 99))).toEqual({
      signer: 'CN=CM1;O=Lab',
      functions: ['SAST', 'CCM+TFTP', 'CAPF', '99'],
    });
    expect(ownerOfList(trustList())).toEqual({ signer: 'CN=CM1;O=Lab', functions: [] });
  });

  it('that is cut off anywhere in a record, or is something else, is none', () => {
    const whole = trustList(0, 2);
    for (let cut = trustList().length + 1; cut < whole.length; cut += 1)
      if (cut !== trustList(0).length) expect(ownerOfList(whole.subarray(0, cut))).toBeUndefined();
    for (const other of ['', 'x', '<device/>', '\x01\x00\x02\x01\x02'])
      expect(ownerOfList(Buffer.from(other, 'latin1'))).toBeUndefined();
  });

  it('of any octets ends, and throws nothing', () => {
    const random = seededRandom(11);
    for (let count = 0; count < 5000; count += 1) ownerOfList(mutated(trustList(0, 2), random));
  });

  it.skipIf(!existsSync(LISTS))('as a cluster makes it has a signer', () => {
    const read = readdirSync(LISTS).map((file) => [file, ownerOfList(readFileSync(join(LISTS, file)))] as const);
    expect(read.length).toBeGreaterThan(3);
    for (const [file, list] of read)
      if (!file.startsWith('bad-') && file !== 'empty.tlv')
        expect([file, list?.signer]).toEqual([file, expect.stringMatching(/CN=/)]);
  });
});
