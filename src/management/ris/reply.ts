// The replies of RisPort70. A thousand devices are 2.3 MB of text, so a reply is made piece by piece while it is sent.

import { escapeXml } from '../../core/xml/entities.js';
import { struct } from '../soap/declaration.js';
import { replyBegin, replyEnd, structWriter, tagsOf } from '../soap/writer.js';
import { cmDevice, type DeviceView } from './cm-device.js';
import { CM_DEVICE, CM_NODE_HEAD, CTI_REPLY } from './declaration.js';
import type { SelectedDevice } from './selection.js';

/** What a node says of the whole request. */
export type ReturnCode = 'Ok' | 'NotFound' | 'InvalidNodeName' | 'NodeNotResponding';

/** What one node has of the devices that were selected. */
export interface NodeReply {
  readonly node: string;
  readonly code: ReturnCode;
  readonly devices: readonly SelectedDevice[];
}

/** What is replied to a request for devices. */
export interface DeviceReply {
  /** One at least. */
  readonly nodes: readonly NodeReply[];
  readonly noChange: boolean;
  readonly found: number;
  readonly stateInfo: string;
  readonly view: DeviceView;
}

/** Devices in a piece: about 64 KiB. */
const IN_A_PIECE = 24;

const RESPONSE = 'selectCmDeviceResponse';
const CTI_RESPONSE = 'selectCtiItemResponse';
const RETURN = tagsOf('selectCmDeviceReturn');
const RESULT = tagsOf('SelectCmDeviceResult');
const TOTAL = tagsOf('TotalDevicesFound');
const NODES = tagsOf('CmNodes');
const DEVICES = tagsOf('CmDevices');
const ITEM = tagsOf('item');
const STATE = tagsOf('StateInfo');

const writeDevice = structWriter(CM_DEVICE);
const writeNodeHead = structWriter(struct('CmNodeHead', ...CM_NODE_HEAD));
const writeCti = structWriter(CTI_REPLY);

/** The pieces of the reply with devices. */
export function* deviceReply({ nodes, noChange, found, stateInfo, view }: DeviceReply): Iterable<string> {
  let piece = `${replyBegin(RESPONSE)}${RETURN.begin}${RESULT.begin}${TOTAL.begin}${found}${TOTAL.end}${NODES.begin}`;
  for (const { node, code, devices } of nodes) {
    const head = writeNodeHead({ ReturnCode: code, Name: node, NoChange: noChange });
    piece += `${ITEM.begin}${head}${DEVICES.begin}`;
    for (const [index, { record, status }] of devices.entries()) {
      piece += `${ITEM.begin}${writeDevice(cmDevice(record, status, view))}${ITEM.end}`;
      if ((index + 1) % IN_A_PIECE !== 0) continue;
      yield piece;
      piece = '';
    }
    piece += `${DEVICES.end}${ITEM.end}`;
  }
  yield `${piece}${NODES.end}${RESULT.end}${STATE.begin}${escapeXml(stateInfo)}${STATE.end}${RETURN.end}${replyEnd(RESPONSE)}`;
}

/** The reply with CTI items: there are none, since nothing is controlled over CTI. */
export const ctiReply = (stateInfo: string): string =>
  `${replyBegin(CTI_RESPONSE)}${writeCti({
    selectCtiItemReturn: {
      SelectCtiItemResult: { TotalItemsFound: 0, CtiNodes: { item: [] } },
      StateInfo: stateInfo,
    },
  })}${replyEnd(CTI_RESPONSE)}`;
