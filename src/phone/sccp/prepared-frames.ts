import { encode, type Fields } from '../../sccp/messages/catalogue.js';
import type { SccpProfile } from './profiles.js';

/** The queries after RegisterAck, in the order of the captures. The codecs follow them in the same segment. */
const OPENING = [
  'ButtonTemplateReqMessage',
  'SoftKeyTemplateReqMessage',
  'SoftKeySetReqMessage',
  'ConfigStatReqMessage',
] as const;

export type OpeningQuery = (typeof OPENING)[number];
export const OPENING_QUERIES: readonly OpeningQuery[] = OPENING;

/** The fields of CapabilitiesRes: the codecs of the model. */
export const capabilitiesOf = (profile: SccpProfile): Fields<'CapabilitiesResMessage'> => ({
  capCount: profile.codecs.length,
  caps: profile.codecs.map(([payloadCapability, maxFramesPerPacket]) => ({ payloadCapability, maxFramesPerPacket })),
});

const formOf = ({ slots }: SccpProfile): string | undefined => (slots === 'trimmed' ? 'trimmed' : undefined);

/**
 * Frames that are the same for every phone of a model, encoded once.
 *
 * @hot Every phone of a fleet sends them, the keepalive again and again. `test/phone/captured.test.ts` compares them
 * with captures.
 */
export class PreparedFrames {
  readonly #openings = new Map<SccpProfile, Map<number, Buffer>>();
  readonly #keepAlives = new Map<number, Buffer>();

  /** The queries and codecs that a phone sends after RegisterAck. `version`: the negotiated one. */
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
