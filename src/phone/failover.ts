// Which call manager a phone is registered with, and which stands by: the group's order, failover when the one in use is
// gone, the way home when a better one is back (`sccp.md` §6.4, `sip.md` §5.5). Knows neither protocol.

import { type Duration, seconds } from '../core/time.js';
import type { CallManagerLink, LinkOwner, OutOfService } from './call-manager-link.js';
import type { PhoneCommand, Tell } from './steps.js';
import type { BootTimer, Timers } from './timers.js';

/** How long a phone waits for what. */
export interface HomingTimes {
  /** After a refusal (`sip.md` §4.4: 2 to 3 minutes). */
  readonly refused: Duration;
  /** After every node of the group has failed. */
  readonly allFailed: Duration;
  /** Before the standby link is opened again. */
  readonly standby: Duration;
  /** How long a better node must be up before the phone returns to it. */
  readonly monitor: Duration;
}

export const HOMING_TIMES: HomingTimes = {
  refused: seconds(120),
  allFailed: seconds(10),
  standby: seconds(30),
  monitor: seconds(120),
};

/** What the whole phone hears. */
export interface HomingOwner {
  registered(lines: readonly string[], link: CallManagerLink): void;
  refused(why: string): void;
  commanded(command: PhoneCommand): void;
  /** The last link has ended after `leave`. */
  left(): void;
}

const FAILED_OVER: OutOfService = { number: 10, words: 'TCP-timeout' };
const REJECTED: OutOfService = { number: 24, words: 'phone-reg-rej' };
const FAILED_BACK: OutOfService = { number: 18, words: 'failback' };

export class Failover implements LinkOwner {
  readonly #links: readonly CallManagerLink[];
  readonly #owner: HomingOwner;
  readonly #tell: Tell;
  readonly #times: HomingTimes;
  readonly #retry: BootTimer;
  readonly #standbyRetry: BootTimer;
  readonly #monitor: BootTimer;
  #reason: OutOfService;
  /** Registered with, or trying to. */
  #active: CallManagerLink | undefined;
  #standby: CallManagerLink | undefined;
  /** Where the phone goes once it has left the node that it is with. */
  #home: CallManagerLink | undefined;
  /** Nodes that have failed since the last registration. */
  readonly #failed = new Set<CallManagerLink>();
  #stopping = false;

  /** `links`: primary first; they report to this object. */
  constructor(
    open: (owner: LinkOwner) => readonly CallManagerLink[],
    owner: HomingOwner,
    tell: Tell,
    agenda: Timers,
    times: HomingTimes,
    reason: OutOfService,
  ) {
    this.#links = open(this);
    this.#owner = owner;
    this.#tell = tell;
    this.#times = times;
    this.#reason = reason;
    this.#retry = agenda.appointment(() => this.start());
    this.#standbyRetry = agenda.appointment(() => this.#openStandby());
    this.#monitor = agenda.appointment(() => this.#goHome());
  }

  get active(): CallManagerLink | undefined {
    return this.#active;
  }

  get standby(): CallManagerLink | undefined {
    return this.#standby;
  }

  /** What the phone waits for; empty: nothing. */
  get waitingFor(): string {
    return this.#active?.waitingFor ?? '';
  }

  start(): void {
    this.#failed.clear();
    this.#tryNext();
  }

  /** Unregisters and closes everything; `left` follows. */
  leave(): void {
    this.#stopping = true;
    this.#rest();
    if (this.#standby !== this.#active) this.#standby?.close();
    this.#standby = undefined;
    if (this.#active === undefined || this.#active.state === 'closed') this.#owner.left();
    else this.#active.leave();
  }

  /** Closes everything without a word to the call manager but the end of the links. */
  close(): void {
    this.#stopping = true;
    this.#rest();
    for (const link of this.#links) link.close();
  }

  opened(link: CallManagerLink): void {
    if (link === this.#active) link.register(this.#reason);
    else {
      this.#tell('phone.standing-by', { node: link.node.name });
      if (this.#isBetter(link)) this.#monitor.in(this.#times.monitor);
    }
  }

  registered(link: CallManagerLink, lines: readonly string[]): void {
    this.#active = link;
    this.#home = undefined;
    this.#reason = FAILED_OVER;
    this.#failed.clear();
    this.#owner.registered(lines, link);
    this.#openStandby();
  }

  failed(link: CallManagerLink, why: string): void {
    if (this.#stopping) {
      if (link === this.#active) this.#owner.left();
      return;
    }
    if (link === this.#standby) {
      this.#standby = undefined;
      this.#monitor.cancel();
      this.#standbyRetry.in(this.#times.standby);
    }
    if (link !== this.#active) return;
    this.#failed.add(link);
    this.#active = undefined;
    this.#tryNext(link, why);
  }

  refused(link: CallManagerLink, why: string, retryAfter: number | undefined): void {
    this.#tell('phone.refused', { node: link.node.name, why });
    this.#active = undefined;
    this.#reason = REJECTED;
    this.#owner.refused(why);
    if (this.#stopping) return;
    const wait = retryAfter === undefined ? this.#times.refused : seconds(retryAfter);
    this.#tell('phone.waiting', { for: `another try with ${link.node.name}`, again: wait });
    this.#retry.in(wait);
  }

  token(link: CallManagerLink, wait: number | undefined): void {
    if (link !== this.#standby || this.#stopping) return;
    if (wait === undefined) this.#return(link);
    else {
      this.#tell('phone.waiting', { for: `a token of ${link.node.name}`, again: wait * 1000 });
      this.#monitor.in(seconds(wait));
    }
  }

  commanded(link: CallManagerLink, command: PhoneCommand): void {
    if (link === this.#active) this.#owner.commanded(command);
  }

  left(link: CallManagerLink): void {
    if (this.#stopping) {
      this.#owner.left();
      return;
    }
    const home = this.#home;
    if (home === undefined || link === home) return;
    this.#active = home;
    this.#standby = undefined;
    this.#reason = FAILED_BACK;
    if (home.state === 'standby') home.register(this.#reason);
    else home.open();
  }

  #tryNext(from?: CallManagerLink, why = ''): void {
    if (this.#stopping) return;
    // The node that stands by is at hand; else the first of the group that has not failed.
    const standby = this.#standby?.state === 'standby' ? this.#standby : undefined;
    const next = standby ?? this.#links.find((link) => !this.#failed.has(link));
    if (next === undefined) {
      this.#standby?.close();
      this.#standby = undefined;
      this.#tell('phone.waiting', { for: 'a call manager that answers', again: this.#times.allFailed });
      this.#retry.in(this.#times.allFailed);
      return;
    }
    if (from !== undefined) this.#tell('phone.failing-over', { from: from.node.name, to: next.node.name, why });
    this.#active = next;
    if (next === this.#standby) {
      this.#standby = undefined;
      next.register(this.#reason);
      return;
    }
    this.#standby?.close();
    this.#standby = undefined;
    this.#open(next);
  }

  /** The best of the others stands by. */
  #openStandby(): void {
    if (this.#stopping || this.#active === undefined || this.#standby !== undefined) return;
    const standby = this.#links.find((link) => link !== this.#active && link.state === 'closed');
    if (standby === undefined) return;
    this.#standby = standby;
    this.#open(standby);
  }

  #open(link: CallManagerLink): void {
    const { port, node } = link;
    const role = link === this.#active ? 'primary' : 'standby';
    this.#tell('phone.link-opening', { node: node.name, address: node.address, port, role });
    link.open();
  }

  #isBetter(link: CallManagerLink): boolean {
    return this.#active !== undefined && this.#links.indexOf(link) < this.#links.indexOf(this.#active);
  }

  #goHome(): void {
    const better = this.#standby;
    if (better?.state === 'standby' && this.#active?.state === 'registered' && this.#isBetter(better))
      better.askToken();
  }

  #return(home: CallManagerLink): void {
    const present = this.#active;
    if (present === undefined) return;
    this.#tell('phone.returning', { from: present.node.name, to: home.node.name });
    this.#home = home;
    present.leave();
  }

  #rest(): void {
    this.#retry.cancel();
    this.#standbyRetry.cancel();
    this.#monitor.cancel();
  }
}
