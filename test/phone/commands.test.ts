import { describe, expect, it } from 'vitest';
import { aLine, seedDevices } from '../support/devices.js';
import { type CallManagerNode, IPCTEST2, phoneHarness, SEP } from './harness.js';

const command = (node: CallManagerNode, name: string, what: 'reset' | 'restart' | 'apply') =>
  name === 'ipctest2' ? node.sccp.command(name, what) : node.sip.command(name, what);

describe.each([
  ['SCCP', IPCTEST2],
  ['SIP', SEP],
] as const)('a phone that speaks %s', (_protocol, wish) => {
  it.each([
    ['reset', 22],
    ['restart', 23],
  ] as const)('obeys %s: it leaves, asks for its files, comes back and says so', async (what, number) => {
    const lab = await phoneHarness();
    const phone = await lab.boot(wish);
    const before = lab.stepsOf('phone.file-asked').length;
    lab.streams.wire.length = 0;
    command(lab.primary, wish.name, what);
    await lab.settle();
    await lab.pass(1);
    expect(lab.stepsOf('phone.commanded')).toMatchObject([{ node: 'CM1', command: what }]);
    expect(lab.stepsOf('phone.file-asked').length).toBeGreaterThan(before);
    expect(phone.state).toBe('registered');
    expect(lab.primary.state(wish.name)).toBe('registered');
    const said = lab.streams.wire.map(({ bytes }) => bytes.toString('latin1')).join('');
    expect(said).toContain(`${number}${_protocol === 'SCCP' ? ':' : ''} Name=${wish.name}`);
  });

  it('obeys apply: it looks at its configuration', async () => {
    const lab = await phoneHarness();
    const phone = await lab.boot(wish);
    const before = lab.stepsOf('phone.file-asked').length;
    command(lab.primary, wish.name, 'apply');
    await lab.settle();
    await lab.pass(10);
    expect(
      lab
        .stepsOf('phone.file-asked')
        .slice(before)
        .map(({ file }) => file),
    ).toContain(`${wish.name}.cnf.xml`);
    expect(phone.state).toBe('registered');
    expect(lab.primary.state(wish.name)).toBe('registered');
  });

  it('has the new line after a restart', async () => {
    const lab = await phoneHarness();
    const phone = await lab.boot(wish);
    const devices = seedDevices().map((device) => ({ ...device, lines: [...device.lines, aLine('5099')] }));
    lab.primary.database.configure(devices, lab.clock.now());
    command(lab.primary, wish.name, 'restart');
    await lab.settle();
    await lab.pass(10);
    expect(phone.lines).toEqual([wish === SEP ? '5005' : '5002', '5099']);
  });
});
