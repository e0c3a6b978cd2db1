// Trust lists and signed files in the catalogue: who gets which name, by which bytes; and that nothing differs without them.

import { describe, expect, it } from 'vitest';
import { configurationForm, plainNameOf, type TrustFiles } from '../../src/provisioning/trust-files.js';
import { aDevice } from '../support/devices.js';
import { CONTEXT, catalogueHarness, missed } from './harness.js';

const FILES = {
  'ringer.raw': 'ring',
  'Testland/g3-tones.xml': '<tones/>',
  'kept.xml': 'k',
  'kept.xml.sgn': 'the owner’s',
};
const DEVICES = [aDevice('SEP005056A1033D')];

const secured = async (lists: Partial<Record<'CTL' | 'ITL', string>> = { ITL: 'our itl' }, files = FILES) => {
  const harness = await catalogueHarness({ devices: DEVICES, files });
  const trust: TrustFiles = {
    list: (kind) => (lists[kind] === undefined ? undefined : Buffer.from(lists[kind])),
    sign: (name, plain) => Buffer.concat([Buffer.from(`[${name}]`), plain]),
  };
  harness.catalogue.secure(trust);
  const text = async (name: string) => (await harness.ask(name))?.toString();
  return { ...harness, text };
};

describe('a cluster with an identity trust list', () => {
  it('gives it to every phone, and to a known one by its name', async () => {
    const { text, catalogue } = await secured();
    for (const name of ['ITLSEP005056A1033D.tlv', 'ITLSEP00AABBCCDDEE.tlv', 'ITLFile.tlv', 'itlfile.TLV'])
      expect(await text(name)).toBe('our itl');
    expect(await catalogue.open('ITLSEP005056A1033D.tlv', CONTEXT)).toMatchObject({ device: 'SEP005056A1033D' });
    for (const name of ['CTLSEP005056A1033D.tlv', 'CTLFile.tlv', 'ext_ITLSEP005056A1033D.tlv', 'ITLFile.tlv.sgn'])
      expect(await text(name)).toBeUndefined();
  });

  it('gives a CTL to devices that it knows, and to no others', async () => {
    const { text } = await secured({ CTL: 'our ctl' });
    expect(await text('CTLSEP005056A1033D.tlv')).toBe('our ctl');
    expect(await text('CTLFile.tlv')).toBe('our ctl');
    expect(await text('CTLSEP00AABBCCDDEE.tlv')).toBeUndefined();
    expect(await text('ITLFile.tlv')).toBeUndefined();
  });

  it('lets the owner’s own list go before', async () => {
    const { text } = await secured({ ITL: 'our itl' }, { ...FILES, 'ITLFile.tlv': 'mine' } as typeof FILES);
    expect(await text('ITLSEP005056A1033D.tlv')).toBe('mine');
  });

  it.each(['SEP005056A1033D.cnf.xml', 'XMLDefault.cnf.xml', 'RINGLIST.XML', 'ringer.raw', 'Testland/g3-tones.xml'])(
    'signs %s: the plain octets, wrapped',
    async (name) => {
      const { text } = await secured();
      const plain = await text(name);
      expect(plain).toBeDefined();
      expect(await text(`${name}.sgn`)).toBe(`[${name}.sgn]${plain}`);
    },
  );

  it('says whose signed file it is, and with which stamp', async () => {
    const { catalogue } = await secured();
    const plain = await catalogue.open('SEP005056A1033D.cnf.xml', CONTEXT);
    const signed = await catalogue.open('SEP005056A1033D.cnf.xml.sgn', CONTEXT);
    if (!plain.found || !signed.found) throw new Error('missing');
    expect([signed.device, signed.stamp]).toEqual(['SEP005056A1033D', plain.stamp]);
  });

  it('misses the signed form of what there is not, by the name that was asked', async () => {
    const { catalogue } = await secured();
    for (const name of [
      'SEP00AABBCCDDEE.cnf.xml.sgn',
      'none.xml.sgn',
      'SEP005056A1033D.cnf.xml.sgn.sgn',
      'a.loads.sgn',
    ])
      expect(missed(await catalogue.open(name, CONTEXT)).file).toBe(name);
  });

  it('serves the owner’s own signed file as it is', async () => {
    const { text } = await secured();
    expect(await text('kept.xml.sgn')).toBe('the owner’s');
  });

  it('never serves a private key, plain or signed', async () => {
    const key = {
      'backup.txt': 'x\n-----BEGIN RSA PRIVATE KEY-----\n',
      'large.bin': `-----BEGIN PRIVATE KEY-----\n${'x'.repeat(300_000)}`,
    };
    const { ask, probe } = await secured({}, { ...FILES, ...key } as typeof FILES);
    for (const name of ['backup.txt', 'backup.txt.sgn', 'large.bin']) expect(await ask(name)).toBeUndefined();
    expect(probe.of('file.broken').map(({ file }) => file)).toEqual(['backup.txt', 'backup.txt', 'large.bin']);
  });
});

describe('a configuration that is encrypted', () => {
  it('exists as a signed stub and encrypted, and not in clear', async () => {
    const harness = await catalogueHarness({ devices: [...DEVICES, aDevice('SEP0011223344AA')] });
    const before = (await harness.ask('SEP005056A1033D.cnf.xml'))?.toString();
    harness.catalogue.secure({
      list: () => undefined,
      sign: (name, plain) => Buffer.concat([Buffer.from(`[${name}]`), plain]),
      encrypted: {
        isNamed: ({ name }) => name === 'SEP005056A1033D',
        encryptionOf: () => ({ state: 'ready', certificateHash: 'abc' }),
        encrypt: (name, device, plain) => Buffer.from(`{${name} ${device.name}}${plain.toString()}`),
      },
    });
    const text = async (name: string) => (await harness.ask(name))?.toString();
    expect(await text('SEP005056A1033D.cnf.xml')).toBeUndefined();
    const stub = await text('SEP005056A1033D.cnf.xml.sgn');
    expect(stub).toMatch(/^\[SEP005056A1033D\.cnf\.xml\.sgn\]<\?xml/);
    expect(stub).toMatch(/<fullConfig>false<[\s\S]*<certHash>abc<\/certHash>\s*<encrConfig>true</);
    expect(stub).not.toMatch(/sshPassword|line/);
    const name = 'sep005056a1033d.cnf.xml.enc.sgn';
    const encrypted = (await text(name)) ?? '';
    expect(encrypted.startsWith(`{${name} SEP005056A1033D}<?xml`)).toBe(true);
    expect(encrypted).toMatch(/<certHash>abc<\/certHash>\s*<encrConfig>true</);
    // But for its stamp it is what the plain one was.
    const bare = (file: string) => file.replace(/<(versionStamp|certHash|encrConfig)>[^<]*</g, '<$1><');
    expect(bare(encrypted)).toBe(`{${name} SEP005056A1033D}${bare(before ?? '')}`);
    expect(await text('SEP0011223344AA.cnf.xml')).toContain('<device');
    expect(await text('SEP0011223344AA.cnf.xml.enc.sgn')).toBeUndefined();
  });

  it.each([
    ['SEP1.cnf.xml', { device: 'SEP1', form: 'plain' }],
    ['SEP1.cnf.xml.SGN', { device: 'SEP1', form: 'signed' }],
    ['SEP1.cnf.xml.enc.sgn', { device: 'SEP1', form: 'encrypted' }],
    ['SEP1.cnf.xml.enc', { device: 'SEP1', form: 'encrypted' }],
    ['SEP1.cnf', undefined],
    ['a/SEP1.cnf.xml', undefined],
  ])('%s is asked for in a form', (name, form) => {
    expect(configurationForm(name)).toEqual(form);
  });
});

describe('the signed form', () => {
  it.each([
    ['SEP005056A1033D.cnf.xml.sgn', 'SEP005056A1033D.cnf.xml'],
    ['Testland/g3-tones.xml.SGN', 'Testland/g3-tones.xml'],
    ['SEP005056A1033D.cnf.xml.enc.sgn', undefined],
    ['ITLFile.tlv.sgn', undefined],
    ['term62.default.loads.sgn', undefined],
    ['cnu62.zz.sgn', undefined],
    ['P0030801SR02.sgn', undefined],
    ['x.sgn.sgn', undefined],
    ['.sgn', undefined],
    ['x.xml', undefined],
  ])('%s is of %s', (name, plain) => {
    expect(plainNameOf(name)).toBe(plain);
  });
});
