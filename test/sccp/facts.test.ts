// What SCCP phones tell of themselves in one form for both protocols, and what is kept of a link that says nothing.

import { describe, expect, it, test } from 'vitest';
import { loadsOf } from '../../src/devices/index.js';
import { downloadXml, OUT_OF_SERVICE_TOLD, outOfServiceXml } from '../support/out-of-service.js';
import { sccpHarness } from '../support/sccp-harness.js';

const ALARM = { alarmSeverity: 2, text: '15: Name=ipctest2 Load= 7.0.1.0 Last=KeepaliveTO', param1: 0, param2: 0 };

describe('why a phone was out of service', () => {
  it('is in the text of its alarm', async () => {
    const rig = await sccpHarness();
    rig.phone().say('AlarmMessage', ALARM);
    const told = { code: 15, words: 'KeepaliveTO', load: '7.0.1.0' };
    expect(rig.record('ipctest2').outOfService).toEqual({ at: rig.clock.now(), ...told });
    expect(rig.probe.of('device.out-of-service')).toEqual([
      { type: 'device.out-of-service', at: rig.clock.now(), device: 'ipctest2', ...told },
    ]);
  });

  it('is in the words of an alarm without a number', async () => {
    const rig = await sccpHarness();
    rig.phone().say('AlarmMessage', { ...ALARM, text: 'Name=ipctest2 Load=8.5-3S Last=Phone-Keypad' });
    expect(rig.record('ipctest2').outOfService).toMatchObject({ code: 20, words: 'Phone-Keypad', load: '8.5-3S' });
  });

  it('is not in an alarm that gives no reason', async () => {
    const rig = await sccpHarness();
    rig.phone().say('AlarmMessage', { ...ALARM, text: 'Name=ipctest2 Load=8.5-3S' });
    expect(rig.record('ipctest2').outOfService).toBeUndefined();
  });

  it('is in its XML alarm, whatever stands before it', async () => {
    const rig = await sccpHarness();
    rig.phone().say('EnhancedAlarmMessage', { alarmInfo: outOfServiceXml() });
    expect(rig.record('ipctest2').outOfService).toEqual({ at: rig.clock.now(), ...OUT_OF_SERVICE_TOLD });
  });

  it('is without a voice VLAN if the phone has none, and without what is empty', async () => {
    const rig = await sccpHarness();
    const changes = { VoiceVLAN: '4095', NeighborPortID: '', ReasonForOutOfServiceText: '' };
    rig.phone().say('EnhancedAlarmMessage', { alarmInfo: outOfServiceXml(changes) });
    const told = rig.record('ipctest2').outOfService;
    expect(told).toMatchObject({ code: 10, words: '', switch: 'sw-floor1 & co' });
    expect(Object.keys(told ?? {})).not.toContain('voiceVlan');
    expect(Object.keys(told ?? {})).not.toContain('switchPort');
  });

  it('is one, of text and XML together', async () => {
    const rig = await sccpHarness();
    const phone = rig.phone();
    phone.say('AlarmMessage', { ...ALARM, text: '10: Name=ipctest2 Load= 7.0.1.0 Last=TCP-timeout' });
    phone.say('EnhancedAlarmMessage', { alarmInfo: outOfServiceXml({ ActiveLoad: '' }) });
    expect(rig.record('ipctest2').outOfService).toMatchObject({
      load: '7.0.1.0',
      switchPort: 'GigabitEthernet1/0/5',
      lastHeard: 'KeepAliveAckMessage',
    });
  });

  it('is kept for the device that registers, if the alarm comes before it and names nobody', async () => {
    const rig = await sccpHarness();
    const phone = rig.phone();
    phone.say('EnhancedAlarmMessage', { alarmInfo: outOfServiceXml({ DeviceName: '' }) });
    expect(rig.probe.of('device.out-of-service')).toEqual([]);
    phone.register('ipctest2');
    expect(rig.record('ipctest2').outOfService).toMatchObject({ code: 10, switch: 'sw-floor1 & co' });
  });
});

test('the download of a load is told in an XML alarm', async () => {
  const rig = await sccpHarness();
  const phone = rig.phone();
  phone.comeUp('ipctest2');
  const values = { RequestedLoadId: 'NEW-1.loads', ActiveLoadId: 'OLD-1', FailureReason: '4' };
  phone.say('EnhancedAlarmMessage', { alarmInfo: downloadXml('Failure', values) });
  expect(rig.probe.of('device.load')).toMatchObject([{ device: 'ipctest2', download: 'failed', failed: 'NEW-1' }]);
  expect(loadsOf(rig.record('ipctest2'))).toMatchObject({ running: 'OLD-1', failed: 'NEW-1', failureReason: '4' });
});

describe('the last messages of a registration', () => {
  it('are named, from the phone and to it', async () => {
    const rig = await sccpHarness();
    const phone = rig.phone();
    phone.register('ipctest2');
    const registration = () => rig.record('ipctest2').registration;
    expect(registration()).toMatchObject({ heard: 'RegisterReqMessage', said: 'CapabilitiesReqMessage' });
    phone.say('SoftKeyTemplateReqMessage', {});
    expect(registration()).toMatchObject({ heard: 'SoftKeyTemplateReqMessage', said: 'SoftKeyTemplateResMessage' });
    phone.say('KeepAliveReqMessage', {});
    expect(registration()).toMatchObject({ heard: 'KeepAliveReqMessage', said: 'KeepAliveAckMessage' });
  });

  it('are remembered after its end', async () => {
    const rig = await sccpHarness();
    const phone = rig.phone();
    phone.comeUp('ipctest2');
    phone.say('SoftKeyTemplateReqMessage', {});
    phone.link.end();
    expect(rig.record('ipctest2').registrations).toMatchObject([{ said: 'SoftKeyTemplateResMessage' }]);
  });
});

describe('the end of a link', () => {
  const closed = async (octets: Buffer) => {
    const rig = await sccpHarness();
    const phone = rig.phone();
    phone.link.deliver(octets);
    rig.clock.advance(120_000);
    phone.link.end();
    const [event] = rig.probe.of('sccp.link-closed');
    return event;
  };

  it('shows the first octets of what was no message', async () => {
    const request = 'GET / HTTP/1.1\r\nHost: 10.10.210.10:2000\r\n\r\n';
    const event = await closed(Buffer.from(request));
    expect(event).toMatchObject({ cause: 'malformed', messages: 0 });
    expect(Buffer.from(event?.bytes ?? '', 'hex').toString()).toBe(request.slice(0, 32));
  });

  it('shows the first octets of a message that never ended', async () => {
    expect(await closed(Buffer.from([0x16, 0x03]))).toMatchObject({ messages: 0, bytes: '1603' });
  });

  it('shows none if there were none, or a message', async () => {
    expect(await closed(Buffer.alloc(0))).not.toHaveProperty('bytes');
    const rig = await sccpHarness();
    const phone = rig.phone();
    phone.say('KeepAliveReqMessage', {});
    phone.link.deliver(Buffer.from([1, 2]));
    phone.link.end();
    expect(rig.probe.of('sccp.link-closed')).toMatchObject([{ messages: 1 }]);
    expect(rig.probe.of('sccp.link-closed')[0]).not.toHaveProperty('bytes');
  });
});

describe('the address that a phone says it has', () => {
  it.each([
    ['192.168.1.20', '192.168.1.20', true],
    ['10.10.210.200', '10.10.210.200', false],
    ['0.0.0.0', undefined, false],
  ])('is %s in its Register', async (stationIpAddr, ownAddress, isOther) => {
    const rig = await sccpHarness();
    rig.phone().comeUp('ipctest2', { stationIpAddr });
    expect(rig.record('ipctest2').registration?.ownAddress).toBe(ownAddress);
    expect(rig.probe.of('device.registered').map((event) => 'ownAddress' in event)).toEqual([isOther]);
  });
});
