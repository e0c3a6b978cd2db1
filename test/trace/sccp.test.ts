// The trace of SCCP phones, line for line: the one of the published trace, and another with two lines, another version and
// another list of codecs.

import { beforeAll, expect, test } from 'vitest';
import { aDevice, seedDevices } from '../support/devices.js';
import { aCapabilitiesRes, type SccpHarness, type SccpTestPhone, sccpHarness } from '../support/sccp-harness.js';
import { traceOf } from './trace-of.js';

beforeAll(() => {
  process.env.TZ = 'UTC';
});

const morning = (
  rig: SccpHarness,
  phone: SccpTestPhone,
  name: string,
  deviceType: number,
  protocolVer: number,
): void => {
  phone.say('AlarmMessage', {
    alarmSeverity: 2,
    text: `25: Name=${name} Load= 7.0.1.0 Last=Initialized`,
    param1: 0,
    param2: 0,
  });
  rig.clock.advance(68);
  phone.register(name, { deviceType, protocolVer });
  phone.say('IpPortMessage', { rtpMediaPort: 5001 });
  rig.clock.advance(40);
  phone.say('ButtonTemplateReqMessage', { unused: 0 }); // as some clients have it
  phone.say('SoftKeyTemplateReqMessage', {});
  phone.say('SoftKeySetReqMessage', {});
  phone.say('ConfigStatReqMessage', {});
};

/** The published trace from the alarm on: all but times, counters and what is derived from names. */
const PUBLISHED = `
CCM|StationInit: (0000000) alarmSeverity=2 text="25: Name=ipctest2 Load= 7.0.1.0 Last=Initialized" parm1=0(0) parm2=0(0).
CCM|StationInit: (0000000) InboundStim - StationRegisterMessageID: Msg Size(received, defined) = 68, 128
CCM|StationInit: (0000000) InboundStim - StationRegisterMessageId [Normal Device priority]:
CCM|StationD:    (0000385) wait_register_StationRegister - Check MAC address & protocolVer & Call Limit (mac=005056A1033D, protocolVer=0x8570000F, limit=200)
CCM|StationD:    (0000385) Device ipctest2, --INFO-- line_register_LineRegisterRes registering line=1 and maxline=1
CCM|StationD:(0000385) sendCapabilitiesReq Send StationOutputRegisterAck
CCM|StationInit: (0000385) InboundStim - Undefined Stimulus Device Message - MessageID: 0x2
CCM|StationInit: (0000385) ButtonTemplateReq.
CCM|StationInit: (0000385) SoftKeyTemplateReq.
CCM|StationInit: (0000385) SoftKeySetReq.
CCM|StationInit: (0000385) ConfigStatReq.
CCM|StationInit: (0000385) InboundStim - StationCapabilitiesResMessageID: Msg Size(received, defined) = 168, 296
CCM|StationInit: (0000385) CapabilitiesRes capCount=10 caps= 4(60) 2(60) 86(60) 7(20) 6(20) 11(60) 12(60) 15(60) 16(60) 257(1)
CCM|Device Register deviceName : ipctest2, IPAdress : 10.10.210.200, IPv6Address : not shown, IPv4Attribute : 0, IPv6Attribute : 0, LoadID : , ActiveLoadID : , InactiveLoadID : , DeviceType : 30016, Protocol : 1
CCM|DebugMsg deviceName : ipctest2, DeviceType : 30016, risClass: 1
CCM|SCCP Device Register from Unregister: deviceName(ipctest2), Protocol(1), RegisteredSCCP(2), RegisteredSIP(0), Registered(2)
CCM|StationD:    (0000385) DisplayPromptStatus timeOut=0 Status='€ ' content='Your current options' line=0 CI=0 ver=8570000f.|<CLID::StandAloneCluster><NID::10.10.210.10><CT::1,100,39,1.…><IP::10.10.210.200><DEV::ipctest2><LVL::State Transition><MASK::0020>
CCM|LineControl(…) - ipctest2 registered, CEPN=…, deviceType=1|<CLID::StandAloneCluster><NID::10.10.210.10><CT::1,100,39,1.…><IP::10.10.210.200><DEV::ipctest2><LVL::Detailed><MASK::0800>
CCM|No associated device or user.
CCM|LineControl::sendSNFNotifyIndForPresenceWithAlerting mPrecenceWithAlertingChangeNotifySubscribed=0, calllist#=0
CCM|DeviceManager:star_DeviceStart Name=5002: Key=… RegisterDevice=3 DualModeFlag=0
`
  .trim()
  .split('\n');

/** What is no word of the wire or the database: counters, and identifiers made from names. */
const masked = (line: string): string =>
  line
    .slice('MM/DD/YYYY HH:MM:SS.mmm '.length)
    .replace(/CT::1,100,39,1\.\d+/, 'CT::1,100,39,1.…')
    .replace(/LineControl\(\d+\)/, 'LineControl(…)')
    .replace(/(CEPN|Key)=[0-9a-f-]{36}/, '$1=…');

const aMorningOfTheSeed = async (): Promise<SccpHarness> => {
  const rig = await sccpHarness({ devices: [...seedDevices(), aDevice('ipctest1', { lines: ['5001'] })] });
  rig.phone({ address: '10.10.210.199', port: 3299 }).comeUp('ipctest1');
  while (rig.phone().link.closed === undefined) {
    const { length } = rig.probe.of('sccp.link-opened');
    if (length === 384) break;
  }
  rig.probe.clear();
  const phone = rig.phone();
  morning(rig, phone, 'ipctest2', 30016, 15);
  phone.say('CapabilitiesResMessage', aCapabilitiesRes(), 'trimmed');
  return rig;
};

test('the published trace is found in ours, line by line and in its order', async () => {
  const rig = await aMorningOfTheSeed();
  const ours = traceOf(rig.probe.events).map(masked);
  let from = 0;
  for (const line of PUBLISHED) {
    const at = ours.indexOf(line, from);
    expect(at, `${line}\nnot found after line ${from} of\n${ours.join('\n')}`).toBeGreaterThanOrEqual(from);
    from = at + 1;
  }
});

test('the whole trace of ipctest2, from its first octet to its Unregister', async () => {
  const rig = await sccpHarness();
  const phone = rig.phone();
  morning(rig, phone, 'ipctest2', 30016, 15);
  phone.say('CapabilitiesResMessage', aCapabilitiesRes(), 'trimmed');
  phone.say('LineStatReqMessage', { lineNumber: 1 });
  phone.say('TimeDateReqMessage', {});
  rig.clock.advance(30_000);
  phone.say('KeepAliveReqMessage', {});
  phone.say('OffHookMessage', { lineInstance: 0, callReference: 0 });
  phone.say('OnHookMessage', { lineInstance: 0, callReference: 0 });
  phone.say('UnregisterReqMessage', { unRegReasonCode: 0 });
  phone.link.hangUp();
  await expect(`${traceOf(rig.probe.events).join('\n')}\n`).toMatchFileSnapshot('../fixtures/trace/ipctest2.log');
});

test('the whole trace of a phone with two lines, other codecs and an older version', async () => {
  const rig = await sccpHarness({
    devices: [aDevice('SEP001122334455', { model: '7960', lines: ['6001', '6002'] })],
  });
  const phone = rig.phone({ address: '10.10.210.77', port: 50_000 });
  morning(rig, phone, 'SEP001122334455', 7, 8);
  phone.say(
    'CapabilitiesResMessage',
    aCapabilitiesRes([
      [4, 40],
      [25, 20],
      [11, 60],
    ]),
  );
  phone.say('LineStatReqMessage', { lineNumber: 2 });
  rig.clock.advance(90_000);
  await expect(`${traceOf(rig.probe.events).join('\n')}\n`).toMatchFileSnapshot(
    '../fixtures/trace/SEP001122334455.log',
  );
});
