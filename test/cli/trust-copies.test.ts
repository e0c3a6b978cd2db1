// `labcm trust export` and `labcm trust import`: the keys as they were, and nothing for who has not the passphrase.

import { existsSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { wallTime } from '../../src/core/time.js';
import { openClusterTrust } from '../../src/daemon/cluster-trust.js';
import { readConfig } from '../../src/daemon/read-config.js';
import { openSealedFiles, sealFiles } from '../../src/security/sealed-files.js';
import { TestDaemon } from '../support/daemon.js';
import { mutated, seededRandom } from '../support/random.js';
import { labcm } from './harness.js';

const NOW = wallTime(Date.UTC(2026, 0, 1));

let lab: TestDaemon;
const at = (name: string): string => join(lab.folder, name);
beforeEach(() => {
  lab = new TestDaemon();
  lab.configure();
  writeFileSync(at('secret'), 'a long passphrase\nmore');
  writeFileSync(at('other'), 'another passphrase\n');
  writeFileSync(at('short'), 'short\n');
});
afterEach(() => lab.remove());

const trust = (action: string, file: string, secret = 'secret') =>
  labcm(['trust', action, at(file), '--passphrase-file', at(secret), '-c', lab.configPath]);

describe('a copy of the keys', () => {
  it('brings the directory back as it was', async () => {
    const first = openClusterTrust(await readConfig(lab.configPath, ['security.itl=on']), NOW);
    const exported = await trust('export', 'keys.sealed');
    expect([exported.code, exported.out]).toEqual([0, expect.stringMatching(/10 files .*sealed/)]);
    expect(statSync(at('keys.sealed')).mode & 0o777).toBe(0o600);
    expect(readFileSync(at('keys.sealed'), 'utf8')).not.toMatch(/PRIVATE/);
    expect(await trust('import', 'keys.sealed')).toMatchObject({ code: 1, err: expect.stringMatching(/move it away/) });
    renameSync(first.directory, at('before'));
    expect((await trust('import', 'keys.sealed')).code).toBe(0);
    const names = readdirSync(at('before'));
    expect(readdirSync(first.directory)).toEqual(names);
    for (const name of names) {
      expect(readFileSync(join(first.directory, name))).toEqual(readFileSync(join(at('before'), name)));
      expect(statSync(join(first.directory, name)).mode).toBe(statSync(join(at('before'), name)).mode);
    }
    const again = openClusterTrust(await readConfig(lab.configPath, ['security.itl=on']), NOW);
    expect(again.list('ITL')).toEqual(first.list('ITL'));
  });

  it('is refused without the right passphrase, and says what it is not', async () => {
    openClusterTrust(await readConfig(lab.configPath, ['security.itl=on']), NOW);
    await trust('export', 'keys.sealed');
    rmSync(at('state/trust'), { recursive: true });
    expect(await trust('import', 'keys.sealed', 'other')).toMatchObject({
      code: 1,
      err: expect.stringMatching(/another passphrase, or a file that was changed/),
    });
    expect(await trust('import', 'secret')).toMatchObject({ code: 1, err: expect.stringMatching(/no copy of keys/) });
    expect(await trust('import', 'none')).toMatchObject({ code: 2 });
    expect(await trust('export', 'x', 'short')).toMatchObject({ code: 2, err: expect.stringMatching(/at least 12/) });
    expect(await trust('export', 'x')).toMatchObject({ code: 1, err: expect.stringMatching(/no keys/) });
    expect(existsSync(at('state/trust'))).toBe(false);
  });

  it('that was changed anywhere is not opened, and writes no file of another name', async () => {
    const whole = sealFiles(new Map([['a', Buffer.from('x')]]), 'a long passphrase');
    const random = seededRandom(7);
    for (let count = 0; count < 20; count += 1) {
      const changed = mutated(Buffer.from(whole), random).toString();
      if (JSON.stringify(changed) !== JSON.stringify(whole))
        try {
          expect([...openSealedFiles(changed, 'a long passphrase')]).toEqual([['a', Buffer.from('x')]]);
        } catch (error) {
          expect(['SEALED', 'PASSPHRASE']).toContain((error as { code?: string }).code);
        }
    }
    writeFileSync(at('evil'), sealFiles(new Map([['../../evil.pem', Buffer.from('x')]]), 'a long passphrase'));
    expect(await trust('import', 'evil')).toMatchObject({ code: 0, out: expect.stringMatching(/0 files/) });
    expect(existsSync(at('evil.pem'))).toBe(false);
  });
});
