// What the messages of a phone say of it: its names, its model and what it registers by.

import { type MacAddress, macOfName, parseMacAddress } from '../core/identifiers.js';
import { findModel, modelById } from '../devices/index.js';
import { decodedMessage, fieldText } from './decoded-tape.js';
import type { TapeHeader, TapeMessage } from './tape.js';

/** What a tape says of its phone. */
export interface TapedPhone {
  readonly model: TapeHeader['model'];
  readonly protocol: TapeHeader['protocol'];
  /** The names by which it registers and asks for its files. */
  readonly names: readonly string[];
  /** Its hardware address, of DHCP or else of its name. */
  readonly mac: MacAddress | undefined;
}

const MODEL_OF_CONTACT = /\+u\.sip!model\.ccm\.cisco\.com="?(\d{1,6})/i;
const NAME_OF_CONTACT = /device-?\.?name\.ccm(?:\.cisco\.com)?="?([A-Za-z0-9._-]{1,15})/i;
const VENDOR_MODEL = /Phone (?:CP-)?(\d{4})/;
const VENDOR_CLASS = 60;

/** Reads what the phone's own messages say. */
export const tapedPhoneOf = (messages: readonly TapeMessage[]): TapedPhone => {
  let model: string | undefined;
  let vendor: string | undefined;
  let protocol: TapeHeader['protocol'] = null;
  let mac: MacAddress | undefined;
  const names = new Set<string>();
  for (const message of messages) {
    if (message.from !== 'phone' || !SAYING.has(message.name)) continue;
    const { fields } = decodedMessage(message);
    if (message.protocol === 'sccp') {
      protocol ??= 'SCCP';
      names.add(fieldText(fields, 'deviceName'));
      model ??= modelById(Number(fields.deviceType ?? 0))?.name;
    } else if (message.protocol === 'sip') {
      protocol ??= 'SIP';
      const contact = fieldText(fields, 'Contact');
      names.add(NAME_OF_CONTACT.exec(contact)?.[1] ?? '');
      model ??= modelById(Number(MODEL_OF_CONTACT.exec(contact)?.[1] ?? 0))?.name;
    } else if (message.protocol === 'dhcp') {
      mac ??= parseMacAddress(fieldText(fields, 'chaddr').slice(0, 12));
      vendor ??= vendorModel(fields);
    }
  }
  names.delete('');
  const [name = ''] = names;
  return { model: model ?? vendor ?? null, protocol, names: [...names], mac: mac ?? macOfName(name) };
};

/** The messages that say something of the phone. */
const SAYING: ReadonlySet<string> = new Set(['RegisterReqMessage', 'REGISTER', 'DISCOVER', 'REQUEST']);

const vendorModel = ({ options }: Readonly<Record<string, unknown>>): string | undefined => {
  if (!Array.isArray(options)) return undefined;
  const found = (options as readonly { readonly code: number; readonly value: unknown }[]).find(
    ({ code }) => code === VENDOR_CLASS,
  );
  const [, number] = VENDOR_MODEL.exec(String(found?.value ?? '')) ?? [];
  return number === undefined ? undefined : findModel(number)?.name;
};
