// The call managers that a phone may register with, in order of preference, as the device files and
// `XMLDefault.cnf.xml` list them.

import type { XmlElement } from '../core/xml/writer.js';
import type { ConfiguredDevice } from '../devices/device.js';
import { type ClusterSecurityMode, mustUseTls } from '../devices/device-security.js';
import type { CallManagerGroup, CallManagerMember } from './settings.js';

const MGCP_PORT = 2427;
const MGCP_KEEPALIVE_PORT = 2428;

/**
 * The element `callManagerGroup` (`provisioning.md` §4.2). A phone tries priority 0 first. `tftpDefault`: this is the
 * group that an unknown phone is sent to.
 */
export const callManagerGroup = (group: CallManagerGroup, tftpDefault: boolean): XmlElement => [
  'callManagerGroup',
  [
    ['name', group.name],
    ['tftpDefault', tftpDefault],
    ['members', group.members.map((node, priority): XmlElement => ['member', { priority }, [callManager(node)]])],
  ],
];

/**
 * Where a device's file tells it to register: `address:port` of each call manager, in order of preference. For SCCP
 * over TLS it is the address alone, since the file names no port for it.
 */
export const placesToRegister = (
  group: CallManagerGroup | undefined,
  device: Pick<ConfiguredDevice, 'protocol' | 'requireTls' | 'security'>,
  cluster: ClusterSecurityMode = 'nonsecure',
): readonly string[] => {
  const isSecure = mustUseTls(device, { cluster });
  return (group?.members ?? []).map(({ address, sccpPort, sipPort, sipTlsPort }) => {
    if (device.protocol === 'SCCP') return isSecure ? address : `${address}:${sccpPort}`;
    return `${address}:${isSecure ? sipTlsPort : sipPort}`;
  });
};

const callManager = (node: CallManagerMember): XmlElement => [
  'callManager',
  [
    ['name', node.name],
    ['description', node.description],
    [
      'ports',
      [
        ['ethernetPhonePort', node.sccpPort],
        ['sipPort', node.sipPort],
        ['securedSipPort', node.sipTlsPort],
        [
          'mgcpPorts',
          [
            ['listen', MGCP_PORT],
            ['keepAlive', MGCP_KEEPALIVE_PORT],
          ],
        ],
      ],
    ],
    ['processNodeName', node.address],
  ],
];
