import { describe, expect, it } from 'vitest';
import { instant } from '../../src/core/time.js';
import type { SipEvent } from '../../src/sip/events.js';
import { MalformedReports } from '../../src/sip/transport/malformed-reports.js';
import { TokenLimit } from '../../src/sip/uas/token-limit.js';
import { EventRecorder } from '../support/event-recorder.js';

const granted = (limit: TokenLimit, times: number, address: string, isKnown: boolean, now: number): number =>
  Array.from({ length: times }).filter(() => limit.grant(address, isKnown, instant(now))).length;

describe('the way home', () => {
  it('is open to so many at once and so many a second', () => {
    const limit = new TokenLimit({ perSecond: 20, burst: 50 });
    const phones = Array.from({ length: 100 }, (_, index) => `10.0.0.${index}`);
    expect(phones.filter((address) => limit.grant(address, true, instant(0)))).toHaveLength(50);
    expect(phones.filter((address) => limit.grant(address, true, instant(1_000)))).toHaveLength(20);
  });

  it('is kept open for known phones, whatever others ask', () => {
    const limit = new TokenLimit({ perSecond: 20, burst: 50 });
    let home = 0;
    for (let second = 0; second < 60; second += 1) {
      granted(limit, 1_000, '10.9.9.9', false, second * 1_000);
      home += granted(limit, 20, `10.0.0.${second}`, true, second * 1_000 + 500);
    }
    expect(home).toBeGreaterThanOrEqual(60 * 10);
  });

  it('is kept open for other addresses, whatever one that names known phones asks', () => {
    const limit = new TokenLimit({ perSecond: 20, burst: 50 });
    for (let second = 0; second < 60; second += 1) {
      granted(limit, 1_000, '10.9.9.9', true, second * 1_000);
      expect(granted(limit, 10, `10.0.0.${second}`, true, second * 1_000 + 500)).toBe(10);
    }
  });
});

describe('complaints', () => {
  it('of one address leave room for another’s in the same second', () => {
    const probe = new EventRecorder<SipEvent>();
    const complaints = new MalformedReports(probe.bus, 10);
    const complain = (address: string): void =>
      complaints.report(
        { at: instant(0), transport: 'udp', address, port: 5060, link: 0, reason: 'not SIP', answered: 0 },
        Buffer.from('x'),
      );
    for (let index = 0; index < 1_000; index += 1) complain('10.9.9.9');
    complain('10.0.0.1');
    expect(
      probe
        .of('sip.malformed')
        .map(({ address, unsaid }) => [address, unsaid])
        .slice(-2),
    ).toEqual([
      ['10.9.9.9', 0],
      ['10.0.0.1', 993],
    ]);
  });
});
