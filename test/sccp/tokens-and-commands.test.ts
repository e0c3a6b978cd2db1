// Coming home by token, and the commands that are sent to a phone.

import { describe, expect, test } from 'vitest';
import { seconds } from '../../src/core/time.js';
import { reportOf } from '../../src/devices/index.js';
import { names, only, type SccpTestPhone, sccpHarness } from '../support/sccp-harness.js';

const token = (deviceName: string) => ({
  deviceName,
  stationUserId: 0,
  stationInstance: 1,
  stationIpAddr: '10.10.210.200',
  deviceType: 30016,
});

describe('a token', () => {
  const ask = (phone: SccpTestPhone) => phone.say('RegisterTokenReqMessage', token('ipctest2'));

  test('is granted and leads to a Register on the same link', async () => {
    const rig = await sccpHarness();
    const phone = rig.phone();
    expect(ask(phone)[0]?.frame.toString('hex')).toBe('04000000000000001a010000');
    expect(names(phone.comeUp('ipctest2'))).toContain('RegisterAckMessage');
    expect(rig.probe.of('sccp.token')).toMatchObject([{ granted: true, wait: 0, station: { device: 'ipctest2' } }]);
  });

  test('is refused with a wait where too many come at once; who asks again too soon waits from then on', async () => {
    const rig = await sccpHarness({ settings: { tokens: { perSecond: 1, burst: 2, wait: seconds(60) } } });
    const [first, second, third] = [rig.phone(), rig.phone(), rig.phone()];
    expect([first, second].flatMap((phone) => names(ask(phone)))).toEqual(Array(2).fill('RegisterTokenAckMessage'));
    expect(only(ask(third), 'RegisterTokenRejectMessage').fields.waitTimeBeforeNextReq).toBe(60);
    rig.clock.advance(30_000);
    expect(names(ask(third))).toEqual(['RegisterTokenRejectMessage']);
    rig.clock.advance(59_999);
    expect(names(ask(third))).toEqual(['RegisterTokenRejectMessage']);
    rig.clock.advance(60_000);
    expect(names(ask(third))).toEqual(['RegisterTokenAckMessage']);
  });

  test('binds nothing: a keepalive is answered and the link is still a standby link', async () => {
    const rig = await sccpHarness();
    const phone = rig.phone();
    ask(phone);
    expect(names(phone.say('KeepAliveReqMessage', {}))).toEqual(['KeepAliveAckMessage']);
    expect(rig.record('ipctest2').state).toBe('unknown');
  });

  test('of an SPCP phone is answered in its own words', async () => {
    const rig = await sccpHarness({ settings: { tokens: { perSecond: 1, burst: 1, wait: seconds(45) } } });
    const fields = { ...token('SEP001122334455'), deviceType: 80001 };
    const granted = rig.phone().say('SPCPRegisterTokenReqMessage', fields);
    expect(only(granted, 'SPCPRegisterTokenAckMessage').fields.features).toBe(0xffff);
    const refused = rig.phone().say('SPCPRegisterTokenReqMessage', fields);
    expect(only(refused, 'SPCPRegisterTokenRejectMessage').fields.waitTimeBeforeNextReq).toBe(45);
  });
});

describe('a phone that nobody configured', () => {
  test('is reset once it is registered for the first time, so that it fetches its own file, and not again', async () => {
    const rig = await sccpHarness({ policy: { autoRegistration: { first: 1000, last: 1999 } } });
    const phone = rig.phone();
    phone.comeUp('SEP0A55000000AB');
    rig.clock.advance(0);
    expect(only(phone.hear(), 'ResetMessage').fields.resetType).toBe(1);
    expect(rig.probe.of('device.commanded')).toMatchObject([{ command: 'reset', because: 'auto-registered' }]);
    phone.link.hangUp('peer-closed');
    expect(rig.record('SEP0A55000000AB').reason).toMatchObject({ reason: 'reset' });
    const again = rig.phone();
    again.comeUp('SEP0A55000000AB');
    rig.clock.advance(60_000);
    expect(names(again.hear())).not.toContain('ResetMessage');
    expect(rig.record('SEP0A55000000AB').state).toBe('registered');
  });

  test('is reset, too, where its first attempt came to no end', async () => {
    const rig = await sccpHarness({ policy: { autoRegistration: { first: 1000, last: 1999 } } });
    const first = rig.phone();
    first.register('SEP0A55000000AB');
    first.link.hangUp('error');
    const second = rig.phone();
    second.comeUp('SEP0A55000000AB');
    rig.clock.advance(0);
    expect(names(second.hear())).toContain('ResetMessage');
  });
});

describe('two call managers of a group', () => {
  const groups = new Map([
    [
      'Default',
      [
        { name: 'CM1', address: '10.10.210.10', port: 2000 },
        { name: 'CM2', address: '10.10.210.11', port: 2000 },
      ],
    ],
  ]);

  test('a phone that loses the first registers with the second and returns, told in both with CUCM’s reasons', async () => {
    const one = await sccpHarness({ settings: { groups, node: 'CM1' } });
    const two = await sccpHarness({ settings: { groups, node: 'CM2' } });
    const primary = one.phone();
    const secondary = two.phone();
    primary.comeUp('ipctest2');
    secondary.say('KeepAliveReqMessage', {});

    primary.link.hangUp('error');
    expect(one.record('ipctest2').reason).toMatchObject({ reason: 'connection-lost' });
    expect(names(secondary.comeUp('ipctest2'))).toContain('RegisterAckMessage');
    const servers = only(secondary.say('ServerReqMessage', {}), 'ServerResMessage');
    expect(servers.fields.serverName).toEqual(['CM1', 'CM2', '', '', '']);

    const home = one.phone();
    home.say('AlarmMessage', {
      alarmSeverity: 2,
      text: '18: Name=ipctest2 Load= 7.0.1.0 Last=Failback',
      param1: 0,
      param2: 0,
    });
    expect(names(home.say('RegisterTokenReqMessage', token('ipctest2')))).toEqual(['RegisterTokenAckMessage']);
    secondary.say('UnregisterReqMessage', { unRegReasonCode: 0 });
    home.comeUp('ipctest2');

    expect(one.record('ipctest2').state).toBe('registered');
    expect(reportOf(one.record('ipctest2'), 'alarmReason')?.value).toBe('it left for a server of higher priority');
    expect(two.record('ipctest2')).toMatchObject({ state: 'unregistered', reason: { reason: 'fallback' } });
    expect(two.probe.of('device.unregistered')).toMatchObject([{ reason: 'fallback' }]);
  });
});

describe.each([
  ['reset', 1, 'reset'],
  ['restart', 2, 'reset'],
  ['apply', 3, 'applied'],
] as const)('%s', (command, resetType, reason) => {
  test('reaches the phone, whose leaving is then told as ours', async () => {
    const rig = await sccpHarness();
    const phone = rig.phone();
    phone.comeUp('ipctest2', { protocolVer: 20 });
    expect(rig.server.command('IPCTEST2', command)).toBe(true);
    const reset = only(phone.hear(), 'ResetMessage');
    expect(reset.frame.toString('hex')).toBe(`08000000140000009f0000000${resetType}000000`);
    expect(rig.probe.of('device.commanded')).toMatchObject([{ device: 'ipctest2', command }]);
    phone.link.hangUp();
    expect(rig.record('ipctest2').reason).toMatchObject({ reason });
  });

  test('is why a phone unregisters that does so on the way', async () => {
    const rig = await sccpHarness();
    const phone = rig.phone();
    phone.comeUp('ipctest2');
    rig.server.command('ipctest2', command);
    phone.say('UnregisterReqMessage', {});
    expect(rig.record('ipctest2').reason).toMatchObject({ reason });
  });

  test('finds nobody where the device is not registered', async () => {
    const rig = await sccpHarness();
    expect(rig.server.command('ipctest2', command)).toBe(false);
    expect(rig.server.command('nobody', command)).toBe(false);
    expect(rig.probe.of('device.commanded')).toEqual([]);
  });
});

test.each(['reset', 'restart'] as const)('a phone that does not follow a %s is cut off', async (command) => {
  const rig = await sccpHarness();
  const phone = rig.phone();
  phone.comeUp('ipctest2');
  rig.server.command('ipctest2', command);
  rig.clock.advance(4_999);
  expect(phone.link.closed).toBeUndefined();
  rig.clock.advance(1);
  expect(phone.link.closed).toBe('closed-here');
  expect(rig.record('ipctest2').reason).toMatchObject({ reason: 'no-response' });
});

test('a phone that finds nothing to apply stays, and a later loss is not told as ours', async () => {
  const rig = await sccpHarness();
  const phone = rig.phone();
  phone.comeUp('ipctest2');
  rig.server.command('ipctest2', 'apply');
  for (let count = 0; count < 3; count += 1) {
    rig.clock.advance(30_000);
    phone.say('KeepAliveReqMessage', {});
  }
  expect(rig.record('ipctest2').state).toBe('registered');
  phone.link.hangUp();
  expect(rig.record('ipctest2').reason).toMatchObject({ reason: 'connection-lost' });
});

test('a restarted phone may register again on the link it kept', async () => {
  const rig = await sccpHarness();
  const phone = rig.phone();
  phone.comeUp('ipctest2');
  rig.server.command('ipctest2', 'restart');
  phone.hear();
  expect(names(phone.comeUp('ipctest2'))).toContain('RegisterAckMessage');
  rig.clock.advance(30_000);
  expect(phone.link.closed).toBeUndefined();
});
