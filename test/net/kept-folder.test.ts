// Folders of secret files: for their owner alone, each of its own, and none outside of the directory.

import { existsSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { keptFolder } from '../../src/net/files/kept-folder.js';

let top: string;
beforeEach(() => {
  top = mkdtempSync(join(tmpdir(), 'labcm-'));
});
afterEach(() => rmSync(top, { recursive: true }));

describe('a folder of kept files', () => {
  it('has what was written, for its owner alone, and each owner its own', () => {
    const folder = keptFolder(join(top, 'phones'));
    expect(folder.read('SEP1')).toEqual(new Map());
    expect(existsSync(join(top, 'phones'))).toBe(false);
    folder.write('SEP1', 'lsc.pem', Buffer.from('one'));
    folder.write('SEP1', 'lsc.pem', Buffer.from('two'));
    folder.write('SEP2', 'ITLFile.tlv', Buffer.from([0, 255]));
    expect(folder.read('SEP1')).toEqual(new Map([['lsc.pem', Buffer.from('two')]]));
    expect(folder.read('SEP2')).toEqual(new Map([['ITLFile.tlv', Buffer.from([0, 255])]]));
    expect(statSync(join(top, 'phones/SEP1')).mode & 0o777).toBe(0o700);
    expect(statSync(join(top, 'phones/SEP1/lsc.pem')).mode & 0o777).toBe(0o600);
  });

  it('loses one file, or all', () => {
    const folder = keptFolder(top);
    for (const name of ['a', 'b', 'c']) folder.write('SEP1', name, Buffer.from(name));
    folder.remove('SEP1', 'a');
    folder.remove('SEP1', 'nothing');
    expect([...folder.read('SEP1').keys()]).toEqual(['b', 'c']);
    folder.remove('SEP1');
    expect(folder.read('SEP1')).toEqual(new Map());
    folder.remove('SEP9');
  });

  it.each(['..', '.', '../out', 'a/b', '_..'])('stays in its directory for an owner called %s', (owner) => {
    const folder = keptFolder(join(top, 'in'));
    folder.write(owner, '../lsc.pem', Buffer.from('x'));
    expect(readdirSync(top)).toEqual(['in']);
    expect([...folder.read(owner).values()]).toEqual([Buffer.from('x')]);
  });

  it('gives every owner another folder', () => {
    const folder = keptFolder(top);
    const owners = ['.', '..', '_.', '_..', '__.', 'a', '_a'];
    for (const owner of owners) folder.write(owner, 'file', Buffer.from(owner));
    for (const owner of owners) expect(folder.read(owner).get('file')?.toString()).toBe(owner);
  });

  it('cuts off what is too large, and throws what the system says', () => {
    const folder = keptFolder(top);
    folder.write('SEP1', 'file', Buffer.alloc(2_000_000));
    expect(folder.read('SEP1').get('file')).toHaveLength(1_048_576);
    writeFileSync(join(top, 'SEP2'), 'a file in place of a folder');
    expect(() => folder.read('SEP2')).toThrow(/ENOTDIR/);
    expect(() => folder.write('SEP2', 'file', Buffer.alloc(1))).toThrow(/EEXIST|ENOTDIR/);
  });
});
