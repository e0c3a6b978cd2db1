// Clients that nobody configured, and one station under many names among them: what they may have of a pool, and that
// neither a device nor a phone that is merely new is kept out by them.

import { describe, expect, it } from 'vitest';
import type { DhcpSettings } from '../../src/dhcp/settings.js';
import {
  aPool,
  DhcpHarness,
  macNumber,
  message,
  OTHER_PHONE,
  PHONE,
  type ReadReply,
  reservedFor,
  SERVER,
  unicastFrom,
  withSubnet,
} from './harness.js';

const TWENTY = aPool('10.10.210.101', '10.10.210.120');
const WIDE = { newClients: 1_000_000, newClientsPerLink: 1_000_000, openOffers: 0.5 };
const deviceMac = (number: number): string => `0C${number.toString(16).toUpperCase().padStart(10, '0')}`;

/** A wire with one station on it that makes up clients, one in each millisecond. */
class Wire {
  readonly rig: DhcpHarness;
  readonly #perMillisecond: number;
  readonly #takes: boolean;
  /** Clients that the station makes up before it begins again with the first. */
  readonly #clients: number;
  #made = 0;

  constructor(settings: DhcpSettings, wishes: { perMillisecond?: number; takes?: boolean; clients?: number } = {}) {
    this.rig = new DhcpHarness(settings);
    this.#perMillisecond = wishes.perMillisecond ?? 1;
    this.#takes = wishes.takes ?? false;
    this.#clients = wishes.clients ?? Number.POSITIVE_INFINITY;
  }

  attack(milliseconds: number): this {
    for (let passed = 0; passed < milliseconds; passed += 1) {
      for (let count = 0; count < this.#perMillisecond; count += 1) {
        const mac = macNumber(1 + (this.#made++ % this.#clients));
        const offer = this.rig.hear(message('DISCOVER', { mac }));
        if (this.#takes && offer !== undefined) this.take(mac, offer);
      }
      this.rig.advance(1);
    }
    return this;
  }

  take(mac: string, { yiaddr }: ReadReply): ReadReply | undefined {
    return this.rig.hear(message('REQUEST', { mac, requested: yiaddr, server: SERVER }));
  }

  /** How often the phone had to ask again until it had an address, a second apart, then two; it takes 10 ms to say that it takes it. */
  retriesOf(mac: string): number {
    for (let retries = 0; retries < 3; retries += 1) {
      const offer = this.rig.hear(message('DISCOVER', { mac }));
      if (offer !== undefined && this.attack(10).take(mac, offer)?.type === 'ACK') return retries;
      this.attack(1000 * 2 ** retries);
    }
    throw new Error(`no address: ${this.rig.verdict}`);
  }

  knows(count: number): this {
    for (let number = 0; number < count; number += 1) this.rig.knows(`SEP${deviceMac(number)}`, deviceMac(number));
    return this;
  }

  get leaseTimes(): number[] {
    return this.rig.probe.of('dhcp.sent').flatMap(({ kind, leaseTime }) => (kind === 'ACK' ? (leaseTime ?? 0) : []));
  }

  /** Addresses of the first subnet by what they are. */
  count(state: 'bound' | 'offered' | 'declined'): number {
    return [...this.rig.service.table.all()].filter((lease) => lease.state === state).length;
  }
}

describe('a pool of twenty at a thousand made-up clients a second', () => {
  it('serves a phone that nobody knows within one retry', () => {
    const wire = new Wire(withSubnet(TWENTY));
    for (const number of [1, 2, 3]) expect(wire.attack(700).retriesOf(deviceMac(number))).toBeLessThanOrEqual(1);
  });

  it('and ten thousand, of which the first thousand are looked at', () => {
    const wire = new Wire(withSubnet(TWENTY), { perMillisecond: 10 });
    expect(wire.attack(500).retriesOf(PHONE)).toBeLessThanOrEqual(1);
  });

  it('and where each of them asks again every second, as the phone does', () => {
    const wire = new Wire(withSubnet(TWENTY), { clients: 1000 });
    expect(wire.attack(2500).retriesOf(PHONE)).toBeLessThanOrEqual(1);
  });

  it('serves devices and reservations at once, though there are more of them than addresses left', () => {
    const reservations = [reservedFor({ mac: OTHER_PHONE }, '10.10.210.9')];
    const wire = new Wire(withSubnet({ ...TWENTY, reservations })).knows(20).attack(500);
    expect(wire.count('offered')).toBe(10);
    for (let number = 0; number < 20; number += 1) expect(wire.retriesOf(deviceMac(number))).toBe(0);
    expect(wire.retriesOf(OTHER_PHONE)).toBe(0);
  });

  it('and of which a part is kept for devices and another leased', () => {
    const wire = new Wire(withSubnet(TWENTY)).knows(8);
    for (const number of [11, 12, 13, 14, 15])
      expect(wire.attack(100).retriesOf(deviceMac(number))).toBeLessThanOrEqual(1);
  });

  it('and of ten, where offers fill the whole pool', () => {
    const wire = new Wire(withSubnet(aPool('10.10.210.101', '10.10.210.110')));
    expect(wire.attack(300).retriesOf(PHONE)).toBeLessThanOrEqual(1);
  });
});

describe('an offer that nobody took', () => {
  const wire = () => new Wire(withSubnet(TWENTY, { limits: WIDE }));
  const ask = ({ rig }: Wire, number: number) => rig.hear(message('DISCOVER', { mac: macNumber(number) }))?.yiaddr;

  it('is given on after two seconds, the oldest first, and that is told', () => {
    const { rig } = wire();
    for (let number = 1; number <= 16; number += 1) {
      rig.hear(message('DISCOVER', { mac: macNumber(number) }));
      rig.advance(1);
    }
    rig.advance(1983);
    expect(rig.hear(message('DISCOVER', { mac: macNumber(17) }))).toBeUndefined();
    expect(rig.verdict).toBe('silent too-many-open-offers');
    rig.advance(1);
    expect(rig.hear(message('DISCOVER', { mac: macNumber(18) }))?.yiaddr).toBe('10.10.210.101');
    expect(rig.verdict).toBe('OFFER given-on');
    expect(rig.hear(message('DISCOVER', { mac: macNumber(19) }))).toBeUndefined();
    expect(rig.probe.of('dhcp.offer-lapsed')).toMatchObject([
      { mac: macNumber(1), device: undefined, address: '10.10.210.101', after: 2000 },
    ]);
    // Its first client comes too late, and begins anew.
    const late = rig.hear(message('REQUEST', { mac: macNumber(1), requested: '10.10.210.101', server: SERVER }));
    expect(late?.type).toBe('NAK');
    expect(rig.hear(message('DISCOVER', { mac: macNumber(1) }))?.type).toBe('OFFER');
  });

  it('does not become younger by being asked for again', () => {
    const floor = wire();
    for (let number = 1; number <= 16; number += 1) ask(floor, number);
    floor.rig.advance(1000);
    expect(ask(floor, 1)).toBe('10.10.210.101');
    floor.rig.advance(1000);
    expect(ask(floor, 17)).toBe('10.10.210.101');
  });

  it('by a device lapses too, and is told of that device', () => {
    const { rig } = wire();
    rig.knows('SEP00270DC01C92', OTHER_PHONE);
    rig.hear(message('DISCOVER', { mac: OTHER_PHONE }));
    rig.advance(60_000);
    expect(rig.probe.of('dhcp.offer-lapsed')).toMatchObject([
      { mac: OTHER_PHONE, device: 'SEP00270DC01C92', address: '10.10.210.101', after: 60_000 },
    ]);
  });

  it('is told once a second where the share is used up', () => {
    const floor = wire().attack(500);
    expect(floor.rig.probe.of('dhcp.throttled')).toMatchObject([
      { link: '10.10.210.0/24', limit: 'openOffers', count: 1 },
    ]);
    floor.attack(1000);
    expect(floor.rig.probe.of('dhcp.throttled')).toHaveLength(2);
  });
});

describe('one station that takes all it can', () => {
  const emptied = () => new Wire(withSubnet(TWENTY, { limits: WIDE }), { takes: true }).knows(30).attack(10_000);

  it('has half of the pool, and devices the other', () => {
    const wire = emptied();
    expect(wire.count('bound')).toBe(10);
    expect(wire.rig.verdict).toBe('silent kept-for-devices');
    expect(wire.rig.probe.of('dhcp.pool-kept')).toMatchObject([{ subnet: '10.10.210.0/24', addresses: 20 }]);
    for (let number = 0; number < 10; number += 1) expect(wire.retriesOf(deviceMac(number))).toBe(0);
    expect(() => wire.retriesOf(deviceMac(10))).toThrow('no address: silent pool-empty');
    expect(wire.rig.probe.of('dhcp.received').findLast(({ device }) => device !== undefined)).toMatchObject({
      pool: { subnet: '10.10.210.0/24', addresses: 20, taken: 20 },
    });
  });

  it('has it for five minutes', () => {
    const wire = emptied();
    expect(wire.leaseTimes.filter((seconds) => seconds !== 300)).toHaveLength(3);
    wire.rig.advance(300_000);
    expect(wire.count('bound')).toBe(3);
    expect(wire.retriesOf(PHONE)).toBe(0);
  });

  it('has no more by claiming what it had once, or was given by nobody', () => {
    const wire = emptied();
    const { rig } = wire;
    rig.advance(300_000);
    wire.attack(100);
    const before = wire.count('bound');
    for (let last = 101; last <= 120; last += 1)
      for (const [number, wishes] of [
        [last, { ciaddr: `10.10.210.${last}` }],
        [last - 100, { requested: `10.10.210.${last}` }],
      ] as const)
        rig.hear(message('REQUEST', { mac: macNumber(number), ...wishes }), unicastFrom(`10.10.210.${last}`));
    expect([before, wire.count('bound')]).toEqual([10, 10]);
  });

  it('leaves devices their part of what it declines, and all of it after a minute', () => {
    const wire = new Wire(withSubnet(TWENTY, { limits: WIDE })).knows(30);
    const { rig } = wire;
    for (let number = 1; number <= 1000; number += 1) {
      const mac = macNumber(number);
      const requested = rig.hear(message('DISCOVER', { mac }))?.yiaddr;
      if (requested !== undefined) rig.hear(message('DECLINE', { mac, requested, server: SERVER }));
    }
    expect(wire.count('declined')).toBe(10);
    for (let number = 0; number < 10; number += 1) expect(wire.retriesOf(deviceMac(number))).toBe(0);
    rig.advance(60_000);
    for (let number = 10; number < 20; number += 1) expect(wire.retriesOf(deviceMac(number))).toBe(0);
  });

  it('has the whole of a pool where no device is configured: nobody else is known', () => {
    const wire = new Wire(withSubnet(TWENTY, { limits: WIDE }), { takes: true }).attack(1000);
    expect(wire.count('bound')).toBe(20);
    expect(wire.rig.probe.of('dhcp.pool-empty')).toHaveLength(1);
  });
});

describe('the lease of a phone that nobody knows', () => {
  const forty = withSubnet({ ...aPool('10.10.210.101', '10.10.210.140') });
  const leaseTime = (reply: ReadReply | undefined): number => Number.parseInt(reply?.option(51) ?? '0', 16);

  it('is as long as any for the first eighth of a pool, then five minutes until it was extended', () => {
    const rig = new DhcpHarness(forty);
    const first = [1, 2, 3, 4, 5, 6].map((number) => {
      rig.lease(macNumber(number));
      return rig.probe.of('dhcp.sent').at(-1)?.leaseTime;
    });
    expect(first).toEqual([691_200, 691_200, 691_200, 691_200, 691_200, 300]);
    const renew = () =>
      leaseTime(
        rig.hear(message('REQUEST', { mac: macNumber(6), ciaddr: '10.10.210.106' }), unicastFrom('10.10.210.106')),
      );
    rig.advance(149_000);
    expect(renew()).toBe(300);
    rig.advance(1000);
    expect(renew()).toBe(691_200);
    // It is no newcomer any more, and makes no other one's lease short.
    rig.hear(
      message('RELEASE', { mac: macNumber(1), ciaddr: '10.10.210.101', server: SERVER }),
      unicastFrom('10.10.210.101'),
    );
    rig.lease(macNumber(7));
    expect(rig.probe.of('dhcp.sent').at(-1)?.leaseTime).toBe(691_200);
  });

  it('is short for those that all ask before any of them takes its offer', () => {
    const rig = new DhcpHarness(forty);
    const times = [1, 2, 3, 4, 5, 6, 7].map((number) =>
      leaseTime(rig.hear(message('DISCOVER', { mac: macNumber(number) }))),
    );
    expect(times).toEqual([691_200, 691_200, 691_200, 691_200, 691_200, 300, 300]);
  });

  it('says the same in the offer and in the acknowledgement', () => {
    const rig = new DhcpHarness(withSubnet(aPool('10.10.210.101', '10.10.210.102')));
    rig.lease(macNumber(1));
    const offer = rig.hear(message('DISCOVER', { mac: macNumber(2) }));
    expect([offer?.option(51), offer?.option(58)]).toEqual(['0000012c', '00000096']);
    const ack = rig.hear(message('REQUEST', { mac: macNumber(2), requested: offer!.yiaddr, server: SERVER }));
    expect(leaseTime(ack)).toBe(300);
  });

  it('is a device’s own affair: that of a device is never cut', () => {
    const rig = new DhcpHarness(withSubnet(aPool('10.10.210.101', '10.10.210.102'))).knows(
      'SEP00270DC01C92',
      OTHER_PHONE,
    );
    rig.lease(macNumber(1));
    rig.lease(OTHER_PHONE);
    expect(rig.probe.of('dhcp.sent').at(-1)?.leaseTime).toBe(691_200);
  });
});

describe('a lease that its client gave up for another server’s', () => {
  it('is free, says why, and is the device’s no more', () => {
    const rig = new DhcpHarness().knows('SEP00270DC01C92', OTHER_PHONE);
    const address = rig.lease(OTHER_PHONE);
    rig.hear(message('REQUEST', { mac: OTHER_PHONE, requested: '10.10.210.55', server: '10.10.210.2' }));
    expect(rig.service.table.leaseAt(rig.service.table.subnets[0]!.ranges[0]!.first)).toMatchObject({
      state: 'free',
      ended: 'other-server',
    });
    expect(rig.written.at(-1)).toEqual({ state: 'free', address });
    expect(rig.devices.byName('SEP00270DC01C92')?.lease).toBeUndefined();
    expect(rig.probe.of('device.lease-ended')).toMatchObject([{ device: 'SEP00270DC01C92', address }]);
    expect(rig.probe.of('dhcp.received').at(-1)).toMatchObject({
      device: 'SEP00270DC01C92',
      decision: 'silent',
      reason: 'other-server',
      address: '10.10.210.55',
      server: '10.10.210.2',
    });
    expect(rig.lease(OTHER_PHONE)).toBe(address);
    expect(rig.service.table.leaseAt(rig.service.table.subnets[0]!.ranges[0]!.first)?.ended).toBeUndefined();
  });
});
