// Leases while the machine's clock is set: a lease lasts as long as was promised, and the file says until what time of day.

import { describe, expect, it } from 'vitest';
import { DeadlineTimer } from '../../src/core/deadline-timer.js';
import { instant } from '../../src/core/time.js';
import { LeaseJournal } from '../../src/dhcp/lease-journal.js';
import { LeaseTable } from '../../src/dhcp/lease-table.js';
import { NewClientLimit } from '../../src/dhcp/new-client-limit.js';
import { HOUR, SteppingClock } from '../support/stepping-clock.js';
import { aPool, aSubnet, PHONE, REFERENCE } from './harness.js';
import { MemoryLeaseFile } from './memory-lease-file.js';

const SETTINGS = { ...REFERENCE, subnets: [aSubnet('10.64.0.0', 16, aPool('10.64.0.1', '10.64.0.254'))] };
const [SUBNET] = SETTINGS.subnets;
const LEASE_TIME = SUBNET?.leaseTime ?? instant(0);
const CLIENT = { key: `1/${PHONE}`, mac: PHONE, htype: 1, clientId: '', hostName: '', vendorClass: '' };

/** A process of the server: its clock begins with what the wall clock shows. */
const started = (file: MemoryLeaseFile, shown?: number) => {
  const clock = new SteppingClock(shown);
  const ended: string[] = [];
  const listener = { onFailed: () => {}, onRecovered: () => {} };
  const bus: LeaseJournal = new LeaseJournal(file, () => book, listener, clock);
  const book: LeaseTable = new LeaseTable(SETTINGS, {
    onChanged: (lease) => bus.add(lease),
    onLapsed: () => {},
    onExpired: (_lease, was) => void ended.push(was),
  });
  bus.read((lease) => book.restore(lease, clock.now()));
  const pump = new DeadlineTimer(book, clock);
  pump.rearm();
  const bind = (): void => {
    const [subnet] = book.subnets;
    if (subnet === undefined) throw new Error('no subnet');
    const wish = { address: undefined, reserved: undefined, isDevice: true, isRepeated: false };
    const { lease } = book.offer(subnet, CLIENT, wish, LEASE_TIME as never, clock.now());
    if (lease === undefined) throw new Error('no address');
    book.bind(lease, CLIENT, LEASE_TIME as never, undefined, clock.now());
    bus.flush(clock.now());
    pump.rearm();
  };
  return { clock, book, ended, bind };
};

const written = (file: MemoryLeaseFile): { since: number; until: number } =>
  JSON.parse(file.content.toString().trimEnd().split('\n').at(-1) ?? '{}');

describe.each([
  ['forward', HOUR],
  ['back', -HOUR],
])('a wall clock that is set %s by an hour', (_, step) => {
  it('changes no lease that runs, and is the one that the file shows from then on', () => {
    const file = new MemoryLeaseFile();
    const { clock, bind, ended } = started(file);
    bind();
    expect(written(file).until).toBe(clock.now() + LEASE_TIME);
    clock.step(step);
    clock.advance(LEASE_TIME / 2);
    bind();
    expect(written(file).until).toBe(clock.now() + step + LEASE_TIME);
    clock.advance(LEASE_TIME - 1);
    expect(ended).toEqual([]);
    clock.advance(1);
    expect(ended).toEqual(['bound']);
  });

  it('leaves a lease its time over a restart', () => {
    const file = new MemoryLeaseFile();
    const before = started(file);
    before.clock.step(step);
    before.bind();
    before.clock.advance(60_000);
    const after = started(file, before.clock.wallTime(before.clock.now()));
    after.clock.advance(LEASE_TIME - 60_001);
    expect(after.ended).toEqual([]);
    after.clock.advance(1);
    expect(after.ended).toEqual(['bound']);
  });

  it('is no matter of how many new clients may come', () => {
    const clock = new SteppingClock();
    const throttle = new NewClientLimit();
    const limits = { ...REFERENCE.limits, newClients: 2, newClientsPerLink: 2 };
    const mayCome = (): boolean => throttle.take('eth1', limits, clock.now()) === undefined;
    expect([mayCome(), mayCome(), mayCome()]).toEqual([true, true, false]);
    clock.step(step);
    clock.advance(1000);
    expect([mayCome(), mayCome(), mayCome()]).toEqual([true, true, false]);
  });
});

it('a process that stood still moves the end of no lease: its client’s clock went on', () => {
  const { clock, bind, ended } = started(new MemoryLeaseFile());
  bind();
  clock.standStill(LEASE_TIME);
  clock.advance(0);
  expect(ended).toEqual(['bound']);
});
