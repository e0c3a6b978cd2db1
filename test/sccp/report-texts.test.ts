import fc from 'fast-check';
import { expect, test } from 'vitest';
import { readAlarm, readXmlFacts } from '../../src/sccp/alarm-text.js';
import { processorTime } from '../support/processor-time.js';

test('an alarm tells its device, its load and why the phone was last out of service', () => {
  expect(readAlarm('25: Name=ipctest2 Load= 7.0.1.0 Last=Initialized')).toEqual({
    name: 'ipctest2',
    facts: {
      alarm: '25: Name=ipctest2 Load= 7.0.1.0 Last=Initialized',
      alarmCode: 25,
      alarmReason: 'initialized',
      alarmLoad: '7.0.1.0',
      alarmLast: 'Initialized',
    },
    outOfService: { code: 25, words: 'Initialized', load: '7.0.1.0' },
  });
});

test.each([
  ['Name=SEP001122334455 Load=8.5-3S Last=Phone-Keypad', { alarmLoad: '8.5-3S', alarmLast: 'Phone-Keypad' }],
  ['99: Name=SEP001122334455 Load=x', { alarmCode: 99, alarmLoad: 'x' }],
  ['something else', {}],
  ['', {}],
])('an alarm in other words is kept and read as far as it goes: %s', (text, facts) => {
  expect(readAlarm(text).facts).toEqual({ alarm: text, ...facts });
});

test('a location list becomes one fact for each leaf that says something', () => {
  const xml =
    '<Interface1><wifi><BSSID>E8:ED:F3:00:00:01</BSSID><SSID>lab &amp; co</SSID><APName></APName></wifi><OffPrem></OffPrem></Interface1>';
  expect(readXmlFacts('location', xml)).toEqual({ 'location.BSSID': 'E8:ED:F3:00:00:01', 'location.SSID': 'lab & co' });
});

test('an XML alarm is read by the names of its parameters', () => {
  const xml = `<?xml version="1.0"?><x-cisco-alarm><Alarm Name="LastOutOfServiceInformation"><ParameterList>
    <String name="DeviceName">SEP001122334455</String><Enum name="ReasonForOutOfService">10</Enum>
    <String name="LastProtocolEventSent"></String></ParameterList></Alarm></x-cisco-alarm>`;
  expect(readXmlFacts('alarm', xml)).toEqual({
    alarm: 'LastOutOfServiceInformation',
    'alarm.DeviceName': 'SEP001122334455',
    'alarm.ReasonForOutOfService': '10',
  });
});

test('no text, however broken, costs more than a moment or yields more than a few facts', () => {
  const hostile = [
    '<a>'.repeat(800),
    `<a ${'x='.repeat(1200)}`,
    `<a>${'<'.repeat(2000)}`,
    Array.from({ length: 200 }, (_, index) => `<a${index}>1</a${index}>`).join(''),
  ];
  const took = processorTime();
  for (const text of hostile) expect(Object.keys(readXmlFacts('p', text)).length).toBeLessThanOrEqual(25);
  expect(took()).toBeLessThan(500);
  fc.assert(
    fc.property(fc.string({ maxLength: 400 }), (text) => {
      readXmlFacts('p', text);
      readAlarm(text);
    }),
  );
});
