// The way to new keys, step by step, as the phones see it: each list is taken by a phone that holds the one before.

import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { days, wallTime } from '../../src/core/time.js';
import { openClusterTrust } from '../../src/daemon/cluster-trust.js';
import { ROLLED_ROLES, type RolledRole } from '../../src/daemon/key-rolls.js';
import { readConfig } from '../../src/daemon/read-config.js';
import { TakenLists } from '../../src/daemon/taken-lists.js';
import { readTrustStatus, rollKey } from '../../src/daemon/trust-status.js';
import { decideList } from '../../src/security/held-lists.js';
import { judge } from '../../src/security/judge.js';
import { functionName, readTrustListFile, type TrustListFile } from '../../src/security/trust-list.js';
import { labcm } from '../cli/harness.js';
import { TestDaemon } from '../support/daemon.js';

const NOW = wallTime(Date.UTC(2026, 0, 1));
const PHONES = `
devices:
  - { name: SEP005056A1033D, model: 7962, protocol: SIP, lines: [{ dn: "5005" }] }
  - { name: SEP005056A1033E, model: 7940, protocol: SCCP, lines: [{ dn: "5006" }] }
security: { itl: on }
`;

let lab: TestDaemon;
let day = 0;
beforeEach(() => {
  lab = new TestDaemon();
  lab.configure(PHONES);
});
afterEach(() => lab.remove());

/** A start of the daemon, a day later. */
const start = async () => {
  day += 1;
  const trust = openClusterTrust(await readConfig(lab.configPath), wallTime(NOW + days(day)));
  const [served] = trust.lists;
  if (served === undefined) throw new Error('no list');
  return { trust, served, list: readTrustListFile(served.bytes) };
};

const takenBy = (device: string, fingerprint: string): void => {
  const taken = new TakenLists(join(lab.folder, 'state/trust'));
  taken.remember({ device, kind: 'ITL', fingerprint }, true);
  taken.close();
};

const roll = async (role: RolledRole, isForced = false) => {
  const config = await readConfig(lab.configPath);
  const status = readTrustStatus(config);
  if (status === undefined) throw new Error('no list');
  return rollKey(config, status, { role, now: wallTime(NOW + days(day)), isForced });
};

const functions = ({ records }: TrustListFile) => records.map((record) => functionName(record.function));

describe('a new key', () => {
  it.each(ROLLED_ROLES)('of %s comes in three steps, each of which phones take', async (role) => {
    const lists: TrustListFile[] = [];
    const signed: Buffer[] = [];
    const states: string[] = [];
    for (let step = 0; step < 4; step += 1) {
      const { trust, served, list } = await start();
      expect(served.isChanged).toBe(true);
      lists.push(list);
      signed.push(trust.sign('a.cnf.xml.sgn', Buffer.from('<device/>')));
      takenBy('SEP005056A1033D', served.fingerprint);
      if (step < 3) {
        const outcome = await roll(role);
        states.push('state' in outcome ? outcome.state : outcome.why);
      }
    }
    expect(states).toEqual(['next-named', 'old-named', 'one']);
    for (const [index, list] of lists.entries()) {
      const before = lists[index - 1];
      if (before !== undefined) expect(decideList({ ITL: before }, list)).toBe('signed-by-held-signer');
      // What is signed at a step is trusted by who holds its list, and by who still holds the one before.
      for (const held of [list, before ?? list])
        expect(judge(signed[index] ?? Buffer.alloc(0), { now: NOW, lists: [held] }).verdict).toBe('valid');
    }
    const [first, second, third, last] = lists.map((list) => functions(list).length);
    expect([first, second, third, last]).toEqual([4, 5, 5, 4]);
  });

  it('of the signer waits for the phones, unless it is forced', async () => {
    const { served } = await start();
    expect(await roll('itlrecovery')).toEqual({ state: 'next-named' });
    await start();
    expect(await roll('itlrecovery')).toEqual({ why: 'not-taken', devices: ['SEP005056A1033D'] });
    takenBy('SEP005056A1033D', served.fingerprint);
    expect(await roll('itlrecovery')).toEqual({ why: 'not-taken', devices: ['SEP005056A1033D'] });
    expect(await roll('callmanager')).toEqual({ why: 'other-role', role: 'itlrecovery' });
    expect(await roll('itlrecovery', true)).toEqual({ state: 'old-named' });
    expect(existsSync(join(lab.folder, 'state/trust/itlrecovery-old-key.pem'))).toBe(true);
    expect(readFileSync(join(lab.folder, 'state/trust/itlrecovery-key.pem'), 'utf8')).toMatch(/^Keep a copy/);
    await start();
  });
});

describe('labcm trust', () => {
  it('list says which phones have the list, of the models that hold one', async () => {
    const { served } = await start();
    const first = await labcm(['trust', 'list', '-c', lab.configPath]);
    expect([first.code, first.err]).toEqual([0, '']);
    expect(first.out).toContain(`SHA-1:   ${served.fingerprint}`);
    expect(first.out).toMatch(/0 of 1 phones have taken it\nnone have: SEP005056A1033D\n/);
    takenBy('SEP005056A1033D', served.fingerprint);
    const { out } = await labcm(['trust', 'list', '--json', '-c', lab.configPath]);
    expect(JSON.parse(out)).toMatchObject({
      sha1: served.fingerprint,
      rollback: false,
      phones: [{ device: 'SEP005056A1033D', has: 'present' }],
      rolls: { itlrecovery: 'one' },
    });
  });

  it('roll takes a step, and says what is to be done', async () => {
    await start();
    const { code, out } = await labcm(['trust', 'roll', 'callmanager', '-c', lab.configPath]);
    expect([code, out]).toEqual([0, expect.stringMatching(/restart labcm, reset the phones/)]);
    await start();
    const refused = await labcm(['trust', 'roll', 'callmanager', '-c', lab.configPath]);
    expect([refused.code, refused.err]).toEqual([
      1,
      expect.stringMatching(/not taken the present list: SEP005056A1033D/),
    ]);
    const listed = await labcm(['trust', 'list', '-c', lab.configPath]);
    expect(listed.out).toMatch(/^callmanager: a next key is named in the list/m);
    expect(await labcm(['trust', 'roll', 'callmanager', '--force', '-c', lab.configPath])).toMatchObject({ code: 0 });
  });

  it('says where there is no list, and what can be rolled', async () => {
    const none = await labcm(['trust', 'list', '-c', lab.configPath]);
    expect([none.code, none.err]).toEqual([1, expect.stringMatching(/none was ever served/)]);
    const wrong = await labcm(['trust', 'roll', 'tomcat', '-c', lab.configPath]);
    expect([wrong.code, wrong.err]).toEqual([2, expect.stringMatching(/one of itlrecovery, callmanager, tvs, capf/)]);
  });
});
