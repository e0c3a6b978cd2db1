import { execFileSync } from 'node:child_process';
import { symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { MAX_DEPTH } from '../../src/net/files/served-files.js';
import { fileProblems, rootProblems } from '../../src/provisioning/problems.js';
import { directory } from './harness.js';

describe('what is wrong with a served directory', () => {
  it('is nothing where all can be served', async () => {
    const root = directory({ 'a/b.jar': 'x', 'Ringlist.xml': 'y' });
    symlinkSync('b.jar', join(root, 'a', 'c.jar'));
    expect(await rootProblems(root)).toEqual([]);
    expect(await fileProblems(root)).toEqual([]);
  });

  it('is told file by file, with what was found and what is wanted', async () => {
    const root = directory({ 'ring.raw': 'x', 'RING.raw': 'y', 'sub/z': 'z' });
    symlinkSync('/etc/hostname', join(root, 'out'));
    symlinkSync('nowhere', join(root, 'broken'));
    symlinkSync('sub', join(root, 'folder'));
    execFileSync('mkfifo', [join(root, 'pipe')]);
    const faults = await fileProblems(root);
    expect(faults.map(({ file, found }) => `${file.slice(root.length)}: ${found}`)).toEqual([
      '/broken: a link that leads nowhere (nothing there)',
      '/folder: a link to a directory',
      '/out: a link that leads out of the root',
      '/pipe: neither a file nor a directory',
      '/ring.raw: the name of RING.raw but for its case',
    ]);
    for (const { key, wanted } of faults) expect([key, wanted.length > 0]).toEqual(['tftp.root', true]);
  });

  it('is a tree deeper than is looked into', async () => {
    const deep = Array.from({ length: 20 }, (_, index) => `d${index}`).join('/');
    const root = directory({ [`${deep}/file`]: 'x', 'd0/file': 'y' });
    expect(await fileProblems(root)).toMatchObject([{ found: `more than ${MAX_DEPTH} directories within each other` }]);
  });

  it('is the directory itself where there is none', async () => {
    const root = join(directory(), 'gone');
    expect(await rootProblems(root)).toMatchObject([{ file: root, found: 'nothing there' }]);
    expect(await fileProblems(root)).toEqual([]);
  });

  it.skipIf(process.getuid?.() === 0)('is a file that this user may not read', async () => {
    const root = directory({ secret: 'x' });
    execFileSync('chmod', ['000', join(root, 'secret')]);
    expect(await fileProblems(root)).toMatchObject([{ found: 'no permission to read' }]);
  });
});
