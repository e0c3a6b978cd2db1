import type { EventBus } from '../../core/event-bus.js';
import { after, type Clock, seconds, type Timer } from '../../core/time.js';
import type { LabcmEvent } from '../../events.js';

/** How many clients may listen, and how much may wait for each. */
export interface FeedLimits {
  readonly clients: number;
  readonly clientsPerSource: number;
  /** Octets that may wait for one client. */
  readonly queue: number;
}

/** The default limits. */
export const FEED_LIMITS: FeedLimits = { clients: 64, clientsPerSource: 32, queue: 256 * 1024 };

/** The events that a client wants. Empty: all. */
export interface FeedFilter {
  /** Event types, or prefixes of them with `*`: `device.*`. */
  readonly types: readonly string[];
  /** The name of a device, in any case. */
  readonly device: string | undefined;
}

interface Client {
  readonly source: string;
  readonly wants: (event: LabcmEvent) => boolean;
  readonly controller: ReadableStreamDefaultController<Uint8Array>;
  missed: number;
}

const KEEP_ALIVE_INTERVAL = seconds(15);
const KEEP_ALIVE = Buffer.from(': still here\n\n');

/**
 * `GET /api/events`: the event bus as server-sent events (HTML §9.2). Each client has a bounded queue. A client that
 * reads too slowly misses events and is then told how many; nothing waits for it.
 */
export class EventFeed {
  readonly #bus: EventBus<LabcmEvent>;
  readonly #clock: Clock;
  readonly #limits: FeedLimits;
  readonly #clients = new Set<Client>();
  #stop: (() => void) | undefined;
  #keepAliveTimer: Timer | undefined;
  #id = 0;

  constructor(bus: EventBus<LabcmEvent>, clock: Clock, limits: FeedLimits = FEED_LIMITS) {
    this.#bus = bus;
    this.#clock = clock;
    this.#limits = limits;
  }

  get clients(): number {
    return this.#clients.size;
  }

  /** Opens a stream of events from now on. `undefined`: there are too many clients, in all or from `source`. */
  open(filter: FeedFilter, source: string): ReadableStream<Uint8Array> | undefined {
    if (this.#clients.size >= this.#limits.clients || this.#clientsOf(source) >= this.#limits.clientsPerSource)
      return undefined;
    let client: Client | undefined;
    return new ReadableStream<Uint8Array>(
      {
        start: (controller) => {
          client = { source, wants: filterOf(filter), controller, missed: 0 };
          controller.enqueue(Buffer.from('retry: 1000\n\n'));
          this.#add(client);
        },
        cancel: () => {
          if (client !== undefined) this.#remove(client);
        },
      },
      new ByteLengthQueuingStrategy({ highWaterMark: this.#limits.queue }),
    );
  }

  /** Ends every client's stream. */
  close(): void {
    for (const client of [...this.#clients]) {
      this.#remove(client);
      client.controller.close();
    }
  }

  #clientsOf(source: string): number {
    let count = 0;
    for (const client of this.#clients) if (client.source === source) count += 1;
    return count;
  }

  /** Subscribes to the event bus with the first client. */
  #add(client: Client): void {
    this.#clients.add(client);
    this.#stop ??= this.#bus.subscribe((event) => this.#send(event));
    if (this.#keepAliveTimer === undefined) this.#scheduleKeepAlive();
  }

  #remove(client: Client): void {
    this.#clients.delete(client);
    if (this.#clients.size > 0) return;
    this.#stop?.();
    this.#stop = undefined;
    this.#keepAliveTimer?.cancel();
    this.#keepAliveTimer = undefined;
  }

  #send(event: LabcmEvent): void {
    let bytes: Buffer | undefined;
    this.#id += 1;
    for (const client of this.#clients) {
      if (!client.wants(event)) continue;
      bytes ??= Buffer.from(
        `id: ${this.#id}\nevent: ${event.type}\ndata: ${JSON.stringify({ ...event, at: this.#clock.wallTime(event.at) })}\n\n`,
      );
      const { controller } = client;
      const room = controller.desiredSize ?? 0;
      if (room < bytes.length) {
        client.missed += 1;
        continue;
      }
      if (client.missed > 0) {
        controller.enqueue(Buffer.from(`event: missed\ndata: {"events":${client.missed}}\n\n`));
        client.missed = 0;
      }
      controller.enqueue(bytes);
    }
  }

  /** A comment every 15 s, so that a proxy does not close a quiet stream. */
  #scheduleKeepAlive(): void {
    this.#keepAliveTimer = this.#clock.callAt(after(this.#clock.now(), KEEP_ALIVE_INTERVAL), () => {
      for (const { controller } of this.#clients)
        if ((controller.desiredSize ?? 0) > KEEP_ALIVE.length) controller.enqueue(KEEP_ALIVE);
      this.#scheduleKeepAlive();
    });
  }
}

const filterOf = ({ types, device }: FeedFilter): Client['wants'] => {
  const exact = new Set(types.filter((type) => !type.endsWith('*')));
  const starts = types.filter((type) => type.endsWith('*')).map((type) => type.slice(0, -1));
  const name = device?.toUpperCase();
  return (event) => {
    if (types.length > 0 && !exact.has(event.type) && !starts.some((start) => event.type.startsWith(start)))
      return false;
    return name === undefined || ('device' in event && event.device?.toUpperCase() === name);
  };
};
