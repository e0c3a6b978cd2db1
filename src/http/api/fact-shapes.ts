// The JSON of what is learnt about a device besides its registration, as `shapes.ts` has the rest.

import type { Protocol } from '../../devices/device.js';
import type { DhcpFacts, GivenFile } from '../../devices/facts.js';
import type { LoadNames } from '../../devices/loads.js';
import type { OutOfServiceFact } from '../../devices/out-of-service.js';
import type { IsoTime, ModelJson, ReasonJson } from './shapes.js';

/** The configuration file that a device received last. */
export type GivenJson = Omit<GivenFile, 'at'> & { readonly at: IsoTime };

/** Why a phone was out of service last, as it said itself. Keys may be missing that it does not say. */
export type OutOfServiceJson = Omit<OutOfServiceFact, 'at' | 'code'> & {
  readonly at: IsoTime;
  readonly code: number | null;
  /** What the reason means, in words. */
  readonly text: string;
};

/** A registration that has ended. */
export interface PastRegistrationJson {
  readonly began: IsoTime;
  readonly ended: IsoTime;
  readonly reason: ReasonJson;
  readonly address: string;
  readonly port: number;
  /** Milliseconds. */
  readonly lasted: number;
  /** Milliseconds from its last message to its end. */
  readonly silence: number;
  readonly keepAlives: number;
  /** The names of the last messages from the phone and to it. */
  readonly heard: string | null;
  readonly said: string | null;
}

/** The last DHCP messages of a device: times, addresses and texts. */
export type DhcpJson = { readonly [K in keyof DhcpFacts]: string | null };

/** The names of a device's firmware loads, without `.loads`; `null`: not known. */
export type LoadsJson = { readonly [K in Exclude<keyof LoadNames, 'device'>]: string | null };

/** What a phone shows of its model and protocol before it registers. */
export interface ShownJson {
  readonly model: ModelJson | null;
  readonly protocol: Protocol | null;
  /** The vendor class and file names that show it. */
  readonly by: readonly string[];
}
