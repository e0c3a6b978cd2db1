// CUCM's alarms in its SDL trace: a sentence and an `AlarmErr` line from one table of parameters
// (`docs/protocols/explain.md` §6).

import type { SdlLine } from './line.js';
import type { SdlHost } from './row.js';

interface AlarmRow {
  readonly description: string;
  /** What the sentence calls each parameter, in their order. */
  readonly labels: Readonly<Record<string, string>>;
}

const ALARMS = {
  ConnectionFailure: {
    description: 'Unified CM failed to open a TLS connection for the indicated device',
    labels: {
      DeviceName: 'Device Name',
      IPAddress: 'IP Address',
      IPV6Address: 'IPV6Address',
      DeviceType: 'Device type',
      Reason: 'Reason code',
    },
  },
  DeviceTypeMismatch: {
    description: 'Device type mismatch between the device and its configuration',
    labels: { DeviceName: 'Name of device', DeviceType: 'Device type', DBDeviceType: 'Database device type' },
  },
  EndPointTransientConnection: {
    description: 'An endpoint attempted to register but did not complete registration',
    labels: {
      ConnectingPort: 'Connecting Port',
      DeviceName: 'Device name',
      IPAddress: 'Device IP address',
      DeviceType: 'Device type',
      Reason: 'Reason Code',
      Protocol: 'Protocol',
      MACAddress: 'Device MAC address',
      LastSignalReceived: 'LastSignalReceived',
      StationState: 'StationState',
    },
  },
  EndPointUnregistered: {
    description: 'An endpoint has unregistered',
    labels: {
      DeviceName: 'Device name',
      IPAddress: 'Device IP address',
      Protocol: 'Protocol',
      DeviceType: 'Device type',
      Reason: 'Reason Code',
      MACAddress: 'Device MAC address',
      LastSignalReceived: 'LastSignalReceived',
    },
  },
} as const satisfies Record<string, AlarmRow>;

type AlarmName = keyof typeof ALARMS;

/** The values of an alarm. A parameter without one is left out. */
type AlarmValues<N extends AlarmName> = Readonly<
  Record<keyof (typeof ALARMS)[N]['labels'], string | number | undefined>
>;

/** An alarm of the call manager: as a sentence, and with its parameters. */
export const alarm = <N extends AlarmName>(name: N, values: AlarmValues<N>, host: SdlHost): readonly SdlLine[] => {
  const { description, labels }: AlarmRow = ALARMS[name];
  const given = values as Readonly<Record<string, string | number | undefined>>;
  const present = Object.entries(labels).filter(([parameter]) => given[parameter] !== undefined);
  const sentence = present.map(([parameter, label]) => ` ${label}:${given[parameter]}`).join('');
  return [
    {
      kind: 'info',
      text: `${name} - ${description}${sentence} App ID:Cisco CallManager Cluster ID:${host.cluster} Node ID:${host.name}`,
    },
    alarmLine(
      'CallManager',
      name,
      description,
      present.map(([parameter]) => `${parameter}:${given[parameter]}`),
      host,
    ),
  ];
};

const alarmLine = (
  alarmClass: 'CallManager' | 'Phone',
  name: string,
  description: string,
  parameters: readonly string[],
  host: SdlHost,
): SdlLine => {
  const all = [...parameters, 'AppID:Cisco CallManager', `ClusterID:${host.cluster}`, `NodeID:${host.name}`];
  return {
    kind: 'alarm',
    text: `AlarmClass: ${alarmClass}, AlarmName: ${name}, AlarmSeverity: Error, AlarmMessage: , AlarmDescription: ${description}, AlarmParameters:  ${all.join(', ')},`,
  };
};

interface PhoneAlarmRow {
  readonly description: string;
  /** The parameters that CUCM's catalogue has. It marks the others. */
  readonly parameters: ReadonlySet<string>;
}

const phoneAlarmRow = (description: string, parameters: string): PhoneAlarmRow => ({
  description,
  parameters: new Set(parameters.split(' ')),
});

const PHONE_ALARMS: Readonly<Record<string, PhoneAlarmRow>> = {
  DeviceApplyConfigResult: phoneAlarmRow(
    'Indicates the result of an Apply Config action',
    'DeviceName CUCM_Result Phone_Result Reason',
  ),
  DeviceImageDownloadStart: phoneAlarmRow(
    'Device has begun downloading the firmware load',
    'DeviceName Active RequestedLoadId',
  ),
  DeviceTLInfo: phoneAlarmRow(
    'Trust List Files are updated or installed',
    'DeviceName IPv4Address IPv6Address CTL_Signature CTL_TFTP_Server ITL_Signature ITL_TFTP_Server',
  ),
  LastOutOfServiceInformation: phoneAlarmRow(
    'Information related to the last out-of-service event',
    'DeviceName DeviceIPv4Address IPv4DefaultGateway DeviceIPv6Address IPv6DefaultGateway ModelNumber ' +
      'NeighborIPv4Address NeighborIPv6Address NeighborDeviceID NeighborPortID DHCPv4Status DHCPv6Status ' +
      'TFTPCfgStatus DNSStatusUnifiedCM1 DNSStatusUnifiedCM2 DNSStatusUnifiedCM3 VoiceVLAN UnifiedCMIPAddress ' +
      'LocalPort TimeStamp ReasonForOutOfService LastProtocolEventSent LastProtocolEventReceived',
  ),
};

const UNKNOWN_ALARM = phoneAlarmRow('', 'DeviceName');

/** An alarm that a phone sent, with what it says of itself. */
export const phoneAlarm = (
  name: string,
  values: Iterable<readonly [name: string, value: string]>,
  host: SdlHost,
): SdlLine => {
  const { description, parameters } =
    (Object.hasOwn(PHONE_ALARMS, name) ? PHONE_ALARMS[name] : undefined) ?? UNKNOWN_ALARM;
  const told = [...values].map(
    ([parameter, value]) => `${parameters.has(parameter) ? '' : 'UNKNOWN_PARAMNAME:'}${parameter}:${value}`,
  );
  return alarmLine('Phone', name, description, told, host);
};
