// Phones whose stream or registration has ended in the middle of a call. Their dialogs outlive both: a phone that is back in time
// goes on, whoever is not is lost (`docs/protocols/calls.md` §8.2).

import type { Leg } from '../../calls/index.js';
import type { DeviceName } from '../../core/identifiers.js';
import { after, type Instant } from '../../core/time.js';
import { GIVE_UP } from '../transaction/invite-transactions.js';
import { type CallServices, CallTimer } from './services.js';
import { SipLeg } from './sip-leg.js';

/** So long a phone may be away: as long as a request of ours would be repeated to it. */
const TO_RETURN = GIVE_UP;

export class LostPhones {
  readonly #services: CallServices;
  /** Who is away, with the time at which it is given up. */
  readonly #away = new Map<DeviceName, CallTimer>();

  constructor(services: CallServices) {
    this.#services = services;
  }

  /** Its stream has ended: what nobody has answered over it is over. */
  streamEnded(device: DeviceName, now: Instant): void {
    breakStream(this.#services, device, now);
    this.#await(device, now);
  }

  /** Its registration has ended; of a phone whose stream has ended that is no news. */
  unregistered(device: DeviceName, now: Instant): void {
    if (!this.#away.has(device)) this.#await(device, now);
  }

  /** It has registered. `confirmDialogs` asks it a moment later which dialogs it has still. */
  returned(device: DeviceName, now: Instant): void {
    const timer = this.#away.get(device);
    if (timer !== undefined) this.#services.timers.set(timer, undefined);
    this.#away.delete(device);
    this.#services.control.linkRestored(device, now);
  }

  #await(device: DeviceName, now: Instant): void {
    const { control, timers, touch } = this.#services;
    if (control.legs.of(device).length === 0) return;
    const timer = this.#away.get(device) ?? new CallTimer((at) => this.#giveUp(device, at));
    this.#away.set(device, timer);
    timers.set(timer, after(now, TO_RETURN));
    touch();
  }

  #giveUp(device: DeviceName, now: Instant): void {
    this.#away.delete(device);
    const { control, phones } = this.#services;
    if (phones.byDevice(device)?.flow.open === true) control.linkRestored(device, now);
    else control.linkLost(device, now, true);
  }
}

/** Over a stream that has ended nobody answers any more; who talks or holds may come back. */
export const breakStream = ({ control }: CallServices, device: DeviceName, now: Instant): void => {
  for (const leg of [...control.legs.of(device)])
    if (leg.state === 'connected' || leg.state === 'hold') control.linkBroken(leg, now);
    else control.hangUp(leg, now, 'temporaryFailure');
};

/**
 * Who is back is asked which of the dialogs it has still that it had before: one that has begun anew has none, and says so
 * (RFC 3261 §12.2.2).
 */
export const confirmDialogs = (dialogs: readonly Leg[], now: Instant): void => {
  for (const { port } of dialogs) if (port instanceof SipLeg) port.confirm(now);
};
