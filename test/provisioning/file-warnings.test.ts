// What phones will ask for and not get, or get otherwise than the owner thinks: told before they do.

import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readLocatedConfig } from '../../src/daemon/read-config.js';
import { partsListed } from '../../src/provisioning/manifests.js';
import { catalogueWarnings } from '../../src/provisioning/problems.js';
import { labcm } from '../cli/harness.js';
import { folderWith, load } from '../config/harness.js';
import { capturedBytes, capturedText, describeCaptured } from '../support/fixtures.js';

type Files = Readonly<Record<string, string | Buffer>>;

/** Of a configuration whose served folder holds `files`: place, key, what was found. */
const warnings = async (yaml: string, files: Files = {}) => {
  const folder = folderWith({ 'lab.yaml': `${yaml}\ntftp: { root: files }\n` });
  mkdirSync(join(folder, 'files'));
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, 'files', path)), { recursive: true });
    writeFileSync(join(folder, 'files', path), content);
  }
  const { config, locate, locateDevice } = await readLocatedConfig(join(folder, 'lab.yaml'));
  const about = { devices: config.devices, settings: config.provisioning, locate, locateDevice };
  const told = await catalogueWarnings(config.tftp.root, about);
  return told.map(({ file, line, key, found }) => {
    const at = file.replace(`${folder}/`, '');
    return `${line === undefined ? at : `${at}:${line}`}: ${key}: ${found}`;
  });
};

const PHONE = 'devices: [{ name: SEP005056A10301, model: 7941, protocol: SIP, lines: [5001] }]';

describe('a file of the owner’s that labcm makes itself', () => {
  it('is told, in any case, for devices of the configuration and for the default file', async () => {
    const files = { 'sep005056a10301.cnf.xml': 'x', 'XMLDefault.cnf.xml': 'x', 'SEP00AABBCCDDEE.cnf.xml': 'x' };
    expect(await warnings(PHONE, files)).toEqual([
      'files/XMLDefault.cnf.xml: tftp.root: a file that no phone gets: labcm makes the one of that name from its configuration',
      'files/sep005056a10301.cnf.xml: tftp.root: a file that no phone gets: labcm makes the one of that name from its configuration',
    ]);
  });

  it('is not one that goes before labcm’s', async () => {
    const files = { 'Ringlist.xml': 'x', 'CTLSEP005056A10301.tlv': 'x', 'below/SEP005056A10301.cnf.xml': 'x' };
    expect(await warnings(PHONE, files)).toEqual([]);
  });
});

describe('a load', () => {
  const LOAD = `phones:\n  loads:\n    7941: SIP41.9-4-2SR3-1S\n${PHONE}`;

  it('without files is told at its line, once, whoever names it', async () => {
    expect(await warnings(LOAD)).toEqual([
      'lab.yaml:3: phones.loads: SIP41.9-4-2SR3-1S, of which tftp.root holds no file',
    ]);
    const own =
      'devices:\n  - { name: A, model: 7941, protocol: SIP, load: SIP41.1 }\n  - { name: B, model: 7941, protocol: SIP, load: sip41.1 }';
    expect(await warnings(own)).toEqual(['lab.yaml:2: A.load: SIP41.1, of which tftp.root holds no file']);
  });

  it('is found by its manifest in any case, or by its one image', async () => {
    const parts = 'apps41.sbn\r\n';
    expect(await warnings(LOAD, { 'sip41.9-4-2sr3-1s.LOADS': parts, 'apps41.sbn': '' })).toEqual([]);
    const conference = 'devices: [{ name: A, model: 7936, load: cmterm_7936.3-3-21-0 }]';
    expect(await warnings(conference, { 'cmterm_7936.3-3-21-0.bin': '' })).toEqual([]);
  });

  it('whose manifest lists parts that are not there is told with their names', async () => {
    const manifest = '# parts\r\njar41.sbn\r\ncnu41.sbn \r\napps41.sbn\r\n';
    expect(await warnings(LOAD, { 'SIP41.9-4-2SR3-1S.loads': manifest, 'JAR41.sbn': '' })).toEqual([
      'files/SIP41.9-4-2SR3-1S.loads: tftp.root: a manifest whose cnu41.sbn, apps41.sbn is not there',
    ]);
    expect(await warnings(LOAD, { 'SIP41.9-4-2SR3-1S.loads': '<html>404</html>' })).toEqual([
      'files/SIP41.9-4-2SR3-1S.loads: tftp.root: a manifest that lists no parts',
    ]);
  });

  it('for the other protocol is told: the phone would register by that and be refused', async () => {
    const yaml =
      'phones: { loads: { 7962: SIP42.9-4-2SR3-1S } }\ndevices:\n  - { name: A, model: 7962, protocol: SCCP }';
    expect(await warnings(yaml, { 'SIP42.9-4-2SR3-1S.loads': 'a.sbn', 'a.sbn': '' })).toEqual([
      'lab.yaml:1: phones.loads: SIP42.9-4-2SR3-1S, which speaks SIP, for A, which is to register by SCCP',
    ]);
  });

  it('is served without the ending that phones put behind it', async () => {
    const config = await load(
      'phones: { loads: { 7941: SIP41.9-4-2SR3-1S.loads } }\ndevices: [{ name: A, model: 7962, load: SCCP42.1.LOADS }]',
    );
    expect([...config.provisioning.loads.values()]).toEqual(['SIP41.9-4-2SR3-1S']);
    expect(config.devices[0]?.load).toBe('SCCP42.1');
  });
});

describe('a file that is named to phones', () => {
  it('and is neither there nor made is told at the device that names it', async () => {
    const yaml = `devices:
  - { name: A, model: 7941, protocol: SIP, dialTemplate: plan.xml, featurePolicyFile: FP00000000-0000-0000-0000-000000000000.xml }
  - { name: B, model: 7941, protocol: SIP, softKeyFile: keys.xml, dialTemplate: plan.xml }`;
    expect(await warnings(yaml, { 'KEYS.xml': 'x' })).toEqual([
      'lab.yaml:2: A.dialTemplate: plan.xml, which tftp.root does not hold',
    ]);
  });

  it('a locale without a folder is told; the ones that phones have built in are not', async () => {
    const yaml = 'phones:\n  locale:\n    user: German_Germany\n    network: Germany';
    expect(await warnings(yaml, { 'german_germany/mk-sccp.jar': '' })).toEqual([
      'lab.yaml:4: phones.locale.network: Germany, of which tftp.root holds no folder',
    ]);
    expect(await warnings('cluster: Lab')).toEqual([]);
  });

  it('by a device of a table is told at its row', async () => {
    const folder = folderWith({
      'lab.yaml': 'devicesFile: phones.csv',
      'phones.csv': 'name,model,protocol,dialTemplate\nA,7941,SIP,\nB,7941,SIP,plan.xml\n',
    });
    const { out, code } = await labcm(['check', '-c', join(folder, 'lab.yaml')]);
    expect([code, out]).toEqual([
      0,
      expect.stringMatching(
        /phones\.csv:3: warning: B\.dialTemplate: found plan\.xml, which tftp\.root does not hold, wanted /,
      ),
    ]);
  });
});

describeCaptured('captured manifests and reported configurations', () => {
  it.each([
    [
      'SCCP70.9-4-2SR3-1S.loads',
      [
        'jar70sccp.9-4-2ES26.sbn',
        'cnu70.9-4-2ES26.sbn',
        'apps70.9-4-2ES26.sbn',
        'dsp70.9-4-2ES26.sbn',
        'cvm70sccp.9-4-2ES26.sbn',
      ],
    ],
    [
      'term61.default.loads',
      [
        'jar41sccp.9-4-2ES26.sbn',
        'cnu41.9-4-2ES26.sbn',
        'apps41.9-4-2ES26.sbn',
        'dsp41.9-4-2ES26.sbn',
        'cvm41sccp.9-4-2ES26.sbn',
      ],
    ],
    [
      'sip78xx.11-0-1-11.loads',
      [
        'sboot78xx.11-0-1-11.sbn',
        'kern78xx.11-0-1-11.sbn',
        'rootfs78xx.11-0-1-11.sbn',
        'sboot2.78xx.11-0-1-11.sbn',
        'kern2.78xx.11-0-1-11.sbn',
        'rootfs2.78xx.11-0-1-11.sbn',
      ],
    ],
  ])('%s lists its parts', (name, parts) => {
    expect(partsListed(capturedBytes(`provisioning/loads/${name}`).toString('utf8'))).toEqual(parts);
  });

  it('a shadowed file and a load with its ending', async () => {
    expect(
      await warnings(PHONE, { 'SEP005056A10301.cnf.xml': capturedText('reports/shadowed/SEP005056A10301.cnf.xml') }),
    ).toEqual([expect.stringContaining('files/SEP005056A10301.cnf.xml: tftp.root: a file that no phone gets')]);
    const { provisioning } = await load(capturedText('reports/load-suffix.yaml'));
    expect([...provisioning.loads.values()]).toEqual(['SIP41.9-4-2SR3-1S']);
  });
});
