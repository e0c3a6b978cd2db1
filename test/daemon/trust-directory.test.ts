import { chmodSync, existsSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ConfigError } from '../../src/core/errors.js';
import { wallTime } from '../../src/core/time.js';
import { readConfig } from '../../src/daemon/read-config.js';
import { openTrustDirectory, trustDirectory } from '../../src/daemon/trust-directory.js';
import { makeIdentity } from '../../src/security/identity.js';
import { TestDaemon } from '../support/daemon.js';

const NOW = wallTime(Date.UTC(2026, 0, 1));
const FACTS = { node: 'CM1', cluster: 'Lab', alternatives: [], now: NOW, hash: 'sha256' } as const;

let daemon: TestDaemon;
beforeEach(() => {
  daemon = new TestDaemon();
  daemon.configure();
});
afterEach(() => daemon.remove());

const opened = async (...overrides: string[]) =>
  openTrustDirectory(await readConfig(daemon.configPath, overrides), NOW);
const faultsOf = async (...overrides: string[]) => {
  try {
    await opened(...overrides);
  } catch (error) {
    if (error instanceof ConfigError) return error.faults;
    throw error;
  }
  throw new Error('it was opened');
};

describe('state/trust', () => {
  it('is made once, for its owner alone, and kept', async () => {
    const first = await opened();
    expect(first.isNew).toBe(true);
    expect(first.loose).toEqual([]);
    expect(readdirSync(first.directory).sort()).toEqual([
      'callmanager-key.pem',
      'callmanager.pem',
      'capf-key.pem',
      'capf.pem',
      'generation.json',
      'itlrecovery-key.pem',
      'itlrecovery.pem',
      'tvs-key.pem',
      'tvs.pem',
    ]);
    expect(statSync(first.directory).mode & 0o777).toBe(0o700);
    expect(statSync(join(first.directory, 'capf-key.pem')).mode & 0o777).toBe(0o600);
    expect(statSync(join(first.directory, 'capf.pem')).mode & 0o777).toBe(0o644);
    const again = await opened();
    expect(again.isNew).toBe(false);
    for (const role of ['itlrecovery', 'callmanager', 'capf', 'tvs'] as const)
      expect(again.identities[role].read.fingerprint).toBe(first.identities[role].read.fingerprint);
    expect(readFileSync(join(first.directory, 'itlrecovery-key.pem'), 'utf8')).toMatch(/^Keep a copy of this key/);
  });

  it.each(['itlrecovery-key.pem', 'callmanager.pem', 'tvs-key.pem'])(
    'without %s, which there was, makes no other and says what helps',
    async (name) => {
      const { directory } = await opened();
      rmSync(join(directory, name));
      const [fault] = await faultsOf();
      expect(fault).toMatchObject({ file: join(directory, name), found: 'nothing' });
      expect(fault?.wanted).toMatch(/restore the directory from a copy/);
      expect(existsSync(join(directory, name))).toBe(false);
    },
  );

  it('refuses a certificate in place of the one that phones were given', async () => {
    const { directory } = await opened();
    const other = makeIdentity('tvs', FACTS);
    writeFileSync(join(directory, 'tvs.pem'), other.certificate);
    writeFileSync(join(directory, 'tvs-key.pem'), other.key);
    expect(await faultsOf()).toMatchObject([{ found: 'another certificate than phones were given' }]);
  });

  it('refuses a key that does not belong to its certificate, and a file that is no generation', async () => {
    const { directory } = await opened();
    writeFileSync(join(directory, 'tvs-key.pem'), makeIdentity('tvs', FACTS).key);
    expect(await faultsOf()).toMatchObject([{ found: 'a certificate for another key' }]);
    writeFileSync(join(directory, 'generation.json'), '{');
    expect(await faultsOf()).toMatchObject([{ file: join(directory, 'generation.json') }]);
  });

  it('adopts what a start that was cut off had made, but never invents a lost signer', async () => {
    const { directory, identities } = await opened();
    for (const name of ['generation.json', 'tvs-key.pem', 'tvs.pem']) rmSync(join(directory, name));
    const again = await opened();
    expect(again.identities.itlrecovery.read.fingerprint).toBe(identities.itlrecovery.read.fingerprint);
    expect(again.identities.tvs.read.fingerprint).not.toBe(identities.tvs.read.fingerprint);
    for (const name of ['generation.json', 'itlrecovery-key.pem', 'itlrecovery.pem']) rmSync(join(directory, name));
    expect(await faultsOf()).toMatchObject([{ file: join(directory, 'itlrecovery-key.pem') }]);
  });

  it('names keys that others may read', async () => {
    const { directory } = await opened();
    chmodSync(join(directory, 'capf-key.pem'), 0o640);
    expect((await opened()).loose).toEqual([{ path: join(directory, 'capf-key.pem'), mode: '0640' }]);
  });

  it('takes the owner’s own in place of one of its own', async () => {
    const mine = makeIdentity('itlrecovery', { ...FACTS, node: 'MINE' });
    const at = (name: string) => join(daemon.folder, name);
    writeFileSync(at('mine.pem'), mine.certificate);
    writeFileSync(at('mine-key.pem'), mine.key);
    const own = (certificate: string) =>
      `security.certificates.itlrecovery={ certificate: ${certificate}, key: mine-key.pem }`;
    const { identities, directory } = await opened(own('mine.pem'));
    expect(identities.itlrecovery.read.fingerprint).toBe(mine.read.fingerprint);
    expect(existsSync(join(directory, 'itlrecovery.pem'))).toBe(false);
    expect(await faultsOf(own('none.pem'))).toMatchObject([{ file: at('none.pem') }]);
    writeFileSync(at('other.pem'), makeIdentity('itlrecovery', FACTS).certificate);
    expect(await faultsOf(own('other.pem'))).toMatchObject([{ found: 'a certificate for another key' }]);
  });

  it('lies below the state directory', async () => {
    const config = await readConfig(daemon.configPath);
    expect(trustDirectory(config)).toBe(join(config.state.directory, 'trust'));
  });
});
