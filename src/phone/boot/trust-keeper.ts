// What a phone keeps over the end of the process: its lists, what CAPF issued, and its last configuration, as files of its own folder.

import { createPrivateKey, X509Certificate } from 'node:crypto';
import type { WallTime } from '../../core/time.js';
import type { KeptFolder, TlsIdentity } from '../../net/ports.js';
import { type HeldLists, LIST_NAMES, type ListKind } from '../../security/held-lists.js';
import { judge } from '../../security/judge.js';
import type { TrustListFile } from '../../security/trust-list.js';

/** What was kept. */
export interface KeptTrust {
  readonly held: HeldLists;
  readonly issued: TlsIdentity | undefined;
  /** The last configuration that the phone accepted, as plain text. */
  readonly configuration: Buffer | undefined;
}

/** The certificate and its key in one file, so that both are of one time. */
const ISSUED = 'lsc.pem';
const CONFIGURATION = 'configuration.xml';
/** All that is read, written or removed. What else is in the folder is somebody else's. */
const FILES = [...Object.values(LIST_NAMES), ISSUED, CONFIGURATION];

const CERTIFICATE = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----\n?/;
const KEY = /-----BEGIN PRIVATE KEY-----[^-]+-----END PRIVATE KEY-----\n?/;

/** A part of a folder that cannot be used: the file, and why. */
class DamagedFile extends Error {
  constructor(file: string, why: string) {
    super(`${file}: ${why}`);
  }
}

/** Keeps the trust store of one phone. What goes wrong with the disk is told, and the phone goes on without. */
export class TrustKeeper {
  readonly #folder: KeptFolder;
  readonly #device: string;
  readonly #now: () => WallTime;
  readonly #onFault: (why: string) => void;
  /** One of its files is damaged: all of them go when something is kept. */
  #isDamaged = false;

  /** `onFault`: told why what was kept cannot be used, or why something cannot be kept. */
  constructor(folder: KeptFolder, device: string, now: () => WallTime, onFault: (why: string) => void) {
    this.#folder = folder;
    // Names of devices are the same in any case.
    this.#device = device.toUpperCase();
    this.#now = now;
    this.#onFault = onFault;
  }

  /** Reads what was kept. `undefined`: nothing, or something that is damaged; the whole counts as empty then. Never throws. */
  read(): KeptTrust | undefined {
    try {
      const files = this.#folder.read(this.#device, FILES);
      return files.size === 0 ? undefined : keptIn(files, this.#now());
    } catch (error) {
      this.#isDamaged = error instanceof DamagedFile;
      this.#onFault(`${textOf(error)}; it counts as empty`);
      return undefined;
    }
  }

  keepList(kind: ListKind, bytes: Buffer): void {
    this.#write(LIST_NAMES[kind], bytes);
  }

  keepIssued(identity: TlsIdentity | undefined): void {
    // The key comes first: no file that begins with one is ever served.
    this.#write(ISSUED, identity && Buffer.from(`${identity.key.trim()}\n${identity.certificate.trim()}\n`, 'latin1'));
  }

  keepConfiguration(bytes: Buffer): void {
    this.#write(CONFIGURATION, bytes);
  }

  dropLists(): void {
    for (const name of Object.values(LIST_NAMES)) this.#write(name, undefined);
  }

  #write(name: string, content: Buffer | undefined): void {
    try {
      if (this.#isDamaged) for (const file of FILES) this.#folder.remove(this.#device, file);
      this.#isDamaged = false;
      if (content === undefined) this.#folder.remove(this.#device, name);
      else this.#folder.write(this.#device, name, content);
    } catch (error) {
      this.#onFault(`${name} cannot be kept: ${textOf(error)}`);
    }
  }
}

const textOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/** Throws a `DamagedFile`. */
const keptIn = (files: ReadonlyMap<string, Buffer>, now: WallTime): KeptTrust => ({
  held: {
    CTL: listIn('CTL', files.get(LIST_NAMES.CTL), now),
    ITL: listIn('ITL', files.get(LIST_NAMES.ITL), now),
  },
  issued: issuedIn(files.get(ISSUED)),
  configuration: files.get(CONFIGURATION),
});

const listIn = (kind: ListKind, bytes: Buffer | undefined, now: WallTime): TrustListFile | undefined => {
  if (bytes === undefined) return undefined;
  const { verdict, detail, container, records } = judge(bytes, { now, name: kind });
  if (container === undefined || records === undefined || (verdict !== 'valid' && verdict !== 'no-signer'))
    throw new DamagedFile(LIST_NAMES[kind], detail === '' ? 'it is no list' : detail);
  return { container, records };
};

const issuedIn = (bytes: Buffer | undefined): TlsIdentity | undefined => {
  if (bytes === undefined) return undefined;
  const text = bytes.toString('latin1');
  const [[certificate] = [], [key] = []] = [CERTIFICATE.exec(text) ?? [], KEY.exec(text) ?? []];
  if (certificate === undefined || key === undefined)
    throw new DamagedFile(ISSUED, 'a certificate and its private key are wanted, both PEM');
  try {
    if (new X509Certificate(certificate).checkPrivateKey(createPrivateKey(key))) return { certificate, key };
  } catch (error) {
    throw new DamagedFile(ISSUED, textOf(error));
  }
  throw new DamagedFile(ISSUED, 'the key is not that of the certificate');
};
