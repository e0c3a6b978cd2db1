import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { whyUnwritable } from '../../src/net/files/writable-directory.js';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'labcm-writable-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

describe('a directory', () => {
  it('that can be written to has nothing against it, and nothing is left in it', async () => {
    expect(await whyUnwritable(folder)).toBeUndefined();
    expect(readdirSync(folder)).toEqual([]);
  });

  it('that is not there yet can be written to where it can be made, and is not there afterwards', async () => {
    expect(await whyUnwritable(join(folder, 'a', 'b', 'c'))).toBeUndefined();
    expect(existsSync(join(folder, 'a'))).toBe(false);
  });

  it('that is there keeps what it holds', async () => {
    mkdirSync(join(folder, 'state'));
    writeFileSync(join(folder, 'state', 'leases.jsonl'), 'kept');
    expect(await whyUnwritable(join(folder, 'state'))).toBeUndefined();
    expect(readdirSync(join(folder, 'state'))).toEqual(['leases.jsonl']);
  });

  it('cannot be where a file is, nor below one, nor in a file system that takes none', async () => {
    writeFileSync(join(folder, 'state'), '');
    expect(await whyUnwritable(join(folder, 'state'))).toBe('a file of that name');
    expect(await whyUnwritable(join(folder, 'state', 'leases'))).toBe('a file where a directory should be');
    expect(await whyUnwritable('/proc/labcm')).toMatch(/^(no permission|a place where no directory)/);
  });
});
