import { after, type Clock, seconds, type Timer } from '../core/time.js';
import type { Metric } from '../http/index.js';
import type { DiskSpace } from '../net/files/disk-space.js';

/** The directories are looked at so often. */
export const DISK_LOOK_EVERY = seconds(10);

/** What a directory is for, and its path. */
export type WatchedDirectories = Readonly<Record<string, string | undefined>>;

/** Knows how much space is left for the directories that the daemon writes to. */
export class DiskWatch {
  readonly #clock: Clock;
  readonly #directories: WatchedDirectories;
  readonly #spaceOn: (directory: string) => Promise<DiskSpace | undefined>;
  #spaces: readonly (readonly [string, DiskSpace])[] = [];
  #timer: Timer | undefined;
  #isClosed = false;

  /** `spaceOn` says how much space the file system of a directory has. */
  constructor(
    clock: Clock,
    directories: WatchedDirectories,
    spaceOn: (directory: string) => Promise<DiskSpace | undefined>,
  ) {
    this.#clock = clock;
    this.#directories = directories;
    this.#spaceOn = spaceOn;
  }

  /** Looks now, and again and again. Never rejects. */
  async look(): Promise<void> {
    const found = await Promise.all(
      Object.entries(this.#directories).map(async ([use, path]) => {
        const space = path === undefined ? undefined : await this.#spaceOn(path);
        return space === undefined ? [] : [[use, space] as const];
      }),
    );
    this.#spaces = found.flat();
    // Not before the last look has ended: a disk of another machine may not answer.
    if (!this.#isClosed)
      this.#timer = this.#clock.callAt(after(this.#clock.now(), DISK_LOOK_EVERY), () => void this.look());
  }

  /** What the last look found, by what the directory is for. */
  get spaces(): ReadonlyMap<string, DiskSpace> {
    return new Map(this.#spaces);
  }

  /** The metrics of the last look. */
  metrics(): readonly Metric[] {
    const values = (of: 'sizeOctets' | 'freeOctets') =>
      this.#spaces.map(([use, space]) => ({ labels: { directory: use }, value: space[of] }));
    return [
      {
        kind: 'gauge',
        name: 'labcm_disk_size_bytes',
        help: 'Size of the file system that a directory is on, by what the directory is for',
        labels: ['directory'],
        values: values('sizeOctets'),
      },
      {
        kind: 'gauge',
        name: 'labcm_disk_free_bytes',
        help: 'What may still be written to it',
        labels: ['directory'],
        values: values('freeOctets'),
      },
    ];
  }

  close(): void {
    this.#isClosed = true;
    this.#timer?.cancel();
  }
}
