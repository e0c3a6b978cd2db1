// The events of the file catalogue: the steps to an answer as CUCM's TFTP service traces them (`provisioning.md` §3.3).

import type { FileRequestContext } from '../core/files.js';
import type { DeviceName } from '../core/identifiers.js';
import type { Instant } from '../core/time.js';

interface Step {
  readonly at: Instant;
  readonly context: FileRequestContext;
}

/** A name that is looked up in the database rather than on disk was recognised. */
export interface FileDynamic extends Step {
  readonly type: 'file.dynamic';
  /** As asked for. */
  readonly file: string;
  readonly kind: 'ctl' | 'itl' | 'config' | 'default' | 'softkeys' | 'dialrules' | 'featurepolicy' | 'ringlist';
}

/**
 * A per-device trust list: its name was taken apart. `search` is what the device is looked for by, e.g. `005056A1033D`.
 */
export interface TrustListSearch extends Step {
  readonly type: 'file.trust-list-search';
  readonly list: 'CTL' | 'ITL';
  readonly file: string;
  readonly search: string;
}

/** The device cache was asked. `found` is the device's own file, `undefined` when there is no such device. */
export interface FindMatching extends Step {
  readonly type: 'file.find-matching';
  /** Upper-cased. */
  readonly key: string;
  readonly found: string | undefined;
}

/** The device of a trust list request exists; its list is an alias of the cluster's. */
export interface TrustListMatch extends Step {
  readonly type: 'file.trust-list-match';
  readonly list: 'CTL' | 'ITL';
  /** The stored device name without SEP. */
  readonly match: string;
  /** `CTLFile.tlv` or `ITLFile.tlv`. */
  readonly serving: string;
}

/**
 * A name that must not be looked up at all: traversal, drive letter, control characters. Answered like a missing file.
 */
export interface FileForbidden extends Step {
  readonly type: 'file.forbidden';
  readonly file: string;
  readonly reason: string;
}

/** A file was made from the database. */
export interface FileBuilt {
  readonly type: 'file.built';
  readonly at: Instant;
  readonly file: string;
  readonly octets: number;
  readonly versionStamp: string;
  readonly device?: string;
}

/** A file could not be made or read although it should exist. */
export interface FileBroken {
  readonly type: 'file.broken';
  readonly at: Instant;
  /** Absent: no phone asked for it. */
  readonly context?: FileRequestContext;
  readonly file: string;
  readonly detail: string;
}

/**
 * A device whose configuration is encrypted did not get it. `asked-in-clear`: its phone asked for the plain file, as phones without a trust
 * list do. `no-certificate`: no certificate of the phone is known yet. `elliptic-key`: the one that is known has such a key, or an RSA key of fewer than 1024 bits.
 */
export interface FileWithheld extends Step {
  readonly type: 'file.withheld';
  /** As asked for. */
  readonly file: string;
  readonly device: DeviceName;
  readonly why: 'asked-in-clear' | 'no-certificate' | 'elliptic-key';
}

/**
 * The cluster's trust list was made for the first time, or has another content than before. Phones that hold one take it if they know
 * its signer.
 */
export interface TrustListMade {
  readonly type: 'file.trust-list-made';
  readonly at: Instant;
  /** `CTLFile.tlv` or `ITLFile.tlv`. */
  readonly file: string;
  readonly octets: number;
  /** SHA-1 of the whole list, as phones show it. */
  readonly fingerprint: string;
  /** The distinguished name of the signer. */
  readonly signer: string;
  /** The functions of its records, in their order. */
  readonly functions: readonly string[];
}

/** A phone fetched the present list of the cluster completely, for the first time. It refuses other call managers from now on, if it had no list. */
export interface TrustListTaken {
  readonly type: 'file.trust-list-taken';
  readonly at: Instant;
  readonly device: string;
  /** `CTLFile.tlv` or `ITLFile.tlv`. */
  readonly file: string;
  /** SHA-1 of the whole list, as phones show it. */
  readonly fingerprint: string;
}

/** Every event of the files for phones. */
export type ProvisioningEvent =
  | FileDynamic
  | TrustListSearch
  | FindMatching
  | TrustListMatch
  | FileForbidden
  | FileBuilt
  | FileBroken
  | FileWithheld
  | TrustListMade
  | TrustListTaken;
