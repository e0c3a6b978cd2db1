// The codec of trust lists: both ways, cut at every octet, with mutated octets.

import { describe, expect, it } from 'vitest';
import { ProtocolError } from '../../src/core/errors.js';
import { readContainer } from '../../src/security/container.js';
import { judge } from '../../src/security/judge.js';
import { functionName, isEmptyRecord, readTrustListFile } from '../../src/security/trust-list.js';
import { mutated, seededRandom } from '../support/random.js';
import { identity, listOf, NOW, signedFile, usualList } from './identities.js';

const signer = () => identity('itlrecovery');

describe('a list', () => {
  it.each(['sha1', 'sha512'] as const)('that is built is read back and is valid, with %s', (digest) => {
    const bytes = listOf(
      signer(),
      [
        ['SAST', signer()],
        ['TFTP', identity('callmanager')],
        ['TVS', undefined],
      ],
      { digest },
    );
    const { container, records } = readTrustListFile(bytes);
    expect(container).toMatchObject({ version: '1.2', fileName: 'ITLFile.tlv', timestamp: 1_700_000_000 });
    expect(container.headerLength % 4).toBe(0);
    expect(records.map((record) => functionName(record.function))).toEqual(['SAST', 'TFTP', 'TVS']);
    expect(records.map(isEmptyRecord)).toEqual([false, false, true]);
    expect(records.reduce((sum, { length }) => sum + length, container.headerLength)).toBe(bytes.length);
    expect(judge(bytes, { now: NOW })).toMatchObject({
      verdict: 'valid',
      kind: 'ITL',
      warnings: ['record 3: empty: nobody is TVS'],
    });
    expect(listOf(signer(), [['SAST', signer()]])).toEqual(listOf(signer(), [['SAST', signer()]]));
  });

  it('is malformed wherever it is cut, but between two records, where its signature is bad', () => {
    const whole = usualList();
    const { container, records } = readTrustListFile(whole);
    const between = new Set([container.headerLength, ...records.map(({ at }) => at)]);
    for (let cut = 0; cut < whole.length; cut += 1)
      expect([cut, judge(whole.subarray(0, cut), { now: NOW }).verdict]).toEqual([
        cut,
        !between.has(cut) ? 'malformed' : cut === container.headerLength ? 'no-signer' : 'bad-signature',
      ]);
  });

  it('with any octet changed is never valid, and never ends its reader', () => {
    const whole = usualList();
    const random = seededRandom(28);
    for (let count = 0; count < 2_000; count += 1) {
      const bytes = mutated(whole, random);
      if (!bytes.equals(whole)) expect(judge(bytes, { now: NOW }).verdict).not.toBe('valid');
    }
  });

  it('of any octets says where it goes wrong', () => {
    const random = seededRandom(29);
    for (let count = 0; count < 500; count += 1) {
      const bytes = Buffer.from(Array.from({ length: random.below(80) }, () => random.below(32)));
      try {
        readContainer(bytes);
      } catch (error) {
        expect(error).toBeInstanceOf(ProtocolError);
        expect((error as ProtocolError).offset).toBeLessThanOrEqual(bytes.length);
      }
    }
  });
});

describe('a verdict', () => {
  const config = Buffer.from('<device/>');
  const ours = () => [readTrustListFile(usualList())];

  it('on a list names what is odd about it', () => {
    const other = identity('itlrecovery', 'CM2');
    const odd = listOf(
      signer(),
      [
        ['SAST', signer()],
        ['SAST', other],
        ['SAST', other],
        ['TVS', identity('tvs')],
      ],
      {
        fileName: 'CTLFile.tlv',
      },
    );
    expect(judge(odd, { now: NOW }).warnings).toEqual([
      '3 SAST records: phones take at most 2',
      'a TVS record in a CTL: it belongs into the ITL alone',
      'no certificate for TFTP: phones that hold this list alone ask for unsigned files',
    ]);
    const later = judge(usualList(), { now: signer().read.notAfter });
    expect(later).toMatchObject({ verdict: 'valid' });
    expect(later.warnings.join()).toMatch(/record 2: a certificate that ended on 2036/);
  });

  it('on a list by another name than phones look for is wrong-name', () => {
    const named = (fileName: string) => listOf(signer(), [['SAST', signer()]], { fileName });
    expect(judge(named('ITLSEP00270DC01C92.tlv'), { now: NOW }).verdict).toBe('wrong-name');
    expect(judge(named('CTLFile.tlv'), { now: NOW, name: 'ITLSEP00270DC01C92.tlv' }).verdict).toBe('wrong-name');
    expect(judge(named('ITLFile.tlv'), { now: NOW, name: 'ITLSEP00270DC01C92.tlv' }).verdict).toBe('valid');
  });

  it('on a signed file is given by lists or by a certificate, and by nobody else', () => {
    const bytes = signedFile(identity('callmanager'), 'a.sgn', config);
    expect(judge(bytes, { now: NOW, lists: ours() })).toMatchObject({ verdict: 'valid', plain: config });
    expect(judge(bytes, { now: NOW, certificates: [identity('callmanager').read] }).verdict).toBe('valid');
    expect(judge(bytes, { now: NOW })).toMatchObject({
      verdict: 'no-signer',
      detail: expect.stringMatching(/--against/),
    });
    expect(judge(bytes, { now: NOW, lists: ours(), name: 'b.sgn' }).verdict).toBe('wrong-name');
    const tampered = Buffer.concat([bytes, Buffer.from(' ')]);
    expect(judge(tampered, { now: NOW, lists: ours() }).verdict).toBe('bad-signature');
    for (const role of ['tvs', 'itlrecovery'] as const)
      expect(judge(signedFile(identity(role), 'a.sgn', config), { now: NOW, lists: ours() }).verdict).toBe('no-signer');
  });
});
