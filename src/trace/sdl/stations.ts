// What an SDL trace must remember to tell of links, processes and devices. All of it is bounded: what is forgotten costs
// a detail of a line.

import type { LabcmEvent } from '../../events.js';
import type { SdlProcess } from './line.js';

/** Links, processes of one kind, and devices that are remembered at most: the oldest goes first. */
const MOST = 65_536;

interface KnownLink {
  readonly port: number;
  messages: number;
}

/** Where a registered device is: its protocol, and the instance of its processes. */
export interface KnownStation {
  readonly protocol: 'SCCP' | 'SIP';
  readonly instance: number;
}

/** What rows may ask. */
export interface KnownStations {
  /** The phone's port; 0: not known. */
  portOf(link: number): number;
  /** How many messages came on an SCCP link. */
  messagesOn(link: number): number;
  /** Whether the process has begun and not ended. */
  exists(process: SdlProcess): boolean;
  stationOf(device: string | undefined): KnownStation | undefined;
}

/** Remembers what events say. */
export class Stations implements KnownStations {
  readonly #links = new Map<number, KnownLink>();
  readonly #processes = new Map<SdlProcess['name'], Map<number, true>>();
  readonly #devices = new Map<string, KnownStation>();

  /** Takes what an event says before its lines are made. */
  note(event: LabcmEvent): void {
    switch (event.type) {
      case 'sccp.link-opened':
        remember(this.#links, event.station.link, { port: event.port, messages: 0 });
        return;
      case 'sccp.received': {
        const { link } = event.station;
        const known = this.#links.get(link);
        if (known === undefined) remember(this.#links, link, { port: 0, messages: 1 });
        else known.messages += 1;
        return;
      }
      case 'device.registered':
      case 'device.partially-registered': {
        const { device, protocol, link, generation } = event;
        remember(this.#devices, device, { protocol, instance: protocol === 'SCCP' ? link : generation });
        return;
      }
    }
  }

  /** Takes what it says after. */
  noteAfter(event: LabcmEvent): void {
    if (event.type === 'sccp.link-closed') this.#links.delete(event.station.link);
    else if (event.type === 'device.unregistered') this.#devices.delete(event.device);
  }

  /** Counts a process that begins. Returns how many of its name there are now; `undefined`: it had begun already. */
  begin(process: SdlProcess): number | undefined {
    const processes = this.#processes.get(process.name) ?? new Map<number, true>();
    this.#processes.set(process.name, processes);
    if (processes.has(process.instance)) return undefined;
    remember(processes, process.instance, true);
    return processes.size;
  }

  /** The same for one that ends; `undefined`: it had not begun. */
  end({ name, instance }: SdlProcess): number | undefined {
    const processes = this.#processes.get(name);
    return processes?.delete(instance) === true ? processes.size : undefined;
  }

  portOf(link: number): number {
    return this.#links.get(link)?.port ?? 0;
  }

  messagesOn(link: number): number {
    return this.#links.get(link)?.messages ?? 0;
  }

  exists({ name, instance }: SdlProcess): boolean {
    return this.#processes.get(name)?.has(instance) === true;
  }

  stationOf(device: string | undefined): KnownStation | undefined {
    return device === undefined ? undefined : this.#devices.get(device);
  }
}

/** Maps hand out their keys in the order in which they were set: the first is the oldest. */
const remember = <K, V>(map: Map<K, V>, key: K, value: V): void => {
  map.delete(key);
  const [oldest] = map.keys();
  if (map.size >= MOST && oldest !== undefined) map.delete(oldest);
  map.set(key, value);
};
