// Paging: whoever dials the number of a page speaks to all its phones at once. They listen to a group, to which labcm sends what
// comes from the caller; a phone that cannot is called instead, one way, and answers by itself (`docs/protocols/calls.md` §2.17,
// §3.12).

import type { DeviceName } from '../core/identifiers.js';
import type { Instant } from '../core/time.js';
import type { CallEndings } from './call-endings.js';
import type { CallOffers, Offers } from './call-offers.js';
import { legFacts } from './call-record.js';
import { type CallRegistry, TO_ALERT } from './call-registry.js';
import type { Leg } from './leg.js';
import { directParties, partyOf } from './parties.js';
import type { PageStream, Phones, SoundServices } from './ports.js';
import type { PageSettings } from './settings.js';

/** A page that somebody speaks. */
interface ActivePage {
  readonly stream: PageStream;
  /** Devices that listen to the group. */
  readonly listening: DeviceName[];
  /** The ends that call the others. */
  readonly copies: Leg[];
}

/** What paging is built on. */
export interface PagingDependencies {
  readonly registry: CallRegistry;
  readonly endings: CallEndings;
  readonly offers: CallOffers;
  readonly phones: Phones;
  readonly services: SoundServices;
  /** Offers the call of a caller. */
  take(caller: Leg, offers: Offers, now: Instant): void;
}

export class Paging {
  readonly #dependencies: PagingDependencies;
  /** By the leg that is labcm's end of the caller's call. */
  readonly #active = new Map<Leg, ActivePage>();

  constructor(dependencies: PagingDependencies) {
    this.#dependencies = dependencies;
  }

  /** A caller has dialled the number of a page. */
  begin(caller: Leg, number: string, now: Instant): void {
    const { registry, endings, offers, take } = this.#dependencies;
    const page = registry.settings.paging.find(({ dn }) => dn === number);
    const isTaken = [...this.#active.keys()].some(({ dn }) => dn === number);
    if (page === undefined || isTaken) {
      endings.fail(caller, page === undefined ? 'unallocated' : 'busy', now);
      return;
    }
    const result = offers.toService(caller.call, { kind: 'page', number }, now);
    const [offer] = result.kind === 'offered' ? result.offers : [];
    if (offer !== undefined) this.#start(caller, offer.leg, page, now);
    take(caller, result, now);
  }

  /** A leg is over: with labcm's end of a page its phones hear no more. */
  ended(leg: Leg, now: Instant): void {
    const active = this.#active.get(leg);
    if (active === undefined) return;
    this.#active.delete(leg);
    const { phones, endings } = this.#dependencies;
    for (const device of active.listening) phones.listen?.(device, active.stream, false, now);
    for (const copy of active.copies) endings.release(copy, { cause: 'normal', by: 'far' }, now);
  }

  #start(caller: Leg, own: Leg, page: PageSettings, now: Instant): void {
    const { registry, phones } = this.#dependencies;
    const stream = { group: page.group, port: page.port, ci: own.ci };
    const active: ActivePage = { stream, listening: [], copies: [] };
    this.#active.set(own, active);
    let missed = 0;
    for (const device of page.members as readonly DeviceName[]) {
      const isBusy = device === caller.device || registry.legs.mayTalk(device);
      if (isBusy) missed += 1;
      else if (phones.listen?.(device, stream, true, now) === true) active.listening.push(device);
      else {
        const copy = this.#call(device, caller, page, now);
        if (copy === undefined) missed += 1;
        else active.copies.push(copy);
      }
    }
    const counts = { listening: active.listening.length, called: active.copies.length, missed };
    registry.publish({ type: 'call.paged', ...legFacts(caller, now), number: page.dn, group: page.group, ...counts });
  }

  /** Calls one phone, which answers by itself and only listens. `undefined`: it cannot be called now. */
  #call(device: DeviceName, { call: { parties } }: Leg, page: PageSettings, now: Instant): Leg | undefined {
    const { registry, phones, services, offers, take } = this.#dependencies;
    const line = phones.firstLineOf?.(device);
    if (line === undefined) return undefined;
    const { dn, displayName } = line.appearance;
    const call = registry.newCall(directParties(parties.calling, partyOf(dn, displayName, device)), now);
    call.isIntercom = true;
    call.dialled = dn;
    const owner = { device: undefined, dn: page.dn, lineInstance: 0, callInstance: 1 };
    const copy = registry.newLeg(call, 'caller', owner, (made) => services.portFor('page-copy', made), now);
    if (copy === undefined) return undefined;
    registry.calls.add(call);
    registry.enter(copy, 'proceeding', now, TO_ALERT);
    take(copy, offers.toPhones(call, [line], now), now);
    return copy;
  }
}
