// What the bucket of numbers holds: `dn.<number>` says whose a number is, `device.<NAME>` which number a phone has, and
// `reserve.<node>` what a node holds in reserve, for people.

import { type DeviceName, type DirectoryNumber, parseDeviceName, parseDirectoryNumber } from '../core/identifiers.js';
import type { AutoRegistered, Protocol } from '../devices/index.js';
import { keyOf, namesOf } from './bus-names.js';
import { countIn, textIn, textsIn, type ValueFields, valueText } from './values.js';

/** Whose a number is. */
export interface ToldNumber {
  readonly kind: 'number';
  readonly dn: DirectoryNumber;
  /** The node that gave it, or that holds it in reserve. */
  readonly node: string;
  /** `undefined`: nobody has it yet, and that node alone may give it. */
  readonly device: DeviceName | undefined;
}

/** Which number a phone has. */
export interface ToldDevice extends AutoRegistered {
  readonly kind: 'device';
  readonly node: string;
}

/** What a node holds in reserve, as ranges. */
export interface ToldReserve {
  readonly kind: 'reserve';
  readonly node: string;
  readonly numbers: readonly string[];
}

/** A value of the bucket. */
export type NumberValue = ToldNumber | ToldDevice | ToldReserve;

export const numberKey = (dn: string): string => keyOf('dn', dn);
export const deviceKeyOf = (name: string): string => keyOf('device', name.toUpperCase());
export const reserveKey = (node: string): string => keyOf('reserve', node);

/** The text of a value. */
export const numberText = (value: NumberValue): string => {
  switch (value.kind) {
    case 'number':
      return valueText({ node: value.node, ...(value.device === undefined ? {} : { device: value.device }) });
    case 'device':
      return valueText({
        node: value.node,
        device: value.name,
        dn: value.dn,
        typeId: value.typeId,
        protocol: value.protocol,
      });
    case 'reserve':
      return valueText({ node: value.node, numbers: value.numbers });
  }
};

/** Reads a value. `undefined`: it is none. */
export const readNumber = (fields: ValueFields, key: string): NumberValue | undefined => {
  const [kind, name] = namesOf(key) ?? [];
  const node = textIn(fields, 'node', 64);
  if (node === undefined || name === undefined) return undefined;
  if (kind === 'reserve') return { kind, node, numbers: textsIn(fields, 'numbers', 1024) ?? [] };
  const device = fields.device === undefined ? undefined : parseDeviceName(textIn(fields, 'device', 15) ?? '');
  if (kind === 'dn') {
    const dn = parseDirectoryNumber(name);
    const isBroken = dn === undefined || (fields.device !== undefined && device === undefined);
    return isBroken ? undefined : { kind: 'number', dn, node, device };
  }
  const dn = parseDirectoryNumber(textIn(fields, 'dn', 64) ?? '');
  const typeId = countIn(fields, 'typeId');
  const protocol: Protocol | undefined =
    fields.protocol === 'SCCP' || fields.protocol === 'SIP' ? fields.protocol : undefined;
  if (kind !== 'device' || device === undefined || device.toUpperCase() !== name) return undefined;
  if (dn === undefined || typeId === undefined || protocol === undefined) return undefined;
  return { kind, name: device, dn, typeId, protocol, node };
};
