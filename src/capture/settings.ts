// The settings of captures and their defaults.

/** What the owner of the lab may choose. */
export interface CaptureSettings {
  /** Whose packets are kept: nobody's, all devices', or those of names, which may have `*` and `?`. */
  readonly devices: 'none' | 'all' | readonly string[];
  /** Octets of all rings together. */
  readonly memory: number;
  /** Octets of the ring of one device. */
  readonly perDevice: number;
  /** Octets for everything that belongs to no configured device. They are part of `memory`. */
  readonly strangers: number;
}

const KIB = 1024;
const MIB = 1024 * KIB;

/** Used where the configuration says nothing. */
export const DEFAULT_CAPTURE: CaptureSettings = {
  devices: 'none',
  memory: 64 * MIB,
  perDevice: 256 * KIB,
  strangers: 4 * MIB,
};
