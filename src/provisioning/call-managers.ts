// The call managers that a phone may register with, in their order: of `devicePool` and of the file for strangers.

import type { XmlElement } from '../core/xml/writer.js';
import type { ConfiguredDevice } from '../devices/device.js';
import type { CallManagerGroup, CallManagerNode } from './settings.js';

const MGCP_PORT = 2427;
const MGCP_KEEPALIVE_PORT = 2428;

/** `provisioning.md` §4.2. Priority 0 is tried first. */
export const callManagerGroup = (group: CallManagerGroup, tftpDefault: boolean): XmlElement => [
  'callManagerGroup',
  [
    ['name', group.name],
    ['tftpDefault', tftpDefault],
    ['members', group.members.map((node, priority): XmlElement => ['member', { priority }, [callManager(node)]])],
  ],
];

/** `address:port` of each, in their order: where a device is told to register. Of SCCP over TLS its file names no port. */
export const placesToRegister = (
  group: CallManagerGroup | undefined,
  { protocol, requireTls }: Pick<ConfiguredDevice, 'protocol' | 'requireTls'>,
): readonly string[] =>
  (group?.members ?? []).map(({ address, sccpPort, sipPort, sipTlsPort }) => {
    if (protocol === 'SCCP') return requireTls ? address : `${address}:${sccpPort}`;
    return `${address}:${requireTls ? sipTlsPort : sipPort}`;
  });

const callManager = (node: CallManagerNode): XmlElement => [
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
