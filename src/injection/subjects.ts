// Whom a message comes from or goes to. A message says so itself, or what passed between the same two ends before.

import type { EventBus } from '../core/event-bus.js';
import { type DirectoryNumber, type MacAddress, parseMacAddress } from '../core/identifiers.js';
import type { Instant } from '../core/time.js';
import { type DeviceRecord, deviceOfFile, namedInFile, type RequestOrigin } from '../devices/index.js';
import type { LabcmEvent } from '../events.js';
import type { Endpoint } from '../net/ports.js';
import type { FaultPlace } from './settings.js';

/** The part of the device database that says who somebody is. */
export interface SubjectDevices {
  devices(): Iterable<DeviceRecord>;
  byName(name: string): DeviceRecord | undefined;
  byMac(mac: MacAddress): DeviceRecord | undefined;
  byDirectoryNumber(dn: DirectoryNumber): readonly DeviceRecord[];
  fileRequesterAt(from: RequestOrigin, at: Instant): DeviceRecord | undefined;
  holderOf(address: string, at: Instant): DeviceRecord | 'several' | undefined;
}

/** What a message says of its phone. */
export interface SubjectHint {
  readonly device?: string | undefined;
  /** The hardware address, twelve digits. */
  readonly mac?: string | undefined;
  readonly file?: string | undefined;
  /** A directory number: it stands for its device if no other one has it, and if nothing else says who it is. */
  readonly line?: string | undefined;
}

/** Whom a fault meets. */
export interface FaultSubject extends Endpoint {
  /** The name; `undefined`: it is not known. */
  readonly device: string | undefined;
  readonly record: DeviceRecord | undefined;
  readonly mac: string | undefined;
  /** Stands for the phone, as far as it is known. */
  readonly key: string;
}

/** Ends that are remembered. */
const MOST_REMEMBERED = 65_536;

const endOf = (place: FaultPlace, { address, port }: Endpoint): string => `${place} ${address} ${port}`;

/** Says who somebody is. It listens only between `start` and `stop`: while rules are there. */
export class Subjects {
  readonly #bus: EventBus<LabcmEvent>;
  readonly #devices: SubjectDevices;
  /** By end: the name of the phone there. */
  readonly #names = new Map<string, string>();
  #stops: (() => void)[] = [];

  constructor(bus: EventBus<LabcmEvent>, devices: SubjectDevices) {
    this.#bus = bus;
    this.#devices = devices;
  }

  start(): void {
    for (const { registration } of this.#devices.devices())
      if (registration !== undefined) this.#learn(registration.protocol, registration, registration.device);
    this.#stops = [
      this.#bus.on('device.registering', (event) => this.#learn(event.protocol, event, event.device)),
      this.#bus.on('device.unregistered', (event) => {
        const end = endOf(event.protocol === 'SCCP' ? 'sccp' : 'sip', event);
        if (this.#names.get(end) === event.device) this.#names.delete(end);
      }),
    ];
  }

  stop(): void {
    for (const stop of this.#stops.splice(0)) stop();
    this.#names.clear();
  }

  /** Whom a message with this other end is about. */
  of(place: FaultPlace, end: Endpoint, hint: SubjectHint | undefined, now: Instant): FaultSubject {
    const known = this.#named(place, end, hint);
    const mac = parsedMac(hint?.mac);
    const name = known ?? this.#holder(place, end, hint, now);
    const record = name === undefined ? undefined : this.#devices.byName(name);
    const device = record?.configured.name ?? name;
    const at = end.address === '' ? (record?.registration ?? end) : end;
    const { address, port } = at;
    return { address, port, device, record, mac, key: device ?? mac ?? this.#keyOfEnd(place, end) };
  }

  /** Of a message that names its phone, and of those that follow between the same ends. */
  #named(place: FaultPlace, end: Endpoint, hint: SubjectHint | undefined): string | undefined {
    const name = this.#nameIn(hint);
    const key = endOf(place, end);
    if (name !== undefined) {
      if (place !== 'dhcp') this.#remember(key, name);
      return name;
    }
    const known = hint?.mac === undefined ? this.#names.get(key) : undefined;
    if (known !== undefined || hint?.line === undefined) return known;
    const ofLine = this.#ofLine(hint.line);
    if (ofLine !== undefined) this.#remember(key, ofLine);
    return ofLine;
  }

  #nameIn(hint: SubjectHint | undefined): string | undefined {
    if (hint === undefined) return undefined;
    if (hint.device !== undefined) return hint.device;
    const inFile = hint.file === undefined ? undefined : namedInFile(hint.file);
    if (inFile !== undefined) return deviceOfFile(this.#devices, inFile)?.configured.name ?? inFile.name;
    const mac = parsedMac(hint.mac);
    if (mac === undefined) return undefined;
    return (this.#devices.byMac(mac) ?? this.#devices.byName(`SEP${mac}`))?.configured.name;
  }

  #ofLine(line: string): string | undefined {
    const [device, ...others] = this.#devices.byDirectoryNumber(line as DirectoryNumber);
    return others.length === 0 ? device?.configured.name : undefined;
  }

  #holder(place: FaultPlace, end: Endpoint, hint: SubjectHint | undefined, now: Instant): string | undefined {
    if (hint?.mac !== undefined || end.address === '') return undefined;
    const asks = place === 'tftp' || place === 'http';
    const holder =
      (asks ? this.#devices.fileRequesterAt(end, now) : undefined) ?? this.#devices.holderOf(end.address, now);
    return holder === undefined || holder === 'several' ? undefined : holder.configured.name;
  }

  /** Files come from other ports each time; behind one port of signalling there is one phone. */
  #keyOfEnd(place: FaultPlace, { address, port }: Endpoint): string {
    return place === 'sccp' || place === 'sip' ? `${address}:${port}` : address;
  }

  #learn(protocol: 'SCCP' | 'SIP', end: Endpoint, device: string): void {
    this.#remember(endOf(protocol === 'SCCP' ? 'sccp' : 'sip', end), device);
  }

  #remember(end: string, name: string): void {
    if (this.#names.size >= MOST_REMEMBERED) this.#names.clear();
    this.#names.set(end, name);
  }
}

const parsedMac = (text: string | undefined): MacAddress | undefined =>
  text === undefined ? undefined : parseMacAddress(text);
