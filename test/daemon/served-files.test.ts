// What verdicts ask about the files for phones, of files on disk.

import { expect, it } from 'vitest';
import { servedFiles } from '../../src/daemon/served-files.js';
import { catalogueHarness } from '../provisioning/harness.js';

type Harness = NonNullable<Parameters<typeof catalogueHarness>[0]>;

const filesOf = async (options: Harness) => {
  const { served, catalogue, devices } = await catalogueHarness(options);
  const { configured } = devices.byName('SEP005056A1033D') ?? {};
  if (configured === undefined) throw new Error('there is no device');
  return { files: servedFiles(served, catalogue), configured, catalogue };
};

it('files and folders, in any case', async () => {
  const { files } = await filesOf({ files: { 'a.loads': 'x', 'loads/B.loads': 'y', 'c/b.LOADS.txt': '' } });
  expect(files.locate('A.LOADS')).toBe('a.loads');
  expect(files.locate('b.loads')).toBeUndefined();
  expect(files.locateInFolder('b.LOADS')).toBe('loads/B.loads');
  expect(files.locateInFolder('a.loads')).toBeUndefined();
});

it('the parts of a load, and texts', async () => {
  const { files } = await filesOf({
    files: { 'SCCP42.loads': 'one.sbn\r\ntwo.sbn\r\n', 'x.cnf.xml': '<device/>' },
  });
  expect(files.partsOf('sccp42')).toEqual(['one.sbn', 'two.sbn']);
  expect(files.partsOf('other')).toEqual([]);
  expect(files.textOf('X.cnf.xml')).toBe('<device/>');
  expect(files.textOf('y.cnf.xml')).toBeUndefined();
});

it('the stamp of a file, unless it cannot be made', async () => {
  const { files, configured, catalogue } = await filesOf({});
  expect(files.stampOf(configured)).toBe(catalogue.versionStampsOf(configured).config);
  const broken = await filesOf({ changes: { groups: new Map() } });
  expect(broken.files.stampOf(broken.configured)).toBeUndefined();
});
