// Reads the alarms of phones: the `cisco-alarm` of a Reason header, and the alarm documents that they send by REFER
// (`sip.md` §3, §10.1, §11). Of a broken document it returns what could be read.

import { findNode, MAX_XML_OCTETS, readXml } from '../../core/xml/reader.js';
import { parameterValue, parseParameters } from '../message/grammar.js';

/** The alarm of a Reason header: `cisco-alarm:23 Name=… ActiveLoad=… InactiveLoad=… Last=…`. */
export interface ReasonAlarm {
  readonly number: number;
  /** Empty where the phone does not say. */
  readonly name: string;
  readonly load: string;
  readonly inactiveLoad: string;
  readonly last: string;
}

const ALARM = /cisco-alarm:(\d{1,5})(.*)/s;
const FIELD = / ([A-Za-z]+)=([^ ]*)/g;
const MAX_FIELD = 128;

/** Reads a Reason header. `undefined`: it has no cisco-alarm. */
export const parseReason = (header: string): ReasonAlarm | undefined => {
  const semicolon = header.indexOf(';');
  const parameters = semicolon < 0 ? undefined : parseParameters(header, semicolon);
  const [, number, fields = ''] =
    ALARM.exec(parameters === undefined ? header : (parameterValue(parameters, 'text') ?? '')) ?? [];
  if (number === undefined) return undefined;
  const values = new Map(
    [...fields.matchAll(FIELD)].map(([, name = '', value = '']) => [name.toLowerCase(), value.slice(0, MAX_FIELD)]),
  );
  const load = (name: string): string => (values.get(name) ?? '').replace(/\.loads$/i, '');
  return {
    number: Number(number),
    name: values.get('name') ?? '',
    load: load('activeload') || load('load'),
    inactiveLoad: load('inactiveload'),
    last: values.get('last') ?? '',
  };
};

/** The alarm of an alarm document. */
export interface PhoneAlarm {
  /** E.g. `DeviceTLInfo`. */
  readonly name: string;
  readonly values: ReadonlyMap<string, string>;
}

/** The content type of an alarm document. */
export const ALARM_TYPE = 'application/x-cisco-alarm+xml';
const MAX_VALUES = 32;
const MAX_VALUE = 256;

/** Reads an alarm document, even one without its end. `undefined`: there is no alarm in it. */
export const readAlarm = (body: Buffer): PhoneAlarm | undefined => {
  if (body.length > MAX_XML_OCTETS) return undefined;
  const root = readXml(body.toString('utf8'));
  const alarm = root === undefined ? undefined : findNode(root, 'Alarm');
  const name = alarm?.attributes.get('Name');
  if (alarm === undefined || name === undefined) return undefined;
  const list = findNode(alarm, 'ParameterList') ?? alarm;
  const values = list.children.slice(0, MAX_VALUES).flatMap((child): [string, string][] => {
    const key = child.attributes.get('name');
    return key === undefined || key === '' || key.length > MAX_VALUE ? [] : [[key, child.text.slice(0, MAX_VALUE)]];
  });
  return { name: name.slice(0, MAX_VALUE), values: new Map(values) };
};
