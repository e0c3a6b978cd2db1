// What a phone trusts, and by what it is trusted, as a test or a report sees it.

import { functionName, isEmptyRecord, type TrustListFile } from '../security/trust-list.js';
import type { TrustStore } from './boot/trust-store.js';

/** A trust list that a phone holds. */
export interface HeldTrustList {
  /** The distinguished name of its signer. */
  readonly signer: string;
  /** In the order of the list. `function`: `SAST`, `CCM+TFTP`… `isEmpty`: it names nobody, as lists do that give phones back. */
  readonly records: readonly { readonly function: string; readonly subject: string; readonly isEmpty: boolean }[];
}

/** Its lists and its certificate. */
export interface HeldTrust {
  /** `undefined`: it holds none. */
  readonly ctl: HeldTrustList | undefined;
  readonly itl: HeldTrustList | undefined;
  /** What CAPF issued, PEM; `undefined`: nothing. */
  readonly certificate: string | undefined;
}

/** What a trust store holds now. */
export const heldTrust = ({ held, issued }: TrustStore): HeldTrust => ({
  ctl: viewOf(held.CTL),
  itl: viewOf(held.ITL),
  certificate: issued?.certificate,
});

const viewOf = (list: TrustListFile | undefined): HeldTrustList | undefined =>
  list && {
    signer: list.container.signer.name,
    records: list.records.map((record) => ({
      function: functionName(record.function),
      subject: record.subject ?? '',
      isEmpty: isEmptyRecord(record),
    })),
  };
