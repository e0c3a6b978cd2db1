// What becomes of an address when the table and the bus do not say the same of it: pure functions, of what is known alone.

import { type Duration, type Instant, instant, seconds } from '../core/time.js';
import type { Lease } from '../dhcp/lease.js';
import type { SharedLease } from '../dhcp/shared-leases.js';
import type { LeaseToTell, ToldLease } from './lease-values.js';
import type { Mirrored } from './mirror.js';

/** Later than told by so much is later. */
const A_SECOND: Duration = seconds(1);

/** What is to be told of an address: what became of it here, or that this node is the home of a lease whose home is no more. */
export type ChangeKind = Exclude<Lease['state'], 'offered'> | 'adopted';

/** A change of the table that the others are to be told of. */
export interface LeaseChange {
  readonly kind: ChangeKind;
  /** What was told of the address then. A lease that others have written since is not ended by what was known before. */
  readonly revision: number;
  /** What this node has followed with a write of it. */
  wrote?: number;
}

/** What a decision needs to know besides the address. */
export interface LeaseSurroundings {
  readonly self: string;
  readonly now: Instant;
  /** The engine has lost what it held since this node knew it. */
  readonly hasForgotten: boolean;
  exists(node: string): boolean;
}

/** What the table is to do: take in what is told, or say what it knows better. `undefined`: nothing. */
export type Learning =
  | { readonly act: 'learn'; readonly lease: SharedLease; readonly isForeign: boolean; readonly kind?: undefined }
  | { readonly act: 'tell'; readonly kind: 'bound' | 'declined'; readonly lease?: SharedLease }
  | undefined;

/**
 * What the table learns of an address. `lease`: what it holds of it; `told`: what the bus holds; `former`: what it held before,
 * where that is known.
 */
export const learning = (
  lease: Lease | undefined,
  told: ToldLease | undefined,
  former: ToldLease | undefined,
  { self, hasForgotten }: LeaseSurroundings,
): Learning => {
  const held = lease?.state === 'bound' || lease?.state === 'declined' ? lease.state : undefined;
  if (told === undefined) {
    if (lease === undefined || held === undefined) return undefined;
    // Somebody has removed the key by hand. Of another node's lease that is its end.
    if (lease.isForeign && former !== undefined) return learnt({ ...former, state: 'free' }, true);
    return { act: 'tell', kind: held };
  }
  const isForeign = told.home !== self;
  // An engine had lost it, and another node told what it remembered. What is known here of a lease stands beside that.
  const isUnsure = told.isVague || hasForgotten;
  if (isUnsure && lease !== undefined && held !== undefined && isNews(lease, told, isForeign))
    return { act: 'tell', kind: held };
  if (told.state === 'free') {
    if (lease?.state === 'bound' && !isForeign && former?.state !== 'bound') return { act: 'tell', kind: 'bound' };
    return held !== undefined || (lease?.state === 'offered' && isForeign) ? learnt(told, isForeign) : undefined;
  }
  if (lease?.state !== told.state || lease.client.key !== told.client.key) return learnt(told, isForeign);
  if (told.state === 'bound' && !isForeign && lease.until > told.until + A_SECOND)
    return { act: 'tell', kind: 'bound', ...(lease.isForeign ? { lease: { ...told, until: lease.until } } : {}) };
  const isKnown = told.by === self || Math.abs(lease.until - told.until) <= A_SECOND;
  const until = isKnown ? lease.until : told.until;
  return until !== lease.until || lease.isForeign !== isForeign ? learnt({ ...told, until }, isForeign) : undefined;
};

const learnt = (lease: SharedLease, isForeign: boolean): Learning => ({ act: 'learn', lease, isForeign });

/**
 * Whether the table knows of a lease what another node does not remember: that the address is not free, or for how long. Whose
 * it is only the node knows that gave it.
 */
const isNews = ({ state, client, until }: Lease, told: ToldLease, isForeign: boolean): boolean => {
  if (told.state === 'free') return true;
  if (told.client.key !== client.key) return !isForeign;
  return state === told.state ? state === 'bound' && until > told.until + A_SECOND : !isForeign && state === 'declined';
};

/**
 * What is written of a change. `written`: nothing more, the others know it. `taken`: another node gave the address to another
 * client. `over`: it is of no account any more.
 */
export type Telling = LeaseToTell | 'written' | 'taken' | 'over';

/** What is told of a change next. Notes in the change what it follows. */
export const telling = (
  change: LeaseChange,
  told: Mirrored<ToldLease> | undefined,
  lease: Lease | undefined,
  { self: by, now, hasForgotten, exists }: LeaseSurroundings,
): Telling => {
  const { kind } = change;
  const value = told?.value;
  if (kind === 'adopted')
    return value === undefined || value.state === 'free' || exists(value.home)
      ? 'over'
      : { ...value, home: by, by, isVague: false };
  if (lease === undefined || lease.state !== kind) return 'over';
  const { client, granted, until, relay, relayInformation, ended } = lease;
  const facts = { state: kind, client, granted, until, relay, relayInformation, ended, by };
  const isOwn = value?.home === by;
  const isAnybodys = value === undefined || isOwn || !exists(value.home);
  const isSameClient = value?.client.key === client.key;
  const follow = (more: Pick<LeaseToTell, 'home' | 'isVague'> & { readonly until?: Instant }): LeaseToTell => {
    change.wrote = told?.revision ?? 0;
    return { ...facts, ...more };
  };
  // What was told once stays certain: another node may have extended the lease as far as that.
  const latest = value?.state === kind && isSameClient ? instant(Math.max(until, value.until)) : until;
  const isUnsure = value !== undefined && (value.isVague || hasForgotten);
  if (isUnsure && kind !== 'free' && isNews(lease, value, !isOwn))
    return follow({ home: value.home, until: latest, isVague: !isOwn });
  // Another node has written since this one knew of the end.
  if (kind !== 'bound' && value !== undefined && value.by !== by && told?.revision !== change.revision) return 'over';
  if (kind === 'free') {
    if (value === undefined || value.state === 'free') return 'over';
    // It was told for longer than it lasted in the end, and another node may have extended it as far as that.
    if (ended === 'expired' && value.until > now + A_SECOND) return 'over';
    const mayEnd = isSameClient ? isAnybodys || ended !== 'expired' : isAnybodys && value.state === 'declined';
    return mayEnd ? { ...facts, home: value.home } : 'over';
  }
  if (kind === 'declined') {
    const mayTell = value === undefined || (value.state !== 'declined' && (isAnybodys || isSameClient));
    return mayTell ? { ...facts, home: value?.home ?? by } : 'over';
  }
  if (value?.state === 'bound' && isSameClient) {
    const isWritten = change.wrote !== undefined && change.wrote !== told?.revision && value.by === by;
    return isWritten && value.certain >= until ? 'written' : follow({ home: value.home, until: latest });
  }
  const isFree = value?.state !== 'bound' && (isAnybodys || lease.subnet.isReserved(lease.address));
  if (isOwn || isFree) return follow({ home: by });
  return 'taken';
};
