// The port of RIS that came before RisPort70: the same query by older names, with the type of each value beside it
// (`docs/protocols/apis.md` §4.8).

import { escapeXml } from '../../core/xml/entities.js';
import type { XmlTreeNode } from '../../core/xml/tree.js';
import type { SoapAnswer } from '../request-handler.js';
import { many, nillable, one, type SimpleType, struct } from '../soap/declaration.js';
import { noSuchOperation } from '../soap/fault.js';
import { SERVICEABILITY, XSD, XSI } from '../soap/namespaces.js';
import { readStruct } from '../soap/reader.js';
import { ENVELOPE_BEGIN, ENVELOPE_END } from '../soap/writer.js';
import { cmDevice } from './cm-device.js';
import { PLAIN } from './criteria.js';
import type { CmDevice } from './declaration.js';
import type { DeviceSelection, RisPort } from './ris-port.js';

const OPERATION = 'SelectCmDevice';

const REQUEST = struct(
  OPERATION,
  one('StateInfo', 'string'),
  one(
    'CmSelectionCriteria',
    struct(
      'CmSelectionCriteria',
      nillable('MaxReturnedDevices', 'unsignedInt'),
      nillable('Class', 'string'),
      nillable('Model', 'unsignedInt'),
      nillable('Status', 'string'),
      nillable('NodeName', 'string'),
      nillable('SelectBy', 'string'),
      nillable('SelectItems', struct('SelectItems', many('item', struct('SelectItem', nillable('Item', 'string'))))),
    ),
  ),
);

type Value = string | number | boolean | null;

/** The elements of a device, in their order. */
const ROWS: readonly (readonly [name: string, type: SimpleType, value: (device: CmDevice) => Value])[] = [
  ['Name', 'string', ({ Name }) => Name],
  ['IpAddress', 'string', ({ IPAddress }) => IPAddress.item[0]?.IP ?? null],
  ['DirNumber', 'string', ({ DirNumber }) => DirNumber],
  ['Class', 'string', ({ DeviceClass }) => DeviceClass],
  ['Model', 'unsignedInt', ({ Model }) => Model],
  ['Product', 'unsignedInt', ({ Product }) => Product],
  ['BoxProduct', 'unsignedInt', ({ BoxProduct }) => BoxProduct],
  ['Httpd', 'string', ({ Httpd }) => Httpd],
  ['RegistrationAttempts', 'unsignedInt', (device) => device.RegistrationAttempts],
  ['IsCtiControllable', 'boolean', ({ IsCtiControllable }) => IsCtiControllable],
  ['LoginUserId', 'string', ({ LoginUserId }) => LoginUserId],
  ['Status', 'string', ({ Status }) => Status],
  ['StatusReason', 'unsignedInt', ({ StatusReason }) => StatusReason],
  ['PerfMonObject', 'unsignedInt', ({ PerfMonObject }) => PerfMonObject],
  ['DChannel', 'unsignedInt', ({ DChannel }) => DChannel],
  ['Description', 'string', ({ Description }) => Description],
  ['H323Trunk', 'string', () => null],
  ['TimeStamp', 'unsignedInt', ({ TimeStamp }) => TimeStamp],
];

/** Its description is not offered: no client was seen to ask for one. */
export const OLD_RIS_SERVICE = {
  name: 'RisPort',
  path: '/realtimeservice/services/RisPort',
  document: () => undefined,
} as const;

/** Devices in a piece: about 32 KiB. */
const IN_A_PIECE = 24;

const typed = (name: string, type: SimpleType, value: Value): string =>
  value === null
    ? `<${name} xsi:nil="true"/>`
    : `<${name} xsi:type="xsd:${type}">${escapeXml(String(value))}</${name}>`;

const nodeHead = (name: string, code: string, noChange: boolean): string =>
  typed('ReturnCode', 'string', code) + typed('Name', 'string', name) + typed('NoChange', 'boolean', noChange);

/** A client that asks in a namespace reads the reply in it, and one that asks in none reads names without a prefix. */
const tagsFor = ({ namespace }: XmlTreeNode): { readonly begin: string; readonly end: string } => {
  const types = `xmlns:xsi="${XSI}" xmlns:xsd="${XSD}"`;
  return namespace === ''
    ? { begin: `<${OPERATION}Response ${types}>`, end: `</${OPERATION}Response>` }
    : {
        begin: `<ns1:${OPERATION}Response xmlns:ns1="${SERVICEABILITY}/" ${types}>`,
        end: `</ns1:${OPERATION}Response>`,
      };
};

function* oldReply(request: XmlTreeNode, selection: DeviceSelection): Iterable<string> {
  const { nodes, noChange, found, stateInfo, view, otherNodes } = selection;
  const { begin, end } = tagsFor(request);
  const total = typed('TotalDevicesFound', 'unsignedInt', found);
  let piece = `${ENVELOPE_BEGIN}${begin}<SelectCmDeviceResult>${total}<CmNodes>`;
  for (const { node, code, devices } of nodes) {
    piece += `<item>${nodeHead(node, code, noChange)}<CmDevices>`;
    for (const [index, { record, status }] of devices.entries()) {
      const device = cmDevice(record, status, view);
      piece += `<item>${ROWS.map(([name, type, value]) => typed(name, type, value(device))).join('')}</item>`;
      if ((index + 1) % IN_A_PIECE !== 0) continue;
      yield piece;
      piece = '';
    }
    piece += '</CmDevices></item>';
  }
  const others = otherNodes
    .map((name) => `<item>${nodeHead(name, 'NodeNotResponding', false)}<CmDevices/></item>`)
    .join('');
  yield `${piece}${others}</CmNodes></SelectCmDeviceResult>${typed('StateInfo', 'string', stateInfo)}${end}${ENVELOPE_END}`;
}

/** Answers the element of a request to the old port by what `ris` selects. Rejects with a `SoapFault`. */
export const answerOldPort = async (ris: RisPort, request: XmlTreeNode): Promise<SoapAnswer> => {
  if (request.name !== OPERATION) throw noSuchOperation(request.name);
  const { Class: DeviceClass, ...criteria } = readStruct(REQUEST, request).CmSelectionCriteria ?? {};
  const selection = await ris.select(request, { ...criteria, DeviceClass }, PLAIN);
  return { pieces: oldReply(request, selection), found: selection.found };
};
