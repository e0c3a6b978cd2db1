// Device files, made when they are asked for and kept ready within a bound on octets; the one that was asked for longest
// ago leaves first. Each remembers what it was made from, so that a changed device is noticed when its file is asked for
// and in no other way: nobody can forget to tell us, and forty thousand devices cost nothing until they ask.

import type { FileFound } from '../core/files.js';
import { memoryContent } from '../core/files.js';
import type { DirectoryNumber } from '../core/identifiers.js';
import type { ConfiguredDevice } from '../devices/device.js';
import type { MadeFile } from './made-file.js';

/** A device's file, as an answer that any number of requests may share. */
export interface ReadyFile {
  readonly stamp: string;
  readonly answer: FileFound;
}

interface Kept extends ReadyFile {
  readonly configured: ConfiguredDevice;
  /** Of each line, whether another device has it too: the one thing in a file that comes from other devices. */
  readonly shared: readonly boolean[];
}

/** How a file is made; throws where it cannot be. */
export type Make = (device: ConfiguredDevice, shared: readonly boolean[]) => MadeFile;

export class MadeFiles {
  readonly #make: Make;
  readonly #isShared: (dn: DirectoryNumber) => boolean;
  readonly #limit: number;
  /** By device name, in the order of use. */
  readonly #kept = new Map<string, Kept>();
  #octets = 0;

  /** `isShared` says whether more than one device has a line of this number. */
  constructor(make: Make, isShared: (dn: DirectoryNumber) => boolean, limitOctets: number) {
    this.#make = make;
    this.#isShared = isShared;
    this.#limit = limitOctets;
  }

  get octets(): number {
    return this.#octets;
  }

  get size(): number {
    return this.#kept.size;
  }

  of(device: ConfiguredDevice): ReadyFile {
    const kept = this.#kept.get(device.name);
    if (kept === undefined || !this.#holds(kept, device)) return this.#makeAnew(device);
    this.#kept.delete(device.name);
    this.#kept.set(device.name, kept);
    return kept;
  }

  /** Whether a file is what would be made now. */
  #holds(kept: Kept, device: ConfiguredDevice): boolean {
    if (kept.configured !== device) return false;
    for (const [index, shared] of kept.shared.entries()) if (shared !== this.#sharedLine(device, index)) return false;
    return true;
  }

  /** Only SIP phones are told in their file; SCCP's holds no lines. */
  #sharedLine({ protocol, lines }: ConfiguredDevice, index: number): boolean {
    const line = protocol === 'SIP' ? lines[index] : undefined;
    return line !== undefined && this.#isShared(line.dn);
  }

  #makeAnew(device: ConfiguredDevice): ReadyFile {
    this.#forget(device.name);
    const shared = device.lines.map((_line, index) => this.#sharedLine(device, index));
    const { bytes, stamp } = this.#make(device, shared);
    const answer: FileFound = { found: true, content: memoryContent(bytes), device: device.name };
    const file = { configured: device, shared, stamp, answer };
    this.#kept.set(device.name, file);
    this.#octets += bytes.length;
    for (const oldest of this.#kept.keys()) {
      if (this.#octets <= this.#limit) break;
      this.#forget(oldest);
    }
    return file;
  }

  #forget(name: string): void {
    const kept = this.#kept.get(name);
    if (kept === undefined) return;
    this.#kept.delete(name);
    this.#octets -= kept.answer.content.size;
  }
}
