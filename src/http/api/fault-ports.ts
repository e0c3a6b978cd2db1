// What the API hands to the daemon for faults that it makes on purpose, and what comes back.

import type { Instant } from '../../core/time.js';
import type { FaultRuleJson } from './fault-shapes.js';
import type { WriteFault } from './shapes.js';

/** A rule for faults, and what became of it. */
export interface ApiFault {
  readonly id: string;
  /** Its keys as people write them. */
  readonly rule: Omit<FaultRuleJson, 'id'>;
  readonly says: string;
  readonly by: string;
  readonly state: 'waiting' | 'on' | 'over';
  readonly matched: number;
  readonly injected: number;
  readonly addedAt: Instant;
  readonly startsAt: Instant;
  readonly endsAt: Instant | undefined;
  readonly lastAt: Instant | undefined;
}

/** The rules for faults. */
export interface FaultsView {
  /** In the order in which they were added. */
  all(): readonly ApiFault[];
  /**
   * Checks a rule and adds it. `exists`: another one has its id. `too-many`: there is no room for more. `from`: the address that
   * asked for it; absent: no client of the API did.
   */
  add(
    value: unknown,
    by: 'api' | 'cli',
    from?: string,
  ): { readonly added: ApiFault } | { readonly faults: readonly WriteFault[] } | 'exists' | 'too-many';
  /** Takes one away, and returns it as it was last; `undefined`: there is none. */
  clear(id: string, from?: string): ApiFault | undefined;
  /** Takes all away, and returns how many there were. */
  clearAll(from?: string): number;
}
