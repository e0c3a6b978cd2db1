// The feed of events without sockets: what clients that read slowly, come back, or go get.

import { beforeEach, describe, expect, it } from 'vitest';
import { EventBus } from '../../src/core/event-bus.js';
import { minutes } from '../../src/core/time.js';
import type { LabcmEvent } from '../../src/events.js';
import { EventFeed, type FeedLimits } from '../../src/http/api/event-feed.js';
import type { FeedFilter } from '../../src/http/api/feed-filter.js';
import { ROUND_INTERVAL } from '../../src/http/api/feed-rounds.js';
import { ManualClock } from '../support/manual-clock.js';
import { NAMED_OWNERS } from './api-harness.js';

const ALL: FeedFilter = { types: [], steps: [], device: undefined };
const KEPT = 10;

let clock: ManualClock;
let bus: EventBus<LabcmEvent>;
let watched: number;
let feed: EventFeed;

const feedOf = (limits: Partial<FeedLimits> = {}, at = clock): EventFeed =>
  new EventFeed(
    bus,
    at,
    {
      ...NAMED_OWNERS,
      watch: () => {
        watched += 1;
        const close = (): void => {
          watched -= 1;
        };
        return { ...NAMED_OWNERS.watch(), close };
      },
    },
    { queue: 1_000, kept: { events: KEPT, octets: 100_000 }, ...limits },
  );

beforeEach(() => {
  clock = new ManualClock();
  bus = new EventBus<LabcmEvent>((error) => {
    throw error;
  });
  watched = 0;
  feed = feedOf();
});

const publish = (...devices: readonly string[]): void => {
  for (const device of devices) bus.publish({ type: 'device.added', at: clock.now(), device } as unknown as LabcmEvent);
};

const isHeard = (): boolean => bus.hasListener('device.added');

/** A client that reads when it is told to. */
class Client {
  readonly #reader: ReadableStreamDefaultReader<Uint8Array>;
  #text = '';

  constructor(filter: Partial<FeedFilter> = {}, lastId?: number, from = feed) {
    const stream = from.open({ ...ALL, ...filter }, '10.0.0.1', lastId);
    if (stream === undefined) throw new Error('there was no place');
    this.#reader = stream.getReader();
  }

  /** Reads until what it has got holds this text. */
  async until(text: string): Promise<this> {
    while (!this.#text.includes(text)) {
      const { value, done } = await this.#reader.read();
      if (done) throw new Error(`the stream ended before ${text}`);
      this.#text += Buffer.from(value).toString();
    }
    return this;
  }

  /** The devices of its events, and how many it missed, in order. */
  get got(): readonly (string | number | null)[] {
    return [...this.#text.matchAll(/"device":"(\w+)"|"events":(\d+|null)/g)].map(([, device, missed = '']) =>
      device === undefined ? JSON.parse(missed) : device,
    );
  }

  get types(): readonly (string | undefined)[] {
    return [...this.#text.matchAll(/^event: (.+)$/gm)].map(([, type]) => type);
  }

  get ids(): readonly number[] {
    return [...this.#text.matchAll(/^id: (\d+)$/gm)].map(([, id]) => Number(id));
  }

  leave(): Promise<void> {
    return this.#reader.cancel();
  }
}

/** So many octets do not fit into the queue of a client with anything else. */
const LONG = 'x'.repeat(1_000);
const numbered = (count: number, text = ''): readonly string[] =>
  Array.from({ length: count }, (_, index) => `${text}${index}`);

describe('a client', () => {
  it('gets each event with an id that rises by one', async () => {
    const client = new Client();
    publish('one', 'two', 'three');
    const { ids, got } = await client.until('three');
    const [first = 0] = ids;
    expect(got).toEqual(['one', 'two', 'three']);
    expect(ids).toEqual([first, first + 1, first + 2]);
  });

  it.each<[string, Partial<FeedFilter>, readonly string[]]>([
    ['types', { types: ['daemon.stopping', 'daemon.stopped'] }, ['daemon.stopping', 'daemon.stopped']],
    ['a prefix of types', { types: ['device.*'] }, ['device.added', 'device.removed']],
    ['steps', { steps: ['daemon'] }, ['daemon.stopping', 'daemon.stopped']],
    ['a device in any case', { device: 'ONE' }, ['device.added']],
    ['a type and a device', { types: ['device.removed'], device: 'one' }, []],
    ['the name of a phone that is known by its hardware address', { device: 'sep001122334455' }, ['device.removed']],
    ['a hardware address', { device: '00:11:22:33:44:55' }, ['device.removed']],
  ])('gets events of %s', async (_, filter, types) => {
    const client = new Client(filter);
    const all = new Client();
    publish('one');
    bus.publish({ type: 'device.removed', at: clock.now(), device: '001122334455' } as unknown as LabcmEvent);
    bus.publish({ type: 'daemon.stopping', at: clock.now() });
    bus.publish({ type: 'daemon.stopped', at: clock.now(), lasted: 1 });
    await all.until('daemon.stopped');
    feed.close();
    await client.until('never').catch(() => {});
    expect(client.types).toEqual(types);
  });

  it('that reads slowly misses what is no longer kept, and is told how many of those that it wanted', async () => {
    const slow = new Client({ types: ['device.*'] });
    const quick = new Client({ types: ['device.*'] });
    publish(LONG);
    await quick.until(LONG);
    for (const name of numbered(30)) {
      publish(name);
      bus.publish({ type: 'daemon.stopping', at: clock.now() });
      await quick.until(`"${name}"`);
    }
    expect(quick.got).toEqual([LONG, ...numbered(30)]);
    await slow.until('"29"');
    // Of the last ten events five are wanted.
    expect(slow.got).toEqual([LONG, 25, '25', '26', '27', '28', '29']);
  });

  it('is not told of events that it did not want', async () => {
    const slow = new Client({ device: 'one' });
    publish(LONG.toLowerCase());
    publish(...numbered(30), 'one');
    await slow.until('"one"');
    expect(slow.got).toEqual(['one']);
  });

  it('costs no more than its queue and one event, however long it does not read', () => {
    new Client();
    for (let count = 0; count < 1_000; count += 1) publish(LONG);
    expect(feed.clients).toBe(1);
    expect(bus.hasListener('device.added')).toBe(true);
  });

  it('gets an event that is larger than its queue and than all that is kept', async () => {
    feed.close();
    feed = feedOf({ kept: { events: KEPT, octets: 500 } });
    const client = new Client();
    publish(LONG.repeat(5), 'after');
    expect((await client.until('after')).got).toHaveLength(2);
  });
});

describe('a client that comes back', () => {
  it('gets what it wanted meanwhile, and nothing twice', async () => {
    const client = await new Client().until('retry');
    publish('one', 'two');
    await client.until('two');
    await client.leave();
    publish('three', 'four');
    clock.advance(minutes(1) - 1);
    const again = new Client({ types: ['device.*'] }, client.ids.at(-1));
    publish('five');
    expect((await again.until('five')).got).toEqual(['three', 'four', 'five']);
  });

  it('is told how many are no longer kept', async () => {
    const client = new Client();
    publish('one');
    const [last] = (await client.until('one')).ids;
    await client.leave();
    publish(...numbered(25));
    const again = await new Client({}, last).until('"24"');
    expect(again.got).toEqual([15, ...numbered(25).slice(15)]);
  });

  it('is told that nobody counted them, after a minute without clients', async () => {
    const client = new Client();
    publish('one');
    const [last] = (await client.until('one')).ids;
    await client.leave();
    expect([isHeard(), watched]).toEqual([true, 1]);
    clock.advance(minutes(1));
    expect([isHeard(), watched, clock.armed]).toEqual([false, 0, 0]);
    publish('unheard');
    const again = new Client({}, last);
    publish('two');
    expect((await again.until('two')).got).toEqual([null, 'two']);
    expect(again.ids[0]).toBeGreaterThan(last ?? Number.POSITIVE_INFINITY);
  });

  it('is told so after a restart, also if its id is one that the clock went back behind', async () => {
    const client = new Client();
    publish(...numbered(3));
    const last = (await client.until('"2"')).ids.at(-1);
    feed.close();
    clock.advance(1_000);
    const restarted = feedOf();
    const setBack = feedOf({}, new ManualClock(0));
    for (const after of [restarted, setBack]) {
      const other = new Client({}, undefined, after);
      publish('three');
      await other.until('three');
      expect((await new Client({}, last, after).until('three')).got).toEqual([null, 'three']);
      after.close();
    }
  });

  it('does not begin the minute anew for those that still listen', async () => {
    const stays = await new Client().until('retry');
    const goes = await new Client().until('retry');
    await goes.leave();
    clock.advance(minutes(5));
    publish('one');
    expect((await stays.until('one')).got).toEqual(['one']);
  });
});

describe('many events', () => {
  /** What each reading of a client that waits gets, as the devices of its events. */
  const readings = (filter: Partial<FeedFilter> = {}): readonly string[][] => {
    const got: string[][] = [];
    const reader = feed.open({ ...ALL, ...filter }, '10.0.0.1')?.getReader();
    const read = async (): Promise<void> => {
      const { value, done } = (await reader?.read()) ?? { done: true };
      if (done) return;
      const devices = [
        ...Buffer.from(value ?? [])
          .toString()
          .matchAll(/"device":"(\w+)"/g),
      ].map(([, name = '']) => name);
      if (devices.length > 0) got.push(devices);
      await read();
    };
    void read();
    return got;
  };
  const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

  it('are sent together to each client that waits, the first after a quiet time at once', async () => {
    feed.close();
    feed = feedOf({ queue: 100_000, kept: { events: 1_000, octets: 1_000_000 } });
    const all = readings();
    const one = readings({ device: '7' });
    await turn();
    for (const name of numbered(20)) {
      publish(name);
      await turn();
    }
    expect([all, one]).toEqual([[['0']], []]);
    clock.advance(ROUND_INTERVAL);
    await turn();
    expect([all, one]).toEqual([[['0'], numbered(20).slice(1)], [['7']]]);
    clock.advance(ROUND_INTERVAL);
    publish('later');
    await turn();
    expect(all.at(-1)).toEqual(['later']);
  });

  it('are sent to a hundred clients, a few in each turn of the event loop', async () => {
    feed.close();
    feed = feedOf({ clientsPerSource: 100, queue: 100_000 });
    const clients = Array.from({ length: 100 }, () => readings());
    await turn();
    publish('one');
    await turn();
    expect(clients.filter((got) => got.length > 0).length).toBeLessThan(20);
    for (let turns = 0; turns < 100; turns += 1) await turn();
    expect(clients.every((got) => got.length === 1)).toBe(true);
    feed.close();
    expect(clock.armed).toBe(0);
  });
});

describe('the feed', () => {
  it('keeps nothing of what clients were sent that have gone, whatever each of them wanted', async () => {
    feed.close();
    feed = feedOf({ queue: 100_000, kept: { events: 1_000, octets: 1_000_000 } });
    const stays = new Client();
    publish(...numbered(100, LONG));
    const [first = 0] = (await stays.until(`${LONG}0`)).ids;
    for (let count = 0; count < 200; count += 1) {
      const client = await new Client({ types: ['device.*', `device.a${count}`] }, first).until(`${LONG}99`);
      await client.leave();
    }
    expect(feed.chunks).toEqual({ octets: 0, chunks: 0, audiences: 1 });
    await stays.leave();
    expect(feed.chunks.audiences).toBe(0);
  });

  it('is silent about a missing id of a new client', async () => {
    const client = new Client({}, undefined);
    publish('one');
    expect((await client.until('one')).got).toEqual(['one']);
  });

  it('keeps nothing once it is closed', async () => {
    const client = await new Client().until('retry');
    await client.leave();
    feed.close();
    expect([isHeard(), watched, clock.armed]).toEqual([false, 0, 0]);
  });

  it('keeps no more octets than it may', async () => {
    feed.close();
    feed = feedOf({ kept: { events: 1_000, octets: 3_600 } });
    const client = new Client();
    publish('one');
    const [last] = (await client.until('one')).ids;
    await client.leave();
    publish(...numbered(9, LONG));
    expect((await new Client({}, last).until(`${LONG}8`)).got).toEqual([6, `${LONG}6`, `${LONG}7`, `${LONG}8`]);
  });
});
