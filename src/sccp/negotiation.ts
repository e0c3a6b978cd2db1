// Negotiation at Register: the protocol version that both sides use, and what the phone can do (`sccp.md` §3). Pure
// functions on the fields of a Register.

import { type MacAddress, macOfName, parseMacAddress } from '../core/identifiers.js';
import type { Fields } from './messages/catalogue.js';
import type { SccpSettings } from './settings.js';
import type { Announced } from './station.js';

type Register = Fields<'RegisterReqMessage'>;

/** The version of a Register that is too short to hold one, and of adapters that claim one which does not exist. */
const FLOOR = 3;
const HIGHEST = 22;

/** ATA 186 and 188. They claim versions such as 33 and speak version 3. */
const ADAPTERS: ReadonlySet<number | undefined> = new Set([12, 13]);

/** Feature bits of byte 43 and byte 42, in chan-sccp's reading. */
const DYNAMIC_MESSAGES = 0x01;
const UTF8 = 0x10;

/** Of a link before its Register. */
export const NOTHING_ANNOUNCED: Announced = { protocolVer: 0, dynamicMessages: false, utf8: false };

/** What a Register announces. */
export const announcedBy = ({ protocolVer = 0, features1 = 0, features2 = 0, features3 = 0 }: Register): Announced => ({
  protocolVer: (protocolVer | (features1 << 8) | (features2 << 16) | (features3 << 24)) >>> 0,
  dynamicMessages: (features3 & DYNAMIC_MESSAGES) !== 0,
  utf8: (features2 & UTF8) !== 0,
});

/** The version to use. `limit`: the highest one configured for the device. */
export const negotiatedVersion = (
  { protocolVer, deviceType }: Register,
  { maxProtocolVersion }: SccpSettings,
  limit: number | undefined,
): number => {
  const claimed = protocolVer ?? FLOOR;
  const honest = claimed > HIGHEST && ADAPTERS.has(deviceType) ? FLOOR : claimed;
  return Math.min(honest, maxProtocolVersion, limit ?? HIGHEST, HIGHEST);
};

/** The field's twelve octets in hexadecimal, if they are an address and six zeros. */
const RAW = /^(?!0{12})([0-9a-f]{12})0{12}$/;

/**
 * The phone's hardware address: from its name if that contains one, else from the Register's own field, which holds six
 * octets, twelve hexadecimal digits, or anything else (`sccp.md` §5.1 0x0001).
 */
export const macOf = ({ deviceName = '', macAddress }: Partial<Register>): MacAddress | undefined => {
  const named = macOfName(deviceName);
  if (named !== undefined || macAddress === undefined) return named;
  const raw = RAW.exec(macAddress)?.[1];
  return parseMacAddress(raw ?? Buffer.from(macAddress, 'hex').toString('latin1'));
};
