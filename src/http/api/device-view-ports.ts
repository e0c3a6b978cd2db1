// What the API needs of a device for the page, besides what everybody asks. What holds for `ports.ts` holds here.

import type { Duration, Instant } from '../../core/time.js';
import type { DeviceRecord } from '../../devices/device.js';

/** A value of a device's configuration as it is in force. */
export interface ApiConfiguredValue {
  /** As the configuration spells it: `lines.0.label`. */
  readonly key: string;
  readonly value: string;
  /** A file and line, a key of the configuration, or in words. */
  readonly from: string;
}

/** What the daemon knows of a device besides its record. */
export interface DeviceInsight {
  /** Its configuration without passwords: what was written, then what holds because nothing was. */
  configuration(record: DeviceRecord): readonly ApiConfiguredValue[];
  /** The keepalives or refreshes of its registration that were noted: from the first call on. `undefined`: it is not registered. */
  keepAlives(record: DeviceRecord): { readonly expected: Duration; readonly times: readonly Instant[] } | undefined;
  /** The file with its configuration, as it would get it now. `undefined`: it cannot be made. */
  configFile(record: DeviceRecord): Promise<{ readonly name: string; readonly octets: Buffer } | undefined>;
}
