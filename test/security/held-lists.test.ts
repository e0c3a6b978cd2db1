// What a phone makes of a list, by the lists that it holds.

import { describe, expect, it } from 'vitest';
import { decideList, isRollbackList, isTaken, wantsSignedFiles } from '../../src/security/held-lists.js';
import { readTrustListFile } from '../../src/security/trust-list.js';
import { identity, listOf, usualList } from './identities.js';

const old = () => identity('itlrecovery');
const fresh = () => identity('itlrecovery', 'NEW');
const tftp = () => identity('callmanager');
const tvs = () => identity('tvs');

const first = () => readTrustListFile(usualList());
const withBoth = () =>
  readTrustListFile(
    listOf(old(), [
      ['SAST', old()],
      ['SAST', fresh()],
      ['TFTP', tftp()],
    ]),
  );
const byNew = () =>
  readTrustListFile(
    listOf(fresh(), [
      ['SAST', fresh()],
      ['TFTP', tftp()],
      ['TVS', tvs()],
    ]),
  );
const empty = () =>
  readTrustListFile(
    listOf(old(), [
      ['SAST', old()],
      ['TFTP', undefined],
      ['TVS', undefined],
    ]),
  );
const ctl = () =>
  readTrustListFile(
    listOf(
      old(),
      [
        ['SAST', old()],
        ['CCM+TFTP', tftp()],
      ],
      { fileName: 'CTLFile.tlv' },
    ),
  );

describe('a list that is offered', () => {
  it('is taken on faith by a phone that holds none', () => {
    expect(decideList({}, first())).toBe('on-faith');
    const forged = readTrustListFile(listOf(fresh(), [['SAST', old()]]));
    expect(decideList({}, forged)).toBe('bad-signature');
  });

  it('of a known signer is taken; of another one only through TVS, or not at all', () => {
    expect(decideList({ ITL: first() }, withBoth())).toBe('signed-by-held-signer');
    expect(decideList({ ITL: first() }, byNew())).toBe('only-through-tvs');
    expect(decideList({ CTL: ctl() }, byNew())).toBe('refused');
    expect(decideList({ CTL: ctl() }, first())).toBe('signed-by-held-signer');
  });

  it('of a new signer is taken after the one that has both, and the old one then no longer', () => {
    expect(decideList({ ITL: withBoth() }, byNew())).toBe('signed-by-held-signer');
    expect(decideList({ ITL: byNew() }, first())).toBe('only-through-tvs');
  });

  it('is any list after the empty one, unless a CTL is held', () => {
    expect(isRollbackList(empty())).toBe(true);
    expect(decideList({ ITL: first() }, empty())).toBe('signed-by-held-signer');
    expect(decideList({ ITL: empty() }, byNew())).toBe('after-rollback');
    expect(decideList({ ITL: empty(), CTL: ctl() }, byNew())).toBe('refused');
  });

  it('makes the phone ask for signed files if it names somebody for them', () => {
    expect([{}, { ITL: first() }, { ITL: empty() }, { CTL: ctl() }].map(wantsSignedFiles)).toEqual([
      false,
      true,
      false,
      true,
    ]);
    expect(
      (['on-faith', 'after-rollback', 'only-through-tvs', 'refused', 'bad-signature'] as const).map(isTaken),
    ).toEqual([true, true, false, false, false]);
  });
});
