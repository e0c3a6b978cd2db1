// The trust lists that a phone holds, and what it makes of lists and signed files (`docs/protocols/secure.md` §2.4, §3).

import { createHash, type KeyObject } from 'node:crypto';
import type { WallTime } from '../../core/time.js';
import {
  decideList,
  type HeldLists,
  isTaken,
  type ListDecision,
  type ListKind,
  wantsSignedFiles,
} from '../../security/held-lists.js';
import { judge } from '../../security/judge.js';
import type { TrustListFile } from '../../security/trust-list.js';

/** What a phone did with a list. */
export type ListOutcome =
  | { readonly taken: true; readonly decision: ListDecision; readonly signer: string; readonly isNew: boolean }
  | { readonly taken: false; readonly why: string };

const REFUSALS: Readonly<
  Record<Exclude<ListDecision, 'on-faith' | 'signed-by-held-signer' | 'after-rollback'>, string>
> = {
  'only-through-tvs': 'signer not in the list that it holds, and no TVS vouches for it',
  refused: 'signer not in the list that it holds',
  'bad-signature': 'its signature is not that of its signer',
};

/** Lists that phones of this process share: a fleet holds thousands of one list. The least recently used first. */
const shared = new Map<string, TrustListFile>();
const MOST_SHARED = 64;

/** A phone's trust store. It outlives boots, and ends only by `erase`. */
export class TrustStore {
  #held: HeldLists = {};
  /** The private key of its own certificate, which opens encrypted files. `undefined`: it has none. */
  key: KeyObject | undefined;

  get held(): HeldLists {
    return this.#held;
  }

  /** Whether it asks for signed files, and takes no others. */
  get wantsSigned(): boolean {
    return wantsSignedFiles(this.#held);
  }

  /** Takes a list that came, or refuses it; then those that it holds stay. */
  offer(kind: ListKind, bytes: Buffer, now: WallTime): ListOutcome {
    const { verdict, detail, container, records } = judge(bytes, { now, name: kind });
    if (container === undefined || records === undefined || (verdict !== 'valid' && verdict !== 'no-signer'))
      return { taken: false, why: detail === '' ? 'it is no list' : detail };
    const offered = sharedList(bytes, { container, records });
    const decision = decideList(this.#held, offered);
    if (!isTaken(decision)) return { taken: false, why: REFUSALS[decision as keyof typeof REFUSALS] };
    const isNew = this.#held[kind] !== offered;
    this.#held = { ...this.#held, [kind]: offered };
    return { taken: true, decision, signer: container.signer.name, isNew };
  }

  /** Opens a signed or encrypted file by the keys of its lists, and its own. `why`: it does not trust it. */
  open(name: string, bytes: Buffer, now: WallTime): { readonly plain: Buffer } | { readonly why: string } {
    const lists = [this.#held.CTL, this.#held.ITL].filter((list) => list !== undefined);
    const { verdict, detail, plain } = judge(bytes, { now, lists, name, key: this.key });
    if (verdict !== 'valid') return { why: detail };
    return plain === undefined ? { why: 'it is encrypted, and the phone has no key' } : { plain };
  }

  /** As a user erases it in the menu of the phone. */
  erase(): void {
    this.#held = {};
  }
}

const sharedList = (bytes: Buffer, list: TrustListFile): TrustListFile => {
  const key = createHash('sha1').update(bytes).digest('base64');
  const known = shared.get(key) ?? list;
  shared.delete(key);
  shared.set(key, known);
  if (shared.size > MOST_SHARED) for (const oldest of shared.keys()) if (shared.delete(oldest)) break;
  return known;
};
