// What two sides agree on at Register: the version both speak, and what the phone can do (`sccp.md` §3). Pure arithmetic
// on the fields of a Register.

import { type MacAddress, macOfName, parseMacAddress } from '../core/identifiers.js';
import type { Fields } from './messages/catalogue.js';
import type { SccpSettings } from './settings.js';
import type { Announced } from './station.js';

type Register = Fields<'RegisterReqMessage'>;

/** For a Register too short to hold a version, and for adapters that claim one which does not exist. */
const FLOOR = 3;
const HIGHEST = 22;

/** ATA 186 and 188. They claim versions such as 33 and speak version 3. */
const ADAPTERS: ReadonlySet<number | undefined> = new Set([12, 13]);

/** Feature bits of byte 43 and byte 42, in chan-sccp's reading. */
const DYNAMIC_MESSAGES = 0x01;
const UTF8 = 0x10;

export const NOTHING_ANNOUNCED: Announced = { protocolVer: 0, dynamicMessages: false, utf8: false };

export const announcedBy = ({ protocolVer = 0, features1 = 0, features2 = 0, features3 = 0 }: Register): Announced => ({
  protocolVer: (protocolVer | (features1 << 8) | (features2 << 16) | (features3 << 24)) >>> 0,
  dynamicMessages: (features3 & DYNAMIC_MESSAGES) !== 0,
  utf8: (features2 & UTF8) !== 0,
});

/** `limit`: the device's own highest version. */
export const negotiatedVersion = (
  { protocolVer, deviceType }: Register,
  { maxProtocolVersion }: SccpSettings,
  limit: number | undefined,
): number => {
  const claimed = protocolVer ?? FLOOR;
  const honest = claimed > HIGHEST && ADAPTERS.has(deviceType) ? FLOOR : claimed;
  return Math.min(honest, maxProtocolVersion, limit ?? HIGHEST, HIGHEST);
};

/** Twelve octets, as hexadecimal digits: an address and six zeros, or an address in digits of its own. */
const RAW = /^(?!0{12})([0-9a-f]{12})0{12}$/;

/**
 * The phone's hardware address: from its name where that holds one, else from the Register's own field, which is six
 * octets, twelve hexadecimal digits or junk (`sccp.md` §5.1 0x0001).
 */
export const macOf = ({ deviceName = '', macAddress }: Partial<Register>): MacAddress | undefined => {
  const named = macOfName(deviceName);
  if (named !== undefined || macAddress === undefined) return named;
  const raw = RAW.exec(macAddress)?.[1];
  return parseMacAddress(raw ?? Buffer.from(macAddress, 'hex').toString('latin1'));
};
