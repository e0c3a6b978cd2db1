// The files of the daemons that a drill starts, and a drill of phones at a daemon that somebody else runs.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { configPath, DRILL_PORTS, type NodeFiles, writeNodeFiles } from '../../src/cli/drill/node-files.js';
import { readConfig } from '../../src/daemon/read-config.js';
import { type Lab, startLab } from '../../src/lab.js';
import { folderWith } from '../config/harness.js';
import { planOf } from '../drill/harness.js';
import { labcm } from './harness.js';

const written = async (text: string): Promise<NodeFiles> => {
  const plan = planOf(text);
  const files = {
    plan,
    folder: folderWith({}),
    addressOf: (node: string) => `127.66.0.${plan.nodes.findIndex(({ name }) => name === node) + 1}`,
  };
  await writeNodeFiles(files);
  return files;
};

const TWO = ['nodes: [CM1, CM2]', 'phones: { count: 6, spread: true }', 'steps: [{ at: 1s, kill: CM1 }]'];

describe('the files of a drill', () => {
  it('are configurations without a fault, with all phones in them', async () => {
    const files = await written(TWO.join('\n'));
    for (const [index, { name }] of files.plan.nodes.entries()) {
      const config = await readConfig(configPath(files, name));
      expect(config.self.name).toBe(name);
      expect(config.sccp).toMatchObject({ address: `127.66.0.${index + 1}`, port: DRILL_PORTS.sccp });
      expect(config.devices.map((device) => [device.name, device.protocol, device.group])).toEqual([
        ['SEP020000000001', 'SCCP', 'Default'],
        ['SEP020000000002', 'SIP', 'Default2'],
        ['SEP020000000003', 'SCCP', 'Default'],
        ['SEP020000000004', 'SIP', 'Default2'],
        ['SEP020000000005', 'SCCP', 'Default'],
        ['SEP020000000006', 'SIP', 'Default2'],
      ]);
    }
  });

  it('are never those of another node, however they are called', async () => {
    const names = ['CM 1', 'CM_1', 'CM/1', 'CM=00201', '..', 'phones.jsonl', 'ä', 'CM_1.yaml'];
    const files = await written(`nodes: ${JSON.stringify(names)}\nsteps: [{ at: 1s, kill: CM_1 }]`);
    const paths = names.map((name) => configPath(files, name));
    const states = paths.map(
      (path) => (JSON.parse(readFileSync(path, 'utf8')) as { state: { directory: string } }).state.directory,
    );
    expect(new Set([...paths, ...states]).size).toBe(2 * names.length);
    for (const path of [...paths, ...states]) expect(path.startsWith(join(files.folder, '/'))).toBe(true);
  });

  it('have what the drill lays over all of them and over one', async () => {
    const files = await written(
      [
        'nodes: [CM1, { name: CM2, configuration: { sccp: { keepAlive: 7s } } }]',
        'configuration: { sccp: { keepAlive: 5s, patience: 20s }, policy: { duplicate: refuse } }',
        'steps: [{ at: 1s, kill: CM1 }]',
      ].join('\n'),
    );
    const [first, second] = await Promise.all(['CM1', 'CM2'].map((node) => readConfig(configPath(files, node))));
    expect([first?.sccp.keepAlive, second?.sccp.keepAlive]).toEqual([5_000, 7_000]);
    expect([first?.sccp.port, second?.policy.duplicate]).toEqual([DRILL_PORTS.sccp, 'refuse']);
  });

  it('change when a configuration is rolled out, and are as before when it is taken back', async () => {
    const files = await written(TWO.join('\n'));
    const text = () => readFileSync(join(files.folder, 'phones.jsonl'), 'utf8');
    const before = [text(), readFileSync(configPath(files, 'CM1'), 'utf8')];
    await writeNodeFiles(files, { keys: { policy: { duplicate: 'refuse' } }, device: { model: '7940' } });
    const config = await readConfig(configPath(files, 'CM1'));
    expect(config.policy.duplicate).toBe('refuse');
    expect(text().match(/"model":"7940"/g)).toHaveLength(6);
    await writeNodeFiles(files);
    expect([text(), readFileSync(configPath(files, 'CM1'), 'utf8')]).toEqual(before);
  });

  it('serve DHCP at the first node alone, with an address for each phone', async () => {
    const files = await written(
      ['nodes: [CM1, CM2]', 'phones: { count: 5000, boot: full }', 'steps: [{ at: 1s, power: cycle }]'].join('\n'),
    );
    const first = JSON.parse(readFileSync(configPath(files, 'CM1'), 'utf8')) as {
      dhcp: { subnets: { pools: string[] }[] };
    };
    expect(first.dhcp.subnets[0]?.pools).toEqual(['127.20.1.0-127.20.20.152']);
    expect(JSON.parse(readFileSync(configPath(files, 'CM2'), 'utf8'))).not.toHaveProperty('dhcp');
  });
});

describe('a drill of phones at a daemon that runs already', () => {
  let lab: Lab | undefined;
  afterEach(() => lab?.stop());

  it('follows them by its events, and leaves the daemon as it was', async () => {
    const names = ['SEP020000000001', 'SEP020000000002'];
    lab = await startLab({
      devices: names.map((name, index) => ({ name, model: 7962, protocol: 'SCCP', lines: [`${5001 + index}`] })),
    });
    const running = lab;
    const phones = names.map((name) => running.phone({ name, times: { allFailed: 100 as never } }));
    await Promise.all(phones.map((phone) => phone.registered({ within: '20s' })));
    const file = [
      `nodes: [{ name: CM1, api: "${running.url().replace(/\/$/, '')}" }]`,
      'phones: { real: "SEP02*" }',
      'steps:',
      '  - { at: 100ms, clock: +1h }',
      '  - { at: 200ms, expire: all, expect: { hit: all, back: 2800ms } }',
      'lasts: 3s',
      'expect: { lost: none, nodes: { CM1: { counts: { registered: 2 } } } }',
    ].join('\n');
    const directory = folderWith({ 'drill.yaml': file });
    const { code, out, err } = await labcm(['drill', 'drill.yaml', '--json'], { directory, fetch });
    expect(code, out + err).toBe(0);
    expect(JSON.parse(out)).toMatchObject({
      ...{ end: 'over', phones: 2 },
      steps: [
        { title: 'clock +3600 s' },
        { title: 'expire all', remark: '2 registrations', hit: 2, back: 2, neverBack: 0 },
      ],
    });
    const clock = (await (await fetch(running.url('/api/clock'))).json()) as { ahead: number };
    expect(clock.ahead).toBe(0);
  });
});
