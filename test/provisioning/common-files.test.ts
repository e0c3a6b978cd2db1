import { describe, expect, it } from 'vitest';
import { MODELS } from '../../src/devices/models.js';
import { CommonFiles } from '../../src/provisioning/common-files.js';
import { aDevice } from '../support/devices.js';
import { capturedText, describeCaptured } from '../support/fixtures.js';
import { at, CONTEXT, catalogueHarness, outline, parse, put, settings } from './harness.js';

const UUID = '0b1c2d3e-4f50-4617-8899-aabbccddeeff';

describe('XMLDefault.cnf.xml, for phones that nobody knows', () => {
  it.each(['XMLDefault.cnf.xml', 'XMLDEFAULT.CNF.XML', '/xmldefault.cnf.xml'])('is there as %j', async (name) => {
    const { ask } = await catalogueHarness();
    expect(parse(await ask(name)).name).toBe('Default');
  });

  it('sends a stranger to the call managers of the default group', async () => {
    const { ask } = await catalogueHarness();
    const root = parse(await ask('XMLDefault.cnf.xml'));
    const members = at(root, 'callManagerGroup/members').children;
    expect(members.map((member) => [member.attributes, at(member, 'callManager/processNodeName').text])).toEqual([
      [{ priority: '0' }, '10.10.210.10'],
      [{ priority: '1' }, '10.10.210.11'],
    ]);
  });

  it('has a load for each device type that runs one: its number in the name, its model beside it, empty to keep', async () => {
    const { ask } = await catalogueHarness();
    const loads = parse(await ask('XMLDefault.cnf.xml')).children.filter(({ name }) => /^loadInformation/.test(name));
    const byName = new Map(loads.map((load) => [load.name, load]));
    expect(byName.get('loadInformation404')).toMatchObject({
      attributes: { model: 'Cisco 7962' },
      text: 'SCCP42.9-4-2SR3-1S',
    });
    expect(byName.get('loadInformation7')?.text).toBe('');
    expect(byName.get('loadInformation30016')?.attributes).toEqual({ model: 'Cisco IP Communicator' });
    for (const { id, kind } of MODELS) if (kind === 'phone') expect(byName.has(`loadInformation${id}`)).toBe(true);
    expect(byName.size).toBe(loads.length);
  });

  it('has the URLs, the locale and the user for SSH', async () => {
    const { ask } = await catalogueHarness({ changes: { sshUser: 'lab' } });
    const root = parse(await ask('XMLDefault.cnf.xml'));
    expect(at(root, 'servicesURL').text).toBe(
      'http://10.10.210.10:8080/ccmcip/getservicesmenu.jsp?name=#DEVICENAME#&x=1',
    );
    expect(at(root, 'userLocale/name').text).toBe('English_United_States');
    expect(at(root, 'sshUserId').text).toBe('lab');
  });
});

describe('soft keys', () => {
  it('are there under the name that SIP phones are told of', async () => {
    const { ask } = await catalogueHarness();
    const named = at(parse(await ask('SEP005056A1033D.cnf.xml')), 'sipProfile/softKeyFile').text;
    expect(parse(await ask(named)).name).toBe('softKeyCfg');
    expect(parse(await ask(named.toUpperCase())).name).toBe('softKeyCfg');
  });

  it('have definitions that their sets refer to, and at most 16 keys in each', async () => {
    const { ask } = await catalogueHarness();
    const root = parse(await ask(`SK${UUID}.xml`));
    expect(root.children.map(({ name }) => name)).toEqual(['versionStamp', 'typeSoftKey', 'softKeySets']);
    const defined = at(root, 'typeSoftKey').children.map(({ attributes }) => attributes.keyID);
    expect(new Set(defined).size).toBe(defined.length);
    const sets = at(root, 'softKeySets').children;
    expect(sets.map(({ attributes }) => attributes.id).sort()).toEqual([
      'Connected',
      'Connected Conference',
      'Connected No Feature',
      'Connected Transfer',
      'Digits After First',
      'Off Hook',
      'Off Hook With Feature',
      'On Hold',
      'On Hook',
      'Remote In Use',
      'Ring In',
      'Ring Out',
    ]);
    for (const { children } of sets) {
      expect(children.length).toBeGreaterThan(0);
      expect(children.length).toBeLessThanOrEqual(16);
      for (const { attributes } of children) expect(defined).toContain(attributes.keyID);
    }
  });

  it('have the help of their event', async () => {
    const { ask } = await catalogueHarness();
    for (const key of at(parse(await ask(`SK${UUID}.xml`)), 'typeSoftKey').children) {
      const event = Number(at(key, 'eventID').text);
      expect(at(key, 'helpID').text).toBe(String(event === 0 ? 0 : 300 + event));
    }
  });
});

describe('dial rules and feature policy', () => {
  it('are made where a device is told of them and the owner has none', async () => {
    const { ask } = await catalogueHarness();
    const rules = parse(await ask(`DR${UUID}.xml`));
    expect([rules.name, ...rules.children.map(({ name }) => name)]).toEqual([
      'dialTemplate',
      'versionStamp',
      'TEMPLATE',
    ]);
    expect(rules.children[1]?.attributes).toEqual({ match: '*', timeout: '5' });
    const policy = parse(await ask(`DefaultFP0000000000-${UUID}.xml`));
    expect([policy.name, policy.children[0]?.name]).toEqual(['featurePolicy', 'versionStamp']);
    expect(policy.children.slice(1).map((feature) => at(feature, 'id').text)).toEqual(
      Array.from({ length: 16 }, (_, index) => String(index + 1)),
    );
  });

  it('of the owner go first', async () => {
    const { ask } = await catalogueHarness({ files: { [`dr${UUID}.XML`]: 'mine', [`SK${UUID}.xml`]: 'my keys' } });
    expect(String(await ask(`DR${UUID}.xml`))).toBe('mine');
    expect(String(await ask(`SK${UUID}.xml`))).toBe('my keys');
  });

  it('are told as made, not read', async () => {
    const { ask, probe } = await catalogueHarness();
    await ask(`FP${UUID}.xml`);
    expect(probe.events).toMatchObject([{ type: 'file.dynamic', kind: 'featurepolicy', context: CONTEXT }]);
  });
});

describe('ring lists', () => {
  const tones = { 'Bell.raw': 'x', 'Old & Loud.RAW': 'x', 'Wide.rwb': 'x', 'deep/Hidden.raw': 'x', 'a.txt': 'x' };
  const listed = (document: Buffer | undefined) =>
    parse(document).children.map((ring) => [at(ring, 'DisplayName').text, at(ring, 'FileName').text]);

  it('name the tones that lie in the root, under every spelling', async () => {
    const { ask } = await catalogueHarness({ files: tones });
    for (const name of ['RINGLIST.XML', 'Ringlist.xml', 'RingList.xml', 'DistinctiveRinglist.xml'])
      expect(listed(await ask(name))).toEqual([
        ['Bell', 'Bell.raw'],
        ['Old & Loud', 'Old & Loud.RAW'],
      ]);
    expect(listed(await ask('Ringlist-wb.xml'))).toEqual([['Wide', 'Wide.rwb']]);
    expect(parse(await ask('Ringlist.xml')).name).toBe('CiscoIPPhoneRingList');
  });

  it('hold at most fifty, with names that phones take', async () => {
    const files = Object.fromEntries(Array.from({ length: 70 }, (_, index) => [`Tone${index}.raw`, 'x']));
    const { ask } = await catalogueHarness({ files: { ...files, [`${'long'.repeat(9)}.raw`]: 'x' } });
    const rings = listed(await ask('Ringlist.xml'));
    expect(rings).toHaveLength(50);
    for (const ring of rings) for (const text of ring) expect(text.length).toBeLessThanOrEqual(25);
  });

  it('are made once, and anew when the tones change', async () => {
    const common = new CommonFiles(settings(), MODELS);
    const paths = ['Bell.raw'];
    const made = common.file('ringlist', 'RINGLIST', paths);
    expect(common.file('ringlist', 'RINGLIST', paths)).toBe(made);
    expect(listed(common.file('ringlist', 'RINGLIST', [...paths, 'Alarm.raw']).bytes)).toHaveLength(2);
    const { ask, root, served } = await catalogueHarness({ files: tones });
    const before = served.paths();
    await served.refresh();
    expect(served.paths()).toEqual(before);
    put(root, 'Alarm.raw', 'x');
    await served.refresh();
    expect(listed(await ask('DistinctiveRinglist.xml')).flat()).toContain('Alarm.raw');
  });

  it('of the owner go first', async () => {
    const { ask } = await catalogueHarness({ files: { ...tones, 'RINGLIST.XML': 'mine' } });
    expect(String(await ask('Ringlist.xml'))).toBe('mine');
  });
});

describeCaptured('beside files that are in use', () => {
  it('the soft keys are built as theirs', async () => {
    const { ask } = await catalogueHarness({ devices: [aDevice('ipctest2')] });
    const theirs = outline(parse(capturedText('provisioning/ui/SoftKeys.xml')));
    expect(outline(parse(await ask(`SK${UUID}.xml`)))).toEqual(theirs);
  });

  it('the feature policy and the ring list too', async () => {
    const { ask } = await catalogueHarness({ files: { 'a.raw': 'x' } });
    expect(outline(parse(await ask(`FP${UUID}.xml`)))).toEqual(
      outline(parse(capturedText('provisioning/ui/FeaturePolicy.xml'))),
    );
    expect(outline(parse(await ask('Ringlist.xml')))).toEqual(
      outline(parse(capturedText('provisioning/ringlist/Ringlist-cucm.xml'))),
    );
  });

  it('XMLDefault has what theirs has for the models that we know', async () => {
    const { ask } = await catalogueHarness();
    const ours = new Set(outline(parse(await ask('XMLDefault.cnf.xml'))));
    const theirs = outline(parse(capturedText('provisioning/xmldefault/XMLDefault-chan-sccp.cnf.xml')));
    expect(theirs.filter((path) => !ours.has(path) && !path.startsWith('loadInformation'))).toEqual([]);
  });
});
