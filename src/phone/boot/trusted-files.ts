// In which form a phone asks for a file, and what it makes of what comes (`docs/protocols/secure.md` §3, §4.2, §10): plain without a
// list, signed with one, encrypted where what is signed says so, and over HTTPS as plain text.

import type { WallTime } from '../../core/time.js';
import { SERVING_FUNCTIONS } from '../../security/server-certificates.js';
import { LIST_FUNCTION } from '../../security/trust-list.js';
import type { PublishStep } from '../steps.js';
import { readDeviceFile } from './device-file.js';
import type { FileFamily } from './file-sequence.js';
import type { PhoneSecurity } from './phone-security.js';
import type { FileOutcome } from './tftp-client.js';
import type { ListOutcome, OpenedSigned } from './trust-store.js';

/** `untrusted`: it came, and the phone does not trust who signed it. */
export type TrustedOutcome = FileOutcome | { readonly kind: 'untrusted'; readonly why: string };

/** What `TrustedFiles` needs. */
export interface TrustedFilesOptions {
  readonly security: Pick<
    PhoneSecurity,
    'trust' | 'wantsHttps' | 'certificateHash' | 'hadEncrypted' | 'enrol' | 'vouchSigner'
  >;
  /** Fetches one file by its name. `expected`: a refusal is no fault. */
  readonly fetch: (name: string, expected: boolean) => Promise<FileOutcome>;
  /** The device name. */
  readonly device: string;
  /** The same over HTTPS; absent: the phone never asks there. */
  readonly fetchSecurely?: ((name: string, expected: boolean) => Promise<FileOutcome>) | undefined;
  /** When it asks there for its configuration. */
  readonly https: FileFamily['https'];
  readonly now: () => WallTime;
  /** Whether it asks for the encrypted form first, once it had one. */
  readonly encryptedFirst: boolean;
  readonly publish: PublishStep;
}

/** What is signed says that the configuration is encrypted (`docs/protocols/secure.md` §4.2). */
const STUB = /<fullConfig>\s*false[\s\S]*<encrConfig>\s*true/i;

/** The files of one boot. */
export class TrustedFiles {
  readonly #options: TrustedFilesOptions;

  constructor(options: TrustedFilesOptions) {
    this.#options = options;
  }

  /** A file that is no configuration. */
  async file(name: string): Promise<TrustedOutcome> {
    const { security, fetch } = this.#options;
    return security.trust.wantsSigned ? this.#signed(`${name}.sgn`) : fetch(name, false);
  }

  /** A configuration: over HTTPS, encrypted, signed or plain, as the phone holds lists. */
  async configuration(name: string): Promise<TrustedOutcome> {
    const { security, fetch, encryptedFirst, publish } = this.#options;
    const plain = await this.#overHttps(name);
    if (plain !== undefined) return plain;
    if (!security.trust.wantsSigned) return fetch(name, false);
    if (encryptedFirst && security.hadEncrypted) {
      const first = await this.#signed(`${name}.enc.sgn`);
      if (first.kind !== 'refused') return first;
    }
    const signed = await this.#signed(`${name}.sgn`);
    if (signed.kind !== 'fetched' || !STUB.test(signed.bytes.toString('latin1'))) {
      if (signed.kind === 'fetched') security.hadEncrypted = false;
      return signed;
    }
    const stub = readDeviceFile(signed.bytes);
    if ('fault' in stub) {
      publish('phone.misconfigured', { file: `${name}.sgn`, why: stub.fault });
      return { kind: 'untrusted', why: stub.fault };
    }
    const { security: said } = stub.file;
    // Without a certificate that the server knows it goes to CAPF first.
    if (said.certHash === '' || said.certHash !== security.certificateHash)
      await security.enrol(said, { isForced: true });
    const before = security.certificateHash;
    if (before === '') {
      const why = 'it is encrypted, and the phone has no certificate that the server knows';
      publish('phone.file-untrusted', { file: `${name}.sgn`, why });
      return { kind: 'untrusted', why };
    }
    const encrypted = await this.#signed(`${name}.enc.sgn`);
    if (encrypted.kind !== 'untrusted' || !encrypted.isForAnotherKey) return encrypted;
    await security.enrol(said, { isForced: true });
    return security.certificateHash === before ? encrypted : this.#signed(`${name}.enc.sgn`);
  }

  /** `ITLSEP….tlv` and `ITLFile.tlv` are the same list. */
  async list(name: string): Promise<FileOutcome> {
    const { security, fetch, now, publish } = this.#options;
    const { trust } = security;
    const outcome = await fetch(name, true);
    if (outcome.kind !== 'fetched') return outcome;
    const kind = name.startsWith('CTL') ? 'CTL' : 'ITL';
    let offered: ListOutcome = trust.offer(kind, outcome.bytes, now());
    if (!offered.taken && offered.signer !== undefined) {
      const vouched = await security.vouchSigner(offered.signer, [LIST_FUNCTION.SAST]);
      offered =
        vouched.why === undefined
          ? trust.offer(kind, outcome.bytes, now(), vouched.certificate)
          : { taken: false, why: `${offered.why}, and ${vouched.why}` };
    }
    if (!offered.taken) publish('phone.trust-refused', { file: name, why: offered.why });
    else if (offered.isNew) {
      const { signer, decision } = offered;
      publish('phone.trust-taken', {
        file: name,
        ...{ signer, onFaith: decision === 'on-faith', byTvs: decision === 'vouched-by-tvs' },
      });
    }
    return outcome;
  }

  /** Its own configuration. `undefined`: it does not ask there, or gets nothing that it can use; then it asks on the usual port. */
  async #overHttps(name: string): Promise<FileOutcome | undefined> {
    const { security, fetchSecurely, device, https, publish } = this.#options;
    if (fetchSecurely === undefined || name !== `${device}.cnf.xml`) return undefined;
    if (https === 'listed') {
      if (!security.wantsHttps) return undefined;
      // What it is for is not known; phones ask for it, and servers have none.
      const unknown = await fetchSecurely(`ext_ITL${device}.tlv`, true);
      if (unknown.kind === 'missed') return undefined;
    }
    const asked = security.trust.wantsSigned ? `${name}.sgn` : name;
    const outcome = await fetchSecurely(asked, false);
    if (outcome.kind !== 'fetched') return undefined;
    const read = readDeviceFile(outcome.bytes);
    if (!('fault' in read)) return outcome;
    publish('phone.misconfigured', { file: asked, why: read.fault });
    return undefined;
  }

  /** A file by the name of its signed form, opened. */
  async #signed(name: string): Promise<TrustedOutcome & { readonly isForAnotherKey?: boolean }> {
    const { security, fetch, now, publish } = this.#options;
    const outcome = await fetch(name, false);
    if (outcome.kind !== 'fetched') return outcome;
    let opened: OpenedSigned = security.trust.open(name, outcome.bytes, now());
    if ('why' in opened && opened.signer !== undefined) {
      const vouched = await security.vouchSigner(opened.signer, SERVING_FUNCTIONS.files);
      opened =
        vouched.why === undefined
          ? security.trust.open(name, outcome.bytes, now(), vouched.certificate)
          : { why: `${opened.why}, and ${vouched.why}` };
    }
    if ('plain' in opened) {
      if (name.endsWith('.enc.sgn')) security.hadEncrypted = true;
      return { kind: 'fetched', bytes: opened.plain };
    }
    publish('phone.file-untrusted', { file: name, why: opened.why });
    return { kind: 'untrusted', why: opened.why, isForAnotherKey: opened.isForAnotherKey === true };
  }
}
