// How each model speaks SCCP: the fields of its Register and its codecs. One row for each model that a capture shows;
// other models take the row of a similar one, which `phone.started` reports as unverified.

import type { Model } from '../../devices/index.js';

/** The last field of a model's Register (`sccp.md` §5.1). */
export type RegisterEnd = 'features' | 'mac' | 'load';

/** What differs between models. */
export interface SccpProfile {
  /** Type ids whose frames a capture confirms. */
  readonly verified: readonly number[];
  readonly version: number;
  readonly features: readonly [number, number, number];
  readonly instance: number;
  readonly maxStreams: number;
  readonly activeStreams: number;
  readonly maxConferences: number;
  readonly mac: 'ascii' | 'raw';
  readonly ends: RegisterEnd;
  /** Only sent if the Register goes on to the load. */
  readonly addressScope: number;
  readonly maxLines: number;
  /** Payload type and milliseconds per packet. */
  readonly codecs: readonly (readonly [payload: number, milliseconds: number])[];
  /** CapabilitiesRes has all 18 slots, or only those in use. */
  readonly slots: 'all' | 'trimmed';
  readonly rtpPort: number;
  readonly availableLines: number;
  /** It sends further queries, as newer phones do; no capture shows their order. */
  readonly queriesMore: boolean;
}

const CIPC: SccpProfile = {
  verified: [30016],
  version: 15,
  features: [0x00, 0x70, 0x85],
  instance: 1,
  maxStreams: 0,
  activeStreams: 0,
  maxConferences: 0,
  mac: 'ascii',
  ends: 'mac',
  addressScope: 0,
  maxLines: 0,
  codecs: [
    [4, 60],
    [2, 60],
    [86, 60],
    [7, 20],
    [6, 20],
    [11, 60],
    [12, 60],
    [15, 60],
    [16, 60],
    [257, 1],
  ],
  slots: 'trimmed',
  rtpPort: 0,
  availableLines: 8,
  queriesMore: false,
};

const JAVA_CODECS: SccpProfile['codecs'] = [
  [25, 60],
  [4, 60],
  [2, 60],
  [15, 60],
  [16, 60],
  [11, 60],
  [12, 60],
  [257, 4],
];

const JAVA: SccpProfile = {
  ...CIPC,
  verified: [115],
  version: 17,
  features: [0x00, 0x72, 0x85],
  instance: 0,
  maxStreams: 5,
  maxConferences: 1,
  mac: 'raw',
  ends: 'load',
  addressScope: 3,
  maxLines: 2,
  codecs: JAVA_CODECS,
  slots: 'all',
  availableLines: 2,
  queriesMore: true,
};

const OLD: SccpProfile = {
  ...CIPC,
  verified: [],
  version: 11,
  features: [0x00, 0x60, 0x85],
  codecs: JAVA_CODECS.slice(1),
  slots: 'all',
  availableLines: 0,
};

const S69XX: SccpProfile = {
  ...JAVA,
  verified: [497],
  version: 15,
  features: [0x20, 0x70, 0x85],
  instance: 1,
  maxStreams: 40,
  maxConferences: 0,
  mac: 'ascii',
  ends: 'mac',
};

const CONFERENCE: SccpProfile = {
  ...OLD,
  verified: [30019],
  version: 4,
  features: [0x00, 0x00, 0x00],
  activeStreams: 16_777_216, // as captured: a big-endian 1, or junk
  ends: 'features',
};

const BY_MODEL: ReadonlyMap<number, SccpProfile> = new Map(
  (
    [
      [CIPC, [30016]],
      [JAVA, [115]],
      [S69XX, [495, 496, 497, 547, 548, 564]],
      [CONFERENCE, [9, 30019, 431]],
      [OLD, [1, 2, 3, 4, 5, 6, 7, 8, 12, 13, 20, 20000, 30002, 30007, 30008]],
    ] as const
  ).flatMap(([profile, ids]) => ids.map((id): [number, SccpProfile] => [id, profile])),
);

/** The row of a model. */
export const sccpProfileOf = (model: Model): SccpProfile => BY_MODEL.get(model.id) ?? JAVA;
