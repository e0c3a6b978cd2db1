// Keys and certificates on disk: for their owner alone, whole or not at all.

import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readSecret, writeSecret } from '../../src/net/files/secret-files.js';
import { replaceFile } from '../../src/net/files/write-all.js';
import { SmallDisk } from '../support/small-disk.js';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'labcm-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

describe('a secret file', () => {
  it('is read as it was written, by its owner alone', () => {
    const path = join(folder, 'state', 'key.pem');
    expect(readSecret(path)).toBeUndefined();
    writeSecret(path, 'one');
    writeSecret(path, 'two');
    expect(readSecret(path)).toBe('two');
    expect(statSync(path).mode & 0o777).toBe(0o600);
  });

  it('stays as it was, with nothing beside it, where the disk takes a part of the new one', () => {
    const path = join(folder, 'key.pem');
    writeSecret(path, 'one');
    expect(() => replaceFile(path, 'another', 0o600, new SmallDisk(3))).toThrow(/ENOSPC/);
    expect(readFileSync(path, 'utf8')).toBe('one');
    expect(readdirSync(folder)).toEqual(['key.pem']);
  });
});
