// What verdicts ask about the files for phones, of files on disk.

import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { servedFiles } from '../../src/daemon/served-files.js';
import type { ConfiguredDevice } from '../../src/devices/index.js';
import { ServedDirectory } from '../../src/provisioning/served-directory.js';
import { ManualClock } from '../support/manual-clock.js';

const STAMPS = { config: 'abc', dialplan: '', softkey: '', featureControl: '' };
const DEVICE = {} as ConfiguredDevice;

const filesOf = async (files: Readonly<Record<string, string>>, versionStampsOf = () => STAMPS) => {
  const root = mkdtempSync(join(tmpdir(), 'labcm-served-'));
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(join(root, path, '..'), { recursive: true });
    writeFileSync(join(root, path), text);
  }
  const served = new ServedDirectory(root, new ManualClock(), 1_000_000);
  await served.refresh();
  return servedFiles(served, { versionStampsOf });
};

it('files and folders, in any case', async () => {
  const files = await filesOf({ 'a.loads': 'x', 'loads/B.loads': 'y', 'c/b.LOADS.txt': '' });
  expect(files.locate('A.LOADS')).toBe('a.loads');
  expect(files.locate('b.loads')).toBeUndefined();
  expect(files.locateInFolder('b.LOADS')).toBe('loads/B.loads');
  expect(files.locateInFolder('a.loads')).toBeUndefined();
});

it('the parts of a load, and texts', async () => {
  const files = await filesOf({ 'SCCP42.loads': 'one.sbn\r\ntwo.sbn\r\n', 'x.cnf.xml': '<device/>' });
  expect(files.partsOf('sccp42')).toEqual(['one.sbn', 'two.sbn']);
  expect(files.partsOf('other')).toEqual([]);
  expect(files.textOf('X.cnf.xml')).toBe('<device/>');
  expect(files.textOf('y.cnf.xml')).toBeUndefined();
});

it('the stamp of a file, unless it cannot be made', async () => {
  expect((await filesOf({})).stampOf(DEVICE)).toBe('abc');
  const broken = await filesOf({}, () => {
    throw new Error('no group');
  });
  expect(broken.stampOf(DEVICE)).toBeUndefined();
});
