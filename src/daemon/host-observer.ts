// What the daemon finds out about the machine that it runs on.

import type { Config } from '../config/index.js';
import type { Degradations } from '../core/degradations.js';
import type { EventBus } from '../core/event-bus.js';
import type { ClockJump, HostCounters, HostFacts, Knock, Neighbour, NewerFile } from '../core/host-facts.js';
import { after, type Clock, seconds, type Timer } from '../core/time.js';
import type { LabcmEvent } from '../events.js';
import { descriptorLimit } from '../net/descriptors.js';
import type { HostReader } from '../net/ports.js';
import { DESCRIPTORS, watchDescriptors } from './descriptor-watch.js';
import { HostWatch } from './host-watch.js';
import { type KnockPort, knockPorts } from './knock-ports.js';
import { type KnockEnvironment, Knocks } from './knocks.js';
import { type AddressHolders, NeighbourWatch } from './neighbour-watch.js';
import { type FileStamps, NewerFiles } from './newer-files.js';
import type { ServiceListener } from './service.js';

/** The machine is looked at so often. */
export const HOST_LOOK_EVERY = seconds(10);
/** The files of the configuration are looked at so often: whoever has changed one is told of it at once. */
export const FILES_LOOK_EVERY = seconds(1);
/** One look at the machine for so many at the files. */
const FILES_LOOKS = HOST_LOOK_EVERY / FILES_LOOK_EVERY;

/** What `HostObserver` needs. */
export interface HostEnvironment extends Omit<KnockEnvironment, 'bus'> {
  readonly host: HostReader;
  readonly clock: Clock;
  readonly bus: EventBus<LabcmEvent>;
  readonly devices: AddressHolders;
  readonly degradations: Degradations;
}

/**
 * Observes the machine from `start` to `close`, publishes what matters, and keeps the facts for whoever explains why a
 * phone is in trouble. Costs nothing per message: it looks at the machine every ten seconds, at the
 * files of the configuration every second, and once at each new address.
 */
export class HostObserver implements HostFacts {
  readonly #environment: HostEnvironment;
  /** Read once: verdicts ask for it with each device. */
  readonly #descriptorLimit = descriptorLimit();
  readonly #files: NewerFiles;
  readonly #knocks: Knocks;
  #watch: HostWatch | undefined;
  #neighbours: NeighbourWatch | undefined;
  #unwatchDescriptors: (() => void) | undefined;
  #timer: Timer | undefined;
  /** Looks at the files since the last one at the machine. */
  #looks = 0;

  constructor(environment: HostEnvironment) {
    const { host, clock, bus } = environment;
    this.#environment = environment;
    this.#files = new NewerFiles(host, clock, bus);
    this.#knocks = new Knocks(environment);
  }

  get counters(): HostCounters | undefined {
    return this.#watch?.counters;
  }

  get addresses(): readonly string[] {
    return this.#watch?.addresses ?? [];
  }

  get newerFiles(): readonly NewerFile[] {
    return this.#files.current;
  }

  get clockJump(): ClockJump | undefined {
    return this.#watch?.clockJump;
  }

  get descriptors(): HostFacts['descriptors'] {
    return { limit: this.#descriptorLimit, usedUp: this.#environment.degradations.isDegraded(DESCRIPTORS) };
  }

  /** The ports that are open only to tell who tries them. */
  get knockPorts(): readonly KnockPort[] {
    return this.#knocks.ports;
  }

  neighbourAt(address: string): Neighbour | undefined {
    return this.#neighbours?.at(address);
  }

  knocksFrom(address: string): readonly Knock[] {
    return this.#knocks.from(address);
  }

  /** Begins to watch. The files of `config` were read just now. */
  async start(config: Pick<Config, 'file' | 'devicesFile'>): Promise<void> {
    const { host, clock, bus, degradations } = this.#environment;
    this.#unwatchDescriptors = watchDescriptors(degradations, clock);
    this.#watch = new HostWatch(host, clock, bus);
    this.#neighbours = new NeighbourWatch(this.#environment);
    this.#lookLater();
    this.#files.setInForce(await this.stampsOf(config));
  }

  /** The stamps of the files of a configuration. Take them before it is read again. */
  stampsOf({ file, devicesFile }: Pick<Config, 'file' | 'devicesFile'>): Promise<FileStamps> {
    return this.#files.stampsOf(devicesFile === undefined ? [file] : [file, devicesFile]);
  }

  /** The configuration was read again, when its files had these stamps. */
  async reloaded(config: Config, stamps: FileStamps): Promise<void> {
    const now = await this.stampsOf(config); // another file of devices has no stamp yet
    this.#files.setInForce(new Map([...now].map(([file, changedAt]) => [file, stamps.get(file) ?? changedAt])));
  }

  /** Listens on the usual ports that none of these listeners has. Never rejects. */
  openKnockPorts(config: Config, listeners: readonly ServiceListener[]): Promise<void> {
    return this.#knocks.apply(knockPorts(config, listeners));
  }

  /** Stops watching; resolves when its ports are closed. The facts stay. */
  async close(): Promise<void> {
    this.#timer?.cancel();
    this.#unwatchDescriptors?.();
    this.#neighbours?.close();
    await this.#knocks.close();
  }

  #lookLater(): void {
    const { clock } = this.#environment;
    this.#timer = clock.callAt(after(clock.now(), FILES_LOOK_EVERY), () => {
      this.#looks += 1;
      if (this.#looks === FILES_LOOKS) {
        this.#looks = 0;
        this.#watch?.look();
      }
      void this.#files.look();
      this.#lookLater();
    });
  }
}
