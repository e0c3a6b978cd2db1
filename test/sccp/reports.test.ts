// What phones tell of themselves becomes named facts on the record of their device.

import { expect, test } from 'vitest';
import { reportOf, reportsOf } from '../../src/devices/index.js';
import { names, type SccpHarness, type SccpTestPhone, sccpHarness } from '../support/sccp-harness.js';

const facts = (rig: SccpHarness): Record<string, unknown> =>
  Object.fromEntries(reportsOf(rig.record('ipctest2')).map(({ name, value }) => [name, value]));

const ALARM = { alarmSeverity: 2, text: '25: Name=ipctest2 Load= 7.0.1.0 Last=Initialized', param1: 0, param2: 0 };

test('an alarm before Register is kept for the device that it names', async () => {
  const rig = await sccpHarness();
  expect(rig.phone().say('AlarmMessage', ALARM)).toEqual([]);
  expect(facts(rig)).toEqual({
    alarm: ALARM.text,
    alarmCode: 25,
    alarmReason: 'initialized',
    alarmLoad: '7.0.1.0',
    alarmLast: 'Initialized',
    alarmSeverity: 2,
    alarmParam1: 0,
    alarmParam2: 0,
  });
  expect(rig.probe.of('device.reported')).toHaveLength(1);
});

test('an alarm of nobody known is told and kept nowhere', async () => {
  const rig = await sccpHarness();
  rig.phone().say('AlarmMessage', { alarmSeverity: 1, text: 'a strange text' });
  expect(rig.probe.of('sccp.received')).toMatchObject([{ name: 'AlarmMessage', fields: { text: 'a strange text' } }]);
  expect(rig.probe.of('device.reported')).toEqual([]);
});

test('what does not say whose it is before Register is kept for the device that registers on that link', async () => {
  const rig = await sccpHarness();
  const phone = rig.phone();
  phone.say('LocationInfoMessage', { locationInfo: '<wifi><SSID>old</SSID></wifi>' });
  phone.say('LocationInfoMessage', { locationInfo: '<wifi><SSID>lab</SSID></wifi>' });
  phone.say('AlarmMessage', { alarmSeverity: 1, text: 'a strange text' });
  phone.say('AlarmMessage', { ...ALARM, text: '25: Name=SEP001122334455 Load=9 Last=Initialized' });
  expect(rig.probe.of('device.reported')).toEqual([]);
  phone.register('ipctest2');
  expect(facts(rig)).toEqual({ 'location.SSID': 'lab' });
  phone.register('ipctest2');
  expect(rig.probe.of('device.reported')).toHaveLength(1);
});

test('an alarm of a device that auto-registration is about to make is on its record', async () => {
  const rig = await sccpHarness({ policy: { autoRegistration: { first: 1000, last: 1999 } } });
  const phone = rig.phone();
  phone.say('AlarmMessage', { ...ALARM, text: '25: Name=SEP001122334455 Load=9 Last=Initialized' });
  phone.register('SEP001122334455', { deviceType: 404 });
  expect(reportOf(rig.record('sep001122334455'), 'alarmLoad')?.value).toBe('9');
});

type Report = readonly [string, (phone: SccpTestPhone) => unknown, Record<string, unknown>];

const REPORTS: readonly Report[] = [
  ['its RTP port', (phone) => phone.say('IpPortMessage', { rtpMediaPort: 5001 }), { rtpMediaPort: 5001 }],
  ['a headset', (phone) => phone.say('HeadsetStatusMessage', { headsetStatus: 1 }), { headset: 'on' }],
  ['no headset', (phone) => phone.say('HeadsetStatusMessage', { headsetStatus: 2 }), { headset: 'off' }],
  ['lines', (phone) => phone.say('RegisterAvailableLinesMessage', { maxNumOfAvailLines: 2 }), { availableLines: 2 }],
  [
    'an accessory',
    (phone) => phone.say('MediaPathEventMessage', { mediaPathId: 3, mediaPathEvent: 1 }),
    { 'mediaPath.speaker': 'on' },
  ],
  [
    'what an accessory can do',
    (phone) => phone.say('MediaPathCapabilityMessage', { mediaPathId: 1, mediaPathCapabilities: 1 }),
    { 'mediaPath.headset.capabilities': 1 },
  ],
  [
    'an expansion module',
    (phone) =>
      phone.say('AddOnDeviceCapabilitiesMessage', {
        instance: 1,
        type: 2,
        maxAllowed: 2,
        text: 'max-chained=2 deviceLine=24',
      }),
    { 'addOn1.type': 2, 'addOn1.maxAllowed': 2, addOn1: 'max-chained=2 deviceLine=24' },
  ],
  [
    'where it is',
    (phone) =>
      phone.say('LocationInfoMessage', {
        locationInfo:
          '<Interface1><wifi><BSSID>00:11:22:33:44:55</BSSID><SSID>lab</SSID></wifi><OffPrem></OffPrem></Interface1>',
      }),
    { 'location.BSSID': '00:11:22:33:44:55', 'location.SSID': 'lab' },
  ],
  [
    'streams of a media resource',
    (phone) =>
      phone.say('MediaResourceNotificationMessage', {
        deviceType: 52,
        numberOfInServiceStreams: 8,
        maxStreamsPerConf: 4,
        numberOfOutOfServiceStreams: 1,
      }),
    { numberOfInServiceStreams: 8, maxStreamsPerConf: 4, numberOfOutOfServiceStreams: 1 },
  ],
  [
    'an alarm in XML',
    (phone) =>
      phone.say('EnhancedAlarmMessage', {
        alarmInfo:
          '<x-cisco-alarm><Alarm Name="LastOutOfServiceInformation"><ParameterList><Enum name="ReasonForOutOfService">10</Enum></ParameterList></Alarm></x-cisco-alarm>',
      }),
    { xmlAlarm: 'LastOutOfServiceInformation', 'xmlAlarm.ReasonForOutOfService': '10' },
  ],
];

test.each(REPORTS)('a registered phone reports %s, and nothing is answered', async (_what, report, expected) => {
  const rig = await sccpHarness();
  const phone = rig.phone();
  phone.comeUp('ipctest2');
  expect(report(phone)).toEqual([]);
  expect(facts(rig)).toEqual(expected);
  expect(rig.probe.of('device.reported')).toHaveLength(1);
});

test('an XML alarm before Register is kept for the device that it names', async () => {
  const rig = await sccpHarness();
  rig.phone().say('EnhancedAlarmMessage', {
    alarmInfo: '<Alarm Name="X"><String name="DeviceName">ipctest2</String></Alarm>',
  });
  expect(facts(rig)).toEqual({ xmlAlarm: 'X', 'xmlAlarm.DeviceName': 'ipctest2' });
});

test('media answers that nobody asked for are told and lead to nothing', async () => {
  const rig = await sccpHarness();
  const phone = rig.phone();
  phone.comeUp('ipctest2');
  rig.probe.clear();
  expect(phone.say('MediaTransmissionFailureMessage', {} as never)).toEqual([]);
  expect(names(phone.say('KeepAliveReqMessage', {}))).toEqual(['KeepAliveAckMessage']);
});
