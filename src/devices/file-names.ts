// Whose a file is, by its name: phones write their own name, or their hardware address, into most of what they ask for,
// in any case, below any directory, with prefixes and endings of their own. A name in a file goes before the address
// that it was asked for from.

import type { MacAddress } from '../core/identifiers.js';
import type { Instant } from '../core/time.js';
import type { DeviceRecord } from './device.js';
import type { RequestOrigin } from './file-requesters.js';

/** What a file's name says of who asks for it. */
export interface NamedInFile {
  /** As the file has it; `SEP` and the digits where it has no more than those. */
  readonly name: string;
  readonly mac: MacAddress | undefined;
}

/** Files of all phones that look like one's own. */
const COMMON = /^(?:XMLDefault|gkdefault|(?:CTL|ITL)File|(?:SIP|SEP|MGC|ATA)Default)\./i;

/** A device's own files, after what stands before its name in them. */
const DEVICE_FILE = /^(?:CTL|ITL|SIP(?=[0-9A-F]{12}\.))?(.+?)\.(?:cnf|cnf\.xml|tlv|cfg)(?:\.enc)?(?:\.sgn)?$/i;

/** Twelve digits and no more; those that end a UUID are no hardware address. */
const BARE_MAC = /(?<![0-9A-F])(?<![0-9A-F]{4}-)[0-9A-F]{12}(?![0-9A-F])/i;
const PREFIXED_MAC = /(?:SEP|ATA)([0-9A-F]{12})(?![0-9A-F])/i;

const ONLY_DIGITS = /^[0-9A-F]{12}$/i;
const LONGEST = 255;

/** Of `SEP005056A1033D.cnf.xml`, `CTLSEP005056A1033D.tlv`, `configs/sip005056a1033d.cnf` or `ipctest2.cnf.xml.sgn`. */
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

/** As much of the database as tells whose a file is. */
export interface FileOwners {
  byName(name: string): DeviceRecord | undefined;
  byMac(mac: MacAddress): DeviceRecord | undefined;
  fileRequesterAt(from: RequestOrigin, at: Instant): DeviceRecord | undefined;
  holderOf(address: string, at: Instant): DeviceRecord | 'several' | undefined;
}

/** The configured device that a file's name means. */
export const deviceOfFile = (devices: FileOwners, { name, mac }: NamedInFile): DeviceRecord | undefined =>
  devices.byName(name) ?? (mac === undefined ? undefined : (devices.byName(`SEP${mac}`) ?? devices.byMac(mac)));

/**
 * Who asked for a file. A name in it that nobody has makes it nobody's, whoever is at that address; one without a name is
 * whose port it came from, else whose address.
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
