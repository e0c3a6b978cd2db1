// What a simulated phone knows of itself, as its pages show it.

import type { DeviceFile } from '../boot/device-file.js';
import type { BoundAddress } from '../boot/dhcp-client.js';
import type { ListedCallManager } from '../call-manager-link.js';
import type { PhoneDisplay } from '../calls/display.js';
import type { PhoneCall } from '../calls/phone-call.js';
import type { PhoneIdentity } from '../identity.js';
import { loadOf } from '../loads.js';

/** A phone at one moment. */
export interface PhoneFacts {
  readonly identity: PhoneIdentity;
  /** The numbers that it is registered with. */
  readonly lines: readonly string[];
  /** What DHCP gave; `undefined`: nothing. */
  readonly leased: BoundAddress | undefined;
  /** Where its files come from; empty: it fetches none. */
  readonly fileServer: string;
  readonly file: DeviceFile | undefined;
  /** Primary first; none before it knows any. */
  readonly callManagers: readonly ListedCallManager[];
  /** The calls that stand, the oldest first. */
  readonly calls: readonly PhoneCall[];
  /** `undefined`: it is not registered, or has no calls. */
  readonly display: PhoneDisplay | undefined;
}

/** The load that it runs, without the blank of the soft phone. */
export const loadName = ({ model, protocol }: PhoneIdentity): string => loadOf(model, protocol).trim();

/**
 * A serial number of the form of real ones, three letters and eight characters, always the same: `LAB` and the last digits
 * of the hardware address, since a simulated phone has none.
 */
export const serialNumber = ({ mac }: PhoneIdentity): string => `LAB${mac.slice(-8).toUpperCase()}`;

/** As the maker writes it, such as `CP-7962G` or `CP-8851`. */
export const modelNumber = ({ model }: PhoneIdentity): string => {
  const short = model.name.replace(/^Cisco /, '');
  if (!/^\d{4}/.test(short)) return short;
  return `CP-${model.aliases.includes(`${short}G`) ? `${short}G` : short}`;
};

/** Whether its lamp for messages is lit. */
export const hasMessages = ({ display }: PhoneFacts): boolean =>
  display?.lamps.some((lamp) => lamp.startsWith('VoiceMail')) ?? false;
