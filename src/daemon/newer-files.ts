// Notices files of the configuration that were changed after they were read.

import type { Publisher } from '../core/event-bus.js';
import type { NewerFile } from '../core/host-facts.js';
import type { Clock, WallTime } from '../core/time.js';
import type { ConfigChangedOnDisk } from '../events.js';
import type { HostReader } from '../net/ports.js';

/** When each file was last changed, as it was when it was read. */
export type FileStamps = ReadonlyMap<string, WallTime>;

/** Compares the modification times of the files that are in force with what is on the disk. */
export class NewerFiles {
  readonly #host: Pick<HostReader, 'changedAt'>;
  readonly #clock: Clock;
  readonly #bus: Publisher<ConfigChangedOnDisk>;
  #inForce: FileStamps = new Map();
  readonly #newer = new Map<string, WallTime>();

  constructor(host: Pick<HostReader, 'changedAt'>, clock: Clock, bus: Publisher<ConfigChangedOnDisk>) {
    this.#host = host;
    this.#clock = clock;
    this.#bus = bus;
  }

  get current(): readonly NewerFile[] {
    return [...this.#newer].map(([file, changedAt]) => ({ file, changedAt }));
  }

  /**
   * The stamps of files. Take them before you read the files, so that a change while they are read is noticed. A file
   * that does not exist is left out, as the name of a configuration that has no file.
   */
  async stampsOf(files: readonly string[]): Promise<FileStamps> {
    const stamps = new Map<string, WallTime>();
    for (const file of files) {
      const changedAt = await this.#host.changedAt(file);
      if (changedAt !== undefined) stamps.set(file, changedAt);
    }
    return stamps;
  }

  /** These files are in force as they were at these times. */
  setInForce(stamps: FileStamps): void {
    this.#inForce = stamps;
    this.#newer.clear();
  }

  /** Publishes each change once. */
  async look(): Promise<void> {
    const inForce = this.#inForce;
    const found = await this.stampsOf([...inForce.keys()]);
    if (this.#inForce !== inForce) return; // they were read again meanwhile
    for (const [file, stamp] of inForce) {
      const changedAt = found.get(file) ?? stamp;
      if (changedAt === stamp) this.#newer.delete(file);
      else if (this.#newer.get(file) !== changedAt) {
        this.#newer.set(file, changedAt);
        this.#bus.publish({ type: 'config.changed-on-disk', at: this.#clock.now(), file, changedAt });
      }
    }
  }
}
