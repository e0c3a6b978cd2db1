// What each service plays. What does not depend on the call is made once for each codec, when it is first wanted.

import type { SoundServiceName } from './events.js';
import type { G711Name } from './g711.js';
import { MILLIWATT, numberTones, renderEmergency, renderSamples, renderTones } from './tones.js';

export class SoundLibrary {
  #music: Int16Array | undefined;
  readonly #recorded = new Map<G711Name, Uint8Array>();
  readonly #emergency = new Map<G711Name, Uint8Array>();

  constructor(music: Int16Array | undefined) {
    this.#music = music;
  }

  /** Takes another recording for the tone service. */
  configure(music: Int16Array | undefined): void {
    if (music === this.#music) return;
    this.#music = music;
    this.#recorded.clear();
  }

  /** The octets that the service plays again and again; `caller` is the number that the announcement reads. */
  loopOf(service: Exclude<SoundServiceName, 'echo' | 'conference'>, codec: G711Name, caller: string): Uint8Array {
    const music = this.#music;
    switch (service) {
      case 'announcement':
        return renderTones(codec, numberTones(caller));
      case 'emergency':
        return kept(this.#emergency, codec, () => renderEmergency(codec));
      default:
        return music === undefined ? MILLIWATT[codec] : kept(this.#recorded, codec, () => renderSamples(codec, music));
    }
  }
}

const kept = (by: Map<G711Name, Uint8Array>, codec: G711Name, make: () => Uint8Array): Uint8Array => {
  const octets = by.get(codec) ?? make();
  by.set(codec, octets);
  return octets;
};
