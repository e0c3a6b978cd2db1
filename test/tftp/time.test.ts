// Transfers while the machine's clock is set, and after the process stood still.

import { afterEach, describe, expect, it } from 'vitest';
import { DEFAULT_TFTP } from '../../src/tftp/settings.js';
import { MemoryDatagrams } from '../support/memory-datagrams.js';
import { HOUR, SteppingClock } from '../support/stepping-clock.js';
import { rrq } from '../support/tftp-client.js';
import { serve, someBytes } from './harness.js';
import { closeClients, RawClient } from './raw-client.js';

afterEach(() => closeClients());

const opened = async (requestsPerSecond = DEFAULT_TFTP.limits.requestsPerSecond) => {
  const clock = new SteppingClock();
  const network = new MemoryDatagrams();
  const limits = { ...DEFAULT_TFTP.limits, requestsPerSecond };
  const { server, files, probe, endpoint } = await serve({ limits }, network, clock);
  files.add('f', someBytes(2000));
  const client = await new RawClient().open(network);
  const ask = (): void => client.say(rrq('f'), endpoint);
  /** Tenths of a second until the client, from now on silent, is given up. */
  const untilGivenUp = (): number => {
    for (let count = 1; count < 10_000; count += 1) {
      clock.advance(100);
      if (server.transfers === 0) return count;
    }
    throw new Error('silence was never noticed');
  };
  return { clock, server, probe, client, ask, untilGivenUp };
};

describe.each([
  ['forward', HOUR],
  ['back', -HOUR],
])('a wall clock that is set %s by an hour', (_, step) => {
  it('disturbs no transfer', async () => {
    const { clock, probe, client, ask } = await opened();
    ask();
    client.acknowledge(1);
    clock.step(step);
    clock.advance(100);
    for (const block of [2, 3, 4]) client.acknowledge(block);
    expect(client.octets.equals(someBytes(2000))).toBe(true);
    expect(probe.of('tftp.completed')).toMatchObject([{ resent: 0 }]);
  });

  it('does not change when a silent client is given up', async () => {
    const usual = await opened();
    const stepped = await opened();
    for (const { client, ask } of [usual, stepped]) {
      ask();
      client.acknowledge(1);
    }
    stepped.clock.step(step);
    expect(stepped.untilGivenUp()).toBe(usual.untilGivenUp());
  });

  it('shuts nobody out for longer than the second of the limit', async () => {
    const { clock, client, ask, probe } = await opened(2);
    const asked = (): number => {
      ask();
      return probe.of('tftp.request').length;
    };
    expect([asked(), asked(), asked()]).toEqual([1, 1, 1]);
    for (const block of [1, 2, 3, 4]) client.acknowledge(block);
    clock.step(step);
    clock.advance(1000);
    expect(asked()).toBe(2);
  });
});

describe('a process that stood still for a minute', () => {
  const sleep = 60_000;

  it.each(['what waits in the kernel', 'an alarm'])(
    'sends nothing again that was acknowledged: %s is first',
    async (first) => {
      const { clock, probe, client, ask } = await opened();
      ask();
      client.acknowledge(1);
      clock.standStill(sleep);
      if (first === 'an alarm') clock.advance(0);
      for (const block of [2, 3, 4]) client.acknowledge(block);
      clock.advance(0);
      expect(probe.of('tftp.completed')).toMatchObject([{ resent: 0 }]);
    },
  );

  it('gives a client up as late as before', async () => {
    const usual = await opened();
    const slept = await opened();
    for (const { client, ask } of [usual, slept]) {
      ask();
      client.acknowledge(1);
    }
    slept.clock.standStill(sleep);
    slept.clock.advance(0);
    expect(slept.client.summary).toEqual(usual.client.summary);
    const more = slept.untilGivenUp() - usual.untilGivenUp();
    expect(more).toBeGreaterThanOrEqual(0);
    expect(more).toBeLessThan(50);
  });
});
