// Shared lines: what one phone of a number does, the others show; a call that it holds, any of them resumes
// (`docs/protocols/calls.md` §2.16, §3.8). A number with one device costs nothing here: its legs are not marked.

import type { DeviceName } from '../core/identifiers.js';
import type { Instant } from '../core/time.js';
import type { DeviceLegs } from './device-legs.js';
import type { Leg } from './leg.js';
import type { CallParties } from './parties.js';
import type { Phones } from './ports.js';
import { RemoteCall, type RemoteState } from './remote-call.js';

/** What shared lines are built on. */
export interface SharedLinesDependencies {
  readonly legs: DeviceLegs;
  readonly phones: Phones;
  /** A call identifier that nothing has. */
  nextNumber(): number;
}

/** A call that is held for a moment, while its user consults somebody, is not for others to take. */
const stateOf = ({ state, consultation }: Leg): RemoteState =>
  state === 'hold' && consultation === undefined ? 'held' : 'in-use';

const isShown = ({ state }: Leg): boolean => state !== 'idle' && state !== 'ring-in';

const isSame = (one: CallParties, other: CallParties): boolean =>
  one.calling === other.calling &&
  one.called === other.called &&
  one.lastRedirecting === other.lastRedirecting &&
  one.redirectReason === other.redirectReason;

export class SharedLines {
  readonly #dependencies: SharedLinesDependencies;
  /** The legs of shared numbers, with the phones that show them. */
  readonly #shown = new Map<Leg, RemoteCall[]>();
  /** The same legs by their number. */
  readonly #byNumber = new Map<string, Set<Leg>>();
  /** Legs of which something has changed since the phones were told. */
  readonly #changed = new Map<Leg, Instant>();

  constructor(dependencies: SharedLinesDependencies) {
    this.#dependencies = dependencies;
  }

  /** Something of a leg has changed. Its other phones are told at the next `flush`. */
  changed(leg: Leg, now: Instant): void {
    if (leg.isShared) this.#changed.set(leg, now);
  }

  /** Tells the phones what has changed. Called once an event is worked off, so that nobody is shown a state in between. */
  flush(): void {
    if (this.#changed.size === 0) return;
    const changed = [...this.#changed];
    this.#changed.clear();
    // Ends first: a call that moves from one phone to another leaves the one before it comes to the other.
    for (const [leg, now] of changed) if (leg.state === 'idle') this.#end(leg, now);
    for (const [leg, now] of changed) if (isShown(leg)) this.#show(leg, now);
  }

  /**
   * `rang` is about to end, since `taker` of the same number has answered. Whether its phone goes on showing the call, under the
   * number by which it rang: then it does not become a missed one.
   */
  keeps(rang: Leg, taker: Leg): boolean {
    if (!taker.isShared || rang.dn !== taker.dn || rang.device === taker.device) return false;
    const found = this.#appearances(taker).find(({ appearance }) => appearance.device === rang.device);
    if (found === undefined) return false;
    const { ci, callInstance } = rang;
    const remote = new RemoteCall(ci, taker, found.appearance, callInstance, this.#isPrivate(taker));
    return this.#add(remote, found.supplier);
  }

  /** A phone has registered: it is shown what the others of its lines have. */
  registered(device: DeviceName, now: Instant): void {
    if (this.#shown.size === 0) return;
    for (const remote of [...this.#dependencies.legs.remotesOf(device)]) {
      remote.port?.end(now);
      this.#remove(remote);
    }
    for (const dn of this.#dependencies.phones.linesOf?.(device) ?? [])
      for (const leg of this.#byNumber.get(dn) ?? []) if (leg.device !== device) this.#show(leg, now);
  }

  /** A phone has lost its link or its registration: it shows nothing any more. */
  lost(device: DeviceName): void {
    for (const remote of [...this.#dependencies.legs.remotesOf(device)]) this.#remove(remote);
  }

  #show(leg: Leg, now: Instant): void {
    const { legs, nextNumber } = this.#dependencies;
    const state = stateOf(leg);
    const known = this.#remotesOf(leg);
    for (const { appearance, supplier } of this.#appearances(leg)) {
      const { device, dn } = appearance;
      if (device === leg.device || known.some((remote) => remote.device === device)) continue;
      const instance = legs.freeInstance(device, dn);
      this.#add(new RemoteCall(nextNumber(), leg, appearance, instance, this.#isPrivate(leg)), supplier);
    }
    for (const remote of known) {
      const parties = remote.isPrivate && remote.shown !== undefined ? remote.shown.parties : remote.parties;
      remote.state = state;
      if (remote.shown?.state === state && isSame(remote.shown.parties, parties)) continue;
      remote.shown = { state, parties };
      remote.port?.show(state, parties, now);
    }
  }

  #end(leg: Leg, now: Instant): void {
    const remotes = this.#shown.get(leg) ?? [];
    this.#shown.delete(leg);
    const legs = this.#byNumber.get(leg.dn);
    if (legs?.delete(leg) === true && legs.size === 0) this.#byNumber.delete(leg.dn);
    for (const remote of remotes) {
      this.#dependencies.legs.removeRemote(remote);
      remote.port?.end(now);
    }
  }

  /** `false`: the phone cannot show the calls of others. */
  #add(remote: RemoteCall, supplier: ReturnType<Phones['appearancesOf']>[number]['supplier']): boolean {
    remote.port = supplier.remotePortFor?.(remote);
    if (remote.port === undefined) return false;
    this.#remotesOf(remote.leg).push(remote);
    this.#dependencies.legs.addRemote(remote);
    return true;
  }

  /** The phones that show a leg, for changing: it is one of those that are shown from now on. */
  #remotesOf(leg: Leg): RemoteCall[] {
    let remotes = this.#shown.get(leg);
    if (remotes !== undefined) return remotes;
    remotes = [];
    this.#shown.set(leg, remotes);
    const legs = this.#byNumber.get(leg.dn);
    if (legs === undefined) this.#byNumber.set(leg.dn, new Set([leg]));
    else legs.add(leg);
    return remotes;
  }

  #remove(remote: RemoteCall): void {
    this.#dependencies.legs.removeRemote(remote);
    const known = this.#shown.get(remote.leg);
    if (known?.includes(remote) === true) known.splice(known.indexOf(remote), 1);
  }

  #appearances({ dn }: Leg): ReturnType<Phones['appearancesOf']> {
    return this.#dependencies.phones.appearancesOf(dn);
  }

  #isPrivate(leg: Leg): boolean {
    return this.#appearances(leg).some(
      ({ appearance }) => appearance.device === leg.device && appearance.isPrivate === true,
    );
  }
}
