// Which devices a message names, and where.

import type { CapturedMessage, CapturedProtocol } from '../../decoding/captured-message.js';

type Fields = Readonly<Record<string, unknown>>;

/** Cisco's own names: SEP, ATA and the like, and a hardware address. */
const CISCO_NAME = /\b(?:SEP|ATA|VG[A-Z]?|AN[A-Z]?|TNP)[0-9A-F]{12}\b/gi;
/** `+sip.instance`'s companion in the Contact of a Cisco phone (`sip.md` §3). */
const CONTACT_NAME = /device-?\.?name\.ccm(?:\.cisco\.com)?="?([A-Za-z0-9._-]{1,15})/gi;
const ALARM_NAME = /\bName=([A-Za-z0-9._-]{1,15})/;
/** The files of a device are named after it (`provisioning.md` §3). */
const OWN_FILE = /(?:^|[/\\])(?:CTL|ITL)?([A-Za-z0-9._-]{1,15})\.(?:cnf\.xml(?:\.enc)?(?:\.sgn)?|tlv)$/i;
const FILES_OF_ALL: ReadonlySet<string> = new Set(['XMLDEFAULT', 'FILE', 'CTLFILE', 'ITLFILE']);

const ownFile = (path: unknown): string[] => {
  const [, name = ''] = OWN_FILE.exec(String(path ?? '').replace(/\?.*$/, '')) ?? [];
  return name === '' || FILES_OF_ALL.has(name.toUpperCase()) ? [] : [name];
};

const matches = (text: string, pattern: RegExp): string[] =>
  [...text.matchAll(pattern)].map(([all, name]) => name ?? all);

/** By protocol: the names in the fields of a message. */
const NAMES: Readonly<Record<CapturedProtocol, (fields: Fields, name: string) => string[]>> = {
  dhcp: ({ options }) =>
    (Array.isArray(options) ? options : []).flatMap(({ code, value }) =>
      code === HOST_NAME ? matches(String(value), CISCO_NAME) : [],
    ),
  tftp: ({ file }) => ownFile(file),
  http: ({ target }) => ownFile(target),
  sccp: ({ deviceName, text }, name) => [
    ...(name.startsWith('Register') && typeof deviceName === 'string' && deviceName !== '' ? [deviceName] : []),
    ...(name === 'AlarmMessage' ? [ALARM_NAME.exec(String(text))?.[1] ?? []].flat() : []),
  ],
  sip: (fields) => {
    const text = headersOf(fields);
    return [...matches(text, CONTACT_NAME), ...matches(text, CISCO_NAME)];
  },
  tls: () => [],
};

const HOST_NAME = 12;

/** A SIP body may be about other devices. */
const headersOf = ({ body: _, ...headers }: Fields): string => JSON.stringify(headers).replaceAll('\\"', '"');

/** The devices that a message names as its own, in upper case. */
export const deviceNamesIn = ({ protocol, decoded: { fields = {}, name = '' } }: CapturedMessage): readonly string[] =>
  NAMES[protocol](fields, name).map((found) => found.toUpperCase());

/** Finds a name anywhere in the fields of messages, but for bodies. */
export const mentionOf = (names: Iterable<string>): ((message: CapturedMessage) => boolean) => {
  const list = [...names].map((name) => name.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'));
  if (list.length === 0) return () => false;
  const pattern = new RegExp(`(?<![A-Za-z0-9_-])(?:CTL|ITL)?(?:${list.join('|')})(?![A-Za-z0-9_-])`, 'i');
  return ({ decoded: { fields } }) => fields !== undefined && pattern.test(headersOf(fields));
};

/** Whether a message that names a device was sent by it, and not to it. */
export const isFromDevice = ({ protocol, decoded: { name = '' } }: CapturedMessage): boolean =>
  FROM_DEVICE[protocol]?.test(name) === true;

const FROM_DEVICE: Readonly<Partial<Record<CapturedProtocol, RegExp>>> = {
  tftp: /^[RW]RQ$/,
  http: /^[A-Z]+$/,
  sccp: /^(?:Register(?:Token)?Req|Alarm)Message$/,
  sip: /^REGISTER$/,
};
