// What the pages of phones say: one table for each page, one row for each fact. The names of the elements are those of the
// XML pages; the labels are those of the HTML pages of 79xx (`docs/protocols/phone-services.md` §4).

import type { WallTime } from '../../core/time.js';
import type { PhoneFamily } from '../../devices/index.js';
import { clockDate, clockTime, ZONE } from './page-times.js';
import { hasMessages, loadName, modelNumber, type PhoneFacts, serialNumber } from './phone-facts.js';
import { NO_STREAM, type ShownStream } from './stream-history.js';

/** What a page is made of. */
export interface PageView {
  readonly facts: PhoneFacts;
  /** The address of the phone. */
  readonly address: string;
  readonly at: WallTime;
  readonly packets: { readonly sent: number; readonly received: number };
  /** Of the page about a stream. */
  readonly stream: ShownStream | undefined;
}

/** A fact. Several texts are several lines. */
export interface PageField {
  /** Its element. */
  readonly xml: string;
  readonly label: string | ((family: PhoneFamily) => string);
  readonly value: (view: PageView) => string | readonly string[];
}

const field = (xml: string, label: PageField['label'], value: PageField['value']): PageField => ({ xml, label, value });
const nothing = (): string => '';
const none = (): string => '0';
const yesOrNo = (is: boolean): string => (is ? 'Yes' : 'No');
const mac = ({ facts }: PageView): string => facts.identity.mac.toUpperCase();
const host = ({ facts }: PageView): string => facts.identity.name;

/** `/DeviceInformation`. A simulated phone has one load and no boot loader, modules or DSP. */
export const DEVICE: readonly PageField[] = [
  field('MACAddress', 'MAC Address', mac),
  field('HostName', 'Host Name', host),
  field('phoneDN', 'Phone DN', ({ facts }) => facts.lines[0] ?? ''),
  field('appLoadID', 'App Load ID', ({ facts }) => loadName(facts.identity)),
  field('bootLoadID', 'Boot Load ID', nothing),
  field('versionID', 'Version', ({ facts }) => loadName(facts.identity)),
  field('addonModule1', 'Key Expansion Module 1', nothing),
  field('addonModule2', 'Key Expansion Module 2', nothing),
  field('hardwareRevision', 'Hardware Revision', () => '1.0'),
  field('serialNumber', 'Serial Number', ({ facts }) => serialNumber(facts.identity)),
  field('modelNumber', 'Model Number', ({ facts }) => modelNumber(facts.identity)),
  field('MessageWaiting', 'Message Waiting', ({ facts }) => yesOrNo(hasMessages(facts))),
  field('udi', 'UDI', ({ facts: { identity } }) => [
    'phone',
    `Cisco IP Phone ${modelNumber(identity).replace(/^CP-/, '')}, Global`,
    modelNumber(identity),
    'V01',
    serialNumber(identity),
  ]),
  field('time', 'Time', ({ at }) => clockTime(at)),
  field('timezone', 'Time Zone', () => ZONE),
  field('date', 'Date', ({ at }) => clockDate(at)),
];

const CALL_MANAGER_LABELS: Partial<Record<PhoneFamily, string>> = { '79xx': 'Unified CM ', '78xx': 'CUCM Server' };

const callManager = (number: number): PageField =>
  field(
    `CallManager${number}`,
    (family) => `${CALL_MANAGER_LABELS[family] ?? 'CallManager '}${number}`,
    ({ facts }) => {
      const listed = facts.callManagers[number - 1];
      return listed === undefined ? '' : `${listed.node.address} ${listed.role}`.trim();
    },
  );

/** `/NetworkConfiguration`. What DHCP did not give is empty. */
export const NETWORK: readonly PageField[] = [
  field('DHCPServer', 'DHCP Server', ({ facts }) => facts.leased?.server ?? ''),
  field('BOOTPServer', 'BOOTP Server', () => 'No'),
  field('MACAddress', 'MAC Address', mac),
  field('HostName', 'Host Name', host),
  field('DomainName', 'Domain Name', ({ facts }) => facts.leased?.domainName ?? ''),
  field('IPAddress', 'IP Address', ({ address }) => address),
  field('SubNetMask', 'Subnet Mask', ({ facts }) => facts.leased?.subnetMask ?? ''),
  field('TFTPServer1', 'TFTP Server 1', ({ facts }) => facts.leased?.fileServers[0] ?? facts.fileServer),
  field('DefaultRouter1', 'Default Router 1', ({ facts }) => facts.leased?.routers[0] ?? ''),
  field('DNSServer1', 'DNS Server 1', ({ facts }) => facts.leased?.dnsServers[0] ?? ''),
  field('DNSServer2', 'DNS Server 2', ({ facts }) => facts.leased?.dnsServers[1] ?? ''),
  field('VLANId', 'Operational VLAN Id', nothing),
  field('AdminVLANId', 'Admin. VLAN Id', nothing),
  ...[1, 2, 3, 4, 5].map(callManager),
  field('InformationURL', 'Information URL', ({ facts }) => facts.file?.urls.information ?? ''),
  field('DirectoriesURL', 'Directories URL', ({ facts }) => facts.file?.urls.directory ?? ''),
  field('MessagesURL', 'Messages URL', ({ facts }) => facts.file?.urls.messages ?? ''),
  field('ServicesURL', 'Services URL', ({ facts }) => facts.file?.urls.services ?? ''),
  field('DHCPEnabled', 'DHCP Enabled', ({ facts }) => yesOrNo(facts.leased !== undefined)),
  field('AltTFTP', 'Alternate TFTP', ({ facts }) => yesOrNo(facts.leased === undefined)),
  field('IdleURL', 'Idle URL', ({ facts }) => facts.file?.urls.idle ?? ''),
  field('AuthenticationURL', 'Authentication URL', ({ facts }) => facts.file?.urls.authentication ?? ''),
  field('TFTPServer2', 'TFTP Server 2', ({ facts }) => facts.leased?.fileServers[1] ?? ''),
  field('UserLocale', 'User Locale', ({ facts }) => facts.file?.userLocale ?? ''),
  field('NetworkLocale', 'Network Locale', ({ facts }) => facts.file?.networkLocale ?? ''),
];

const sent = ({ packets }: PageView): string => String(packets.sent);
const received = ({ packets }: PageView): string => String(packets.received);

/** `/EthernetInformation`. The only frames that a simulated phone counts are those of RTP. */
export const ETHERNET: readonly PageField[] = [
  field('TxFrames', 'Tx Frames', sent),
  field('TxBroadcasts', 'Tx Broadcasts', none),
  field('TxMulticasts', 'Tx Multicasts', none),
  field('RxFrames', 'Rx Frames', received),
  field('RxBroadcasts', 'Rx Broadcasts', none),
  field('RxMulticasts', 'Rx Multicasts', none),
  field('RxCRCErrors', 'Rx CRC Errors', none),
];

/** `/PortInformation`. A simulated phone has no switch beside it, so no neighbour has a name. */
export const PORT: readonly PageField[] = [
  field('RxtotalPkt', 'Rx Total Packets', received),
  field('TxtotalGoodPkt', 'Tx Total Good Packets', sent),
  field('CDPNeighborDeviceId', 'CDP Neighbor Device ID', nothing),
  field('CDPNeighborIP', 'CDP Neighbor IP Address', nothing),
  field('CDPNeighborPort', 'CDP Neighbor Port', nothing),
  field('LLDPNeighborDeviceId', 'LLDP Neighbor Device ID', nothing),
  field('LLDPNeighborIP', 'LLDP Neighbor IP Address', nothing),
  field('LLDPNeighborPort', 'LLDP Neighbor Port', nothing),
  field('PortSpeed', 'Port Information', nothing),
];

/** The same of a 7940 or a 7960. */
export const OLD_PORT: readonly PageField[] = [
  field('rxFrames', 'Rx Frames', received),
  field('txFrames', 'Tx Frames', sent),
  field('deviceId', 'Neighbor Device ID', nothing),
  field('ipAddress', 'Neighbor IP Address', nothing),
  field('port', 'Neighbor Port', nothing),
];

const ofStream = (xml: string, label: string, value: (stream: ShownStream) => string | number): PageField =>
  field(xml, label, ({ stream }) => String(value(stream ?? NO_STREAM)));

/** `/StreamingStatistics`. A simulated phone measures neither latency nor a score. */
export const STREAMING: readonly PageField[] = [
  ofStream('RemoteAddr', 'Remote Address', ({ remote }) => remote),
  ofStream('LocalAddr', 'Local Address', ({ local }) => local),
  ofStream('StreamStatus', 'Stream Status', ({ isActive }) => (isActive ? 'Active' : 'Not Ready')),
  field('Name', 'Host Name', host),
  ofStream('SenderPackets', 'Sender Packets', (stream) => stream.sent),
  ofStream('SenderOctets', 'Sender Octets', ({ sentOctets }) => sentOctets),
  ofStream('SenderCodec', 'Sender Codec', ({ codec }) => codec),
  ofStream('RcvrLostPackets', 'Rcvr Lost Packets', ({ lost }) => lost),
  ofStream('AvgJitter', 'Avg Jitter', ({ jitter }) => jitter),
  ofStream('RcvrCodec', 'Rcvr Codec', ({ codec }) => codec),
  ofStream('RcvrPackets', 'Rcvr Packets', (stream) => stream.received),
  ofStream('RcvrOctets', 'Rcvr Octets', ({ receivedOctets }) => receivedOctets),
];
