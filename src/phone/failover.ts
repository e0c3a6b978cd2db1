import { type Duration, seconds } from '../core/time.js';
import type { CallManagerLink, LinkOwner, ListedCallManager, OutOfService } from './call-manager-link.js';
import type { PhoneCommand, PublishStep } from './steps.js';
import type { BootTimer, Timers } from './timers.js';

/** How long a phone waits before it acts. */
export interface FailoverTimes {
  /** After a refusal (`sip.md` §4.4: 2 to 3 minutes). */
  readonly refused: Duration;
  /** After every node of the group has failed. */
  readonly allFailed: Duration;
  /** Before the standby link is opened again. */
  readonly standby: Duration;
  /** How long a better node must be up before the phone asks to return to it. */
  readonly monitor: Duration;
}

/** The usual waiting times. */
export const FAILOVER_TIMES: FailoverTimes = {
  refused: seconds(120),
  allFailed: seconds(10),
  standby: seconds(30),
  monitor: seconds(120),
};

/** The callbacks of `Failover`; a `Phone` implements them. */
export interface FailoverOwner {
  onRegistered(lines: readonly string[], link: CallManagerLink): void;
  onRefused(why: string): void;
  onCommand(command: PhoneCommand): void;
  /** The last link has closed after `leave`. */
  onLeft(): void;
}

const FAILED_OVER: OutOfService = { number: 10, text: 'TCP-timeout' };
const REJECTED: OutOfService = { number: 24, text: 'phone-reg-rej' };
const FAILED_BACK: OutOfService = { number: 18, text: 'failback' };

/** What a `Failover` needs. */
export interface FailoverOptions {
  /** Makes the links to the nodes of the group, primary first, which report to `owner`. */
  readonly openLinks: (owner: LinkOwner) => readonly CallManagerLink[];
  readonly owner: FailoverOwner;
  readonly publish: PublishStep;
  readonly timers: Timers;
  readonly times: FailoverTimes;
  /** Why the phone was out of service before. */
  readonly reason: OutOfService;
}

/**
 * Decides which call manager a phone registers with and which is its standby: it follows the order of the group, fails
 * over when the active node is gone, and returns when a better node is back (`sccp.md` §6.4, `sip.md` §5.5). It knows
 * neither protocol.
 */
export class Failover implements LinkOwner {
  readonly #links: readonly CallManagerLink[];
  readonly #owner: FailoverOwner;
  readonly #publish: PublishStep;
  readonly #times: FailoverTimes;
  readonly #retryTimer: BootTimer;
  readonly #standbyTimer: BootTimer;
  readonly #monitorTimer: BootTimer;
  #reason: OutOfService;
  /** The node that the phone is registered with or registers with. */
  #active: CallManagerLink | undefined;
  #standby: CallManagerLink | undefined;
  /** The node that the phone registers with once it has left the active one. */
  #returnTarget: CallManagerLink | undefined;
  /** Nodes that have failed since the last registration. */
  readonly #failed = new Set<CallManagerLink>();
  #stopping = false;

  constructor({ openLinks, owner, publish, timers, times, reason }: FailoverOptions) {
    this.#links = openLinks(this);
    this.#owner = owner;
    this.#publish = publish;
    this.#times = times;
    this.#reason = reason;
    this.#retryTimer = timers.create(() => this.start());
    this.#standbyTimer = timers.create(() => this.#openStandby());
    this.#monitorTimer = timers.create(() => this.#requestReturn());
  }

  get active(): CallManagerLink | undefined {
    return this.#active;
  }

  get standby(): CallManagerLink | undefined {
    return this.#standby;
  }

  /** The nodes in their order. A node is active or on standby once its link is. */
  get nodes(): readonly ListedCallManager[] {
    return this.#links.map((link) => {
      if (link === this.#active && link.state === 'registered') return { node: link.node, role: 'Active' };
      return { node: link.node, role: link === this.#standby && link.state === 'standby' ? 'Standby' : '' };
    });
  }

  /** What the active link waits for; empty: nothing. */
  get waitingFor(): string {
    return this.#active?.waitingFor ?? '';
  }

  /** Tries the nodes in their order. */
  start(): void {
    this.#failed.clear();
    this.#tryNext();
  }

  /** Unregisters and closes all links; `onLeft` follows. */
  leave(): void {
    this.#stopping = true;
    this.#cancelTimers();
    if (this.#standby !== this.#active) this.#standby?.close();
    this.#standby = undefined;
    if (this.#active === undefined || this.#active.state === 'closed') this.#owner.onLeft();
    else this.#active.leave();
  }

  /** Closes all links without unregistering. */
  close(): void {
    this.#stopping = true;
    this.#cancelTimers();
    for (const link of this.#links) link.close();
  }

  onOpened(link: CallManagerLink): void {
    if (link === this.#active) link.register(this.#reason);
    else {
      this.#publish('phone.standing-by', { node: link.node.name });
      if (this.#isBetter(link)) this.#monitorTimer.startIn(this.#times.monitor);
    }
  }

  onRegistered(link: CallManagerLink, lines: readonly string[]): void {
    this.#active = link;
    this.#returnTarget = undefined;
    this.#reason = FAILED_OVER;
    this.#failed.clear();
    this.#owner.onRegistered(lines, link);
    this.#openStandby();
  }

  onFailed(link: CallManagerLink, why: string): void {
    if (this.#stopping) {
      if (link === this.#active) this.#owner.onLeft();
      return;
    }
    if (link === this.#standby) {
      this.#standby = undefined;
      this.#monitorTimer.cancel();
      this.#standbyTimer.startIn(this.#times.standby);
    }
    if (link !== this.#active) return;
    this.#failed.add(link);
    this.#active = undefined;
    this.#tryNext(link, why);
  }

  onRefused(link: CallManagerLink, why: string, retryAfter: number | undefined): void {
    this.#publish('phone.refused', { node: link.node.name, why });
    this.#active = undefined;
    this.#reason = REJECTED;
    this.#owner.onRefused(why);
    if (this.#stopping) return;
    const wait = retryAfter === undefined ? this.#times.refused : seconds(retryAfter);
    this.#publish('phone.waiting', { for: `another try with ${link.node.name}`, again: wait });
    this.#retryTimer.startIn(wait);
  }

  onToken(link: CallManagerLink, wait: number | undefined): void {
    if (link !== this.#standby || this.#stopping) return;
    if (wait === undefined) this.#returnTo(link);
    else {
      this.#publish('phone.waiting', { for: `a token of ${link.node.name}`, again: wait * 1000 });
      this.#monitorTimer.startIn(seconds(wait));
    }
  }

  onCommand(link: CallManagerLink, command: PhoneCommand): void {
    if (link === this.#active) this.#owner.onCommand(command);
  }

  onLeft(link: CallManagerLink): void {
    if (this.#stopping) {
      this.#owner.onLeft();
      return;
    }
    const target = this.#returnTarget;
    if (target === undefined || link === target) return;
    this.#active = target;
    this.#standby = undefined;
    this.#reason = FAILED_BACK;
    if (target.state === 'standby') target.register(this.#reason);
    else target.open();
  }

  #tryNext(from?: CallManagerLink, why = ''): void {
    if (this.#stopping) return;
    // The standby node is already connected. Without one, take the first of the group that has not failed.
    const standby = this.#standby?.state === 'standby' ? this.#standby : undefined;
    const next = standby ?? this.#links.find((link) => !this.#failed.has(link));
    if (next === undefined) {
      this.#standby?.close();
      this.#standby = undefined;
      this.#publish('phone.waiting', { for: 'a call manager that answers', again: this.#times.allFailed });
      this.#retryTimer.startIn(this.#times.allFailed);
      return;
    }
    if (from !== undefined) this.#publish('phone.failing-over', { from: from.node.name, to: next.node.name, why });
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

  /** Opens the best of the other nodes as standby. */
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
    this.#publish('phone.link-opening', { node: node.name, address: node.address, port, role });
    link.open();
  }

  #isBetter(link: CallManagerLink): boolean {
    return this.#active !== undefined && this.#links.indexOf(link) < this.#links.indexOf(this.#active);
  }

  #requestReturn(): void {
    const better = this.#standby;
    if (better?.state === 'standby' && this.#active?.state === 'registered' && this.#isBetter(better))
      better.requestToken();
  }

  #returnTo(target: CallManagerLink): void {
    const present = this.#active;
    if (present === undefined) return;
    this.#publish('phone.returning', { from: present.node.name, to: target.node.name });
    this.#returnTarget = target;
    present.leave();
  }

  #cancelTimers(): void {
    this.#retryTimer.cancel();
    this.#standbyTimer.cancel();
    this.#monitorTimer.cancel();
  }
}
