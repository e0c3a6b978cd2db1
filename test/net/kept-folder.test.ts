// Folders of secret files: for their owner alone, each of its own, and none outside of the directory.

import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
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
    expect(folder.read('SEP1', ['lsc.pem'])).toEqual(new Map());
    expect(existsSync(join(top, 'phones'))).toBe(false);
    folder.write('SEP1', 'lsc.pem', Buffer.from('one'));
    folder.write('SEP1', 'lsc.pem', Buffer.from('two'));
    folder.write('SEP2', 'ITLFile.tlv', Buffer.from([0, 255]));
    expect(folder.read('SEP1', ['ITLFile.tlv', 'lsc.pem'])).toEqual(new Map([['lsc.pem', Buffer.from('two')]]));
    expect(folder.read('SEP2', ['ITLFile.tlv'])).toEqual(new Map([['ITLFile.tlv', Buffer.from([0, 255])]]));
    expect(statSync(join(top, 'phones/SEP1')).mode & 0o777).toBe(0o700);
    expect(statSync(join(top, 'phones/SEP1/lsc.pem')).mode & 0o777).toBe(0o600);
  });

  it('loses one file, and reads those alone that are asked for, however many there are', () => {
    const folder = keptFolder(top);
    for (const name of ['a', 'b', 'c']) folder.write('SEP1', name, Buffer.from(name));
    folder.remove('SEP1', 'a');
    folder.remove('SEP1', 'nothing');
    expect([...folder.read('SEP1', ['a', 'b', 'c']).keys()]).toEqual(['b', 'c']);
    expect([...folder.read('SEP1', ['c']).keys()]).toEqual(['c']);
    folder.remove('SEP9', 'a');
    for (let count = 0; count < 40; count += 1) writeFileSync(join(top, 'SEP1', `.${count}`), 'x');
    for (let count = 0; count < 40; count += 1) writeFileSync(join(top, 'SEP1', `A${count}`), 'x');
    expect([...folder.read('SEP1', ['b']).keys()]).toEqual(['b']);
  });

  it('reads no folder and no pipe that stands in place of a file', () => {
    const folder = keptFolder(top);
    folder.write('SEP1', 'a', Buffer.from('a'));
    mkdirSync(join(top, 'SEP1', 'b'));
    execFileSync('mkfifo', [join(top, 'SEP1', 'c')]);
    expect([...folder.read('SEP1', ['a', 'b', 'c']).keys()]).toEqual(['a']);
  });

  it.each(['..', '.', '../out', 'a/b', '_..'])('stays in its directory for an owner called %s', (owner) => {
    const folder = keptFolder(join(top, 'in'));
    folder.write(owner, '../lsc.pem', Buffer.from('x'));
    expect(readdirSync(top)).toEqual(['in']);
    expect([...folder.read(owner, ['../lsc.pem']).values()]).toEqual([Buffer.from('x')]);
  });

  it('gives every owner another folder', () => {
    const folder = keptFolder(top);
    const owners = ['.', '..', '_.', '_..', '__.', 'a', '_a'];
    for (const owner of owners) folder.write(owner, 'file', Buffer.from(owner));
    for (const owner of owners) expect(folder.read(owner, ['file']).get('file')?.toString()).toBe(owner);
  });

  it('cuts off what is too large, and throws what the system says', () => {
    const folder = keptFolder(top);
    folder.write('SEP1', 'file', Buffer.alloc(2_000_000));
    expect(folder.read('SEP1', ['file']).get('file')).toHaveLength(1_048_576);
    writeFileSync(join(top, 'SEP2'), 'a file in place of a folder');
    expect(() => folder.read('SEP2', ['file'])).toThrow(/ENOTDIR/);
    expect(() => folder.write('SEP2', 'file', Buffer.alloc(1))).toThrow(/EEXIST|ENOTDIR/);
  });
});
