// Which phone has fetched which trust list of this cluster: `state/trust/taken.jsonl`. A phone that holds one refuses other call
// managers, and one that misses a change of the signer is lost (`docs/protocols/secure.md` §2.5).

import { join } from 'node:path';
import type { Degradations } from '../core/degradations.js';
import { parseDeviceName } from '../core/identifiers.js';
import { AppendedFile } from '../net/files/append-only-file.js';
import { LIST_NAMES, type ListKind } from '../security/held-lists.js';

/** The last list of a kind that a phone fetched completely. */
export interface TakenList {
  readonly device: string;
  readonly kind: ListKind;
  /** SHA-1 of the list, in hexadecimal. */
  readonly fingerprint: string;
}

const FILE = 'taken.jsonl';
const PART = 'trust lists that phones have';

/** Phones that nobody configured are remembered up to this number. */
const MOST_UNKNOWN = 1_024;

/** The phones and their lists, on disk. */
export class TakenLists {
  /** Not synced line by line: thousands of phones may fetch a list in one minute. */
  readonly #file: AppendedFile;
  readonly #degradations: Degradations | undefined;
  /** By kind and device in capitals. */
  readonly #taken = new Map<string, TakenList>();
  #unknown = 0;

  /** Reads what there is. Without `degradations` nothing is to be written. */
  constructor(directory: string, degradations?: Degradations) {
    this.#file = new AppendedFile(join(directory, FILE), undefined, 0o600);
    this.#degradations = degradations;
    const pieces = [...this.#file.read()].map((piece) => piece.toString('latin1'));
    for (const line of pieces.join('').split('\n')) {
      const entry = parseEntry(line);
      if (entry !== undefined) this.#taken.set(keyOf(entry), entry);
    }
  }

  close(): void {
    this.#file.close();
  }

  all(): Iterable<TakenList> {
    return this.#taken.values();
  }

  find(kind: ListKind, device: string): TakenList | undefined {
    return this.#taken.get(keyOf({ kind, device }));
  }

  /** Takes a note; false if it is noted already, or if too many phones are that nobody configured. */
  remember(entry: TakenList, isConfigured: boolean): boolean {
    const known = this.find(entry.kind, entry.device);
    if (known?.fingerprint === entry.fingerprint) return false;
    if (known === undefined && !isConfigured) {
      if (this.#unknown >= MOST_UNKNOWN) return false;
      this.#unknown += 1;
    }
    try {
      this.#file.append(Buffer.from(`${JSON.stringify(entry)}\n`, 'latin1'));
      this.#degradations?.end(PART);
    } catch (error) {
      this.#degradations?.begin(PART, `${(error as Error).message}; after a restart labcm does not know of them`);
    }
    this.#taken.set(keyOf(entry), entry);
    return true;
  }
}

const keyOf = ({ kind, device }: Pick<TakenList, 'kind' | 'device'>): string => `${kind} ${device.toUpperCase()}`;

const parseEntry = (line: string): TakenList | undefined => {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    return undefined;
  }
  if (typeof value !== 'object' || value === null) return undefined;
  const { device, kind, fingerprint } = value as Record<string, unknown>;
  const name = typeof device === 'string' ? parseDeviceName(device) : undefined;
  if (name === undefined || typeof fingerprint !== 'string' || (kind !== 'CTL' && kind !== 'ITL')) return undefined;
  return { device: name, kind, fingerprint };
};

/** The list and the phone of a name such as `ITLSEP001122334455.tlv`. `undefined`: it is of no phone. */
export const listRequest = (file: string): { readonly kind: ListKind; readonly device: string } | undefined => {
  const [, list, name = ''] = /^(CTL|ITL)([^/]+)\.tlv$/i.exec(file) ?? [];
  const kind = list?.toUpperCase() as ListKind | undefined;
  const device = parseDeviceName(name);
  if (kind === undefined || device === undefined) return undefined;
  return `${kind}${name}.tlv`.toUpperCase() === LIST_NAMES[kind].toUpperCase() ? undefined : { kind, device };
};
