// What the call machine asks of the device database: which phones have a number, and which numbers there are.

import type { Appearance, DirectoryNumbers, LegSupplier, LineFeatures, PageStream, Phones } from '../calls/index.js';
import type { DeviceName, DirectoryNumber } from '../core/identifiers.js';
import type { Instant } from '../core/time.js';
import { type DeviceDatabase, type DeviceRecord, NO_FORWARD, type Protocol } from '../devices/index.js';

/** The most phones that ring for one call (`docs/protocols/calls.md` §3.8). */
const MOST_FORKS = 16;

/** The appearance of a line on a device; `undefined`: the device has no such line. */
export const appearanceOf = ({ configured }: DeviceRecord, dn: string): Appearance | undefined => {
  const index = configured.lines.findIndex((line) => line.dn === dn);
  const line = configured.lines[index];
  if (line === undefined) return undefined;
  return {
    device: configured.name,
    dn: line.dn,
    lineInstance: index + 1,
    displayName: line.displayName,
    maxCalls: line.maxCalls,
    busyTrigger: line.busyTrigger,
    doNotDisturb: configured.doNotDisturb,
    ...(line.autoAnswer === undefined ? {} : { autoAnswer: line.autoAnswer }),
    ...(line.privacy === true ? { isPrivate: true } : {}),
  };
};

/**
 * Has a phone without signalling for it (a Cisco phone of SIP) listen to a group, or stop: by what is pushed to it over HTTP.
 * `false`: it was not told.
 */
export type PageByPush = (device: DeviceName, group: string, port: number, isOn: boolean) => boolean;

/** The phones of the other nodes of a cluster. */
export interface PhonesElsewhere {
  /** The node that holds a phone of the number, the first one in the configuration. */
  nodeOf(dn: string): string | undefined;
  has(dn: string): boolean;
  numbers(): Iterable<string>;
}

export class CallPhones implements Phones, DirectoryNumbers {
  readonly #database: DeviceDatabase;
  readonly #suppliers = new Map<Protocol, LegSupplier>();
  /** Set by whoever can push; until then such phones are called for a page. */
  pageByPush: PageByPush | undefined;
  /** Set where there are other nodes. */
  elsewhere: PhonesElsewhere | undefined;

  constructor(database: DeviceDatabase) {
    this.#database = database;
  }

  /** From now on `supplier` makes the called legs of phones of that protocol. */
  serve(protocol: Protocol, supplier: LegSupplier): void {
    this.#suppliers.set(protocol, supplier);
  }

  /** Registered phones whose registration has the line. */
  appearancesOf(dn: string): ReturnType<Phones['appearancesOf']> {
    const found: { appearance: Appearance; supplier: LegSupplier }[] = [];
    for (const record of this.#database.byDirectoryNumber(dn as DirectoryNumber)) {
      const { registration } = record;
      if (registration === undefined || !registration.lines.includes(dn as DirectoryNumber)) continue;
      const appearance = appearanceOf(record, dn);
      const supplier = this.#suppliers.get(registration.protocol);
      if (appearance !== undefined && supplier !== undefined) found.push({ appearance, supplier });
      if (found.length === MOST_FORKS) break;
    }
    return found;
  }

  /** What the first device of the number that says something of it says; the same number may stand on several. */
  featuresOf(dn: string): LineFeatures | undefined {
    let features: LineFeatures | undefined;
    for (const { configured } of this.#database.byDirectoryNumber(dn as DirectoryNumber)) {
      const line = configured.lines.find((each) => each.dn === dn);
      if (line === undefined) continue;
      const { forward, voicemail, pickupGroup } = line;
      const said = features !== undefined && features.forward !== NO_FORWARD ? features : undefined;
      features = {
        forward: said?.forward ?? forward,
        noAnswerAfter: said?.noAnswerAfter ?? forward.after,
        voicemail: features?.voicemail || voicemail,
        pickupGroup: features?.pickupGroup || pickupGroup,
      };
    }
    return features;
  }

  firstLineOf(device: DeviceName): ReturnType<Phones['appearancesOf']>[number] | undefined {
    const record = this.#database.byName(device);
    const [dn] = record?.registration?.lines ?? [];
    if (record?.registration === undefined || dn === undefined) return undefined;
    const appearance = appearanceOf(record, dn);
    const supplier = this.#suppliers.get(record.registration.protocol);
    return appearance === undefined || supplier === undefined ? undefined : { appearance, supplier };
  }

  listen(device: DeviceName, stream: PageStream, isOn: boolean, now: Instant): boolean {
    const protocol = this.#database.byName(device)?.registration?.protocol;
    const supplier = protocol === undefined ? undefined : this.#suppliers.get(protocol);
    if (supplier?.listen !== undefined) return supplier.listen(device, stream, isOn, now);
    return protocol !== undefined && this.pageByPush?.(device, stream.group, stream.port, isOn) === true;
  }

  linesOf(device: DeviceName): readonly string[] {
    return this.#database.byName(device)?.registration?.lines ?? [];
  }

  isShared(dn: string): boolean {
    return this.#database.byDirectoryNumber(dn as DirectoryNumber).length > 1;
  }

  hasLine(device: DeviceName, dn: string): boolean {
    return this.#database.byName(device)?.configured.lines.some((line) => line.dn === dn) === true;
  }

  nodeOf(dn: string): string | undefined {
    return this.elsewhere?.nodeOf(dn);
  }

  nameOf(dn: string): string {
    const [record] = this.#database.byDirectoryNumber(dn as DirectoryNumber);
    return record?.configured.lines.find((line) => line.dn === dn)?.displayName ?? '';
  }

  has(dn: string): boolean {
    return this.isHere(dn) || this.elsewhere?.has(dn) === true;
  }

  /** Whether a device of this node has the number. */
  isHere(dn: string): boolean {
    return this.#database.byDirectoryNumber(dn as DirectoryNumber).length > 0;
  }

  *all(): Iterable<string> {
    for (const { configured } of this.#database.devices()) for (const { dn } of configured.lines) yield dn;
    yield* this.elsewhere?.numbers() ?? [];
  }
}
