// What is remembered of clients that come and go is bounded, and when it is full the newest is not the one that is left out.

import { expect, it } from 'vitest';
import { after, instant, seconds } from '../../src/core/time.js';
import { NewClientLimit } from '../../src/dhcp/new-client-limit.js';
import { TurnedAway } from '../../src/dhcp/turned-away.js';
import { DhcpHarness, macNumber, message, viaRelay } from './harness.js';

const START = instant(0);
const at = (count: number) => after(START, seconds(count));

it('a client that was turned away is known for half a minute at least, for a minute at most', () => {
  const turnedAway = new TurnedAway();
  turnedAway.add('a', at(0));
  turnedAway.add('b', at(29));
  expect(['a', 'b'].map((client) => turnedAway.has(client, at(31)))).toEqual([true, true]);
  turnedAway.add('c', at(40));
  expect(['a', 'b', 'c'].map((client) => turnedAway.has(client, at(62)))).toEqual([false, false, true]);
  expect(turnedAway.has('c', at(200))).toBe(false);
});

it('of a flood of them the last 65,536 at least are known', () => {
  const turnedAway = new TurnedAway();
  for (let number = 0; number < 200_000; number += 1) turnedAway.add(macNumber(number), at(1));
  const known = Array.from({ length: 200_000 }, (_, number) => turnedAway.has(macNumber(number), at(1)));
  expect(known.slice(-65_536).every((one) => one)).toBe(true);
  expect(known.filter((one) => one).length).toBeLessThanOrEqual(2 * 65_536);
});

it('a link that is new has its own share, however many made-up ones there were', () => {
  const throttle = new NewClientLimit();
  const limits = { newClients: 1_000_000, newClientsPerLink: 2, openOffers: 0.5 };
  for (let link = 0; link < 5000; link += 1) throttle.take(`made up ${link}`, limits, at(0));
  const refusals = [1, 2, 3].map(() => throttle.take('10.0.0.1', limits, at(0))?.limit);
  expect(refusals).toEqual([undefined, undefined, 'newClientsPerLink']);
});

it('a stranger and another server are told, however many there were before', () => {
  const rig = new DhcpHarness();
  for (let number = 0; number < 5000; number += 1) {
    const mac = macNumber(number);
    const other = `10.${number >> 8}.${number & 255}.77`;
    rig.hear(
      message('REQUEST', { mac, vendorClass: 'MSFT 5.0', requested: '10.10.210.9', server: other }),
      viaRelay('10.10.210.1'),
    );
  }
  expect(rig.probe.of('dhcp.stranger')).toHaveLength(5000);
  expect(rig.probe.of('dhcp.other-server')).toHaveLength(5000);
});

it('new clients over a limit are reported at once, then once a second with how many there were', () => {
  const limit = new NewClientLimit();
  const limits = { newClients: 1000, newClientsPerLink: 2, openOffers: 0.5 };
  const refusal = (milliseconds: number) => limit.take('a', limits, instant(milliseconds));
  expect([refusal(0), refusal(0)]).toEqual([undefined, undefined]);
  expect(refusal(0)).toEqual({ link: 'a', limit: 'newClientsPerLink', unreported: 1 });
  expect(refusal(1)).toEqual({ link: 'a', limit: 'newClientsPerLink', unreported: 0 });
  expect(refusal(499)).toEqual({ link: 'a', limit: 'newClientsPerLink', unreported: 0 });
  expect(refusal(999)).toBeUndefined();
  expect(refusal(999)).toEqual({ link: 'a', limit: 'newClientsPerLink', unreported: 0 });
  expect(refusal(1_000)).toBeUndefined();
  expect(refusal(1_000)).toEqual({ link: 'a', limit: 'newClientsPerLink', unreported: 4 });
});

it('a new client that the limit on all refuses costs its link nothing', () => {
  const limit = new NewClientLimit();
  const limits = { newClients: 3, newClientsPerLink: 2, openOffers: 0.5 };
  const refusal = (link: string, milliseconds: number) => limit.take(link, limits, instant(milliseconds));
  expect([refusal('a', 0), refusal('a', 0), refusal('b', 0)]).toEqual([undefined, undefined, undefined]);
  for (let count = 0; count < 5; count += 1)
    expect(refusal('b', 0)).toEqual({ link: 'b', limit: 'newClients', unreported: count === 0 ? 1 : 0 });
  expect(refusal('b', 334)).toBeUndefined();
});
