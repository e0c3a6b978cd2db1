// What is kept of what clients of the feed are sent: shared among those that want the same, and bounded.

import { describe, expect, it } from 'vitest';
import { EventRing } from '../../src/http/api/event-ring.js';
import { FeedChunks, KEPT_CHUNKS } from '../../src/http/api/feed-chunks.js';
import type { FeedFilter } from '../../src/http/api/feed-filter.js';

const EVENTS = 1_000;
const OCTETS = 2_000;

const filter = (device?: string): FeedFilter => ({ types: ['device.*'], steps: [], device });

const ring = (owner = 'one'): EventRing => {
  const made = new EventRing(1, { events: EVENTS, octets: EVENTS * OCTETS }, () => {});
  for (let id = 1; id <= EVENTS; id += 1)
    made.push({ id, type: 'device.added', owner, step: undefined, octets: Buffer.alloc(OCTETS) });
  return made;
};

/** A client of this filter reads all events. Returns how many octets it got. */
const readAll = (chunks: FeedChunks, wanted: FeedFilter, events: EventRing): number => {
  const audience = chunks.join(wanted);
  let got = 0;
  for (let at = events.oldest; at <= events.newest; ) {
    const { octets, next } = chunks.of(audience, at, events);
    got += octets?.length ?? 0;
    at = next;
  }
  return got;
};

describe('chunks of the feed', () => {
  it('are the same object for clients that want the same, until an event comes', () => {
    const chunks = new FeedChunks(256 * 1024);
    const events = ring();
    const [one, other] = [chunks.join(filter()), chunks.join(filter())];
    const made = chunks.of(one, 1, events);
    expect(chunks.of(other, 1, events)).toBe(made);
    chunks.clear();
    expect(chunks.kept).toEqual({ octets: 0, chunks: 0, audiences: 1 });
    expect(chunks.of(other, 1, events)).not.toBe(made);
  });

  it('are not kept for one client alone, whoever else wants something else', () => {
    const chunks = new FeedChunks(256 * 1024);
    for (let client = 0; client < 200; client += 1) {
      const type = `device.a${client}`;
      expect(readAll(chunks, { types: ['device.*', type], steps: [], device: undefined }, ring())).toBe(
        EVENTS * OCTETS,
      );
    }
    expect(chunks.kept).toEqual({ octets: 0, chunks: 0, audiences: 200 });
  });

  it('go with the last client but one that wants them', () => {
    const chunks = new FeedChunks(256 * 1024);
    const events = ring();
    const [one, other] = [chunks.join(filter()), chunks.join(filter())];
    chunks.of(one, 1, events);
    expect(chunks.kept.chunks).toBe(1);
    chunks.leave(other);
    expect(chunks.kept).toEqual({ octets: 0, chunks: 0, audiences: 1 });
    chunks.leave(one);
    expect(chunks.kept.audiences).toBe(0);
  });

  it('take a bounded number of octets and of places, however many clients want different events', () => {
    const chunks = new FeedChunks(256 * 1024);
    const [events, none] = [ring(), ring('nobody')];
    for (let pair = 0; pair < 64; pair += 1) {
      const wanted = { ...filter(), types: ['device.*', `device.a${pair}`] };
      expect(readAll(chunks, wanted, events) + readAll(chunks, wanted, events)).toBe(2 * EVENTS * OCTETS);
      expect(chunks.kept.octets).toBeLessThanOrEqual(KEPT_CHUNKS.octets);
    }
    // A chunk of nothing has no octets, and still takes a place.
    chunks.clear();
    for (let place = 1; place <= EVENTS; place += 1) {
      const [audience] = [chunks.join(filter('other')), chunks.join(filter('other'))];
      chunks.of(audience, place, none);
      expect(chunks.kept.chunks).toBeLessThanOrEqual(KEPT_CHUNKS.chunks);
    }
    expect(chunks.kept).toMatchObject({ octets: 0, chunks: KEPT_CHUNKS.chunks });
  });
});
