import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { AppendedFile } from '../../src/net/files/append-only-file.js';
import { SmallDisk } from '../support/small-disk.js';

let folder: string;
let path: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'labcm-'));
  path = join(folder, 'state', 'leases.jsonl');
});
afterEach(() => rmSync(folder, { recursive: true }));

const content = () => readFileSync(path, 'utf8');

describe('a file that grows and is replaced', () => {
  it('is empty before it is there, and its folder is made with the first line', async () => {
    const file = new AppendedFile(path);
    expect([...file.read()]).toEqual([]);
    expect(existsSync(join(folder, 'state'))).toBe(false);
    file.append(Buffer.from('one\n'));
    file.append(Buffer.from('two\n'));
    await file.sync();
    file.close();
    expect(content()).toBe('one\ntwo\n');
  });

  it('goes on behind a torn line without damaging the next', () => {
    new AppendedFile(path).append(Buffer.from('one\ntw'));
    const file = new AppendedFile(path);
    expect(Buffer.concat([...file.read()]).toString()).toBe('one\ntw');
    file.append(Buffer.from('three\n'));
    expect(content()).toBe('one\ntw\nthree\n');
  });

  it('is read in pieces, and known to be torn by the last of them', () => {
    const long = `${'x'.repeat(200_000)}\n`;
    const file = new AppendedFile(path);
    file.append(Buffer.from(long));
    const pieces = [...new AppendedFile(path).read()].map(({ length }) => length);
    expect(pieces.length).toBeGreaterThan(1);
    expect(pieces.reduce((sum, length) => sum + length)).toBe(long.length);
    let text = '';
    for (const piece of file.read()) text += piece.toString();
    expect(text).toBe(long);
    file.append(Buffer.from('torn'));
    const again = new AppendedFile(path);
    for (const _ of again.read());
    again.append(Buffer.from('next\n'));
    expect(content()).toBe(`${long}torn\nnext\n`);
  });

  it('is the old one until the new one takes its place in one step, and grows on as the new one', async () => {
    const file = new AppendedFile(path);
    file.append(Buffer.from('old\n'));
    const fresh = file.replacement();
    fresh.append(Buffer.from('new\n'));
    file.append(Buffer.from('old too\n'));
    expect(content()).toBe('old\nold too\n');
    await fresh.sync();
    const syncing = file.sync();
    fresh.commit();
    file.append(Buffer.from('newer\n'));
    await syncing;
    expect(content()).toBe('new\nnewer\n');
    expect(existsSync(`${path}.new`)).toBe(false);
    file.close();
  });

  it('stays as it is when the new one is given up', () => {
    const file = new AppendedFile(path);
    file.append(Buffer.from('old\n'));
    const fresh = file.replacement();
    fresh.append(Buffer.from('new\n'));
    fresh.abandon();
    expect(content()).toBe('old\n');
    expect(existsSync(`${path}.new`)).toBe(false);
  });

  it('begins anew where a kill left half a new one', () => {
    const file = new AppendedFile(path);
    file.append(Buffer.from('old\n'));
    writeFileSync(`${path}.new`, 'half');
    const fresh = file.replacement();
    fresh.append(Buffer.from('new\n'));
    fresh.commit();
    expect(content()).toBe('new\n');
  });

  it('raises where it cannot be written', () => {
    writeFileSync(join(folder, 'state'), '');
    expect(() => new AppendedFile(path).append(Buffer.from('x'))).toThrow(/ENOTDIR|EEXIST/);
  });

  it('is as it was where the disk took a part of what was to be appended, and grows on when there is room', () => {
    const disk = new SmallDisk(6);
    const file = new AppendedFile(path, disk);
    file.append(Buffer.from('one\n'));
    expect(() => file.append(Buffer.from('two\n'))).toThrow(/ENOSPC/);
    expect(content()).toBe('one\n');
    disk.room = Number.POSITIVE_INFINITY;
    file.append(Buffer.from('three\n'));
    expect(content()).toBe('one\nthree\n');
  });

  it('grows on at its end after a failure when it is the new one', () => {
    const disk = new SmallDisk();
    const file = new AppendedFile(path, disk);
    const fresh = file.replacement();
    fresh.append(Buffer.from('new\n'));
    fresh.commit();
    disk.room = 2;
    expect(() => file.append(Buffer.from('lost\n'))).toThrow(/ENOSPC/);
    disk.room = Number.POSITIVE_INFINITY;
    file.append(Buffer.from('newer\n'));
    expect(content()).toBe('new\nnewer\n');
  });
});
