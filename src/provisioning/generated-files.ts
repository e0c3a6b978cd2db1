// Files that are generated rather than read: their shape, the version stamp in them, and the cache of device files.

import type { FileFound } from '../core/files.js';
import { memoryContent } from '../core/files.js';
import type { DeviceName, DirectoryNumber } from '../core/identifiers.js';
import { nameUuid } from '../core/uuid.js';
import type { ConfiguredDevice } from '../devices/device.js';
import { type DeviceEnrolment, NOT_ENROLLED } from './file-security.js';

/** A file that was made from the configuration. */
export interface GeneratedFile {
  readonly bytes: Buffer;
  /** The version stamp in it; empty: it has none. */
  readonly stamp: string;
}

/** The version stamp of each file that a phone was given; empty: it was given none. */
export interface VersionStamps {
  readonly config: string;
  readonly dialplan: string;
  readonly softkey: string;
  readonly featureControl: string;
}

const FIRST_SECOND = 1_262_304_000; // 2010-01-01: the seconds look like a date and carry a part of the hash
const SECONDS = 2 ** 28;

/**
 * The version stamp of a content: `<unix seconds>-<uuid>`, as CUCM has written it since 5.x. A phone compares it to see
 * whether a file has changed. It is made from the content alone, so that it changes if and only if the content does,
 * and a restart of the daemon does not look like a change.
 */
export const versionStamp = (...content: readonly string[]): string => {
  const uuid = nameUuid('content', ...content);
  return `${FIRST_SECOND + (Number.parseInt(uuid.slice(0, 8), 16) % SECONDS)}-${uuid}`;
};

const STAMP = /<versionStamp>\s*([^<]{1,128}?)\s*<\/versionStamp>/;

/** The version stamp that the owner wrote into a file in `tftp-root/`; empty: none. */
export const versionStampIn = (text: string): string => STAMP.exec(text)?.[1] ?? '';

/** A device's file as an answer that any number of requests may share. */
export interface CachedFile {
  readonly stamp: string;
  readonly answer: FileFound;
}

interface CacheEntry extends CachedFile {
  /** The configuration that the file was made from. */
  readonly configured: ConfiguredDevice;
  /** For each line, whether another device has it too: the only content of a file that comes from other devices. */
  readonly shared: readonly boolean[];
  readonly enrolment: DeviceEnrolment;
}

/** Makes a device's file. Throws if a value cannot be written. */
export type GenerateFile = (
  device: ConfiguredDevice,
  shared: readonly boolean[],
  enrolment: DeviceEnrolment,
) => GeneratedFile;

/** What a device has from CAPF. */
export type EnrolmentOf = (device: DeviceName) => DeviceEnrolment;

/**
 * The device files that were made, up to a limit of octets; the least recently used one is dropped first.
 *
 * A file is made when it is first requested. Each entry remembers the configuration object that it was made from, and a
 * request compares it with the present one. So nobody has to report a changed device, and forty thousand devices cost
 * nothing until they ask (`src/README.md` decision 7).
 */
export class GeneratedFileCache {
  readonly #generate: GenerateFile;
  readonly #isShared: (dn: DirectoryNumber) => boolean;
  readonly #limit: number;
  readonly #enrolmentOf: EnrolmentOf;
  /** By device name, the least recently used first. */
  readonly #entries = new Map<string, CacheEntry>();
  #octets = 0;

  /** `isShared` says whether more than one device has a line of this number. */
  constructor(
    generate: GenerateFile,
    isShared: (dn: DirectoryNumber) => boolean,
    limitOctets: number,
    enrolmentOf: EnrolmentOf = () => NOT_ENROLLED,
  ) {
    this.#generate = generate;
    this.#isShared = isShared;
    this.#limit = limitOctets;
    this.#enrolmentOf = enrolmentOf;
  }

  get octets(): number {
    return this.#octets;
  }

  get size(): number {
    return this.#entries.size;
  }

  /** The device's present file. Throws if a value of the device cannot be written. */
  get(device: ConfiguredDevice): CachedFile {
    const entry = this.#entries.get(device.name);
    if (entry === undefined || !this.#isCurrent(entry, device)) return this.#add(device);
    this.#entries.delete(device.name);
    this.#entries.set(device.name, entry);
    return entry;
  }

  /** Whether a file made now would be the same. */
  #isCurrent(entry: CacheEntry, device: ConfiguredDevice): boolean {
    if (entry.configured !== device || entry.enrolment !== this.#enrolmentOf(device.name)) return false;
    for (const [index, shared] of entry.shared.entries())
      if (shared !== this.#isSharedLine(device, index)) return false;
    return true;
  }

  /** Only the files of SIP phones say which lines are shared; those of SCCP phones hold no lines. */
  #isSharedLine({ protocol, lines }: ConfiguredDevice, index: number): boolean {
    const line = protocol === 'SIP' ? lines[index] : undefined;
    return line !== undefined && this.#isShared(line.dn);
  }

  #add(device: ConfiguredDevice): CachedFile {
    this.#remove(device.name);
    const shared = device.lines.map((_line, index) => this.#isSharedLine(device, index));
    const enrolment = this.#enrolmentOf(device.name);
    const { bytes, stamp } = this.#generate(device, shared, enrolment);
    const answer: FileFound = { found: true, content: memoryContent(bytes), device: device.name, stamp };
    const entry = { configured: device, shared, enrolment, stamp, answer };
    this.#entries.set(device.name, entry);
    this.#octets += bytes.length;
    for (const oldest of this.#entries.keys()) {
      if (this.#octets <= this.#limit) break;
      this.#remove(oldest);
    }
    return entry;
  }

  #remove(name: string): void {
    const entry = this.#entries.get(name);
    if (entry === undefined) return;
    this.#entries.delete(name);
    this.#octets -= entry.answer.content.size;
  }
}
