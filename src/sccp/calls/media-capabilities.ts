// What a phone can receive, from the capabilities that it reported when it registered (`docs/protocols/calls.md` §2.7).

import {
  ASSUMED_CAPABILITIES,
  CODECS,
  type CodecCapability,
  type CodecName,
  codecOfCapability,
  DEFAULT_TELEPHONE_EVENT,
  type MediaCapabilities,
  TELEPHONE_EVENT_CAPABILITY,
} from '../../calls/index.js';
import type { Capability } from '../../devices/index.js';

/** Of several capabilities of one codec the one that labcm would rather name; a phone that has another only is given that. */
const isPreferred = (codec: CodecName, one: number, other: number): boolean => {
  const order: readonly number[] = CODECS[codec].capabilities;
  return order.indexOf(one) < order.indexOf(other);
};

/** A phone that has reported nothing takes G.711 µ-law. `maxFrames` is in milliseconds, as phones report it. */
export const mediaCapabilitiesOf = (reported: readonly Capability[]): MediaCapabilities => {
  if (reported.length === 0) return ASSUMED_CAPABILITIES;
  const codecs = new Map<CodecName, CodecCapability>();
  let telephoneEvent: number | undefined;
  for (const { payload, maxFrames } of reported) {
    if (payload === TELEPHONE_EVENT_CAPABILITY) telephoneEvent = DEFAULT_TELEPHONE_EVENT;
    const codec = codecOfCapability(payload);
    if (codec === undefined) continue;
    const known = codecs.get(codec)?.capability;
    if (known !== undefined && !isPreferred(codec, payload, known)) continue;
    codecs.set(codec, { codec, capability: payload, ...(maxFrames > 0 ? { maxMilliseconds: maxFrames } : {}) });
  }
  return { codecs: [...codecs.values()], telephoneEvent };
};
