// A REGISTER as far as it has been read, and what the database is given of it.

import { type DirectoryNumber, parseDirectoryNumber } from '../../core/identifiers.js';
import type { StringPool } from '../../core/string-pool.js';
import type { Instant } from '../../core/time.js';
import { type DeviceRecord, type RegistrationRequest, usableAddress } from '../../devices/index.js';
import type { ReasonAlarm } from '../cisco/alarm.js';
import { ID } from '../message/headers.js';
import type { SipMessage } from '../message/message.js';
import type { SipUri } from '../message/uri.js';
import type { Flow } from '../transport/flow.js';
import { type ContactClaims, reasonOf } from './identification.js';

/** A REGISTER as far as it has been read. */
export interface RegisterRequest {
  readonly message: SipMessage;
  readonly flow: Flow;
  readonly now: Instant;
  readonly aor: SipUri;
  readonly dn: DirectoryNumber;
  readonly claims: ContactClaims;
  /** Whether it uses Cisco's extensions. */
  readonly cisco: boolean;
}

/** The request to the database. `link`: the number of the flow. */
export const registrationRequestOf = (
  { message, flow, claims }: RegisterRequest,
  name: string,
  link: number,
): RegistrationRequest => {
  const { address, port } = flow.remote;
  return {
    name,
    protocol: 'SIP',
    transport: flow.transport,
    address,
    port,
    link,
    typeId: claims.typeId,
    mac: claims.mac,
    protocolVersion: undefined,
    load: reasonOf(message)?.load ?? '',
    ownAddress: contactAddress(message.text(ID.Contact) ?? ''),
    dn: undefined,
    peer: flow.peer,
  };
};

const CONTACT_ADDRESS = /sips?:(?:[^@<>;,]*@)?([\d.]+)(?=[:;>?,\s]|$)/i;

/** The IPv4 address in the first Contact, where another machine can use it. */
export const contactAddress = (contact: string): string | undefined =>
  usableAddress(CONTACT_ADDRESS.exec(contact)?.[1]);

export const NO_BLF_NUMBERS: readonly DirectoryNumber[] = [];

/** The numbers on the busy lamp field of a device. An intercom key has no lamp. */
export const blfNumbersOf = ({ configured }: DeviceRecord): readonly DirectoryNumber[] =>
  configured.speedDials.flatMap(({ busyLampField, intercom, number }) => {
    const dn = busyLampField && intercom !== true ? parseDirectoryNumber(number) : undefined;
    return dn === undefined ? [] : [dn];
  });

/** The reports of a phone at its first registration: its User-Agent, and the alarm of its Reason header. */
export const introduction = (
  message: SipMessage,
  alarm: ReasonAlarm | undefined,
  texts: StringPool,
): Record<string, string | number> => {
  const facts: Record<string, string | number> = {};
  const userAgent = message.text(ID['User-Agent']);
  if (userAgent !== undefined) facts.userAgent = texts.intern(userAgent.slice(0, 128));
  if (alarm === undefined) return facts;
  facts.alarm = alarm.number;
  facts.lastReset = alarm.last;
  if (alarm.name !== '') facts.alarmName = alarm.name;
  if (alarm.load !== '') facts.activeLoad = alarm.load;
  if (alarm.inactiveLoad !== '') facts.inactiveLoad = alarm.inactiveLoad;
  return facts;
};
