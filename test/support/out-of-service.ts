// The XML alarm by which a phone says why it was out of service, with IPv6: its reason is the 24th value.

const VALUES: readonly (readonly [string, string, string])[] = [
  ['String', 'DeviceName', 'ipctest2'],
  ['String', 'DeviceIPv4Address', '10.10.210.200/24'],
  ['String', 'IPv4DefaultGateway', '10.10.210.1'],
  ['String', 'DeviceIPv6Address', '2001:db8::200'],
  ['String', 'IPv6DefaultGateway', '2001:db8::1'],
  ['String', 'ModelNumber', 'CP-8945'],
  ['String', 'NeighborIPv4Address', '10.10.210.2'],
  ['String', 'NeighborIPv6Address', '2001:db8::2'],
  ['String', 'NeighborDeviceID', 'sw-floor1 &amp; co'],
  ['String', 'NeighborPortID', 'GigabitEthernet1/0/5'],
  ['Enum', 'DHCPv4Status', '1'],
  ['Enum', 'DHCPv6Status', '1'],
  ['Enum', 'TFTPCfgStatus', '1'],
  ['Enum', 'DNSStatusUnifiedCM1', '4'],
  ['Enum', 'DNSStatusUnifiedCM2', '0'],
  ['Enum', 'DNSStatusUnifiedCM3', '0'],
  ['String', 'VoiceVLAN', '210'],
  ['String', 'UnifiedCMIPAddress', '10.10.210.10'],
  ['String', 'LocalPort', '51234'],
  ['String', 'TimeStamp', '1295018236'],
  ['String', 'ActiveInterface', 'Ethernet'],
  ['String', 'ActiveLoad', 'SCCP8945.9-4-2-13'],
  ['String', 'InactiveLoad', 'SCCP8945.9-3-1-1'],
  ['Enum', 'ReasonForOutOfService', '10'],
  ['String', 'LastProtocolEventSent', 'KeepAliveReqMessage'],
  ['String', 'LastProtocolEventReceived', 'KeepAliveAckMessage'],
  ['String', 'ReasonForOutOfServiceText', 'TCP-timeout'],
];

/** The document; `changes`: other values by name. */
export const outOfServiceXml = (changes: Readonly<Record<string, string>> = {}): string =>
  `<x-cisco-alarm><Alarm Name="LastOutOfServiceInformation"><ParameterList>${VALUES.map(
    ([element, name, value]) => `<${element} name="${name}">${changes[name] ?? value}</${element}>`,
  ).join('')}</ParameterList></Alarm></x-cisco-alarm>`;

/** What is in it. */
export const OUT_OF_SERVICE_TOLD = {
  code: 10,
  words: 'TCP-timeout',
  load: 'SCCP8945.9-4-2-13',
  inactiveLoad: 'SCCP8945.9-3-1-1',
  address: '10.10.210.200/24',
  router: '10.10.210.1',
  node: '10.10.210.10',
  switch: 'sw-floor1 & co',
  switchPort: 'GigabitEthernet1/0/5',
  voiceVlan: '210',
  dhcp: '1',
  tftp: '1',
  dns: '4',
  lastSent: 'KeepAliveReqMessage',
  lastHeard: 'KeepAliveAckMessage',
};

/** An alarm about the download of a load. */
export const downloadXml = (state: 'Start' | 'Success' | 'Failure', values: Readonly<Record<string, string>>): string =>
  `<x-cisco-alarm><Alarm Name="DeviceImageDownload${state}"><ParameterList>${Object.entries({
    DeviceName: 'ipctest2',
    ...values,
  })
    .map(([name, value]) => `<String name="${name}">${value}</String>`)
    .join('')}</ParameterList></Alarm></x-cisco-alarm>`;
