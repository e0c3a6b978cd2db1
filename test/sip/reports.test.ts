// What the SIP service reports of a flood: one fact a second, with how many there were.

import { describe, expect, it } from 'vitest';
import { instant } from '../../src/core/time.js';
import type { SipEvent } from '../../src/sip/events.js';
import { Excesses } from '../../src/sip/transport/excesses.js';
import { MalformedReports, Refusals } from '../../src/sip/transport/malformed-reports.js';
import { EventRecorder } from '../support/event-recorder.js';

describe('connections over a bound', () => {
  it('are reported at once, then once a second with the count since the last report, each bound by itself', () => {
    const probe = new EventRecorder<SipEvent>();
    const refusals = new Refusals(probe.bus);
    const refuse = (at: number, limit: 'links' | 'links-per-source') =>
      refusals.report({ at: instant(at), address: '10.0.0.1', port: 4000, limit });
    for (const at of [0, 10, 999]) refuse(at, 'links');
    refuse(500, 'links-per-source');
    refuse(1_000, 'links');
    refuse(5_000, 'links');
    expect(probe.of('sip.link-refused').map(({ at, limit, count }) => [at, limit, count])).toEqual([
      [0, 'links', 1],
      [500, 'links-per-source', 1],
      [1_000, 'links', 3],
      [5_000, 'links', 1],
    ]);
  });
});

describe('what was over a bound', () => {
  it('is reported a second after the first, with the address that was over it last', () => {
    const probe = new EventRecorder<SipEvent>();
    const excesses = new Excesses(probe.bus);
    expect(excesses.nextDeadline()).toBeUndefined();
    excesses.count('datagramsPerSecond', '10.0.0.1', instant(100));
    excesses.count('datagramsPerSecond', '10.0.0.2', instant(600));
    excesses.count('outgoing', '10.0.0.3', instant(700));
    expect(excesses.nextDeadline()).toBe(1_100);
    excesses.expire(instant(1_099));
    expect(probe.events).toEqual([]);
    excesses.expire(instant(1_150));
    expect(probe.events).toEqual([
      { type: 'sip.throttled', at: 1_150, limit: 'datagramsPerSecond', count: 2, address: '10.0.0.2' },
      { type: 'sip.throttled', at: 1_150, limit: 'outgoing', count: 1, address: '10.0.0.3' },
    ]);
    expect(excesses.nextDeadline()).toBeUndefined();
  });
});

describe('malformed messages', () => {
  it('are reported so many a second; the next report says how many were not', () => {
    const probe = new EventRecorder<SipEvent>();
    const reports = new MalformedReports(probe.bus, 2);
    for (const [at, address] of [
      [0, 'a'],
      [1, 'b'],
      [2, 'c'],
      [999, 'd'],
      [1_000, 'e'],
    ] as const)
      reports.report(
        { at: instant(at), transport: 'udp', address, port: 5060, link: 0, reason: 'not SIP', answered: 0 },
        Buffer.from('x'),
      );
    expect(probe.of('sip.malformed').map(({ address, unsaid }) => [address, unsaid])).toEqual([
      ['a', 0],
      ['b', 0],
      ['e', 2],
    ]);
  });
});
