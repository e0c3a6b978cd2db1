import { appendFileSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { JsonLinesFile } from '../../src/net/files/json-lines.js';
import { SmallDisk } from '../support/small-disk.js';

let folder: string;
let path: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'labcm-'));
  path = join(folder, 'state', 'numbers.jsonl');
});
afterEach(() => rmSync(folder, { recursive: true }));

/** Whether the system refuses to shorten a file. */
const cut = vi.hoisted(() => ({ fails: false }));
vi.mock('node:fs', async (original) => {
  const fs = await original<typeof import('node:fs')>();
  return {
    ...fs,
    ftruncateSync: (...words: Parameters<typeof fs.ftruncateSync>) => {
      if (cut.fails) throw new Error('EIO');
      fs.ftruncateSync(...words);
    },
  };
});

describe('a file of JSON lines', () => {
  it('holds nothing before it is there, and then what was written, in order', () => {
    const file = new JsonLinesFile(path);
    expect(file.read()).toEqual([]);
    file.append({ dn: '1000' });
    file.append({ dn: '1001' });
    expect(new JsonLinesFile(path).read()).toEqual([{ dn: '1000' }, { dn: '1001' }]);
  });

  it('loses only the line that a kill tore, and no later one', () => {
    new JsonLinesFile(path).append({ dn: '1000' });
    appendFileSync(path, '{"dn":"10');
    const file = new JsonLinesFile(path);
    expect(file.read()).toEqual([{ dn: '1000' }]);
    file.append({ dn: '1002' });
    expect(new JsonLinesFile(path).read()).toEqual([{ dn: '1000' }, { dn: '1002' }]);
  });

  it('holds no half line when the disk takes a part of one: what is refused is not there, what is acknowledged is', () => {
    const disk = new SmallDisk(25);
    const file = new JsonLinesFile(path, disk);
    file.append({ dn: '1000' });
    expect(() => file.append({ dn: '1001' })).toThrow(/ENOSPC/);
    expect(readFileSync(path, 'utf8')).toBe('{"dn":"1000"}\n');
    disk.room = Number.POSITIVE_INFINITY;
    file.append({ dn: '1002' });
    expect(new JsonLinesFile(path).read()).toEqual([{ dn: '1000' }, { dn: '1002' }]);
  });

  it('writes on where the disk takes a line octet by octet', () => {
    const disk = new SmallDisk();
    disk.most = 1;
    new JsonLinesFile(path, disk).append({ dn: '1000' });
    expect(readFileSync(path, 'utf8')).toBe('{"dn":"1000"}\n');
  });

  it('that cannot even be cut back loses no later line', () => {
    const disk = new SmallDisk(5);
    const file = new JsonLinesFile(path, {
      write: (descriptor, bytes, from) => {
        const written = disk.write(descriptor, bytes, from);
        cut.fails = true;
        return written;
      },
    });
    expect(() => file.append({ dn: '1001' })).toThrow(/ENOSPC/);
    cut.fails = false;
    expect(readFileSync(path, 'utf8')).toBe('{"dn"');
    disk.room = Number.POSITIVE_INFINITY;
    file.append({ dn: '1002' });
    cut.fails = false;
    expect(new JsonLinesFile(path).read()).toEqual([{ dn: '1002' }]);
  });
});
