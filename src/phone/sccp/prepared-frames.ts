// Frames that are the same for every phone of a kind, encoded once: what is asked when the link is up, the codecs, the
// keepalive.

import { encode, type Fields } from '../../sccp/messages/catalogue.js';
import type { SccpProfile } from './profiles.js';

/** In the seed's order: the queries, then the codecs, in one segment. */
const OPENING = [
  'ButtonTemplateReqMessage',
  'SoftKeyTemplateReqMessage',
  'SoftKeySetReqMessage',
  'ConfigStatReqMessage',
] as const;

export type OpeningQuery = (typeof OPENING)[number];
export const OPENING_QUERIES: readonly OpeningQuery[] = OPENING;

export const capabilitiesOf = (profile: SccpProfile): Fields<'CapabilitiesResMessage'> => ({
  capCount: profile.codecs.length,
  caps: profile.codecs.map(([payloadCapability, maxFramesPerPacket]) => ({ payloadCapability, maxFramesPerPacket })),
});

const formOf = ({ slots }: SccpProfile): string | undefined => (slots === 'trimmed' ? 'trimmed' : undefined);

export class PreparedFrames {
  readonly #openings = new Map<SccpProfile, Map<number, Buffer>>();
  readonly #keepAlives = new Map<number, Buffer>();

  /** What a phone sends once it is accepted at `version`. */
  opening(profile: SccpProfile, version: number): Buffer {
    const versions = this.#openings.get(profile) ?? new Map<number, Buffer>();
    this.#openings.set(profile, versions);
    const known = versions.get(version);
    if (known !== undefined) return known;
    const made = Buffer.concat([
      ...OPENING.map((name) => encode(name, {}, version)),
      encode('CapabilitiesResMessage', capabilitiesOf(profile), version, 'latin1', formOf(profile)),
    ]);
    versions.set(version, made);
    return made;
  }

  keepAlive(version: number): Buffer {
    const known = this.#keepAlives.get(version);
    if (known !== undefined) return known;
    const made = encode('KeepAliveReqMessage', {}, version);
    this.#keepAlives.set(version, made);
    return made;
  }
}
