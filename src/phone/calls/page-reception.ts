import type { Endpoint } from '../../net/ports.js';
import type { PublishStep } from '../steps.js';
import { MediaCounts } from './media-counts.js';
import type { MediaPort, Voice } from './media-port.js';

/** What a phone hears of a page. */
export interface HeardPage {
  /** `address:port`. */
  readonly group: string;
  /** Packets. */
  readonly received: number;
  readonly lost: number;
  /** How loud the last packet was, from 0 to 32767; `undefined`: none came, or none that it can play. */
  readonly loudness: number | undefined;
}

/** A page that a phone listens to. */
interface JoinedPage {
  readonly group: string;
  readonly counts: MediaCounts;
  /** `undefined`: it is not open yet. */
  port?: MediaPort;
}

/** What a phone hears of pages: what comes to a multicast group, for one group at a time. */
export class PageReception {
  readonly #voice: Voice;
  readonly #publish: PublishStep;
  #page: JoinedPage | undefined;

  constructor(voice: Voice, publish: PublishStep) {
    this.#voice = voice;
    this.#publish = publish;
  }

  /** The group that it listens to, `address:port`; empty: none. */
  get group(): string {
    return this.#page?.group ?? '';
  }

  /** What has come so far; `undefined`: it listens to no page. */
  get heard(): HeardPage | undefined {
    if (this.#page === undefined) return undefined;
    const { group, counts } = this.#page;
    const { received, lost } = counts.totals();
    return { group, received, lost, loudness: counts.loudness };
  }

  /** Listens to `group` at the interface of `address`, and no more to another one. Resolves with whether it can. */
  async listen(group: Endpoint, address: string): Promise<boolean> {
    this.end();
    const page: JoinedPage = { group: `${group.address}:${group.port}`, counts: new MediaCounts() };
    this.#page = page;
    try {
      const port = await this.#voice.join(group, address, page.counts);
      if (this.#page !== page) {
        port.close();
        return false;
      }
      page.port = port;
      this.#publish('phone.page-joined', { group: page.group });
      return true;
    } catch (error) {
      if (this.#page === page) this.#page = undefined;
      this.#publish('phone.page-refused', {
        group: page.group,
        why: error instanceof Error ? error.message : String(error),
      });
      return false;
    }
  }

  /** Listens no more. */
  end(): void {
    const page = this.#page;
    this.#page = undefined;
    if (page?.port === undefined) return;
    page.port.close();
    const { received, lost } = page.counts.totals();
    this.#publish('phone.page-left', { group: page.group, received, lost });
  }
}
