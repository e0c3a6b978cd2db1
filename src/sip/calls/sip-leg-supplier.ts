// Supplies the legs of registered SIP phones: the port of a called line, by the Contact that it is bound to.

import type { Leg, LegPort, LegSupplier, RemoteCall, RemoteCallPort } from '../../calls/index.js';
import type { DirectoryNumber } from '../../core/identifiers.js';
import { contactUriOf } from '../registrar/location.js';
import { CalledLeg } from './called-leg.js';
import { phonePeer } from './leg-peer.js';
import { SipRemoteCall } from './remote-calls.js';
import type { CallServices } from './services.js';

/** One less than 2^31: the session numbers of `o=`, which are the first part of our tags, too. */
const SESSIONS = 0x7fff_ffff;

/** A session number that nobody can guess. */
export const newSession = ({ random }: CallServices): number => 1 + random.below(SESSIONS - 1);

export class SipLegSupplier implements LegSupplier {
  readonly #services: CallServices;

  constructor(services: CallServices) {
    this.#services = services;
  }

  portFor(leg: Leg): LegPort | undefined {
    const { phones } = this.#services;
    const phone = leg.device === undefined ? undefined : phones.byDevice(leg.device);
    const binding = phone?.bindings.find(({ lines }) => lines.includes(leg.dn as DirectoryNumber));
    if (phone === undefined || binding === undefined || !phone.flow.open) return undefined;
    const peer = phonePeer(phones, phone);
    return new CalledLeg(this.#services, peer, leg, { uri: contactUriOf(binding) }, newSession(this.#services));
  }

  remotePortFor(call: RemoteCall): RemoteCallPort | undefined {
    return SipRemoteCall.of(this.#services, call);
  }
}
