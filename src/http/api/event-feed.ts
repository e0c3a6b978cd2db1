import type { EventBus } from '../../core/event-bus.js';
import { after, type Clock, type Duration, minutes, seconds, type Timer } from '../../core/time.js';
import type { LabcmEvent } from '../../events.js';
import { EventRing, type FeedEntry, type RingLimits } from './event-ring.js';
import type { ApiOwnerWatch, EventOwnersView } from './explain-ports.js';
import { type FeedAudience, FeedChunks } from './feed-chunks.js';
import type { FeedFilter } from './feed-filter.js';
import { FeedRounds } from './feed-rounds.js';

/** How many clients may listen, how much may wait for each, and what is kept for those that come back. */
export interface FeedLimits {
  readonly clients: number;
  readonly clientsPerSource: number;
  /** Octets that may wait for one client, besides one chunk and what is kept for all of them. */
  readonly queue: number;
  /** The last events, for clients that read slowly or come back. */
  readonly kept: RingLimits;
  /** How long they are still kept after the last client has gone. */
  readonly keptFor: Duration;
}

/** The default limits. */
export const FEED_LIMITS: FeedLimits = {
  clients: 128,
  clientsPerSource: 32,
  queue: 256 * 1024,
  kept: { events: 4096, octets: 16 * 1024 * 1024 },
  keptFor: minutes(1),
};

interface Client {
  readonly source: string;
  readonly audience: FeedAudience;
  readonly controller: ReadableStreamDefaultController<Uint8Array>;
  /** The id of the next event that it has not seen. */
  next: number;
  /** How many events that it wanted went by since the last one that it got. */
  missed: number;
}

/** What is kept while somebody listens. `first`: the id of the first event of this time. */
interface Listening {
  readonly ring: EventRing;
  readonly first: number;
  stop(): void;
}

const KEEP_ALIVE_INTERVAL = seconds(15);
const KEEP_ALIVE = Buffer.from(': still here\n\n');

/** Ids of this process begin at so many for each millisecond of the wall clock: above those of the process before. */
const IDS_PER_MILLISECOND = 1000;

/**
 * `GET /api/events`: the event bus as server-sent events (HTML §9.2). The last events are kept once, for all clients:
 * each reads them at its own pace. A client that is overtaken misses events and is then told how many; nothing waits
 * for it. A client that comes back within a minute goes on where it was (`Last-Event-ID`). While many events come, they
 * are sent together every `ROUND_INTERVAL`.
 *
 * Nothing is kept, and the event bus is left alone, while nobody listens and the last client has gone a minute ago.
 */
export class EventFeed {
  readonly #bus: EventBus<LabcmEvent>;
  readonly #clock: Clock;
  readonly #owners: EventOwnersView;
  readonly #limits: FeedLimits;
  readonly #clients = new Set<Client>();
  readonly #chunks: FeedChunks;
  readonly #rounds: FeedRounds<Client>;
  /** `undefined`: nobody listens. */
  #listening: Listening | undefined;
  #idleTimer: Timer | undefined;
  #keepAliveTimer: Timer | undefined;
  /** The id of the last event. */
  #id: number;

  constructor(
    bus: EventBus<LabcmEvent>,
    clock: Clock,
    owners: EventOwnersView,
    limits: Partial<FeedLimits> = FEED_LIMITS,
  ) {
    this.#bus = bus;
    this.#clock = clock;
    this.#owners = owners;
    this.#limits = { ...FEED_LIMITS, ...limits };
    this.#chunks = new FeedChunks(this.#limits.queue);
    this.#rounds = new FeedRounds(clock, this.#clients, (client) => this.#serve(client));
    this.#id = clock.wallTime(clock.now()) * IDS_PER_MILLISECOND;
  }

  get clients(): number {
    return this.#clients.size;
  }

  /** What is kept of what clients were sent, besides the last events. */
  get chunks(): FeedChunks['kept'] {
    return this.#chunks.kept;
  }

  /**
   * Opens a stream of events from now on; with `lastId`, the id of the last event that the client got, from there on.
   * `undefined`: there are too many clients, in all or from `source`.
   */
  open(filter: FeedFilter, source: string, lastId?: number): ReadableStream<Uint8Array> | undefined {
    if (this.#clients.size >= this.#limits.clients || this.#clientsOf(source) >= this.#limits.clientsPerSource)
      return undefined;
    let client: Client | undefined;
    return new ReadableStream<Uint8Array>(
      {
        start: (controller) => {
          client = { source, audience: this.#chunks.join(filter), controller, next: 0, missed: 0 };
          controller.enqueue(Buffer.from('retry: 1000\n\n'));
          this.#add(client, lastId);
        },
        pull: () => {
          if (client !== undefined) this.#serve(client);
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
    this.#end();
  }

  #clientsOf(source: string): number {
    let count = 0;
    for (const client of this.#clients) if (client.source === source) count += 1;
    return count;
  }

  /** Subscribes to the event bus with the first client. */
  #add(client: Client, lastId: number | undefined): void {
    this.#clients.add(client);
    this.#idleTimer?.cancel();
    this.#idleTimer = undefined;
    this.#listening ??= this.#begin();
    const { ring, first } = this.#listening;
    client.next = ring.newest + 1;
    if (lastId !== undefined) {
      // Nobody listened in between, or the id is another process's.
      const isGapKnown = lastId >= first && lastId <= ring.newest;
      client.next = isGapKnown ? Math.max(lastId + 1, ring.oldest) : ring.oldest;
      const missed = isGapKnown ? client.next - (lastId + 1) : null;
      if (missed !== 0) client.controller.enqueue(missedMessage(missed));
      this.#serve(client);
    }
    if (this.#keepAliveTimer === undefined) this.#scheduleKeepAlive();
  }

  #remove(client: Client): void {
    if (!this.#clients.delete(client)) return;
    this.#chunks.leave(client.audience);
    if (this.#clients.size > 0) return;
    this.#keepAliveTimer?.cancel();
    this.#keepAliveTimer = undefined;
    this.#idleTimer = this.#clock.callAt(after(this.#clock.now(), this.#limits.keptFor), () => this.#end());
  }

  #begin(): Listening {
    this.#id += 1; // no client has this one: whoever comes back with an older id has a gap
    const first = this.#id + 1;
    const ring = new EventRing(first, this.#limits.kept, (entry) => this.#overtake(entry));
    const owners = this.#owners.watch();
    const unsubscribe = this.#bus.subscribe((event) => this.#take(event, ring, owners));
    return {
      ring,
      first,
      stop: () => {
        unsubscribe();
        owners.close();
      },
    };
  }

  #end(): void {
    this.#idleTimer?.cancel();
    this.#idleTimer = undefined;
    this.#rounds.stop();
    this.#chunks.clear();
    this.#listening?.stop();
    this.#listening = undefined;
  }

  #take(event: LabcmEvent, ring: EventRing, owners: ApiOwnerWatch): void {
    const { owner, step } = owners.subjectOf(event);
    this.#id += 1;
    this.#chunks.clear();
    ring.push({
      id: this.#id,
      type: event.type,
      owner: owner?.toUpperCase(),
      step,
      octets: Buffer.from(
        `id: ${this.#id}\nevent: ${event.type}\ndata: ${JSON.stringify({ ...event, at: this.#clock.wallTime(event.at) })}\n\n`,
      ),
    });
    this.#rounds.wake();
  }

  /** An entry goes: those that have not read it miss it. */
  #overtake(entry: FeedEntry): void {
    for (const client of this.#clients) {
      if (client.next > entry.id) continue;
      client.next = entry.id + 1;
      if (client.audience.wants(entry)) client.missed += 1;
    }
  }

  /** Gives a client what it has not seen, as far as there is room. */
  #serve(client: Client): void {
    const ring = this.#listening?.ring;
    if (ring === undefined) return;
    const { controller } = client;
    while (client.next <= ring.newest && (controller.desiredSize ?? 0) > 0) {
      const { octets, next } = this.#chunks.of(client.audience, client.next, ring);
      client.next = next;
      if (octets === undefined) continue;
      if (client.missed > 0) controller.enqueue(missedMessage(client.missed));
      client.missed = 0;
      controller.enqueue(octets);
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

/** `null`: nobody counted them. */
const missedMessage = (events: number | null): Buffer =>
  Buffer.from(`event: missed\ndata: ${JSON.stringify({ events })}\n\n`);
