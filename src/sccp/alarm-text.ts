// Parses the texts in which phones report about themselves (alarms, XML lists) into named facts. The texts differ
// between models and loads, so what is not understood is left out and never refused.

import { nameAttributeFinder, readXmlLeaves } from '../core/xml/reader.js';
import {
  meaningOfCode,
  type OutOfServiceReport,
  outOfServiceReport,
  type PhoneAlarmFact,
  phoneAlarmFact,
} from '../devices/index.js';

/** Named values that a phone has reported. */
export type Facts = Record<string, string | number | boolean>;

const ALARM = /^\s*(?:(\d{1,5}):)?\s*Name=(\S*)(?:\s+Load=\s*(\S*))?(?:\s+Last=\s*(.*))?$/;

/** A parsed alarm. */
export interface AlarmText {
  /** The device that the text names. */
  readonly name: string | undefined;
  readonly facts: Facts;
  /** Why the phone was out of service; `undefined`: the text does not say. */
  readonly outOfService: OutOfServiceReport | undefined;
}

/** Parses the text of an alarm, such as `25: Name=ipctest2 Load= 7.0.1.0 Last=Initialized`. */
export const readAlarm = (text: string): AlarmText => {
  const facts: Facts = { alarm: text };
  const match = ALARM.exec(text);
  if (match === null) return { name: undefined, facts, outOfService: undefined };
  const [, number, name, load = '', last = ''] = match;
  const code = number === undefined ? undefined : Number(number);
  if (code !== undefined) {
    facts.alarmCode = code;
    const reason = meaningOfCode(code);
    if (reason !== undefined) facts.alarmReason = reason;
  }
  if (load !== '') facts.alarmLoad = load;
  if (last !== '') facts.alarmLast = last;
  return {
    name: name === '' ? undefined : name,
    facts,
    outOfService: code === undefined && last === '' ? undefined : outOfServiceReport(code, last.trim(), load),
  };
};

const alarmName = nameAttributeFinder('Alarm');
const MOST_FACTS = 24;
/** An alarm has fewer values than this, and a message has no room for many more. */
const MOST_VALUES = 128;

/**
 * The leaves of a phone's XML as facts, each called `<prefix>.<its name>`: the element's own name, or its `name`
 * attribute if it has one (`<String name="DeviceName">`). At most 24; empty ones are left out.
 */
export const readXmlFacts = (prefix: string, xml: string): Facts => {
  const facts: Facts = {};
  const alarm = alarmName(xml);
  if (alarm !== undefined) facts[prefix] = alarm;
  readXmlLeaves(xml, MOST_FACTS, (name, text) => {
    facts[`${prefix}.${name}`] = text;
  });
  return facts;
};

/** What an XML alarm says about the last time out of service, or about a load; of all its values, not the first 24. */
export const readXmlAlarm = (xml: string): PhoneAlarmFact | undefined => {
  const alarm = alarmName(xml);
  if (alarm === undefined) return undefined;
  return phoneAlarmFact(alarm, () => {
    const values: [string, string][] = [];
    readXmlLeaves(xml, MOST_VALUES, (name, text) => values.push([name, text]));
    return values;
  });
};
