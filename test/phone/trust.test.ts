// Simulated phones and trust lists: from nothing over a list on faith to signed files, over changes of the signer, and back.

import { describe, expect, it } from 'vitest';
import type { Phone } from '../../src/phone/index.js';
import { settings } from '../provisioning/harness.js';
import { identity } from '../security/identities.js';
import { type PhoneHarness, phoneHarness } from './harness.js';
import type { ClusterIdentityLists } from './trust-cluster.js';
import { trustCluster } from './trust-cluster.js';

const JAVA_PHONE = { name: 'SEP005056A1033D', protocol: 'SIP', model: '7962' } as const;

const lab = async (cluster: ClusterIdentityLists = {}): Promise<PhoneHarness> => {
  const made = await phoneHarness({ policy: { model: 'any' } });
  made.primary.catalogue.secure(trustCluster(cluster));
  return made;
};

/** As after a reset: every file anew. */
const reboot = async (made: PhoneHarness, phone: Phone): Promise<void> => {
  made.steps.events.length = 0;
  made.primary.sip.command('SEP005056A1033D' as never, 'reset');
  await made.settle();
  await made.pass(30);
  expect(phone.state).toBe('registered');
};

const asked = (made: PhoneHarness): string[] => made.stepsOf('phone.file-asked').map(({ file }) => file);

describe('a phone of a cluster with an identity trust list', () => {
  it('takes the list on faith, and wants signed files from then on', async () => {
    const made = await lab();
    const phone = await made.boot(JAVA_PHONE);
    expect(phone.state).toBe('registered');
    expect(asked(made).slice(0, 3)).toEqual([
      'CTLSEP005056A1033D.tlv',
      'ITLSEP005056A1033D.tlv',
      'SEP005056A1033D.cnf.xml.sgn',
    ]);
    expect(made.stepsOf('phone.trust-taken')).toMatchObject([{ file: 'ITLSEP005056A1033D.tlv', onFaith: true }]);
    expect(made.stepsOf('phone.file-untrusted')).toEqual([]);
    await reboot(made, phone);
    expect(made.stepsOf('phone.trust-taken')).toEqual([]);
    expect(asked(made)).toContain('SEP005056A1033D.cnf.xml.sgn');
  });

  it('follows the signer over two steps', async () => {
    const made = await lab();
    const phone = await made.boot(JAVA_PHONE);
    made.primary.catalogue.secure(trustCluster({ next: identity('itlrecovery', 'NEW') }));
    await reboot(made, phone);
    expect(made.stepsOf('phone.trust-taken')).toMatchObject([{ onFaith: false }]);
    made.primary.catalogue.secure(trustCluster({ signer: identity('itlrecovery', 'NEW') }));
    await reboot(made, phone);
    expect(made.stepsOf('phone.trust-taken')).toMatchObject([{ signer: expect.stringMatching(/ITLRECOVERY_NEW/) }]);
    expect(made.stepsOf('phone.trust-refused')).toEqual([]);
  });

  it('is lost if it misses the first step: it refuses the list and the files, and keeps its old settings', async () => {
    const made = await lab();
    const phone = await made.boot(JAVA_PHONE);
    const stamp = phone.file?.versionStamp;
    const rolled = { signer: identity('itlrecovery', 'NEW'), files: identity('callmanager', 'NEW') };
    made.primary.catalogue.secure(trustCluster(rolled));
    made.primary.catalogue.reconfigure(settings({ connectionMonitorSeconds: 120, sshUser: 'changed' }));
    await reboot(made, phone);
    expect(made.stepsOf('phone.trust-refused')).toMatchObject([
      { file: 'ITLSEP005056A1033D.tlv', why: expect.stringMatching(/signer not in the list/) },
    ]);
    expect(made.stepsOf('phone.file-untrusted')[0]).toMatchObject({ file: 'SEP005056A1033D.cnf.xml.sgn' });
    expect(phone.file?.versionStamp).toBe(stamp);
    // Somebody erases the list by hand: then it takes the new one on faith.
    phone.trust.erase();
    await reboot(made, phone);
    expect(made.stepsOf('phone.trust-taken')).toMatchObject([{ onFaith: true }]);
    expect(phone.file?.versionStamp).not.toBe(stamp);
  });

  it('is set free by the empty list, and takes the list of another cluster then', async () => {
    const made = await lab();
    const phone = await made.boot(JAVA_PHONE);
    made.primary.catalogue.secure(trustCluster({ isRollback: true }));
    await reboot(made, phone);
    expect(made.stepsOf('phone.trust-taken')).toHaveLength(1);
    expect(asked(made)).toContain('SEP005056A1033D.cnf.xml');
    expect(asked(made)).not.toContain('SEP005056A1033D.cnf.xml.sgn');
    const other = { signer: identity('itlrecovery', 'OTHER'), files: identity('callmanager', 'OTHER') };
    made.primary.catalogue.secure(trustCluster(other));
    await reboot(made, phone);
    expect(made.stepsOf('phone.trust-taken')).toMatchObject([{ signer: expect.stringMatching(/OTHER/) }]);
  });

  it('refuses the list of another cluster without that, and a file that was changed on its way', async () => {
    const made = await lab();
    const phone = await made.boot(JAVA_PHONE);
    const ours = trustCluster({});
    const other = trustCluster({ signer: identity('itlrecovery', 'OTHER') });
    made.primary.catalogue.secure({
      list: (kind) => other.list(kind),
      sign: (name, plain) => Buffer.concat([ours.sign(name, plain), Buffer.from('<!-- -->')]),
    });
    await reboot(made, phone);
    expect(made.stepsOf('phone.trust-refused')).toHaveLength(1);
    expect(made.stepsOf('phone.file-untrusted')[0]?.why).toMatch(/signature/);
  });

  it('that cannot read a list that it is offered goes on without', async () => {
    const made = await lab();
    made.primary.catalogue.secure({ list: () => Buffer.from('no list'), sign: (_name, plain) => plain });
    const phone = await made.boot(JAVA_PHONE);
    expect(phone.state).toBe('registered');
    expect(made.stepsOf('phone.trust-refused').length).toBeGreaterThan(0);
    expect(asked(made)).toContain('SEP005056A1033D.cnf.xml');
  });

  it('opens its encrypted configuration with its own key, and is lost with another', async () => {
    const own = identity('callmanager', 'PHONE');
    const { key, certificate } = own;
    const made = await lab({ recipient: own.read });
    const phone = await made.boot({ ...JAVA_PHONE, factoryIdentity: { key, certificate } });
    expect(phone.state).toBe('registered');
    expect(asked(made).slice(2, 4)).toEqual(['SEP005056A1033D.cnf.xml.sgn', 'SEP005056A1033D.cnf.xml.enc.sgn']);
    const { key: otherKey, certificate: other } = identity('callmanager');
    phone.trust.issue({ key: otherKey, certificate: other });
    await reboot(made, phone);
    expect(made.stepsOf('phone.file-untrusted')).toMatchObject([
      { file: 'SEP005056A1033D.cnf.xml.enc.sgn', why: expect.stringMatching(/another key/) },
    ]);
  });
});
