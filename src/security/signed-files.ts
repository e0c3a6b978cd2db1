import { createHash } from 'node:crypto';
import { encryptFile } from './encrypt-file.js';
import type { ReadCertificate } from './read-certificate.js';
import { type ContainerSigner, writeContainer } from './write-container.js';

/** Octets of files that are kept, so that they need not be signed again. */
const KEPT_OCTETS = 16_777_216;

interface Kept {
  /** The hash of what was signed. */
  readonly hash: string;
  readonly bytes: Buffer;
}

/**
 * Signs and encrypts files for phones (`docs/protocols/secure.md` §3, §4). The same name and content give the same signed octets after
 * every start, too, since all carry one time: when the key of the signer was made. An encrypted file has a fresh key for each content,
 * and is the same as long as it is kept. Files are kept up to a limit of octets, the least recently used is dropped first.
 */
export class SignedFiles {
  readonly #signer: ContainerSigner;
  readonly #timestamp: number;
  /** By name, the least recently used first. */
  readonly #kept = new Map<string, Kept>();
  #octets = 0;

  /** `timestamp`: seconds since the Unix epoch. */
  constructor(signer: ContainerSigner, timestamp: number) {
    this.#signer = signer;
    this.#timestamp = timestamp;
  }

  get octets(): number {
    return this.#octets;
  }

  /** The signed form of a file. `name`: as the phone asks for it, with `.sgn`. */
  sign(name: string, plain: Buffer): Buffer {
    return this.#once(name, plain, () =>
      writeContainer({ version: [1, 0], fileName: name, timestamp: this.#timestamp, body: plain }, this.#signer),
    );
  }

  /** The encrypted form of a file. `name`: as the phone asks for it, with `.enc.sgn`. */
  encrypt(name: string, plain: Buffer, recipient: ReadCertificate): Buffer {
    return this.#once(name, Buffer.concat([recipient.der, plain]), () =>
      encryptFile({ name, plain, recipient, signer: this.#signer, timestamp: this.#timestamp }),
    );
  }

  #once(name: string, content: Buffer, make: () => Buffer): Buffer {
    const hash = createHash('sha256').update(content).digest('base64');
    const known = this.#kept.get(name);
    this.#drop(name);
    const bytes = known?.hash === hash ? known.bytes : make();
    this.#kept.set(name, { hash, bytes });
    this.#octets += bytes.length;
    for (const oldest of this.#kept.keys()) {
      if (this.#octets <= KEPT_OCTETS) break;
      this.#drop(oldest);
    }
    return bytes;
  }

  #drop(name: string): void {
    this.#octets -= this.#kept.get(name)?.bytes.length ?? 0;
    this.#kept.delete(name);
  }
}
