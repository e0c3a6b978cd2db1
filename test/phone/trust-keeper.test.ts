// What a phone keeps over the end of its process, and what it makes of a folder that somebody damaged.

import { describe, expect, it } from 'vitest';
import { TrustKeeper } from '../../src/phone/boot/trust-keeper.js';
import { TrustStore } from '../../src/phone/boot/trust-store.js';
import { identity, listOf, NOW, usualList } from '../security/identities.js';
import { MemoryFolder } from './memory-folder.js';

const NAME = 'sep005056a1033d';
const OWNER = 'SEP005056A1033D';

const ctl = (): Buffer =>
  listOf(
    identity('itlrecovery'),
    [
      ['SAST', identity('itlrecovery')],
      ['CCM+TFTP', identity('callmanager')],
    ],
    { fileName: 'CTLFile.tlv' },
  );
const { key, certificate } = identity('callmanager', 'PHONE');

const opened = (folder: MemoryFolder) => {
  const faults: string[] = [];
  const keeper = new TrustKeeper(
    folder,
    NAME,
    () => NOW,
    (why) => faults.push(why),
  );
  return { store: new TrustStore({ keeper }), faults };
};

const filled = (): MemoryFolder => {
  const folder = new MemoryFolder();
  const { store } = opened(folder);
  expect(store.offer('CTL', ctl(), NOW)).toMatchObject({ taken: true });
  expect(store.offer('ITL', usualList(), NOW)).toMatchObject({ taken: true, decision: 'signed-by-held-signer' });
  store.issue({ key, certificate });
  store.keepConfiguration(Buffer.from('<device/>'));
  return folder;
};

describe('a trust store that is kept', () => {
  it('is as before at the next start, and is written only where it changes', () => {
    const folder = filled();
    expect([...folder.files(OWNER).keys()].sort()).toEqual([
      'CTLFile.tlv',
      'ITLFile.tlv',
      'configuration.xml',
      'lsc.pem',
    ]);
    const { store, faults } = opened(folder);
    const writes = folder.writes;
    expect(store.restore()).toMatchObject({ configuration: Buffer.from('<device/>') });
    expect(store.held.CTL?.container.bytes).toEqual(ctl());
    expect(store.held.ITL?.container.bytes).toEqual(usualList());
    expect(store.identity?.certificate.trim()).toBe(certificate.trim());
    expect(store.identity?.key.trim()).toBe(key.trim());
    expect(store.offer('ITL', usualList(), NOW)).toMatchObject({ taken: true, isNew: false });
    expect(folder.writes).toBe(writes);
    expect(faults).toEqual([]);
  });

  it('is nothing where nothing was kept', () => {
    const { store, faults } = opened(new MemoryFolder());
    expect(store.restore()).toBeUndefined();
    expect(store.held).toEqual({});
    expect(faults).toEqual([]);
  });

  it('loses its lists where they are erased, and the certificate where CAPF takes it away', () => {
    const folder = filled();
    opened(folder).store.erase();
    expect([...folder.files(OWNER).keys()].sort()).toEqual(['configuration.xml', 'lsc.pem']);
    opened(folder).store.erase({ certificate: true });
    expect([...folder.files(OWNER).keys()]).toEqual(['configuration.xml']);
  });

  const damages: readonly (readonly [string, string, (bytes: Buffer) => Buffer, RegExp])[] = [
    ['a list that is cut off', 'ITLFile.tlv', (bytes) => bytes.subarray(0, 300), /^ITLFile\.tlv: /],
    ['an empty list', 'CTLFile.tlv', () => Buffer.alloc(0), /^CTLFile\.tlv: an empty file/],
    [
      'a list with another bit',
      'CTLFile.tlv',
      (bytes) => Buffer.concat([bytes.subarray(0, -1), Buffer.from([(bytes.at(-1) ?? 0) ^ 1])]),
      /^CTLFile\.tlv: .*signature/,
    ],
    ['a list under the name of another', 'CTLFile.tlv', () => usualList(), /^CTLFile\.tlv: .*name/],
    ['a certificate without its key', 'lsc.pem', () => Buffer.from(certificate), /^lsc\.pem: .*private key/],
    [
      'the key of another certificate',
      'lsc.pem',
      () => Buffer.from(`${certificate}\n${identity('tvs').key}`),
      /^lsc\.pem: the key is not that of the certificate/,
    ],
    ['octets', 'lsc.pem', () => Buffer.alloc(5_000, 255), /^lsc\.pem: /],
  ];
  it.each(damages)('counts as empty as a whole, which is told, with %s', (_title, name, damage, told) => {
    const folder = filled();
    folder.write(OWNER, name, damage(folder.files(OWNER).get(name) ?? Buffer.alloc(0)));
    const { store, faults } = opened(folder);
    expect(store.restore()).toBeUndefined();
    expect(store.held).toEqual({});
    expect(store.identity).toBeUndefined();
    expect(faults).toEqual([expect.stringMatching(told)]);
    // The damaged folder stays as it is until something new is kept, and goes as a whole then.
    expect(folder.files(OWNER).size).toBe(4);
    expect(store.offer('ITL', usualList(), NOW)).toMatchObject({ decision: 'on-faith' });
    expect([...folder.files(OWNER).keys()]).toEqual(['ITLFile.tlv']);
    const again = opened(folder);
    expect(again.store.restore()).toBeDefined();
    expect(again.faults).toEqual([]);
  });

  it('touches nothing in its folder that is not its own, damaged or not', () => {
    const folder = filled();
    folder.write(OWNER, 'notes.txt', Buffer.from('mine'));
    folder.write(OWNER, 'lsc.pem', Buffer.alloc(5_000, 255));
    const { store } = opened(folder);
    expect(store.restore()).toBeUndefined();
    expect(store.offer('ITL', usualList(), NOW)).toMatchObject({ decision: 'on-faith' });
    expect([...folder.files(OWNER).keys()].sort()).toEqual(['ITLFile.tlv', 'notes.txt']);
    const alone = new MemoryFolder();
    alone.write(OWNER, 'notes.txt', Buffer.from('mine'));
    expect(opened(alone).store.restore()).toBeUndefined();
    expect(opened(alone).faults).toEqual([]);
  });

  it('goes on in memory where the disk fails, and says so', () => {
    const folder = new MemoryFolder();
    const { store, faults } = opened(folder);
    folder.failure = Object.assign(new Error('ENOSPC: no space left on device'), { code: 'ENOSPC' });
    expect(store.offer('ITL', usualList(), NOW)).toMatchObject({ taken: true });
    expect(store.held.ITL).toBeDefined();
    expect(faults).toEqual(['ITLFile.tlv cannot be kept: ENOSPC: no space left on device']);
    expect(opened(folder).store.restore()).toBeUndefined();
  });
});
