// Forwarding and do not disturb by the keys of simulated phones of both protocols, through a whole daemon.

import { afterEach, describe, expect, it } from 'vitest';
import { CallFault, type Lab, type LabConfig, type LabPhone, startLab } from '../../src/lab.js';

const CIPC = 'ipctest2';
const JAVA = 'SEP001122334455';
const MODERN = 'SEP001122334456';
const GENERIC = 'SEP001122334459';
const CALLER = 'SEP001122334460';
const TARGET = 'SEP001122334461';

const PHONES: LabConfig = {
  devices: [
    { name: CIPC, model: 'CIPC', protocol: 'SCCP', mac: '005056A1033D', lines: ['5001'] },
    { name: JAVA, model: 7962, protocol: 'SCCP', lines: ['5002'] },
    { name: MODERN, model: '8851', lines: ['5003'] },
    {
      name: GENERIC,
      model: 'Third-party SIP Device (Basic)',
      protocol: 'SIP',
      lines: ['5006'],
      digest: { user: 'u5006', password: 'secret' },
    },
    { name: CALLER, model: 7962, protocol: 'SCCP', lines: ['5010'] },
    { name: TARGET, model: '8851', lines: ['5011'] },
  ],
};
const NUMBERS: Readonly<Record<string, string>> = {
  [CIPC]: '5001',
  [JAVA]: '5002',
  [MODERN]: '5003',
  [GENERIC]: '5006',
};

const labs: Lab[] = [];
afterEach(async () => {
  await Promise.all(labs.splice(0).map((lab) => lab.stop()));
});

const start = async (...names: readonly string[]): Promise<readonly [Lab, ...LabPhone[]]> => {
  const lab = await startLab(PHONES);
  labs.push(lab);
  const phones = names.map((name) => lab.phone({ name }));
  await Promise.all(phones.map((phone) => phone.registered()));
  return [lab, ...phones];
};

const idle = async (lab: Lab): Promise<void> => {
  const answer = (await (await fetch(lab.url('/api/calls'))).json()) as { total: number };
  expect(answer.total).toBe(0);
};

describe.each([CIPC, JAVA, MODERN, GENERIC])('the phone %s', (name) => {
  it('forwards all calls by its key, and ends that', async () => {
    const [lab, phone, caller, target] = (await start(name, CALLER, TARGET)) as [Lab, LabPhone, LabPhone, LabPhone];
    const set = lab.next('device.forward-set', { within: '10s' });
    await phone.forwardAll('5011');
    expect(await set).toMatchObject({ device: name, kind: 'all', to: '5011', by: 'phone', byDevice: name });
    const call = caller.dial(NUMBERS[name] ?? '');
    await target.rings();
    await call.reached('ringing');
    expect(phone.calls).toEqual([]);
    caller.hangUp();
    await call.ended();
    const ended = lab.next('device.forward-set', { within: '10s' });
    phone.endForwarding();
    expect((await ended).to).toBeUndefined();
    const again = caller.dial(NUMBERS[name] ?? '');
    await phone.rings();
    caller.hangUp();
    await again.ended();
    await idle(lab);
  });

  it('is told that it cannot forward to nowhere', async () => {
    const [lab, phone] = (await start(name)) as [Lab, LabPhone];
    await expect(phone.forwardAll('7777')).rejects.toThrow(CallFault);
    await expect(phone.forwardAll(NUMBERS[name] ?? '')).rejects.toThrow(CallFault);
    await idle(lab);
  });

  it('is not disturbed, and is again', async () => {
    const [lab, phone, caller] = (await start(name, CALLER)) as [Lab, LabPhone, LabPhone];
    const set = lab.next('device.do-not-disturb-set', { within: '10s' });
    phone.doNotDisturb(true);
    expect(await set).toMatchObject({ device: name, doNotDisturb: 'ringer-off', byDevice: name });
    if (phone.screen?.keys.includes('DND') === true) await expect.poll(() => phone.screen?.prompt).toBe('DND');
    const ended = lab.next('device.do-not-disturb-set', { within: '10s' });
    phone.doNotDisturb(false);
    expect(await ended).toMatchObject({ device: name, doNotDisturb: 'off' });
    const call = caller.dial(NUMBERS[name] ?? '');
    await phone.rings();
    caller.hangUp();
    await call.ended();
    await idle(lab);
  });
});

describe('what a phone shows', () => {
  it('of its line’s forward is the same after it has registered anew', async () => {
    const [lab, phone] = (await start(JAVA)) as [Lab, LabPhone];
    await phone.forwardAll('5011');
    await expect.poll(() => phone.screen?.prompt).toBe('Forwarded to5011');
    await phone.stop();
    const again = lab.phone({ name: JAVA });
    await again.registered();
    await expect.poll(() => again.screen?.prompt).toBe('Forwarded to5011');
    expect(again.screen?.lamps).toContain('ForwardAll 1: On');
  });
});
