import { describe, expect, it } from 'vitest';
import { aDevice, seedDevices } from '../support/devices.js';
import { IPCTEST2, PRIMARY, phoneHarness, SEP } from './harness.js';

describe('the seed’s SCCP phone', () => {
  it('finds its files, registers, shows its line and its prompt, and asks nothing in vain', async () => {
    const lab = await phoneHarness();
    const phone = await lab.boot(IPCTEST2);
    expect(phone.state).toBe('registered');
    expect(phone.lines).toEqual(['5002']);
    expect(phone.waitingFor).toBe('');
    expect(lab.stepsOf('phone.file-asked').map(({ file }) => file)).toEqual([
      'CTLipctest2.tlv',
      'ipctest2.cnf.xml',
      'English_United_States/ipc-sccp.jar',
    ]);
    expect(lab.stepsOf('phone.file-refused')).toMatchObject([{ file: 'CTLipctest2.tlv', expected: true }]);
    expect(lab.stepsOf('phone.accepted')).toMatchObject([{ keepAlive: 30, standbyKeepAlive: 60, version: 15 }]);
    expect(lab.stepsOf('phone.prompt')[0]?.text).toBe('Your current options');
    expect(lab.primary.state('ipctest2')).toBe('registered');
    expect(lab.primary.database.byName('ipctest2')?.registration?.capabilities).toHaveLength(10);
  });

  it('sends a keepalive every 30 seconds, and at once and every 60 to the node that stands by', async () => {
    const lab = await phoneHarness();
    await lab.boot(IPCTEST2);
    expect(lab.stepsOf('phone.standing-by')).toMatchObject([{ node: 'CM2' }]);
    await lab.pass(600);
    const answered = lab.stepsOf('phone.keepalive-answered');
    expect(answered.filter(({ role }) => role === 'primary')).toHaveLength(20);
    expect(answered.filter(({ role }) => role === 'standby')).toHaveLength(11);
    expect(lab.primary.state('ipctest2')).toBe('registered');
    expect(lab.secondary.state('ipctest2')).toBe('unknown');
  });

  it('leaves politely', async () => {
    const lab = await phoneHarness();
    const phone = await lab.boot(IPCTEST2);
    const stopped = phone.stop();
    await lab.settle();
    await stopped;
    expect(lab.stepsOf('phone.unregistered')).toHaveLength(1);
    expect(lab.primary.database.byName('ipctest2')).toMatchObject({
      state: 'unregistered',
      reason: { reason: 'unregistered' },
    });
    expect(lab.primary.sccp.links + lab.secondary.sccp.links).toBe(0);
    expect(lab.clock.armed).toBeLessThan(10);
  });
});

describe('the seed’s SIP phone', () => {
  it('finds its files and registers over TCP', async () => {
    const lab = await phoneHarness();
    const phone = await lab.boot(SEP);
    expect(phone.state).toBe('registered');
    expect(lab.stepsOf('phone.file-asked').map(({ file }) => file)).toEqual([
      'CTLSEP005056A1033D.tlv',
      'SEP005056A1033D.cnf.xml',
      'English_United_States/ipc-sip.jar',
    ]);
    expect(lab.stepsOf('phone.registered')).toMatchObject([{ node: 'CM1', lines: ['5005'] }]);
    expect(lab.primary.database.byName('SEP005056A1033D')?.registration).toMatchObject({
      transport: 'tcp',
      lines: ['5005'],
    });
  });

  it('refreshes five seconds before its 120 are over and pings the node that stands by at once and every 120', async () => {
    const lab = await phoneHarness();
    await lab.boot(SEP);
    await lab.pass(1_200);
    expect(lab.stepsOf('phone.refreshed')).toHaveLength(10);
    expect(lab.stepsOf('phone.keepalive-answered').filter(({ role }) => role === 'standby')).toHaveLength(11);
    expect(lab.primary.state('SEP005056A1033D')).toBe('registered');
    expect(lab.secondary.state('SEP005056A1033D')).toBe('unknown');
  });

  it('unregisters when it leaves', async () => {
    const lab = await phoneHarness();
    const phone = await lab.boot(SEP);
    const stopped = phone.stop();
    await lab.settle();
    await stopped;
    expect(lab.primary.state('SEP005056A1033D')).toBe('unregistered');
  });
});

describe('other models', () => {
  const NAME = 'SEP0011223344AA';

  it.each([
    ['7962', 'SCCP'],
    ['7941', 'SCCP'],
    ['6961', 'SCCP'],
    ['7936', 'SCCP'],
    ['7960', 'SCCP'],
    ['7975', 'SIP'],
    ['8851', 'SIP'],
    ['7821', 'SIP'],
    ['7960', 'SIP'],
  ] as const)('a %s registers over %s with two lines', async (model, protocol) => {
    const device = aDevice(NAME, { model, protocol, lines: ['6001', '6002'] });
    const lab = await phoneHarness({ devices: [device] });
    const phone = await lab.boot({ name: NAME, model, protocol });
    expect([phone.state, phone.why, phone.waitingFor]).toEqual(['registered', '', '']);
    expect(phone.lines).toEqual(['6001', '6002']);
    expect(lab.primary.state(NAME)).toBe('registered');
    expect(lab.primary.database.byName(NAME)?.registration?.typeId).toBe(device.model.id);
    await lab.pass(300);
    expect(lab.primary.state(NAME)).toBe('registered');
  });

  it('an 8851 reports its trust lists before it registers, and takes the server’s status', async () => {
    const lab = await phoneHarness({ devices: [aDevice(NAME, { model: '8851', protocol: 'SIP', lines: ['6001'] })] });
    await lab.boot({ name: NAME, model: '8851', protocol: 'SIP' });
    expect(lab.stepsOf('phone.alarm-sent')).toHaveLength(2);
    expect(lab.primary.probe.types()).toContain('sip.alarm');
  });

  it('a 7975 subscribes to the numbers that its lamps show, and again before that ends', async () => {
    const speedDials = [{ number: '5005', label: 'Lab', busyLampField: true }];
    const watched = aDevice('SEP005056A1033D', { protocol: 'SIP', lines: ['5005'] });
    const device = aDevice(NAME, { model: '7975', protocol: 'SIP', lines: ['6001'], speedDials });
    const lab = await phoneHarness({ devices: [device, watched] });
    const phone = await lab.boot({ name: NAME, model: '7975', protocol: 'SIP' });
    expect(lab.stepsOf('phone.subscribed')).toMatchObject([{ event: 'presence', dn: '5005' }]);
    await lab.pass(4_000, 5);
    expect(lab.stepsOf('phone.subscription-refused')).toEqual([]);
    expect(lab.stepsOf('phone.subscribed')).toHaveLength(1);
    expect(phone.state).toBe('registered');
  });

  it('another maker’s phone registers by its digest user alone and subscribes to its mailbox', async () => {
    const digest = { user: 'other', password: 'secret' };
    const device = aDevice('OTHER', { model: 'SIP basic', protocol: 'SIP', lines: ['6001'], digest });
    const lab = await phoneHarness({ devices: [device], policy: { autoRegistration: undefined } });
    const phone = await lab.boot({
      name: 'OTHER',
      model: 'SIP basic',
      protocol: 'SIP',
      boot: 'register',
      lines: ['6001'],
      digest,
    });
    expect([phone.state, phone.why]).toEqual(['registered', '']);
    expect(lab.primary.state('OTHER')).toBe('registered');
    expect(lab.stepsOf('phone.subscribed')).toMatchObject([{ event: 'message-summary', dn: '6001' }]);
  });

  it('a phone that nobody knows takes the default file, gets a number, restarts and has a file of its own', async () => {
    const lab = await phoneHarness({ devices: [], policy: { autoRegistration: { first: 1000, last: 1999 } } as never });
    const phone = await lab.boot({ name: NAME, model: '7962', protocol: 'SCCP' });
    await lab.pass(30);
    expect(lab.stepsOf('phone.file-asked').map(({ file }) => file)).toContain('XMLDefault.cnf.xml');
    expect(phone.state).toBe('registered');
    expect(phone.lines).toEqual(['1000']);
  });
});

describe('a phone with a password', () => {
  it('answers the challenge, and its refreshes are not challenged again while the nonce lasts', async () => {
    const [, sip] = seedDevices();
    if (sip === undefined) throw new Error('no device');
    const lab = await phoneHarness({ devices: [{ ...sip, digest: { user: 'lab5005', password: 'secret' } }] });
    const phone = await lab.boot(SEP);
    expect(phone.state).toBe('registered');
    expect(lab.stepsOf('phone.challenged')).toMatchObject([{ realm: 'ccmsipline' }]);
    await lab.pass(500);
    expect(phone.state).toBe('registered');
    expect(lab.stepsOf('phone.refreshed')).toHaveLength(4);
  });

  it('is refused with the wrong one', async () => {
    const [, sip] = seedDevices();
    if (sip === undefined) throw new Error('no device');
    const lab = await phoneHarness({ devices: [{ ...sip, digest: { user: 'lab5005', password: 'secret' } }] });
    const phone = await lab.boot({ ...SEP, digest: { user: 'lab5005', password: 'guess' } });
    expect(phone.state).toBe('refused');
    expect(phone.why).toMatch(/^401/);
  });
});

describe('a registration alone', () => {
  it('needs no files', async () => {
    const lab = await phoneHarness();
    const phone = await lab.boot({ ...IPCTEST2, boot: 'register' });
    expect(phone.state).toBe('registered');
    expect(lab.stepsOf('phone.file-asked')).toEqual([]);
  });

  it('over SIP names the line', async () => {
    const lab = await phoneHarness();
    const phone = await lab.boot({ ...SEP, boot: 'register', lines: ['5005'], callManagers: [PRIMARY] });
    expect(phone.state).toBe('registered');
  });
});
