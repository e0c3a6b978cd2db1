import { describe, expect, it } from 'vitest';
import { type Instant, instant } from '../../src/core/time.js';
import { DEFAULT_SIP } from '../../src/sip/settings.js';
import { LinkPool, type PooledLink } from '../../src/sip/transport/link-pool.js';
import { aDevice } from '../support/devices.js';
import { sipHarness } from './harness.js';
import { ciscoRegister, plain } from './phones.js';

interface Link extends PooledLink<Link> {
  readonly openedAt: Instant;
}

const pool = (registered: ReadonlySet<number>) => {
  const gone: number[] = [];
  const links = new LinkPool<Link>(
    () => 10,
    (link) => registered.has(link),
    (link) => {
      gone.push(link.link);
      links.leave(link);
    },
  );
  const enter = (link: number, now: number): void =>
    links.enter({ link, openedAt: instant(now), older: undefined, newer: undefined }, instant(now));
  return { enter, gone };
};

describe('the places for connections', () => {
  it('are kept until nearly all are taken; then the oldest without a registration gives way', () => {
    const { enter, gone } = pool(new Set([1, 3]));
    for (let link = 1; link <= 9; link += 1) enter(link, link);
    expect(gone).toEqual([]);
    enter(10, 3_000);
    enter(11, 3_000);
    enter(12, 3_000);
    expect(gone).toEqual([2, 4, 5]);
  });

  it('are nobody’s who has just come', () => {
    const { enter, gone } = pool(new Set());
    for (let link = 1; link <= 12; link += 1) enter(link, 1_000);
    expect(gone).toEqual([]);
    enter(13, 2_999);
    expect(gone).toEqual([]);
    enter(14, 3_000);
    expect(gone).toEqual([1]);
  });

  it('that registered phones hold are theirs, however many there are', () => {
    const { enter, gone } = pool(new Set(Array.from({ length: 40 }, (_, index) => index)));
    for (let link = 0; link < 40; link += 1) enter(link, link * 10_000);
    expect(gone).toEqual([]);
  });

  it('go to a phone that comes, though strangers hold all of them', async () => {
    const limits = { ...DEFAULT_SIP.limits, links: 20 };
    const { tcp, clock, probe, database } = await sipHarness(
      [aDevice('SEP005056A1033D', { protocol: 'SIP', lines: ['5005'] })],
      {
        settings: { limits },
      },
    );
    const strangers = Array.from({ length: 18 }, () => tcp());
    for (const stranger of strangers) stranger.ask(plain('OPTIONS', 'x', { transport: 'TCP' }));
    clock.advance(2_000);
    const phone = tcp();
    expect(phone.ask(ciscoRegister()).at(1)?.status).toBe(200);
    for (let index = 0; index < 100; index += 1) {
      clock.advance(100);
      tcp().ask(plain('OPTIONS', 'x', { transport: 'TCP' }));
    }
    expect(probe.of('sip.link-closed').every(({ cause }) => cause === 'gave-way')).toBe(true);
    expect(probe.of('sip.link-closed').length).toBeGreaterThan(90);
    expect(database.byName('SEP005056A1033D')?.state).toBe('registered');
    expect(phone.ask(ciscoRegister({ cseq: 102 })).at(1)?.status).toBe(200);
  });
});
