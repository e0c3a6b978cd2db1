// The owner's own trust lists and signed files: which of them phones of this cluster take.

import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { trustFileIssues, trustFileProblems } from '../../src/doctor/trust-files.js';
import { temporaryFolder } from '../../src/net/files/temporary-folder.js';
import { DEFAULT_SECURITY, type ItlMode } from '../../src/security/settings.js';
import { identity, listOf, signedFile, usualList } from '../security/identities.js';

const FILE = 'SEP005056A1033D.cnf.xml.sgn';
const foreign = () =>
  listOf(identity('itlrecovery', 'OTHER'), [
    ['SAST', identity('itlrecovery', 'OTHER')],
    ['TFTP', identity('callmanager', 'OTHER')],
  ]);

let folder: ReturnType<typeof temporaryFolder>;
beforeEach(() => {
  folder = temporaryFolder('labcm-trust-files');
});
afterEach(() => folder.remove());

/** `files`: below `tftp.root`. */
const issues = (files: Readonly<Record<string, Buffer | string>>, itl: ItlMode = 'on', isKept = true) => {
  const put = (path: string, content: Buffer | string): void => {
    mkdirSync(dirname(join(folder.path, path)), { recursive: true });
    writeFileSync(join(folder.path, path), content);
  };
  if (isKept) put('state/trust/ITLFile.tlv', usualList());
  for (const [path, content] of Object.entries(files)) put(`root/${path}`, content);
  const config = { state: { directory: join(folder.path, 'state') }, security: { ...DEFAULT_SECURITY, itl } };
  const tree = { root: join(folder.path, 'root'), files: Object.keys(files) };
  return { found: trustFileIssues(config, tree).map(({ code, found }) => `${code}: ${found}`), config, tree };
};

describe('a signed file of the owner', () => {
  it('is good if a signer in the list has signed it, in its folder, too; firmware is not looked at', () => {
    const signer = identity('callmanager');
    const { found } = issues({
      [FILE]: signedFile(signer, FILE, Buffer.from('<device/>')),
      'Testland/g3-tones.xml.sgn': signedFile(signer, 'Testland/g3-tones.xml.sgn', Buffer.from('<x/>')),
      'P0030801SR02.sgn': 'firmware',
      'term62.default.loads.sgn': 'firmware',
    });
    expect(found).toEqual([]);
  });

  it.each([
    ['by another cluster', () => signedFile(identity('callmanager', 'OTHER'), FILE, Buffer.from('x')), /no-signer/],
    ['for another name', () => signedFile(identity('callmanager'), 'other.sgn', Buffer.from('x')), /wrong-name/],
    ['by nobody', () => Buffer.from('<device/>'), /malformed/],
  ] as const)('signed %s is warned of, with its file and the remedy', (_, bytes, verdict) => {
    const { found, config, tree } = issues({ [FILE]: bytes() });
    expect(found).toEqual([expect.stringMatching(verdict)]);
    expect(trustFileProblems(config, tree)).toMatchObject([
      { file: join(tree.root, FILE), key: 'tftp.root', wanted: expect.stringMatching(/take it out of tftp\.root/) },
    ]);
  });

  it('is judged by the owner’s own list where labcm has none, and by nothing where there is no list', () => {
    const theirs = signedFile(identity('callmanager', 'OTHER'), FILE, Buffer.from('x'));
    expect(issues({ [FILE]: theirs }, 'off', false).found).toEqual([]);
    expect(issues({ [FILE]: theirs, 'ITLFile.tlv': foreign() }, 'off', false).found).toEqual([
      expect.stringMatching(/^files\.trust-list-served/),
    ]);
  });
});

describe('a trust list of the owner', () => {
  it('is good if it is that of the cluster', () => {
    expect(issues({ 'ITLFile.tlv': usualList() }).found).toEqual([]);
  });

  it('of another cluster is warned of', () => {
    expect(issues({ 'ITLSEP005056A1033D.tlv': foreign() }).found).toEqual([
      expect.stringMatching(
        /^files\.trust-list-served: ITLSEP005056A1033D\.tlv is served in place of the list of this cluster, signed by "CN=ITLRECOVERY_OTHER/,
      ),
    ]);
  });

  it('that is cut off is warned of', () => {
    expect(issues({ 'CTLFile.tlv': usualList().subarray(0, -9) }).found).toEqual([
      expect.stringMatching(/^files\.trust-list-broken/),
    ]);
  });
});
