// What a phone makes of a list that it is offered, by the lists that it holds (`docs/protocols/secure.md` §2.4, §2.7).

import { isSignedBy } from './container.js';
import {
  hasFunction,
  isEmptyRecord,
  keyOfRecord,
  LIST_FUNCTION,
  recordsOfSigner,
  SIGNS_FILES,
  SIGNS_LISTS,
  type TrustListFile,
} from './trust-list.js';

/** The kinds of lists, as their canonical file names have them. */
export const LIST_NAMES = { CTL: 'CTLFile.tlv', ITL: 'ITLFile.tlv' } as const;
export type ListKind = keyof typeof LIST_NAMES;

/** The kind of a list by its embedded name. `undefined`: it has no canonical name. */
export const kindOfList = ({ container }: TrustListFile): ListKind | undefined =>
  (['CTL', 'ITL'] as const).find((kind) => LIST_NAMES[kind] === container.fileName);

/** The lists that a phone holds. */
export interface HeldLists {
  readonly CTL?: TrustListFile | undefined;
  readonly ITL?: TrustListFile | undefined;
}

/** Why a phone takes a list, or does not. */
export type ListDecision =
  | 'on-faith'
  | 'signed-by-held-signer'
  | 'after-rollback'
  /** It would have to be vouched for by a TVS that the held list names. */
  | 'only-through-tvs'
  | 'refused'
  /** The signer is known, and the signature is not its. */
  | 'bad-signature';

/** Whether a phone that decides so takes the list by itself. */
export const isTaken = (decision: ListDecision): boolean =>
  decision === 'on-faith' || decision === 'signed-by-held-signer' || decision === 'after-rollback';

/** Decides about a list that was read. On faith it still has to be signed by one of its own signers. */
export const decideList = (held: HeldLists, offered: TrustListFile): ListDecision => {
  const all = [held.CTL, held.ITL].filter((list) => list !== undefined);
  if (all.length === 0) return isSignedByItself(offered) ? 'on-faith' : 'bad-signature';
  const known = all.flatMap(({ records }) => recordsOfSigner(records, offered.container.signer, SIGNS_LISTS));
  if (known.length > 0) {
    const isGood = known.some((record) => {
      const key = keyOfRecord(record);
      return key !== undefined && isSignedBy(offered.container, key);
    });
    return isGood ? 'signed-by-held-signer' : 'bad-signature';
  }
  // The empty list frees of the ITL alone: a CTL that is held must still vouch.
  if (held.CTL === undefined && held.ITL !== undefined && isRollbackList(held.ITL) && kindOfList(offered) === 'ITL')
    return isSignedByItself(offered) ? 'after-rollback' : 'bad-signature';
  return held.ITL !== undefined && hasFunction(held.ITL, [LIST_FUNCTION.TVS]) ? 'only-through-tvs' : 'refused';
};

/** Whether a signer among the list's own records signed it. */
export const isSignedByItself = ({ container, records }: TrustListFile): boolean =>
  recordsOfSigner(records, container.signer, SIGNS_LISTS).some((record) => {
    const key = keyOfRecord(record);
    return key !== undefined && isSignedBy(container, key);
  });

/** Whether a list gives phones back: it has records for files and for TVS, and nobody in them. */
export const isRollbackList = ({ records }: TrustListFile): boolean => {
  const freeing: readonly number[] = [...SIGNS_FILES, LIST_FUNCTION.TVS];
  const concerned = records.filter((record) => freeing.includes(record.function));
  return concerned.length > 0 && concerned.every(isEmptyRecord);
};

/** Whether a phone that holds these lists asks for signed files, and refuses others. */
export const wantsSignedFiles = ({ CTL, ITL }: HeldLists): boolean =>
  [CTL, ITL].some((list) => list !== undefined && hasFunction(list, SIGNS_FILES));
