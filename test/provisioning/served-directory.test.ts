import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, readlinkSync, renameSync, rmSync, symlinkSync, utimesSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { PAGE_OCTETS } from '../../src/provisioning/page-cache.js';
import { ServedDirectory } from '../../src/provisioning/served-directory.js';
import { ManualClock } from '../support/manual-clock.js';
import { seededRandom } from '../support/random.js';
import { CONTEXT, catalogueHarness, directory, everything, missed, put } from './harness.js';

const octets = (length: number, seed = 1): Buffer => {
  const random = seededRandom(seed);
  return Buffer.from(Uint8Array.from({ length }, () => random.below(256)));
};

const NAME = 'English_United_States/ipc-sip.jar';

describe('files of the owner', () => {
  it.each([NAME, NAME.toUpperCase(), NAME.toLowerCase(), NAME.replace('/', '\\'), `/${NAME}`])(
    'are found as %j',
    async (name) => {
      const { ask } = await catalogueHarness({ files: { [NAME]: 'jar' } });
      expect(String(await ask(name))).toBe('jar');
    },
  );

  it.each([0, 1, 511, 512, 513, PAGE_OCTETS - 1, PAGE_OCTETS, PAGE_OCTETS + 1, 3 * PAGE_OCTETS, 1_000_003])(
    'of %i octets are served to the octet, in blocks of any size',
    async (length) => {
      const content = octets(length);
      const { catalogue } = await catalogueHarness({ files: { file: content } });
      for (const step of [512, 1468, PAGE_OCTETS, 3 * PAGE_OCTETS + 5]) {
        if (step === 512 && length > 500_000) continue;
        const answer = await catalogue.open('file', CONTEXT);
        if (!answer.found) throw new Error('missing');
        expect(answer.content.size).toBe(length);
        expect((await everything(answer.content, step)).equals(content)).toBe(true);
      }
    },
  );

  it('may be read anywhere, also backwards and past the end', async () => {
    const content = octets(2 * PAGE_OCTETS + 100);
    const { catalogue } = await catalogueHarness({ files: { file: content } });
    const answer = await catalogue.open('file', CONTEXT);
    if (!answer.found) throw new Error('missing');
    const read = async (offset: number, length: number) => Buffer.from(await answer.content.read(offset, length));
    expect((await read(content.length - 10, 50)).equals(content.subarray(-10))).toBe(true);
    expect((await read(PAGE_OCTETS - 5, 10)).equals(content.subarray(PAGE_OCTETS - 5, PAGE_OCTETS + 5))).toBe(true);
    expect((await read(0, 7)).equals(content.subarray(0, 7))).toBe(true);
    expect(await read(content.length, 512)).toHaveLength(0);
    expect(await read(content.length + 512, 512)).toHaveLength(0);
    answer.content.close();
  });

  it('cost no promise once they are in memory: small ones from the start, large ones within a page', async () => {
    const { catalogue } = await catalogueHarness({ files: { small: octets(600), large: octets(3 * PAGE_OCTETS) } });
    await catalogue.open('small', CONTEXT);
    const again = catalogue.open('small', CONTEXT);
    expect(again).not.toBeInstanceOf(Promise);
    const large = await catalogue.open('large', CONTEXT);
    if (!large.found) throw new Error('missing');
    await large.content.read(0, 512);
    expect(large.content.read(512, 512)).toBeInstanceOf(Buffer);
    const other = catalogue.open('large', CONTEXT);
    if (other instanceof Promise || !other.found) throw new Error('not at once');
    other.content.close();
    large.content.close();
  });

  it('with names in other scripts are found by the octets that TFTP brings', async () => {
    const { ask } = await catalogueHarness({ files: { 'Töne/Größe.raw': 'x', 'e\u0301.raw': 'y' } });
    const overTftp = Buffer.from('TÖNE/größe.raw').toString('latin1');
    expect(String(await ask(overTftp))).toBe('x');
    expect(String(await ask('Töne/Größe.raw'))).toBe('x');
    expect(String(await ask('é.raw'))).toBe('y');
  });

  it('whose names differ by case alone are each found by their own, and otherwise one of them', async () => {
    const { ask } = await catalogueHarness({ files: { 'ring.raw': 'lower', 'RING.raw': 'upper' } });
    expect(String(await ask('ring.raw'))).toBe('lower');
    expect(String(await ask('RING.raw'))).toBe('upper');
    expect(await ask('Ring.raw')).toBeDefined();
  });

  it('that are missing are refused by their own name', async () => {
    const { catalogue } = await catalogueHarness({ files: { 'a/b': 'x' } });
    for (const name of ['nothing', 'a', 'a/', 'a/b/c', 'a/b.'])
      expect(missed(await catalogue.open(name, CONTEXT))).toMatchObject({
        harmless: false,
        file: name.replace(/\/$/, ''),
      });
  });

  it('that begin with a dot are nobody’s business', async () => {
    const { ask } = await catalogueHarness({ files: { '.secret': 'x', '.git/config': 'y', 'a/.b': 'z' } });
    for (const name of ['.secret', '.git/config', 'a/.b']) expect(await ask(name)).toBeUndefined();
  });
});

describe('a change on disk', () => {
  it('is noticed: a file added, changed, and taken away', async () => {
    const { ask, clock, root } = await catalogueHarness();
    expect(await ask('new/file')).toBeUndefined();
    put(root, 'new/file', 'one');
    clock.advance(2000);
    expect(String(await ask('new/file'))).toBe('one');
    put(root, 'new/file', 'two, and longer');
    clock.advance(1000);
    expect(String(await ask('new/file'))).toBe('two, and longer');
    rmSync(join(root, 'new/file'));
    clock.advance(1000);
    expect(await ask('new/file')).toBeUndefined();
  });

  it('is looked for once per while, however many ask', async () => {
    const { catalogue, clock, root } = await catalogueHarness();
    clock.advance(2000);
    const first = catalogue.open('missing', CONTEXT);
    expect(first).toBeInstanceOf(Promise);
    for (let count = 0; count < 1000; count += 1)
      expect(catalogue.open(`missing${count}`, CONTEXT)).not.toBeInstanceOf(Promise);
    await first;
    put(root, 'late', 'x');
    expect(missed(await catalogue.open('late', CONTEXT)).found).toBe(false);
    clock.advance(2000);
    expect((await catalogue.open('late', CONTEXT)).found).toBe(true);
  });

  it('does not touch who is reading: the old file goes on, the next one gets the new', async () => {
    const before = octets(2 * PAGE_OCTETS, 1);
    const after = octets(2 * PAGE_OCTETS, 2);
    const { catalogue, clock, root } = await catalogueHarness({ files: { file: before } });
    const old = await catalogue.open('file', CONTEXT);
    if (!old.found) throw new Error('missing');
    await old.content.read(0, 512);
    put(root, 'new', after);
    renameSync(join(root, 'new'), join(root, 'file'));
    clock.advance(1000);
    const fresh = await catalogue.open('file', CONTEXT);
    if (!fresh.found) throw new Error('missing');
    expect((await everything(fresh.content, 512 * 64)).equals(after)).toBe(true);
    expect((await everything(old.content, 512 * 64)).equals(before)).toBe(true);
  });

  it('that cuts a file short fails who reads it, and no one else', async () => {
    const { catalogue, root, ask, clock } = await catalogueHarness({
      files: { file: octets(4 * PAGE_OCTETS), other: 'x' },
    });
    const answer = await catalogue.open('file', CONTEXT);
    if (!answer.found) throw new Error('missing');
    put(root, 'file', 'short');
    await expect(Promise.resolve(answer.content.read(2 * PAGE_OCTETS, 512))).rejects.toThrow('shorter');
    answer.content.close();
    expect(String(await ask('other'))).toBe('x');
    clock.advance(1000);
    expect(String(await ask('file'))).toBe('short');
  });

  it('of a directory that was left alone for a while costs no reading of it again', async () => {
    const root = directory({ 'a/x': '1', 'b/y': '2' });
    const clock = new ManualClock();
    for (const path of ['a', 'b', '.']) utimesSync(join(root, path), 1_000_000, 1_000_000);
    const served = new ServedDirectory(root, clock, 1_000_000);
    expect(await served.refresh()).toBe(true);
    expect(await served.refresh()).toBe(false);
    put(root, 'b/z', '3');
    expect(await served.refresh()).toBe(true);
    expect(served.locate('B/Z')).toBe('b/z');
  });

  it('a root that is not there is an empty one, until it is', async () => {
    const { ask, root, clock } = await catalogueHarness({ root: join(directory(), 'later') });
    expect(await ask('file')).toBeUndefined();
    expect(await ask('SEP005056A1033D.cnf.xml')).toBeDefined();
    put(root, 'file', 'x');
    clock.advance(2000);
    expect(String(await ask('file'))).toBe('x');
  });
});

describe('memory and descriptors', () => {
  it('many readers of one file share its pages, within the bound', async () => {
    const root = directory({ load: octets(8 * PAGE_OCTETS) });
    const served = new ServedDirectory(root, new ManualClock(), 4 * PAGE_OCTETS);
    await served.refresh();
    const readers = await Promise.all(Array.from({ length: 50 }, () => served.open('load')));
    for (let offset = 0; offset < 8 * PAGE_OCTETS; offset += PAGE_OCTETS) {
      const parts = await Promise.all(readers.map((reader) => reader.read(offset, 512)));
      for (const part of parts) expect(part.buffer).toBe(parts[0]?.buffer);
      expect(served.cachedOctets).toBeLessThanOrEqual(4 * PAGE_OCTETS);
    }
    for (const reader of readers) reader.close();
  });

  it('an open file is closed when its last reader leaves', async () => {
    const root = directory({ load: octets(3 * PAGE_OCTETS), small: 'x' });
    const open = (): number =>
      readdirSync('/proc/self/fd').filter((fd) => {
        try {
          return readlinkSync(`/proc/self/fd/${fd}`).startsWith(root);
        } catch {
          return false;
        }
      }).length;
    const served = new ServedDirectory(root, new ManualClock(), 10 * PAGE_OCTETS);
    await served.refresh();
    const readers = await Promise.all(Array.from({ length: 20 }, () => served.open('load')));
    const more = await Promise.all(Array.from({ length: 20 }, () => served.open('small')));
    await expect.poll(open).toBe(1); // the small one has been read whole
    for (const reader of [...readers, ...more]) reader.close();
    await expect.poll(open).toBe(0);
    expect(await served.open('small')).toBeDefined();
    const again = await served.open('load');
    expect((await everything(again, PAGE_OCTETS)).length).toBe(3 * PAGE_OCTETS);
    await expect.poll(open).toBe(0);
  });
});

describe('nothing outside the root can be read', () => {
  const SECRET = 'the secret outside';

  /** A root with a secret beside it and every way out that a disk offers. */
  const besieged = () => {
    const outer = directory({ 'secret.txt': SECRET, 'outside/secret.txt': SECRET, 'root/inside.txt': 'inside' });
    const root = join(outer, 'root');
    mkdirSync(join(root, 'folder'));
    symlinkSync('../secret.txt', join(root, 'link.txt'));
    symlinkSync(join(outer, 'secret.txt'), join(root, 'absolute.txt'));
    symlinkSync('../outside', join(root, 'outside'));
    symlinkSync('..', join(root, 'up'));
    symlinkSync('link.txt', join(root, 'twice.txt'));
    symlinkSync('loop', join(root, 'loop'));
    symlinkSync('/etc/passwd', join(root, 'folder', 'passwd'));
    symlinkSync('../inside.txt', join(root, 'folder', 'within.txt'));
    symlinkSync('.', join(root, 'folder', 'self'));
    return { outer, root };
  };

  it('by a link; a link within is followed', async () => {
    const { root } = besieged();
    const { ask } = await catalogueHarness({ root });
    for (const name of ['link.txt', 'absolute.txt', 'outside/secret.txt', 'up/secret.txt', 'twice.txt', 'loop'])
      expect(await ask(name)).toBeUndefined();
    expect(await ask('folder/passwd')).toBeUndefined();
    expect(String(await ask('folder/within.txt'))).toBe('inside');
  });

  it('by a link that takes a file’s or a directory’s place after we have seen it', async () => {
    const outer = directory({ 'outside/file.txt': SECRET, 'root/a/file.txt': 'good', 'root/file.txt': 'good' });
    const root = join(outer, 'root');
    const { ask, clock, probe } = await catalogueHarness({ root });
    rmSync(join(root, 'file.txt'));
    symlinkSync('../outside/file.txt', join(root, 'file.txt'));
    renameSync(join(root, 'a'), join(outer, 'aside'));
    symlinkSync('../outside', join(root, 'a'));
    expect(await ask('file.txt')).toBeUndefined();
    expect(await ask('a/file.txt')).toBeUndefined();
    expect(probe.of('file.broken').length).toBeGreaterThan(0);
    clock.advance(10_000);
    expect(await ask('file.txt')).toBeUndefined();
    expect(await ask('a/file.txt')).toBeUndefined();
  });

  it('by a stamp either', async () => {
    const { root } = besieged();
    const { served } = await catalogueHarness({ root });
    for (const path of ['link.txt', 'up/secret.txt', '../secret.txt', 'outside/secret.txt'])
      expect(served.text(path)).toBeUndefined();
    expect(served.text('inside.txt')).toBe('inside');
  });

  it('by any of 30,000 names made to get out', async () => {
    const { outer, root } = besieged();
    const { ask } = await catalogueHarness({ root });
    const random = seededRandom(7);
    const PARTS = [
      ...['..', '.', '...', '', ' ', 'secret.txt', 'inside.txt', 'link.txt', 'outside', 'up', 'folder', 'self', 'root'],
      ...['%2e%2e', '..%2f', '\u2025', '..\0', '\0', 'C:', '~', 'etc', 'passwd', '.. ', '\xc0\xae', 'LINK.TXT'],
      ...[outer, root, 'proc', 'self', 'cwd', 'absolute.txt', 'twice.txt', '..;', '\uff0e\uff0e'],
    ];
    const SLASHES = ['/', '\\', '//', '\\/', '/./', '%5c', '%2F'];
    const pick = (from: readonly string[]): string => from[random.below(from.length)] ?? '';
    for (let count = 0; count < 30_000; count += 1) {
      let name = random.below(2) === 0 ? pick(SLASHES) : '';
      for (let parts = 1 + random.below(6); parts > 0; parts -= 1)
        name += pick(PARTS) + (parts > 1 ? pick(SLASHES) : '');
      const bytes = await ask(name);
      if (bytes !== undefined && String(bytes) !== 'inside') throw new Error(`${JSON.stringify(name)} got out`);
    }
  });

  it('and what is no file is not opened: a pipe would hold us for ever', async () => {
    const { root, ask } = await catalogueHarness({ files: { file: 'x' } });
    rmSync(join(root, 'file'));
    execFileSync('mkfifo', [join(root, 'file')]);
    expect(await ask('file')).toBeUndefined();
  });
});
