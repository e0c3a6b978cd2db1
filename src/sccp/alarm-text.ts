// Parses the texts in which phones report about themselves (alarms, XML lists) into named facts. The texts differ
// between models and loads, so what is not understood is left out and never refused.

import { nameAttributeFinder, readXmlLeaves } from '../core/xml/reader.js';

/** Named values that a phone has reported. */
export type Facts = Record<string, string | number | boolean>;

/** The number before the colon of an alarm: why the phone was last out of service (`sccp.md` §5.1 0x0020). */
const OUT_OF_SERVICE: Readonly<Record<number, string>> = {
  10: 'TCP timeout',
  12: 'the server reset the TCP connection',
  13: 'the server aborted the TCP connection',
  14: 'the server closed the TCP connection',
  15: 'keepalive failure',
  16: 'its address was lost',
  17: 'registration timeout',
  18: 'it left for a server of higher priority',
  20: 'reset by its user',
  22: 'reset by the server',
  23: 'restarted by the server',
  24: 'registration rejected',
  25: 'initialized',
};

const ALARM = /^\s*(?:(\d{1,5}):)?\s*Name=(\S*)(?:\s+Load=\s*(\S*))?(?:\s+Last=\s*(.*))?$/;

/** A parsed alarm. */
export interface AlarmText {
  /** The device that the text names. */
  readonly name: string | undefined;
  readonly facts: Facts;
}

/** Parses the text of an alarm, such as `25: Name=ipctest2 Load= 7.0.1.0 Last=Initialized`. */
export const readAlarm = (text: string): AlarmText => {
  const facts: Facts = { alarm: text };
  const match = ALARM.exec(text);
  if (match === null) return { name: undefined, facts };
  const [, code, name, load, last] = match;
  if (code !== undefined) {
    facts.alarmCode = Number(code);
    const reason = OUT_OF_SERVICE[Number(code)];
    if (reason !== undefined) facts.alarmReason = reason;
  }
  if (load) facts.alarmLoad = load;
  if (last) facts.alarmLast = last;
  return { name: name === '' ? undefined : name, facts };
};

const alarmName = nameAttributeFinder('Alarm');
const MOST_FACTS = 24;

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
