// RisPort70 as declared: requests, replies, and the names of its WSDL (`docs/protocols/apis.md` §4.2 and §4.3). Clients read
// sequences, so the order of the elements counts.

import { many, nillable, one, type Read, type SoapService, struct, type Written } from '../soap/declaration.js';
import { SERVICEABILITY } from '../soap/namespaces.js';

const criteria = struct(
  'CmSelectionCriteria',
  nillable('MaxReturnedDevices', 'unsignedInt'),
  nillable('DeviceClass', 'string'),
  nillable('Model', 'unsignedInt'),
  nillable('Status', 'string'),
  nillable('NodeName', 'string'),
  nillable('SelectBy', 'string'),
  nillable('SelectItems', struct('ArrayOfSelectItem', many('item', struct('SelectItem', nillable('Item', 'string'))))),
  nillable('Protocol', 'string'),
  nillable('DownloadStatus', 'string'),
);

const trunk = struct(
  'H323Trunk',
  nillable('ConfigName', 'string'),
  nillable('TechPrefix', 'string'),
  nillable('Zone', 'string'),
  nillable('RemoteCmServer1', 'string'),
  nillable('RemoteCmServer2', 'string'),
  nillable('RemoteCmServer3', 'string'),
  nillable('AltGkList', 'string'),
  nillable('ActiveGk', 'string'),
  nillable('CallSignalAddr', 'string'),
  nillable('RasAddr', 'string'),
);

const lineStatus = struct('LineStatus', nillable('DirectoryNumber', 'string'), nillable('Status', 'string'));
const address = struct('Address', one('IP', 'string'), one('IPAddrType', 'string'), nillable('Attribute', 'string'));

/** A device in a reply. */
export const CM_DEVICE = struct(
  'CmDevice',
  nillable('Name', 'string'),
  nillable('DirNumber', 'string'),
  nillable('DeviceClass', 'string'),
  nillable('Model', 'unsignedInt'),
  nillable('Product', 'unsignedInt'),
  nillable('BoxProduct', 'unsignedInt'),
  nillable('Httpd', 'string'),
  nillable('RegistrationAttempts', 'unsignedInt'),
  one('IsCtiControllable', 'boolean'),
  nillable('LoginUserId', 'string'),
  nillable('Status', 'string'),
  nillable('StatusReason', 'unsignedInt'),
  nillable('PerfMonObject', 'unsignedInt'),
  nillable('DChannel', 'unsignedInt'),
  nillable('Description', 'string'),
  nillable('H323Trunk', trunk),
  nillable('TimeStamp', 'unsignedInt'),
  nillable('Protocol', 'string'),
  nillable('NumOfLines', 'unsignedInt'),
  nillable('LinesStatus', struct('ArrayOfLineStatus', many('item', lineStatus))),
  nillable('ActiveLoadID', 'string'),
  nillable('InactiveLoadID', 'string'),
  nillable('DownloadStatus', 'string'),
  nillable('DownloadFailureReason', 'string'),
  nillable('DownloadServer', 'string'),
  one('IPAddress', struct('ArrayOfAddress', many('item', address))),
);

/** What a node says before its devices. */
export const CM_NODE_HEAD = [
  nillable('ReturnCode', 'string'),
  nillable('Name', 'string'),
  one('NoChange', 'boolean'),
] as const;

const cmNode = struct(
  'CmNode',
  ...CM_NODE_HEAD,
  nillable('CmDevices', struct('ArrayOfCmDevice', many('item', CM_DEVICE))),
);

const deviceResult = struct(
  'SelectCmDeviceResult',
  nillable('TotalDevicesFound', 'unsignedInt'),
  nillable('CmNodes', struct('ArrayOfCmNode', many('item', cmNode))),
);

const ctiNode = struct('CtiNode', ...CM_NODE_HEAD);
const ctiResult = struct(
  'SelectCtiItemResult',
  nillable('TotalItemsFound', 'unsignedInt'),
  nillable('CtiNodes', struct('ArrayOfCtiNode', many('item', ctiNode))),
);

const listOf = <const N extends string>(name: N) =>
  struct(`ArrayOf${name}`, many('item', struct(name, nillable(name, 'string'))));

const ctiCriteria = struct(
  'CtiSelectionCriteria',
  nillable('MaxReturnedItems', 'unsignedInt'),
  nillable('CtiMgrClass', 'string'),
  nillable('Status', 'string'),
  nillable('NodeName', 'string'),
  nillable('SelectAppBy', 'string'),
  nillable('AppItems', listOf('AppItem')),
  nillable('DevNames', listOf('DevName')),
  nillable('DirNumbers', listOf('DirNumber')),
);

/** The request for devices. */
export const SELECT_DEVICES = struct(
  'selectCmDevice',
  one('StateInfo', 'string'),
  one('CmSelectionCriteria', criteria),
);

/** The request for what CTI controls. */
export const SELECT_CTI = struct('selectCtiItem', one('StateInfo', 'string'), one('CtiSelectionCriteria', ctiCriteria));

/** The reply with CTI items. */
export const CTI_REPLY = struct(
  'selectCtiItemResponse',
  one(
    'selectCtiItemReturn',
    struct('selectCtiItemReturn', one('SelectCtiItemResult', ctiResult), one('StateInfo', 'string')),
  ),
);

const deviceReply = struct(
  'selectCmDeviceResponse',
  one(
    'selectCmDeviceReturn',
    struct('selectCmDeviceReturn', one('SelectCmDeviceResult', deviceResult), one('StateInfo', 'string')),
  ),
);

/** A device as it is written. */
export type CmDevice = Written<typeof CM_DEVICE>;
/** The criteria as they came. */
export type ReadCriteria = Read<typeof criteria>;

const REPLIES = { reply: 'selectCmDeviceResponse', replies: deviceReply };

/** The service. Both operations for devices have one reply. */
export const RIS_SERVICE: SoapService = {
  namespace: SERVICEABILITY,
  name: 'RISService70',
  port: 'RisPort70',
  portType: 'RisPortType',
  binding: 'RisBinding',
  path: '/realtimeservice2/services/RISService70',
  operations: [
    { name: 'selectCmDevice', request: SELECT_DEVICES, ...REPLIES },
    { name: 'selectCmDeviceExt', request: SELECT_DEVICES, ...REPLIES },
    { name: 'selectCtiItem', request: SELECT_CTI, reply: 'selectCtiItemResponse', replies: CTI_REPLY },
  ],
};
