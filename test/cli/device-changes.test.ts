// `labcm add`, `set`, `remove`, `import` and `export` against a whole daemon, and what `check` and `status` say then.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { readConfig } from '../../src/daemon/read-config.js';
import { equalDevices } from '../../src/devices/device.js';
import { SERVICES, TestDaemon } from '../support/daemon.js';
import { labcm } from './harness.js';

let lab: TestDaemon;

beforeEach(async () => {
  lab = new TestDaemon();
  lab.configure();
  await lab.start();
});
afterEach(() => lab.remove());

/** A command that asks the daemon. */
const asked = (...args: readonly string[]) =>
  labcm([...args, '--api', lab.url('')], { fetch: globalThis.fetch, directory: lab.folder });
const onTerminal = (...args: readonly string[]) =>
  labcm([...args, '--api', lab.url('')], { fetch: globalThis.fetch, directory: lab.folder, terminal: true });
/** A command that reads the configuration. */
const local = (...args: readonly string[]) => labcm([...args, '-c', lab.configPath], { directory: lab.folder });
const configured = (name: string) => lab.daemon.database.byName(name)?.configured;

const file = (name: string, text: string): string => {
  const path = join(lab.folder, name);
  writeFileSync(path, text);
  return path;
};

describe('labcm add', () => {
  it('adds a device with what its options and keys say', async () => {
    const { code, out, err } = await asked(
      ...[
        'add',
        'SEP001122334455',
        '--model',
        '7961',
        '--protocol',
        'sip',
        '--line',
        '5001=Front desk',
        '--line',
        '5002',
      ],
      ...['--description', 'Lobby', '--set', 'digest.user=lab', '--set', 'digest.password=secret'],
    );
    expect([code, out, err]).toEqual([0, 'SEP001122334455: added\n', '']);
    expect(configured('SEP001122334455')).toMatchObject({
      protocol: 'SIP',
      lines: [
        { dn: '5001', label: 'Front desk' },
        { dn: '5002', label: '5002' },
      ],
      description: 'Lobby',
      digest: { user: 'lab', password: 'secret' },
    });
  });

  it('prints every fault of the daemon, and exits with 2', async () => {
    const { code, err } = await asked('add', 'a b', '--model', '7999', '--line', 'x y');
    expect(code).toBe(2);
    expect(err.split('\n')).toEqual([
      expect.stringMatching(/^a b: name: found "a b", wanted /),
      expect.stringMatching(/^a b: model: found "7999", wanted a model .*$/),
      expect.stringMatching(/^a b: lines\.0\.dn: found "x y", wanted /),
      '3 faults; nothing has changed',
      '',
    ]);
  });

  it('says where a device stands already', async () => {
    const { code, err } = await asked('add', 'ipctest2', '--model', 'CIPC');
    expect(code).toBe(2);
    expect(err).toContain(`wanted a name of its own: ${lab.configPath}:`);
  });

  it('knows its keys before it asks the daemon', async () => {
    expect(await labcm(['add', 'A', '--model', '7962', '--set', 'descripton=x'])).toMatchObject({
      code: 2,
      err: 'labcm: key=value: found the key "descripton", wanted description (is that what was meant?)\n',
    });
  });
});

describe('labcm set', () => {
  it('changes keys, and takes one away', async () => {
    expect(await asked('set', 'IPCTEST2', 'description=Lobby', 'lines=5002=Desk;5003')).toMatchObject({
      code: 0,
      out: 'ipctest2: changed\n',
    });
    expect(configured('ipctest2')).toMatchObject({ description: 'Lobby', lines: [{ label: 'Desk' }, { dn: '5003' }] });
    expect((await asked('set', 'ipctest2', 'description=')).code).toBe(0);
    expect(configured('ipctest2')?.description).toBe('');
    expect((await asked('set', 'ipctest2', 'description=')).out).toBe('ipctest2: unchanged\n');
  });

  it.each([
    [['nothing'], 'labcm: key=value: found "nothing", wanted key=value, such as description=Lobby\n'],
    [
      ['lines.0.label=x'],
      'labcm: key=value: found lines.0.label, wanted the list as a whole, such as lines=5001;5002=Lobby\n',
    ],
  ])('does not take %j', async (settings, err) => {
    expect(await labcm(['set', 'A', ...settings])).toMatchObject({ code: 2, err });
  });

  it('does not know a device that nobody has', async () => {
    expect(await asked('set', 'NOBODY', 'description=x')).toMatchObject({ code: 1 });
  });
});

describe('labcm remove', () => {
  it('removes, and takes that back', async () => {
    expect((await asked('remove', 'ipctest2')).out).toBe('ipctest2: removed\n');
    expect(configured('ipctest2')).toBeUndefined();
    expect((await asked('remove', 'ipctest2', '--layer')).out).toBe('ipctest2: restored\n');
    expect(configured('ipctest2')).toBeDefined();
    expect(await asked('remove', 'ipctest2', '--layer')).toMatchObject({
      code: 1,
      err: expect.stringContaining('`labcm export --layer` lists them'),
    });
  });
});

describe('labcm forward', () => {
  const forward = () => configured('ipctest2')?.lines[0]?.forward;
  const dn = () => String(configured('ipctest2')?.lines[0]?.dn);

  it('forwards the calls of a line, of one kind or of several, and ends that', async () => {
    await asked('add', 'SEP001122334455', '--model', '7962', '--line', '5001');
    expect((await asked('forward', dn(), '5001')).out).toBe('ipctest2: changed\n');
    expect(forward()).toMatchObject({ all: '5001' });
    await asked('forward', dn(), 'off');
    await asked('forward', dn(), '5001', '--busy', '--no-answer', '--unregistered');
    expect(forward()).toMatchObject({ busy: '5001', noAnswer: '5001', unregistered: '5001' });
    expect(forward()?.all).toBeUndefined();
    const { out } = await asked('forward', dn(), 'off', '--busy', '--json');
    expect(JSON.parse(out)).toMatchObject({ devices: [{ name: 'ipctest2', outcome: 'changed' }] });
  });

  it('does not forward to nowhere', async () => {
    expect(await asked('forward', dn(), '9999')).toMatchObject({
      code: 2,
      err: expect.stringContaining('a number that leads to a phone'),
    });
  });
});

describe('labcm dnd', () => {
  it.each([
    ['on', 'ringer-off'],
    ['reject', 'reject'],
    ['off', undefined],
  ])('%s', async (state, option) => {
    await asked('dnd', 'ipctest2', 'on');
    expect((await asked('dnd', 'ipctest2', state)).code).toBe(0);
    expect(configured('ipctest2')?.doNotDisturb).toBe(option);
  });
});

describe('labcm import', () => {
  const GOOD = 'name,model,lines\nSEP000000000001,7962,5101\nSEP000000000002,7962,5102\n';

  it('adds the devices of a file; with --check it only says what it would do', async () => {
    const path = file('more.csv', GOOD);
    expect(await asked('import', path, '--check')).toMatchObject({ code: 0, out: '2 added, if it were done\n' });
    expect(configured('SEP000000000001')).toBeUndefined();
    expect(await asked('import', path)).toMatchObject({ code: 0, out: '2 added\n' });
    expect(configured('SEP000000000002')?.lines).toMatchObject([{ dn: '5102' }]);
    expect((await asked('import', path)).err).toContain(
      `${path}:2: name: found "SEP000000000001", wanted a name of its own`,
    );
    expect(await asked('import', path, '--replace')).toMatchObject({ code: 0, out: '2 unchanged\n' });
  });

  it('names the line of every fault, of all parts, and changes nothing', async () => {
    const rows = Array.from(
      { length: 1500 },
      (_, index) => `more${index},${index === 3 || index === 1400 ? 'x99' : '7962'}`,
    );
    const path = file('many.csv', `name,model\n${rows.join('\n')}\n`);
    const { code, err } = await asked('import', path);
    expect(code).toBe(2);
    expect(err.split('\n').map((line) => line.replace(`${path}:`, '').replace(/: found.*/, ''))).toEqual([
      '5: model',
      '1402: model',
      '2 faults; nothing has changed',
      '',
    ]);
    expect(configured('more0')).toBeUndefined();
  });

  it('says on a terminal how far it has got, and for programs nothing but the result', async () => {
    const rows = Array.from({ length: 2_300 }, (_, index) => `far${index},7962`);
    const path = file('far.csv', `name,model\n${rows.join('\n')}\n`);
    const json = await asked('import', path, '--check', '--json');
    expect(json).toMatchObject({ code: 0, out: '{"check":true,"devices":{"added":2300}}\n', err: '' });
    const { out, err } = await onTerminal('import', path);
    expect(out).toBe('2300 added\n');
    expect(err.split('\r\u001b[K')).toEqual([
      '',
      'checked 1000 of 2300 devices',
      'checked 2000 of 2300 devices',
      'checked 2300 of 2300 devices',
      'wrote 1000 of 2300 devices',
      'wrote 2000 of 2300 devices',
      'wrote 2300 of 2300 devices',
      '',
    ]);
    expect((await onTerminal('import', file('few.csv', GOOD))).err).toBe('');
  });

  it('does not read what is no table, or no file', async () => {
    expect((await asked('import', file('x.csv', 'a,b\n1,2\n'))).code).toBe(2);
    expect((await asked('import', join(lab.folder, 'none.csv'))).err).toContain('found no such file');
  });
});

describe('labcm export', () => {
  const STORY = async (): Promise<void> => {
    await asked(
      ...[
        'add',
        'SEP001122334455',
        '--model',
        '7961',
        '--protocol',
        'SIP',
        '--line',
        '0017=Büro, "quoted"',
        '--set',
        'digest.user=lab',
      ],
      ...[
        '--set',
        'digest.password=a:b #c',
        '--set',
        'vendorConfig.webAccess=0',
        '--set',
        'ownerUserId=eve; bob',
        '--set',
        'speedDials=5005=Lab',
      ],
    );
    await asked('set', 'ipctest2', 'description=Lobby: front');
  };
  const effective = () => [...lab.daemon.database.devices()].map((record) => record.configured);

  it.each(['yaml', 'csv'])('prints %s that can be pasted back: the same devices, and check passes', async (format) => {
    await STORY();
    const { code, out, err } = await local('export', '--format', format);
    expect([code, err]).toEqual([0, '3 devices\n']);
    const folder = mkdtempSync(join(tmpdir(), 'labcm-export-'));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    writeFileSync(join(folder, 'phones.csv'), format === 'csv' ? out : 'name,model\n');
    writeFileSync(join(folder, 'lab.yaml'), `${SERVICES}\n${format === 'csv' ? 'devicesFile: phones.csv\n' : out}`);
    const { devices } = await readConfig(join(folder, 'lab.yaml'));
    expect(devices).toHaveLength(3);
    for (const [index, device] of devices.entries())
      expect(equalDevices(device, effective()[index] as never)).toBe(true);
    expect((await labcm(['check', '-c', join(folder, 'lab.yaml')])).code).toBe(0);
  });

  it('prints those of the layer alone', async () => {
    await STORY();
    const { out } = await local('export', '--layer');
    expect(out.match(/name: \S+/g)).toEqual(['name: ipctest2', 'name: SEP001122334455']);
    expect(out).toContain('description: "Lobby: front"');
  });

  it('ends the layer’s entry where it is pasted into the file', async () => {
    await STORY();
    const { out } = await local('export');
    lab.configure(out);
    await lab.daemon.reload();
    expect((await local('export', '--layer')).err).toBe('0 devices\n');
  });
});

describe('devices that stand in a file and in the layer', () => {
  it('are named by check, with both places', async () => {
    await asked('set', 'ipctest2', 'description=Lobby');
    await asked('remove', 'SEP005056A1033D');
    const { code, out, err } = await local('check');
    expect(code).toBe(0);
    expect(err).toContain('2 warnings, 1 device');
    const layer = join(lab.folder, 'state', 'devices.jsonl');
    expect(out).toMatch(
      /^lab\.yaml:\d+: warning: devices ipctest2: found a device that \S+ changes \(description\), wanted one of the two/m,
    );
    expect(out).toContain(`devices SEP005056A1033D: found a device that ${layer} removes`);
  });

  it('are counted after the first hundred', async () => {
    const rows = Array.from({ length: 103 }, (_, index) => `{ name: M${index}, model: 7962 }`);
    lab.configure(`devices: [${rows.join(', ')}]`);
    await lab.daemon.reload();
    const csv = rows.map((_, index) => `M${index},7962,x`).join('\n');
    await asked('import', file('all.csv', `name,model,description\n${csv}\n`), '--replace');
    const { out, err } = await local('check');
    expect(err).toContain('101 warnings, 103 devices');
    expect(out).toContain('devices: found 3 more devices that it changes or removes, wanted one place each');
  });

  it('are named by status, with both places', async () => {
    await asked('set', 'ipctest2', 'description=Lobby');
    const { out } = await asked('status', 'ipctest2');
    expect(out).toMatch(
      /Configured: +at runtime, in state\/devices\.jsonl, over \S+lab\.yaml:\d+, which does not hold/,
    );
    await asked('add', 'A', '--model', '7962');
    expect((await asked('status', 'A')).out).toMatch(/Configured: +at runtime, in state\/devices\.jsonl\n/);
  });

  it('are told as a fault beside the others where the layer cannot be read', async () => {
    await asked('add', 'A', '--model', '7962');
    writeFileSync(join(lab.folder, 'state', 'devices.jsonl'), 'nonsense\n');
    const { code, out } = await local('check', '--set', 'tftp.root=nowhere');
    expect(code).toBe(2);
    expect(out).toContain('nowhere: tftp.root: found nothing there');
    expect(out).toMatch(/devices\.jsonl:1: JSON: found "nonsense", wanted a line that labcm wrote; take the line out/);
  });
});
