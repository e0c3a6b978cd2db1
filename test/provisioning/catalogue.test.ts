import { describe, expect, expectTypeOf, it } from 'vitest';
import type { FileSource } from '../../src/core/files.js';
import type { DeviceDatabase } from '../../src/devices/database.js';
import type { CatalogueDevices, FileCatalogue } from '../../src/provisioning/catalogue.js';
import type { FileBuilt } from '../../src/provisioning/events.js';
import { aDevice, aLine } from '../support/devices.js';
import { capturedHex, describeCaptured } from '../support/fixtures.js';
import { at, CONTEXT, catalogueHarness, missed, parse, settings } from './harness.js';

const NAME = 'SEP005056A1033D.cnf.xml';

describe('the file catalogue', () => {
  it('is a source of files for whoever serves them, over the device database as it is', () => {
    expectTypeOf<FileCatalogue>().toExtend<FileSource>();
    expectTypeOf<DeviceDatabase>().toExtend<CatalogueDevices>();
  });

  it.each([NAME, 'sep005056a1033d.CNF.XML', '/SEP005056A1033D.cnf.xml', '\\Sep005056A1033D.cnf.xml'])(
    'answers %j with the device’s own file, at once',
    async (name) => {
      const { catalogue } = await catalogueHarness();
      const answer = catalogue.open(name, CONTEXT);
      if (answer instanceof Promise || !answer.found) throw new Error('not at once');
      expect(answer.device).toBe('SEP005056A1033D');
      const { content } = answer;
      const bytes = content.read(0, content.size);
      if (bytes instanceof Promise) throw new Error('not in memory');
      expect(at(parse(bytes), 'deviceProtocol').text).toBe('SIP');
    },
  );

  it('cuts a file into any blocks, to the octet', async () => {
    const { catalogue, ask } = await catalogueHarness();
    const whole = await ask(NAME);
    const answer = await catalogue.open(NAME, CONTEXT);
    if (!answer.found || whole === undefined) throw new Error('missing');
    const { content } = answer;
    const blocks: Buffer[] = [];
    for (let offset = 0; offset <= content.size; offset += 512) blocks.push(await content.read(offset, 512));
    expect(Buffer.concat(blocks).equals(whole)).toBe(true);
    expect(content.read(content.size, 512)).toHaveLength(0);
  });

  it('refuses a device that is not in the database, and says that nothing matched', async () => {
    const { catalogue, probe } = await catalogueHarness();
    expect(missed(await catalogue.open('SEP00AABBCCDDEE.cnf.xml', CONTEXT))).toEqual({
      found: false,
      file: 'SEP00AABBCCDDEE.cnf.xml',
      harmless: false,
    });
    expect(probe.of('file.find-matching')[0]).toMatchObject({ key: '00AABBCCDDEE', found: undefined });
  });

  it('makes before it reads: an old file of a known device on disk is not served, one of a stranger is', async () => {
    const files = { [NAME]: 'old', 'SEP00AABBCCDDEE.cnf.xml': 'written by hand', 'XMLDefault.cnf.xml': 'old' };
    const { ask } = await catalogueHarness({ files });
    expect(String(await ask(NAME))).toContain('<deviceProtocol>SIP');
    expect(String(await ask('SEP00AABBCCDDEE.cnf.xml'))).toBe('written by hand');
    expect(String(await ask('XMLDefault.cnf.xml'))).toContain('<Default>');
  });

  it('answers forbidden names like missing ones and tells which they were', async () => {
    const { catalogue, probe } = await catalogueHarness({ files: { 'a.txt': 'a' } });
    expect(await catalogue.open('../a.txt', CONTEXT)).toEqual({ found: false, file: '../a.txt', harmless: false });
    expect(probe.events).toMatchObject([
      { type: 'file.forbidden', file: '../a.txt', reason: 'leads out of the root', context: CONTEXT },
    ]);
  });

  it('tells nothing where nobody listens, and costs the database one look-up', async () => {
    const { catalogue, devices, probe } = await catalogueHarness();
    const quiet = { publish: () => expect.unreachable(), hasListener: () => false };
    const { FileCatalogue: Catalogue } = await import('../../src/provisioning/catalogue.js');
    const other = new Catalogue({
      devices,
      settings: settings(),
      models: [],
      root: (await catalogueHarness()).served,
      bus: quiet,
      clock: (await catalogueHarness()).clock,
    });
    devices.requested = 0;
    expect((await other.open(NAME, CONTEXT)).found).toBe(true);
    expect(devices.requested).toBe(1);
    expect(catalogue.kept.files).toBe(0);
    expect(probe.events).toEqual([]);
  });

  it('tells of a file that cannot be made, and does not pass the device off as a stranger', async () => {
    const { catalogue, probe } = await catalogueHarness({ changes: { groups: new Map() } });
    expect(await catalogue.open(NAME, CONTEXT)).toMatchObject({ found: false, device: 'SEP005056A1033D' });
    expect(probe.of('file.broken')).toMatchObject([{ file: NAME, context: CONTEXT }]);
  });
});

describe('a device file is made once per change', () => {
  const stampOf = (document: Buffer | undefined): string => at(parse(document), 'versionStamp').text;

  it('and kept: the same octets, not equal ones', async () => {
    const { catalogue, probe } = await catalogueHarness();
    const first = await catalogue.open(NAME, CONTEXT);
    const second = await catalogue.open(NAME, CONTEXT);
    expect(second).toBe(first);
    const built: FileBuilt[] = probe.of('file.built');
    expect(built).toHaveLength(1);
    expect(built[0]).toMatchObject({ file: NAME, device: 'SEP005056A1033D' });
  });

  it('a changed device is noticed without anybody telling', async () => {
    const { ask, devices } = await catalogueHarness();
    const before = await ask(NAME);
    devices.put(aDevice('SEP005056A1033D', { protocol: 'SIP', lines: ['5006'] }));
    const changed = await ask(NAME);
    expect(at(parse(changed), 'sipProfile/sipLines/line/name').text).toBe('5006');
    expect(stampOf(changed)).not.toBe(stampOf(before));
    devices.put(aDevice('SEP005056A1033D', { protocol: 'SIP', lines: ['5005'] }));
    expect(await ask(NAME)).toEqual(before);
  });

  it('a removed device has none', async () => {
    const { ask, devices } = await catalogueHarness();
    expect(await ask(NAME)).toBeDefined();
    devices.remove('SEP005056A1033D');
    expect(await ask(NAME)).toBeUndefined();
  });

  it('a line that another device has too is a shared one from then on, and no longer', async () => {
    const { ask, devices } = await catalogueHarness();
    const shared = async () => at(parse(await ask(NAME)), 'sipProfile/sipLines/line/sharedLine').text;
    const alone = stampOf(await ask(NAME));
    expect(await shared()).toBe('false');
    devices.put(aDevice('SEP00AABBCCDDEE', { lines: ['5005'] }));
    expect(await shared()).toBe('true');
    expect(stampOf(await ask(NAME))).not.toBe(alone);
    devices.remove('SEP00AABBCCDDEE');
    expect(await shared()).toBe('false');
    expect(stampOf(await ask(NAME))).toBe(alone);
  });

  it('other settings make every file anew, with new stamps where it shows', async () => {
    const { ask, catalogue } = await catalogueHarness();
    const before = await ask(NAME);
    catalogue.reconfigure(settings());
    expect(await ask(NAME)).toEqual(before);
    catalogue.reconfigure(settings({ connectionMonitorSeconds: 60 }));
    expect(stampOf(await ask(NAME))).not.toBe(stampOf(before));
  });

  it('what is kept stays within its bound, and the file in use longest ago leaves first', async () => {
    const devices = Array.from({ length: 60 }, (_, index) => aDevice(`SEP0000000000${String(index).padStart(2, '0')}`));
    const { ask, catalogue, probe } = await catalogueHarness({ devices, changes: { cacheOctets: 40_000 } });
    for (const { name } of devices) {
      await ask(`${name}.cnf.xml`);
      await ask(`${devices[0]?.name}.cnf.xml`);
      expect(catalogue.kept.octets).toBeLessThanOrEqual(40_000);
    }
    expect(catalogue.kept.files).toBeGreaterThan(3);
    expect(probe.of('file.built')).toHaveLength(60); // the first one was in use all the time
  });

  it('forty thousand devices cost nothing until they ask', async () => {
    const line = [aLine('5002')];
    const model = aDevice('ipctest2');
    const devices = Array.from({ length: 40_000 }, (_, index) => ({
      ...model,
      name: `SEP${index.toString(16).toUpperCase().padStart(12, '0')}` as typeof model.name,
      lines: line,
    }));
    const { ask, catalogue, probe } = await catalogueHarness({ devices });
    expect(catalogue.kept).toEqual({ files: 0, octets: 0 });
    expect(await ask('SEP000000009C3F.cnf.xml')).toBeDefined();
    expect(probe.of('file.built')).toHaveLength(1);
  });
});

describe('the stamps that a SIP phone is told of', () => {
  const sip = (rest = {}) => aDevice('SEP005056A1033D', { protocol: 'SIP', ...rest });
  const FORM = /^\d{10}-[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

  it('are those in its files', async () => {
    const uuid = '0b1c2d3e-4f50-4617-8899-aabbccddeeff';
    const device = sip({ dialTemplate: `DR${uuid}.xml`, featurePolicyFile: `FP${uuid}.xml` });
    const { catalogue, ask } = await catalogueHarness({ devices: [device] });
    const file = parse(await ask(NAME));
    const stamp = async (name: string) => at(parse(await ask(name)), 'versionStamp').text;
    const stamps = catalogue.versionStampsOf(device);
    expect(stamps).toEqual({
      config: at(file, 'versionStamp').text,
      softkey: await stamp(at(file, 'sipProfile/softKeyFile').text),
      dialplan: await stamp(at(file, 'sipProfile/dialTemplate').text),
      featureControl: await stamp(at(file, 'featurePolicyFile').text),
    });
    for (const value of Object.values(stamps)) expect(value).toMatch(FORM);
    expect(new Set(Object.values(stamps)).size).toBe(4);
  });

  it('are empty for files that it was not given', async () => {
    const { catalogue } = await catalogueHarness({ devices: [sip()] });
    expect(catalogue.versionStampsOf(sip())).toMatchObject({ dialplan: '', featureControl: '' });
    expect(catalogue.versionStampsOf(aDevice('ipctest2'))).toMatchObject({
      dialplan: '',
      softkey: '',
      featureControl: '',
    });
  });

  it('are the owner’s own in a file of the owner’s', async () => {
    const files = {
      'dialplan.xml': '<dialTemplate><versionStamp>{ my-stamp }</versionStamp></dialTemplate>',
      'bare.xml': '<softKeyCfg/>',
    };
    const device = sip({ dialTemplate: 'DialPlan.xml', softKeyFile: 'bare.xml', featurePolicyFile: 'gone.xml' });
    const { catalogue } = await catalogueHarness({ devices: [device], files });
    expect(catalogue.versionStampsOf(device)).toMatchObject({
      dialplan: '{ my-stamp }',
      softkey: '',
      featureControl: '',
    });
  });
});

describeCaptured('captured requests', () => {
  const nameIn = (stem: string): string => {
    const packet = capturedHex(`provisioning/tftp/${stem}.hex`);
    return packet.subarray(2, packet.indexOf(0, 2)).toString('latin1');
  };

  it('are answered as a call manager does', async () => {
    const files = { 'English_United_States/ipc-sip.jar': 'jar', 'Communicator/LdapDirectories.xml': 'ldap' };
    const { catalogue, ask, probe } = await catalogueHarness({ files });
    expect(await catalogue.open(nameIn('t01-rrq-ctl-plain'), CONTEXT)).toMatchObject({ file: 'CTLFile.tlv' });
    expect(at(parse(await ask(nameIn('t02-rrq-sep-plain'))), 'deviceProtocol').text).toBe('SIP');
    expect(String(await ask(nameIn('t03-rrq-jar-plain')))).toBe('jar');
    expect(await catalogue.open(nameIn('t06-rrq-leading-slash'), CONTEXT)).toMatchObject({ file: 'mk-sip.jar' });
    expect(String(await ask(nameIn('t07-rrq-backslash')))).toBe('ldap');
    for (const stem of ['t08-rrq-traversal', 'u08-rrq-drive']) {
      probe.clear();
      expect(await catalogue.open(nameIn(stem), CONTEXT)).toMatchObject({ found: false, harmless: false });
      expect(probe.types()).toEqual(['file.forbidden']);
    }
  });
});
