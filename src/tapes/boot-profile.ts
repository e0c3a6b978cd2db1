// What a phone is and does on a tape, as facts that two tapes can be compared by.

import { type Neutral, neutralTexts } from './canonical-content.js';
import { type DecodedContent, decodedMessage, fieldText } from './decoded-tape.js';
import { answerText, fileExchanges } from './file-exchanges.js';
import type { Tape, TapeMessage } from './tape.js';

/** What a fact is about. */
export const PROFILE_TOPICS = ['phone', 'dhcp', 'files', 'firmware', 'capabilities', 'timers', 'texts'] as const;
/** A topic of a profile. */
export type ProfileTopic = (typeof PROFILE_TOPICS)[number];

/** A value of a tape, by topic and name. */
export interface ProfileFact {
  readonly topic: ProfileTopic;
  readonly name: string;
  readonly value: string;
}

/** The facts of a tape, and the files in the order in which they were asked for. */
export interface BootProfile {
  readonly facts: readonly ProfileFact[];
  readonly files: readonly string[];
}

type Fields = DecodedContent['fields'];
type Note = (topic: ProfileTopic, name: string, value: unknown) => void;

/** By the name of a message of the phone or the server: the facts in it. */
const SCCP_FACTS: Readonly<Record<string, (fields: Fields, note: Note) => void>> = {
  RegisterReqMessage: (fields, note) => {
    note('phone', 'device type', fields.deviceType);
    note('capabilities', 'protocol version', fields.protocolVer);
    for (const name of ['features1', 'features2', 'features3', 'maxStreams', 'maxNumberOfLines'])
      note('capabilities', name, fields[name]);
    note('firmware', 'load', fields.firmwareLoadName);
  },
  RegisterAckMessage: (fields, note) => {
    note('timers', 'keepalive that the server sets, s', fields.keepAliveInterval);
    note('timers', 'standby keepalive that the server sets, s', fields.secondaryKeepAliveInterval);
    note('capabilities', 'protocol version of the server', fields.maxProtocolVer);
  },
  AlarmMessage: (fields, note) => {
    const text = fieldText(fields, 'text');
    note('texts', 'alarm', text);
    note('firmware', 'load of the alarm', /Load=\s*(\S+)/.exec(text)?.[1]);
  },
  CapabilitiesResMessage: (fields, note) => note('capabilities', 'codecs', codecsOf(fields)),
  UpdateCapabilitiesMessage: (fields, note) => note('capabilities', 'codecs', codecsOf(fields)),
  VersionMessage: (fields, note) => note('firmware', 'load that the server names', fieldText(fields, 'versionStr')),
};

const codecsOf = (fields: Fields): string =>
  Object.entries(fields)
    .filter(([name]) => /payloadCapability$/.test(name))
    .map(([, value]) => String(value))
    .join(' ');

/** Texts that the server shows, by the name of the field. */
const SHOWN_TEXT = /^(?:DisplayText|DisplayNotify|DisplayPromptStatus|DisplayPriNotify|RegisterReject)/;
const TEXT_FIELD = /^(?:text|displayMessage|promptStatus|notify|priNotify)$/i;

const SIP_HEADERS: readonly (readonly [topic: ProfileTopic, header: string])[] = [
  ['firmware', 'User-Agent'],
  ['capabilities', 'Supported'],
  ['capabilities', 'Allow'],
  ['capabilities', 'Allow-Events'],
  ['timers', 'Expires'],
];
/** The parameters of a Contact that say what a phone can. */
const CONTACT_PARAMETER = /;\s*(\+[\w.!-]+|[\w.!-]+)(?:=("[^"]*"|[^;,]*))?/g;
const DRAWN_PARAMETER = /instance|devicename|tag|expires$/i;
const LOAD = /(?:Active|Inactive)?_?Load=\s*([^\s,;"]+)/gi;

const OPTION = { vendorClass: 60, requested: 55, leaseTime: 51, clientId: 61, renewal: 58, maxSize: 57 } as const;

/** Reads what a tape says of its phone. */
export const bootProfile = (tape: Tape): BootProfile => {
  const neutral = neutralTexts(tape);
  const facts = new Map<string, ProfileFact>();
  const note: Note = (topic, name, value) => {
    const text = typeof value === 'string' ? neutral(value).trim() : value === undefined ? '' : JSON.stringify(value);
    const key = `${topic} ${name}`;
    if (text !== '' && !facts.has(key)) facts.set(key, { topic, name, value: text });
  };
  note('phone', 'model', tape.header.model ?? undefined);
  note('phone', 'protocol', tape.header.protocol ?? undefined);
  const shown: string[] = [];
  for (const message of tape.messages) {
    if (message.protocol === 'tftp' || message.protocol === 'http') continue;
    const content = decodedMessage(message);
    if (message.protocol === 'dhcp') noteDhcp(content, note);
    else if (message.protocol === 'sip') noteSip(message, content, note);
    else {
      SCCP_FACTS[content.name]?.(content.fields, note);
      if (SHOWN_TEXT.test(content.name)) shown.push(...textsOf(content.fields));
    }
  }
  noteIntervals(tape.messages, note);
  note('texts', 'shown by the server', shown.length === 0 ? undefined : [...new Set(shown)].join(' | '));
  const files = noteFiles(tape, neutral, note);
  return { facts: [...facts.values()], files };
};

const textsOf = (fields: Fields): readonly string[] =>
  Object.entries(fields).flatMap(([name, value]) =>
    TEXT_FIELD.test(name) && typeof value === 'string' && value.trim() !== '' ? [value] : [],
  );

const noteDhcp = ({ name, fields }: DecodedContent, note: Note): void => {
  const options = (Array.isArray(fields.options) ? fields.options : []) as readonly {
    readonly code: number;
    readonly value: unknown;
  }[];
  const value = (code: number): unknown => options.find((option) => option.code === code)?.value;
  if (name === 'DISCOVER' || name === 'REQUEST') {
    note('dhcp', `vendor class in ${name}`, value(OPTION.vendorClass));
    note('dhcp', `options asked for in ${name}`, value(OPTION.requested));
    note('dhcp', `largest message in ${name}`, value(OPTION.maxSize));
    note('dhcp', `options in ${name}`, options.map(({ code }) => code).join(' '));
  }
  if (name === 'ACK') {
    note('timers', 'lease, s', value(OPTION.leaseTime));
    note('timers', 'renewal of the lease, s', value(OPTION.renewal));
    note('dhcp', 'options of the server', options.map(({ code }) => code).join(' '));
  }
};

const noteSip = ({ from }: TapeMessage, { name, fields }: DecodedContent, note: Note): void => {
  if (from !== 'phone') return;
  const body = fieldText(fields, 'body');
  for (const [, load] of `${fieldText(fields, 'Reason')} ${body}`.matchAll(LOAD)) note('firmware', 'load', load);
  if (name !== 'REGISTER') return;
  for (const [topic, header] of SIP_HEADERS) note(topic, header, fieldText(fields, header));
  const contact = fieldText(fields, 'Contact').replace(/<[^>]*>/, '');
  for (const [, parameter = '', value = ''] of contact.matchAll(CONTACT_PARAMETER))
    if (!DRAWN_PARAMETER.test(parameter))
      note('capabilities', `Contact ${parameter}`, value.replaceAll('"', '') || 'yes');
  note('texts', 'Reason', fieldText(fields, 'Reason'));
};

/** By protocol: the message of the phone that comes again and again. */
const REPEATED: Readonly<Partial<Record<TapeMessage['protocol'], string>>> = {
  sccp: 'KeepAliveReqMessage',
  sip: 'REGISTER',
};
/** Shorter intervals are the answers to challenges, and requests that were sent again. */
const SHORTEST_INTERVAL = 3_000;

const noteIntervals = (messages: readonly TapeMessage[], note: Note): void => {
  const last = new Map<number, number>();
  const gaps = new Map<string, number[]>();
  for (const { from, protocol, name, conversation, at } of messages) {
    if (from !== 'phone' || REPEATED[protocol] !== name) continue;
    const before = last.get(conversation);
    last.set(conversation, at);
    if (before === undefined || at - before < SHORTEST_INTERVAL) continue;
    const known = gaps.get(name);
    if (known === undefined) gaps.set(name, [at - before]);
    else known.push(at - before);
  }
  for (const [name, list] of gaps) {
    const sorted = [...list].sort((a, b) => a - b);
    note('timers', `between two ${name}, s`, Math.round((sorted[sorted.length >> 1] ?? 0) / 1000));
  }
};

const noteFiles = (tape: Tape, neutral: Neutral, note: Note): readonly string[] =>
  fileExchanges(tape).map(({ protocol, file, options, answer }) => {
    const name = `${protocol} ${neutral(file)}`;
    const isOwnFile = answer.kind === 'sent' && /DEVICE|MAC/.test(name);
    note('files', name, isOwnFile ? 'sent' : answerText(answer));
    const asked = Object.entries(options)
      .filter(([option]) => option.toLowerCase() !== 'host')
      .map(([option, value]) => `${option}=${value}`)
      .join(', ');
    note('files', `options of ${protocol}`, asked);
    return name;
  });
