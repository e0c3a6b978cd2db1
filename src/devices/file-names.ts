// Whose a file is, by its name. Phones write their name or hardware address into most file names that they request,
// in any case, in any directory, with various prefixes and suffixes. A name in a file counts more than the address
// that the request came from.

import type { MacAddress } from '../core/identifiers.js';
import type { Instant } from '../core/time.js';
import type { DeviceRecord } from './device.js';
import type { RequestOrigin } from './file-requesters.js';

/** The device that a file's name mentions. */
export interface NamedInFile {
  /** As in the file name; `SEP` and the digits if it has only the digits. */
  readonly name: string;
  readonly mac: MacAddress | undefined;
}

/** Files for all phones whose names look like those of one device. */
const COMMON = /^(?:XMLDefault|gkdefault|(?:CTL|ITL)File|(?:SIP|SEP|MGC|ATA)Default)\./i;

/** The files of one device: prefix, name of the device, suffix. */
const DEVICE_FILE = /^(?:CTL|ITL|SIP(?=[0-9A-F]{12}\.))?(.+?)\.(?:cnf|cnf\.xml|tlv|cfg)(?:\.enc)?(?:\.sgn)?$/i;

/** Exactly twelve hexadecimal digits that are not the end of a UUID. */
const BARE_MAC = /(?<![0-9A-F])(?<![0-9A-F]{4}-)[0-9A-F]{12}(?![0-9A-F])/i;
const PREFIXED_MAC = /(?:SEP|ATA)([0-9A-F]{12})(?![0-9A-F])/i;

const ONLY_DIGITS = /^[0-9A-F]{12}$/i;
const LONGEST = 255;

/**
 * Finds the device in `SEP005056A1033D.cnf.xml`, `CTLSEP005056A1033D.tlv`, `configs/sip005056a1033d.cnf` or
 * `ipctest2.cnf.xml.sgn`.
 */
export const namedInFile = (file: string): NamedInFile | undefined => {
  if (file.length > LONGEST) return undefined;
  const base = file.slice(Math.max(file.lastIndexOf('/'), file.lastIndexOf('\\')) + 1);
  if (COMMON.test(base)) return undefined;
  const digits = PREFIXED_MAC.exec(base)?.[1] ?? BARE_MAC.exec(base)?.[0];
  const mac = digits === undefined ? undefined : (digits.toUpperCase() as MacAddress);
  const named = DEVICE_FILE.exec(base)?.[1];
  if (mac !== undefined && (named === undefined || ONLY_DIGITS.test(named))) return { name: `SEP${mac}`, mac };
  return named === undefined ? undefined : { name: named, mac };
};

/** The part of the database that says whose a file is. */
export interface FileOwners {
  byName(name: string): DeviceRecord | undefined;
  byMac(mac: MacAddress): DeviceRecord | undefined;
  fileRequesterAt(from: RequestOrigin, at: Instant): DeviceRecord | undefined;
  holderOf(address: string, at: Instant): DeviceRecord | 'several' | undefined;
}

/** The configured device that a file's name mentions. */
export const deviceOfFile = (devices: FileOwners, { name, mac }: NamedInFile): DeviceRecord | undefined =>
  devices.byName(name) ?? (mac === undefined ? undefined : (devices.byName(`SEP${mac}`) ?? devices.byMac(mac)));

/**
 * The device that requested a file. A file name that mentions an unknown device belongs to no device, whoever has the
 * address. For one that mentions no device the port of the request decides, else its address.
 */
export const requesterOfFile = (
  devices: FileOwners,
  request: {
    readonly device?: string | undefined;
    readonly file: string;
    readonly from: RequestOrigin;
    readonly at: Instant;
  },
): DeviceRecord | undefined => {
  const { device, file, from, at } = request;
  if (device !== undefined) return devices.byName(device);
  const named = namedInFile(file);
  if (named !== undefined) return deviceOfFile(devices, named);
  const holder = devices.fileRequesterAt(from, at) ?? devices.holderOf(from.address, at);
  return holder === 'several' ? undefined : holder;
};
