import type { Clock } from '../core/time.js';
import type { Ledger } from './ledger.js';

/** The types of events that say who is registered. */
export const FEED_TYPES = [
  'device.registering',
  'device.registered',
  'device.partially-registered',
  'device.unregistered',
  'device.rejected',
] as const;

/** Those that say whether a phone is registered. */
const HELD: ReadonlySet<string> = new Set(['device.registered', 'device.partially-registered', 'device.unregistered']);

/** A phone that a node lists as registered. */
export interface FeedPhone {
  readonly name: string;
  readonly lines: readonly string[];
}

interface FeedEvent {
  readonly type: string;
  readonly device: string;
  readonly lines?: readonly string[];
  readonly reason?: string;
}

/** The events of one node, as `/api/events` sends them, written to the ledger of a drill: for real phones. */
export class NodeFeed {
  readonly #node: string;
  readonly #ledger: Ledger;
  readonly #clock: Clock;
  readonly #fits: (device: string) => boolean;
  #pending = '';
  /** The phones of which the stream has said something since it opened, until a list has come. */
  #heard: Set<string> | undefined;

  /** `fits`: whether a device is one of the phones of the drill. */
  constructor(node: string, ledger: Ledger, clock: Clock, fits: (device: string) => boolean) {
    this.#node = node;
    this.#ledger = ledger;
    this.#clock = clock;
    this.#fits = fits;
  }

  /** Takes a piece of the stream (HTML §9.2): each event is a line that begins with `data:`. What is none is passed over. */
  take(text: string): void {
    const lines = (this.#pending + text).split('\n');
    this.#pending = lines.pop() ?? '';
    for (const line of lines) {
      const event = line.startsWith('data:') ? eventIn(line.slice('data:'.length)) : undefined;
      if (event !== undefined && this.#fits(event.device)) this.#note(event);
    }
  }

  /** The stream has begun. A list that is asked for from now on has all that it does not say. */
  onOpened(): void {
    this.#heard = new Set();
  }

  /**
   * The phones that the node lists as registered. What the stream has said of one since is newer; and a phone that is registered
   * elsewhere stays there, since a node that was cut off may list it for a while.
   */
  onListed(phones: readonly FeedPhone[]): void {
    const now = this.#clock.now();
    for (const { name, lines } of phones)
      if (this.#fits(name) && this.#heard?.has(name) !== true && this.#ledger.nodeOf(name) === undefined)
        this.#ledger.onBack(name, this.#node, now, lines);
    this.#heard = undefined;
  }

  /** The stream has ended: nobody knows of its phones any more. */
  onClosed(): void {
    this.#pending = '';
    this.#heard = undefined;
    this.#ledger.onNodeLost(this.#node, this.#clock.now(), 'its node does not answer');
  }

  #note({ type, device, lines = [], reason = '' }: FeedEvent): void {
    if (!this.#ledger.takesPart(device)) return;
    const now = this.#clock.now();
    if (HELD.has(type)) this.#heard?.add(device);
    if (type === 'device.registered' || type === 'device.partially-registered')
      this.#ledger.onBack(device, this.#node, now, lines);
    else if (type === 'device.registering') this.#ledger.count('attempts', now);
    else if (type === 'device.rejected') this.#ledger.count('refused', now);
    else if (type === 'device.unregistered' && this.#ledger.nodeOf(device) === this.#node)
      this.#ledger.onLost(device, now, reason);
  }
}

const eventIn = (data: string): FeedEvent | undefined => {
  try {
    const value = JSON.parse(data) as Partial<FeedEvent> | null;
    return typeof value?.type === 'string' && typeof value.device === 'string' ? (value as FeedEvent) : undefined;
  } catch {
    return undefined;
  }
};
