// What happens in the SDL traces of the tests: the events of the services themselves, in memory.

import { connect, phoneLab } from '../../sccp/calls/harness.js';
import { sipHarness } from '../../sip/harness.js';
import { ciscoRegister } from '../../sip/phones.js';
import { aDevice } from '../../support/devices.js';
import { aCapabilitiesRes, sccpHarness } from '../../support/sccp-harness.js';

export const ALARM = `<?xml version="1.0" encoding="UTF-8"?>
<x-cisco-alarm>
<Alarm Name="LastOutOfServiceInformation">
<ParameterList>
<String name="DeviceName">SEP005056A1033D</String>
<Enum name="ReasonForOutOfService">14</Enum>
<String name="Colour">blue</String>
</ParameterList>
</Alarm>
</x-cisco-alarm>
`;

const SCCP_PHONE = 'SEP005056A1033D';
const OFFICE = { address: '10.10.210.200', port: 3300 };

/** An SCCP phone boots: connection, alarm in XML, Register, questions, capabilities, and in the end it leaves. */
export const sccpBoot = async (): Promise<readonly unknown[]> => {
  const rig = await sccpHarness({ devices: [aDevice(SCCP_PHONE, { lines: ['5002'] })] });
  const phone = rig.phone(OFFICE);
  rig.clock.advance(12);
  phone.say('EnhancedAlarmMessage', { alarmInfo: ALARM });
  rig.clock.advance(68);
  phone.register(SCCP_PHONE, { maxStreams: 5 });
  rig.clock.advance(40);
  phone.say('ButtonTemplateReqMessage', {});
  phone.say('LineStatReqMessage', { lineNumber: 1 });
  rig.clock.advance(5);
  phone.say('CapabilitiesResMessage', aCapabilitiesRes(), 'trimmed');
  rig.clock.advance(30_000);
  phone.say('KeepAliveReqMessage', {});
  rig.clock.advance(1_000);
  phone.link.hangUp();
  return rig.probe.events;
};

/** SCCP phones that are refused: one that nobody configured, one of another model. */
export const sccpRefusals = async (): Promise<readonly unknown[]> => {
  const rig = await sccpHarness({ devices: [aDevice(SCCP_PHONE, { lines: ['5002'] })] });
  rig.phone(OFFICE).register('SEP000000000099');
  rig.clock.advance(500);
  rig.phone({ ...OFFICE, port: 3301 }).register(SCCP_PHONE, { deviceType: 404 });
  rig.clock.advance(5_000);
  return rig.probe.events;
};

const sipPhone = () => aDevice(SCCP_PHONE, { protocol: 'SIP', lines: ['5005'] });

const registerOver = (transport: 'TCP' | 'UDP', port: number): string =>
  ciscoRegister({ transport, port, callId: `call-${transport}`, branch: `z9hG4bK${transport}` });

/** A SIP phone registers over TCP, and falls silent. */
export const sipOverTcp = async (): Promise<readonly unknown[]> => {
  const { tcp, clock, probe } = await sipHarness([sipPhone()]);
  tcp({ address: OFFICE.address, port: 3311 }).ask(registerOver('TCP', 3311));
  clock.advance(400_000);
  return probe.events;
};

/** A SIP phone registers over UDP. */
export const sipOverUdp = async (): Promise<readonly unknown[]> => {
  const { udp, probe } = await sipHarness([sipPhone()]);
  (await udp({ address: OFFICE.address, port: 5060 })).ask(registerOver('UDP', 5060));
  return probe.events;
};

/** A SIP phone of another model than configured. */
export const sipRefusal = async (): Promise<readonly unknown[]> => {
  const { tcp, probe } = await sipHarness([sipPhone()]);
  tcp({ address: OFFICE.address, port: 3311 }).ask(
    ciscoRegister({ port: 3311, model: 404, callId: 'another-model', branch: 'z9hG4bK404' }),
  );
  return probe.events;
};

/** Two SCCP phones talk. */
export const sccpCall = async (): Promise<readonly unknown[]> => {
  const lab = await phoneLab([
    { dn: '5001', version: 20 },
    { dn: '5002', version: 20 },
  ]);
  const at = lab.harness.clock.now();
  const { b } = connect(lab);
  lab.pass(5_000);
  b.hangUp();
  lab.settle();
  // They had registered before anybody listened.
  const registered = lab.phones.map(({ name: device, address, dn }, index) => ({
    ...{ type: 'device.registered', at, device, protocol: 'SCCP', transport: 'tcp', address, port: 3300 },
    ...{ link: index + 1, generation: index + 1, typeId: 30_016, load: '', lines: [dn] },
    ...{ registeredSccp: index + 1, registeredSip: 0 },
  }));
  return [...registered, ...lab.harness.probe.events];
};

export const SCENES = { sccpBoot, sccpRefusals, sipOverTcp, sipOverUdp, sipRefusal, sccpCall };
