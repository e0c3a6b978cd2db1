// Finds the device that a REGISTER is from, by the ways of `sip.md` §3 in their order, and reads the parameters of its
// Contact.

import type { DirectoryNumber, MacAddress } from '../../core/identifiers.js';
import { parseMacAddress } from '../../core/identifiers.js';
import type { DeviceDatabase, DeviceRecord } from '../../devices/index.js';
import { parseReason, type ReasonAlarm } from '../cisco/alarm.js';
import { type NameAddress, nameIs, unquoted } from '../message/grammar.js';
import { ID } from '../message/headers.js';
import type { SipMessage } from '../message/message.js';
import type { SettingsRef } from '../settings.js';
import type { Credentials } from './digest.js';

/** The parameters of a Contact. */
export interface ContactClaims {
  readonly deviceName: string | undefined;
  readonly typeId: number | undefined;
  readonly mac: MacAddress | undefined;
  /** Its instance has only zeros: this client must not replace one that is registered already (`sip.md` §4.4). */
  readonly yields: boolean;
  readonly keepAlive: boolean;
  readonly expires: string | undefined;
}

/** The claims of a request without a Contact. */
export const NO_CLAIMS: ContactClaims = {
  deviceName: undefined,
  typeId: undefined,
  mac: undefined,
  yields: false,
  keepAlive: false,
  expires: undefined,
};

const CISCO_INSTANCE = /^<?urn:uuid:00000000-0000-0000-0000-([0-9a-f]{12})>?$/i;

/** Reads the parameters of a Contact. */
export const readClaims = ({ parameters }: NameAddress): ContactClaims => {
  let deviceName: string | undefined;
  let typeId: number | undefined;
  let mac: MacAddress | undefined;
  let yields = false;
  let keepAlive = false;
  let expires: string | undefined;
  for (const parameter of parameters) {
    const value = parameter.value === undefined ? '' : unquoted(parameter.value);
    if (nameIs(parameter, '+u.sip!devicename.ccm.cisco.com')) deviceName = value;
    else if (nameIs(parameter, '+u.sip!devicename.ccm.features.cisco.com')) deviceName ??= value;
    else if (nameIs(parameter, '+u.sip!model.ccm.cisco.com'))
      typeId = /^\d{1,6}$/.test(value) ? Number(value) : undefined;
    else if (nameIs(parameter, '+sip.instance')) {
      const digits = CISCO_INSTANCE.exec(value)?.[1];
      yields = digits === '000000000000';
      mac = digits === undefined || yields ? undefined : parseMacAddress(digits);
    } else if (nameIs(parameter, 'cisco-keep-alive')) keepAlive = true;
    else if (nameIs(parameter, 'expires')) expires = value;
  }
  return { deviceName: deviceName === '' ? undefined : deviceName, typeId, mac, yields, keepAlive, expires };
};

/** The device that a request is from. `challenge`: only credentials could show it. */
export type IdentifiedSender =
  | { readonly kind: 'known'; readonly record: DeviceRecord; readonly byCredentials: boolean }
  /** The request has a name that no device has. */
  | { readonly kind: 'unknown'; readonly name: string }
  | { readonly kind: 'challenge' };

/** Finds devices by their digest user. */
export class DigestUsers {
  readonly #database: DeviceDatabase;
  #byUser: Map<string, DeviceRecord[]> | undefined;

  constructor(database: DeviceDatabase) {
    this.#database = database;
  }

  /** Forgets the index, because the configuration has changed. */
  invalidate(): void {
    this.#byUser = undefined;
  }

  get hasAny(): boolean {
    return this.#index().size > 0;
  }

  /** The device of that user; `undefined` if there is none, or if two share it (`sip.md` §3). */
  deviceOf(user: string): DeviceRecord | undefined {
    const records = this.#index().get(user);
    return records?.length === 1 ? records[0] : undefined;
  }

  #index(): Map<string, DeviceRecord[]> {
    if (this.#byUser !== undefined) return this.#byUser;
    const index = new Map<string, DeviceRecord[]>();
    for (const record of this.#database.devices()) {
      const user = record.configured.digest?.user;
      if (user === undefined) continue;
      const sharing = index.get(user);
      if (sharing === undefined) index.set(user, [record]);
      else sharing.push(record);
    }
    this.#byUser = index;
    return index;
  }
}

/** What a device is identified by. */
export interface IdentificationRequest {
  readonly message: SipMessage;
  readonly claims: ContactClaims;
  readonly dn: DirectoryNumber;
  /** Those for the realm of this server. */
  readonly credentials: readonly Credentials[];
}

/** Finds the device that a REGISTER is from. */
export class Identification {
  readonly #database: DeviceDatabase;
  readonly #users: DigestUsers;
  readonly #settingsRef: SettingsRef;

  constructor(database: DeviceDatabase, users: DigestUsers, settingsRef: SettingsRef) {
    this.#database = database;
    this.#users = users;
    this.#settingsRef = settingsRef;
  }

  identify({ message, claims, dn, credentials }: IdentificationRequest): IdentifiedSender {
    const instance = claims.mac === undefined ? undefined : `SEP${claims.mac}`;
    const names =
      claims.deviceName === undefined ? [instance, reasonOf(message)?.name || undefined] : [claims.deviceName];
    for (const name of names) {
      const named = name === undefined ? undefined : this.#database.byName(name);
      if (named !== undefined) return { kind: 'known', record: named, byCredentials: false };
    }
    const ofMac = claims.mac === undefined ? undefined : this.#database.byMac(claims.mac);
    if (ofMac !== undefined && claims.deviceName === undefined && ofMac.configured.protocol === 'SIP')
      return { kind: 'known', record: ofMac, byCredentials: false };
    for (const each of credentials) {
      const owner = this.#users.deviceOf(each.get('username') ?? '');
      if (owner !== undefined) return { kind: 'known', record: owner, byCredentials: true };
    }
    // The instance of a phone of another maker is no hardware address: that of pjsip is zeros and a hash.
    const name = names.find((each) => each !== undefined && (each !== instance || isOfCisco(message)));
    return name === undefined ? this.#byNumber(dn) : { kind: 'unknown', name };
  }

  #byNumber(dn: DirectoryNumber): IdentifiedSender {
    const candidates = this.#settingsRef.settings.identifyByNumber ? this.#database.byDirectoryNumber(dn) : [];
    const sip = candidates.filter(({ configured }) => configured.protocol === 'SIP');
    const [only] = sip.length > 0 ? sip : candidates;
    if (only !== undefined && sip.length <= 1) return { kind: 'known', record: only, byCredentials: false };
    // Without credentials an unknown sender gets the same answer whether the number exists or not.
    return this.#users.hasAny ? { kind: 'challenge' } : { kind: 'unknown', name: dn };
  }
}

/** Whether the User-Agent is one of Cisco or TANDBERG. */
export const isOfCisco = (message: SipMessage): boolean => {
  const agent = message.text(ID['User-Agent']) ?? '';
  return agent.startsWith('Cisco') || agent.startsWith('TANDBERG');
};

/** The cisco-alarm in the Reason headers of a request. */
export const reasonOf = (message: SipMessage): ReasonAlarm | undefined => {
  for (const text of message.all(ID.Reason)) {
    const alarm = parseReason(text);
    if (alarm !== undefined) return alarm;
  }
  return undefined;
};
