// Cisco's remotecc bodies of a registration: what a phone offers (`bulkregisterreq`, `optionsind`), what the server
// accepts of it, and the status that the server sends after a first registration (`sip.md` §3, §4.2, §10.2).

import { escapeXml } from '../../core/xml/entities.js';
import { findNode, MAX_XML_OCTETS, readXml, type XmlNode } from '../../core/xml/reader.js';
import type { SipMessage } from '../message/message.js';
import { type BodyPart, bodyParts } from '../message/multipart.js';

/** The content types of remotecc requests and responses. */
export const REQUEST_TYPE = 'application/x-cisco-remotecc-request+xml';
/** The media type of a phone's answer to a remotecc request. */
export const RESPONSE_TYPE = 'application/x-cisco-remotecc-response+xml';

/** What the body of a REGISTER offers. */
export interface PhoneOffer {
  /** One REGISTER stands for all lines. */
  readonly bulk: boolean;
  /** The `optionsind` element; `undefined`: none. */
  readonly options: XmlNode | undefined;
}

const NO_OFFER: PhoneOffer = { bulk: false, options: undefined };

/** Reads the body of a REGISTER. */
export const readOffer = (message: SipMessage): PhoneOffer => {
  if (message.bodyEnd === message.bodyStart) return NO_OFFER;
  const roots = bodyParts(message).flatMap((part) => readPart(part) ?? []);
  const bulk = roots.map((root) => findNode(root, 'bulkregisterreq')).find((node) => node !== undefined);
  const contact = bulk === undefined ? undefined : findNode(bulk, 'contact');
  return {
    bulk: contact?.attributes.get('all') === 'true' && findNode(contact, 'register') !== undefined,
    options: roots.map((root) => findNode(root, 'optionsind')).find((node) => node !== undefined),
  };
};

const readPart = ({ type, bytes }: BodyPart): XmlNode | undefined =>
  type === REQUEST_TYPE && bytes.length <= MAX_XML_OCTETS ? readXml(bytes.toString('utf8')) : undefined;

interface Option {
  readonly name: string;
  /** The value of `usage`, if several options have the name. */
  readonly usage?: string;
  /** How it is accepted, as CUCM writes it. */
  readonly accept: (offered: XmlNode) => string | undefined;
}

const unsolicited = (offered: XmlNode): string | undefined =>
  findNode(offered, 'unot') === undefined
    ? undefined
    : `<${offered.name} usage="${offered.attributes.get('usage')}"><unot/></${offered.name}>\n`;

/** In the order of the answer. An option that was not offered is never accepted. */
const OPTIONS: readonly Option[] = [
  {
    name: 'combine',
    accept: (offered) => {
      const most = Number(offered.attributes.get('max') ?? '6');
      const parts = [
        findNode(offered, 'status') === undefined ? '' : '<remotecc><status/></remotecc>\n',
        findNode(offered, 'service-control') === undefined ? '' : '<service-control/>\n',
      ].join('');
      return parts === ''
        ? undefined
        : `<combine max="${Number.isInteger(most) ? Math.min(6, most) : 6}">\n${parts}</combine>\n`;
    },
  },
  { name: 'dialog', usage: 'hook status', accept: unsolicited },
  { name: 'dialog', usage: 'shared line', accept: unsolicited },
  { name: 'presence', usage: 'blf speed dial', accept: unsolicited },
  { name: 'joinreq', accept: () => '<joinreq></joinreq>\n' },
  { name: 'ix', accept: () => '<ix/>\n' },
  { name: 'bfcp', accept: () => '<bfcp/>\n' },
];

/** The body of the 200: lines end in LF, the whole in LF CRLF. */
export const acceptedOptions = (options: XmlNode): string => {
  const accepted = OPTIONS.map(({ name, usage, accept }) => {
    const offered = options.children.find(
      (child) => child.name === name && (usage === undefined || child.attributes.get('usage') === usage),
    );
    return offered === undefined ? undefined : accept(offered);
  }).join('');
  return `<x-cisco-remotecc-response>\n<response>\n<code>200</code>\n<optionsind>\n${accepted}</optionsind>\n</response>\n</x-cisco-remotecc-response>\n\r\n`;
};

const accepts = (options: XmlNode | undefined, name: string, usage: string): boolean =>
  options?.children.some(
    (child) => child.name === name && child.attributes.get('usage') === usage && unsolicited(child) !== undefined,
  ) ?? false;

/** Whether the phone takes the state of its busy lamp field without a subscription. */
export const acceptsBlf = (options: XmlNode | undefined): boolean => accepts(options, 'presence', 'blf speed dial');

/** Whether the phone takes the calls of other phones of its lines without a subscription. */
export const acceptsSharedLines = (options: XmlNode | undefined): boolean => accepts(options, 'dialog', 'shared line');

/** Whether the phone takes status and service control in one REFER. */
export const combines = (options: XmlNode | undefined): boolean => {
  const combine = options?.children.find(({ name }) => name === 'combine');
  return combine !== undefined && findNode(combine, 'status') !== undefined;
};

const BOUNDARY = 'uniqueBoundary';
/** The content type of `statusBody`. */
export const STATUS_TYPE = `multipart/mixed;boundary=${BOUNDARY}`;

const part = (type: string, text: string): string => `--${BOUNDARY}\r\nContent-Type: ${type}\r\n\r\n${text}\r\n`;

const requestOf = (inside: string): string => `<x-cisco-remotecc-request>\n${inside}</x-cisco-remotecc-request>\n`;

/** Where a line forwards all calls, as its phone is told. */
export interface ForwardUpdate {
  readonly line: number;
  /** Empty: it does not forward. */
  readonly number: string;
  readonly isVoicemail: boolean;
}

/** What a phone does with calls while its user does not want to be disturbed; `undefined`: its user may be. */
export type DoNotDisturbUpdate = 'ringer-off' | 'reject' | undefined;

const forwardOf = ({ number, isVoicemail }: ForwardUpdate): string =>
  `<fwdaddress>${escapeXml(number)}</fwdaddress><tovoicemail>${isVoicemail ? 'on' : 'off'}</tovoicemail>`;

const dndUpdate = (option: DoNotDisturbUpdate): string =>
  `<dndupdate>\n<state>${option === undefined ? 'disable' : 'enable'}</state>\n<option>${option === 'reject' ? 'callreject' : 'ringeroff'}</option>\n</dndupdate>\n`;

/** Tells a phone where one of its lines forwards all calls. */
export const forwardUpdateBody = (update: ForwardUpdate): string =>
  requestOf(`<cfwdallupdate>${forwardOf(update)}<linenumber>${update.line}</linenumber></cfwdallupdate>\n`);

/** Tells a phone whether its user may be disturbed. */
export const doNotDisturbBody = (option: DoNotDisturbUpdate): string => requestOf(dndUpdate(option));

/** What a phone is to show from its registration on, where that is not as usual. */
export interface StatusFeatures {
  readonly forwards: readonly ForwardUpdate[];
  readonly doNotDisturb: DoNotDisturbUpdate;
}

/**
 * The body that a phone gets after its first registration, as captured: the lamps and forwarding of its lines, do not disturb
 * where it is set and, if they are given, the version stamps of the files that it should have. `waiting`: the numbers of the
 * lines with messages.
 */
export const statusBody = (
  waiting: readonly number[],
  versionStamps: string | undefined,
  { forwards, doNotDisturb }: StatusFeatures = { forwards: [], doNotDisturb: undefined },
): string =>
  `${part(
    REQUEST_TYPE,
    requestOf(
      `<bulkupdate>\n<contact all="true"><mwi>no</mwi><cfwdallupdate></cfwdallupdate></contact>${contactsOf(waiting, forwards)}\n</bulkupdate>\n`,
    ),
  )}${doNotDisturb === undefined ? '' : part(REQUEST_TYPE, doNotDisturbBody(doNotDisturb))}${versionStamps === undefined ? '' : part('text/plain', versionStamps)}--${BOUNDARY}--\r\n`;

/** What differs from the usual, by line. */
const contactsOf = (waiting: readonly number[], forwards: readonly ForwardUpdate[]): string =>
  [...new Set([...waiting, ...forwards.map(({ line }) => line)])]
    .sort((one, other) => one - other)
    .map((line) => {
      const update = forwards.find((forward) => forward.line === line);
      const forward = update === undefined ? '' : `<cfwdallupdate>${forwardOf(update)}</cfwdallupdate>`;
      return `<contact line="${line}"><mwi>${waiting.includes(line) ? 'yes' : 'no'}</mwi>${forward}</contact>`;
    })
    .join('');

/** Has the phone answer a call that rings. `phoneTag`, `ourTag`: of its dialog. */
export const answerCall = (callId: string, phoneTag: string, ourTag: string): string =>
  `<x-cisco-remotecc-request>\n<answercallreq>\n<dialogid>\n<callid>${escapeXml(callId)}</callid>\n<localtag>${escapeXml(phoneTag)}</localtag>\n<remotetag>${escapeXml(ourTag)}</remotetag>\n</dialogid>\n</answercallreq>\n</x-cisco-remotecc-request>\n`;

/** A dialog as its phone names it: `localTag` is the phone's own. */
export interface PhoneDialogId {
  readonly callId: string;
  readonly localTag: string;
  readonly remoteTag: string;
}

/**
 * Shows a text on the screen of a phone for ten seconds. `label`: its number in the phone's dictionary. `detail`: what
 * stands behind it. `dialog`: the call that it is about.
 */
export const statusLine = (label: number, detail: string = '', dialog?: PhoneDialogId): string => {
  const text = `${String.fromCharCode(0x80, label)}${detail === '' ? '' : ` ${escapeXml(detail)}`}`;
  const about =
    dialog === undefined
      ? ''
      : `<dialogid>\n<callid>${escapeXml(dialog.callId)}</callid>\n<localtag>${escapeXml(dialog.localTag)}</localtag>\n<remotetag>${escapeXml(dialog.remoteTag)}</remotetag>\n</dialogid>\n`;
  return `<x-cisco-remotecc-request>\n<statuslineupdatereq>\n<action>notify_display</action>\n${about}<statustext>${text}</statustext>\n<displaytimeout>10</displaytimeout>\n<priority>1</priority>\n</statuslineupdatereq>\n</x-cisco-remotecc-request>\n`;
};

/** A soft key that SIP has no method for (`docs/protocols/calls.md` §3.9). */
export interface SoftKeyEvent {
  /** As the phone writes it, such as `Park`. */
  readonly key: string;
  /** The call that it is about; `undefined`: it names none. */
  readonly dialog: PhoneDialogId | undefined;
  /** Of Conference and Join: the other call of the phone. */
  readonly other: PhoneDialogId | undefined;
  /** The line, from 1; `undefined`: it names none. */
  readonly line: number | undefined;
}

/** The longest name of a soft key. */
const MOST_KEY_LETTERS = 32;

/** Reads the body of a REFER; `undefined`: it is no soft key. */
export const readSoftKeyEvent = (message: SipMessage): SoftKeyEvent | undefined => {
  for (const part of bodyParts(message)) {
    const root = readPart(part);
    const event = root === undefined ? undefined : findNode(root, 'softkeyeventmsg');
    const key = event === undefined ? undefined : findNode(event, 'softkeyevent')?.text.trim();
    if (event === undefined || key === undefined || key === '' || key.length > MOST_KEY_LETTERS) continue;
    const line = Number(findNode(event, 'linenumber')?.text);
    return {
      key,
      dialog: readDialogId(findNode(event, 'dialogid')),
      other: readDialogId(findNode(event, 'consultdialogid') ?? findNode(event, 'joindialogid')),
      line: Number.isInteger(line) && line > 0 ? line : undefined,
    };
  }
  return undefined;
};

const readDialogId = (node: XmlNode | undefined): PhoneDialogId | undefined => {
  if (node === undefined) return undefined;
  const textOf = (name: string): string => findNode(node, name)?.text.trim() ?? '';
  const id = { callId: textOf('callid'), localTag: textOf('localtag'), remoteTag: textOf('remotetag') };
  return id.callId === '' ? undefined : id;
};

/** What came of a remotecc request. `code`: as of SIP. */
export const remoteccResponse = (code: number): string =>
  `<x-cisco-remotecc-response>\n<response>\n<code>${code}</code>\n</response>\n</x-cisco-remotecc-response>\n`;
