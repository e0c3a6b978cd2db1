// The trust lists and the certificate that a phone holds, and what it makes of lists and signed files
// (`docs/protocols/secure.md` §2.4, §3).

import { createHash, createPrivateKey, type KeyObject } from 'node:crypto';
import type { WallTime } from '../../core/time.js';
import type { TlsIdentity } from '../../net/ports.js';
import { isSignedBy, type SignerInfo } from '../../security/container.js';
import {
  decideList,
  type HeldLists,
  isTaken,
  type ListDecision,
  type ListKind,
  wantsSignedFiles,
} from '../../security/held-lists.js';
import { judge } from '../../security/judge.js';
import type { ReadCertificate } from '../../security/read-certificate.js';
import type { TrustListFile } from '../../security/trust-list.js';
import type { KeptTrust, TrustKeeper } from './trust-keeper.js';

/** Why a phone took a list: `vouched-by-tvs` beside what it decides by itself. */
export type TakenBy = ListDecision | 'vouched-by-tvs';

/** What a phone did with a list. `signer`: whom it would ask TVS about; absent: that would not help. */
export type ListOutcome =
  | { readonly taken: true; readonly decision: TakenBy; readonly signer: string; readonly isNew: boolean }
  | { readonly taken: false; readonly why: string; readonly signer?: SignerInfo };

/** What a phone did with a signed file. `signer`: as above. */
export type OpenedSigned =
  | { readonly plain: Buffer }
  | { readonly why: string; readonly signer?: SignerInfo; readonly isForAnotherKey?: true };

const REFUSALS: Readonly<
  Record<Exclude<ListDecision, 'on-faith' | 'signed-by-held-signer' | 'after-rollback'>, string>
> = {
  'only-through-tvs': 'signer not in the list that it holds',
  refused: 'signer not in the list that it holds',
  'bad-signature': 'its signature is not that of its signer',
};

/** Lists that phones of this process share: a fleet holds thousands of one list. The least recently used first. */
const shared = new Map<string, TrustListFile>();
const MOST_SHARED = 64;

/** A phone's trust store. It outlives boots, and with a keeper the process. Only `erase` empties it. */
export class TrustStore {
  #held: HeldLists = {};
  #issued: TlsIdentity | undefined;
  readonly #factory: TlsIdentity | undefined;
  readonly #keeper: TrustKeeper | undefined;
  #key: { readonly pem: string; readonly object: KeyObject } | undefined;

  /** `factory`: the certificate of the phone's maker. Reads nothing yet: see `restore`. */
  constructor({ factory, keeper }: { readonly factory?: TlsIdentity; readonly keeper?: TrustKeeper } = {}) {
    this.#factory = factory;
    this.#keeper = keeper;
  }

  get held(): HeldLists {
    return this.#held;
  }

  /** What CAPF issued (LSC); `undefined`: nothing. */
  get issued(): TlsIdentity | undefined {
    return this.#issued;
  }

  /** The certificate that the phone proves itself by, with its key: that of CAPF, else that of its factory. */
  get identity(): TlsIdentity | undefined {
    return this.#issued ?? this.#factory;
  }

  /** Whether it asks for signed files, and takes no others. */
  get wantsSigned(): boolean {
    return wantsSignedFiles(this.#held);
  }

  /** Reads what was kept. Returns it; `undefined`: nothing is kept, or nothing was. */
  restore(): KeptTrust | undefined {
    const kept = this.#keeper?.read();
    if (kept === undefined) return undefined;
    const { CTL, ITL } = kept.held;
    this.#held = {
      ...(CTL === undefined ? {} : { CTL: sharedList(CTL) }),
      ...(ITL === undefined ? {} : { ITL: sharedList(ITL) }),
    };
    this.#issued = kept.issued;
    return kept;
  }

  /** Takes what CAPF issued; `undefined`: it took it away. */
  issue(identity: TlsIdentity | undefined): void {
    this.#issued = identity;
    this.#keeper?.keepIssued(identity);
  }

  /** Notes a configuration that the phone has accepted, for its next start. */
  keepConfiguration(bytes: Buffer): void {
    this.#keeper?.keepConfiguration(bytes);
  }

  /**
   * Takes a list that came, or refuses it; then those that it holds stay. `vouched`: the certificate that TVS named for its signer, for
   * the signing of lists.
   */
  offer(kind: ListKind, bytes: Buffer, now: WallTime, vouched?: ReadCertificate): ListOutcome {
    const { verdict, detail, container, records } = judge(bytes, { now, name: kind });
    if (container === undefined || records === undefined || (verdict !== 'valid' && verdict !== 'no-signer'))
      return { taken: false, why: detail === '' ? 'it is no list' : detail };
    const offered = sharedList({ container, records });
    const decision = decideList(this.#held, offered);
    const isVouched =
      decision === 'only-through-tvs' && vouched !== undefined && isSignedBy(container, vouched.publicKey);
    if (!isTaken(decision) && !isVouched)
      return {
        taken: false,
        why: REFUSALS[decision as keyof typeof REFUSALS],
        ...(decision === 'only-through-tvs' ? { signer: container.signer } : {}),
      };
    const isNew = this.#held[kind] !== offered;
    this.#held = { ...this.#held, [kind]: offered };
    if (isNew) this.#keeper?.keepList(kind, bytes);
    return { taken: true, decision: isVouched ? 'vouched-by-tvs' : decision, signer: container.signer.name, isNew };
  }

  /**
   * Opens a signed or encrypted file by the keys of its lists, and its own. `why`: it does not trust it. `vouched`: the certificate that
   * TVS named for its signer, for the signing of files.
   */
  open(name: string, bytes: Buffer, now: WallTime, vouched?: ReadCertificate): OpenedSigned {
    const lists = [this.#held.CTL, this.#held.ITL].filter((list) => list !== undefined);
    const certificates = vouched === undefined ? [] : [vouched];
    const { verdict, detail, plain, container } = judge(bytes, { now, lists, certificates, name, key: this.#ownKey });
    if (verdict === 'no-signer' && container !== undefined) return { why: detail, signer: container.signer };
    if (verdict === 'wrong-key' || verdict === 'digest-mismatch') return { why: detail, isForAnotherKey: true };
    if (verdict !== 'valid') return { why: detail };
    return plain === undefined
      ? { why: 'it is encrypted, and the phone has no key', isForAnotherKey: true }
      : { plain };
  }

  /** As a user erases it in the menu of the phone. `certificate`: what CAPF issued goes, too, as on newer phones. */
  erase({ certificate = false }: { readonly certificate?: boolean } = {}): void {
    this.#held = {};
    this.#keeper?.dropLists();
    if (certificate) this.issue(undefined);
  }

  /** The private key that opens encrypted files. */
  get #ownKey(): KeyObject | undefined {
    const pem = this.identity?.key;
    if (pem === undefined) return undefined;
    if (this.#key?.pem !== pem) this.#key = { pem, object: createPrivateKey(pem) };
    return this.#key.object;
  }
}

const sharedList = (list: TrustListFile): TrustListFile => {
  const key = createHash('sha1').update(list.container.bytes).digest('base64');
  const known = shared.get(key) ?? list;
  shared.delete(key);
  shared.set(key, known);
  if (shared.size > MOST_SHARED) for (const oldest of shared.keys()) if (shared.delete(oldest)) break;
  return known;
};
