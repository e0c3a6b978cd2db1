// Bodies of files over HTTP that wait on purpose: they count with everything else that waits.

import { afterEach, expect, it } from 'vitest';
import { memoryContent } from '../../src/core/files.js';
import { openFileServer } from '../../src/http/file-server.js';
import { injectedRequests } from '../../src/injection/seams/requests.js';
import { systemClock } from '../../src/net/system-clock.js';
import { eventually } from '../support/daemon.js';
import { EventRecorder } from '../support/event-recorder.js';
import { InjectorHarness, ruleOf } from './injector-harness.js';

const ROOM = 16 * 1024 * 1024;
const BODY = 'x'.repeat(1_000);

const closes: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closes.splice(0)) await close();
});

const served = async () => {
  const harness = new InjectorHarness();
  const server = await openFileServer({
    ...{ address: '127.0.0.1', port: 0, clock: systemClock, bus: new EventRecorder<never>().bus as never },
    source: { open: () => ({ found: true, content: memoryContent(Buffer.from(BODY)) }) },
    onPort: injectedRequests(harness.injector),
  });
  closes.push(() => server.close());
  const waiting = harness.injector.roomAt('tftp');
  /** How much room there is. */
  const hasRoomFor = (octets: number): boolean => {
    const has = waiting.take(octets);
    if (has) waiting.giveBack(octets);
    return has;
  };
  return {
    ...harness,
    injector: harness.injector,
    waiting,
    hasRoomFor,
    url: `http://127.0.0.1:${server.local.port}/a`,
  };
};

it('a body that trickles waits within the bound of all rules, and gives its room back', async () => {
  const { injector, hasRoomFor, url } = await served();
  injector.add(ruleOf({ id: 'slow', where: 'http', fault: 'slow', rate: 50 }), 'api');
  const answer = await fetch(url);
  expect(hasRoomFor(ROOM)).toBe(false);
  expect(hasRoomFor(ROOM - 2 * BODY.length)).toBe(true);
  injector.clear('slow');
  expect(await answer.text()).toBe(BODY);
  await eventually(() => expect(hasRoomFor(ROOM)).toBe(true));
});

it('a body that finds no room leaves at once', async () => {
  const { injector, waiting, url } = await served();
  injector.add(ruleOf({ where: 'http', fault: 'slow', rate: 50 }), 'api');
  expect(waiting.take(ROOM - BODY.length + 1)).toBe(true);
  expect(await (await fetch(url)).text()).toBe(BODY);
});

it('a client that goes away gives the room back, too', async () => {
  const { injector, clock, hasRoomFor, url } = await served();
  injector.add(ruleOf({ where: 'http', fault: 'slow', rate: 50 }), 'api');
  const aborted = new AbortController();
  await fetch(url, { signal: aborted.signal });
  expect(hasRoomFor(ROOM)).toBe(false);
  aborted.abort();
  await eventually(() => {
    clock.advance(20); // the next piece
    expect(hasRoomFor(ROOM)).toBe(true);
  });
});
