// Whom a leg speaks to: a registered phone, or another PBX at the end of a trunk.

import type { CodecName } from '../../calls/index.js';
import type { Endpoint } from '../../net/ports.js';
import type { SipMessage } from '../message/message.js';
import { targetOf } from '../notifier/request-sender.js';
import type { RegisteredPhone, RegisteredPhones } from '../registrar/location.js';
import type { Flow } from '../transport/flow.js';

/** What a leg needs to know of the other end of its dialog. */
export interface LegPeer {
  /** The device, or the trunk. */
  readonly name: string;
  /** How headers are written for it. */
  readonly dialect: 'cisco' | 'plain' | 'trunk';
  /** The flow that it has now: it may have come back by another one (`docs/protocols/calls.md` §8.2). */
  readonly flow: Flow;
  /** The name or address by which it calls this server. */
  readonly serverHost: string;
  /** The codecs that may be used with it; absent: all. */
  readonly codecs?: readonly CodecName[] | undefined;
  /** Where a request with this next hop is sent to. */
  endpointOf(uri: string): Endpoint;
  /** Whether what came by that flow may be from it. What comes from elsewhere is not, whatever tags it has. */
  isFrom(flow: Flow): boolean;
  /** The header line that answers a 401 or 407; absent or `undefined`: nothing does. */
  authorization?(challenge: SipMessage, method: string, uri: string): string | undefined;
}

/** A registered phone. A dialog outlives its registration, so the flow of the last one is kept. */
export const phonePeer = (phones: RegisteredPhones, phone: RegisteredPhone): LegPeer => new PhonePeer(phones, phone);

class PhonePeer implements LegPeer {
  readonly #phones: RegisteredPhones;
  readonly #phone: RegisteredPhone;

  constructor(phones: RegisteredPhones, phone: RegisteredPhone) {
    this.#phones = phones;
    this.#phone = phone;
  }

  get name(): string {
    return this.#phone.record.configured.name;
  }

  get dialect(): 'cisco' | 'plain' {
    return this.#phone.cisco ? 'cisco' : 'plain';
  }

  get flow(): Flow {
    return this.#phones.byDevice(this.#phone.record.configured.name)?.flow ?? this.#phone.flow;
  }

  get serverHost(): string {
    return this.#phone.serverHost;
  }

  endpointOf(uri: string): Endpoint {
    return targetOf(this.flow, uri);
  }

  isFrom(flow: Flow): boolean {
    return flow.remote.address === this.flow.remote.address;
  }
}
