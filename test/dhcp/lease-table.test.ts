// Whatever clients do, and however the owner changes the pools meanwhile: no address is two clients' at once, and the
// book's counts are those of its leases.

import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { DhcpSettings } from '../../src/dhcp/settings.js';
import {
  aPool,
  DhcpHarness,
  macNumber,
  message,
  REFERENCE,
  reservedFor,
  SERVER,
  unicastFrom,
  withSubnet,
} from './harness.js';

const CLIENTS = 5;
const ADDRESSES = ['10.10.210.200', '10.10.210.201', '10.10.210.202', '10.10.210.203'] as const;
const [FIRST, , , LAST] = ADDRESSES;

/** Four addresses for five clients, and what an owner may make of them. */
const SETTINGS: readonly DhcpSettings[] = [
  withSubnet(aPool(FIRST, LAST)),
  withSubnet({ ...aPool(FIRST, LAST), reservations: [reservedFor({ mac: macNumber(1) }, ADDRESSES[1])] }),
  withSubnet({ ...aPool(FIRST, LAST), reservations: [reservedFor({ mac: macNumber(1) }, ADDRESSES[2])] }),
  withSubnet({ ...aPool(FIRST, ADDRESSES[1]), reservations: [reservedFor({ mac: macNumber(2) }, FIRST)] }),
  { ...withSubnet(aPool(ADDRESSES[2], LAST)), authoritative: true },
];

type Step =
  | { readonly does: 'ask' | 'take' | 'reboot' | 'renew' | 'release' | 'decline'; readonly client: number }
  | { readonly does: 'wait'; readonly minutes: number }
  | { readonly does: 'configure'; readonly settings: number };

const client = fc.integer({ min: 1, max: CLIENTS });
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 8, arbitrary: fc.record({ does: fc.constantFrom('ask' as const, 'take' as const), client }) },
  {
    weight: 4,
    arbitrary: fc.record({
      does: fc.constantFrom('reboot' as const, 'renew' as const, 'release' as const, 'decline' as const),
      client,
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ does: fc.constant('wait' as const), minutes: fc.integer({ min: 1, max: 9000 }) }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      does: fc.constant('configure' as const),
      settings: fc.integer({ min: 0, max: SETTINGS.length - 1 }),
    }),
  },
);

/** Clients as RFC 2131 has them: each believes what it was told last, until it runs out. */
class Clients {
  readonly rig = new DhcpHarness(SETTINGS[0]);
  readonly #offered = new Map<number, string>();
  readonly #held = new Map<number, { readonly address: string; readonly until: number }>();

  do(step: Step): void {
    if (step.does === 'wait') this.rig.advance(step.minutes * 60_000);
    else if (step.does === 'configure') this.rig.service.configure(SETTINGS[step.settings] ?? REFERENCE);
    else this.#say(step.does, step.client);
  }

  #say(does: 'ask' | 'take' | 'reboot' | 'renew' | 'release' | 'decline', number: number): void {
    const mac = macNumber(number);
    const address = this.address(number);
    const offered = this.#offered.get(number);
    if (does === 'ask') {
      const offer = this.rig.hear(message('DISCOVER', { mac }));
      if (offer !== undefined) this.#offered.set(number, offer.yiaddr);
    } else if (does === 'take' && offered !== undefined) {
      this.#offered.delete(number);
      this.#hear(number, message('REQUEST', { mac, requested: offered, server: SERVER }));
    } else if (address === undefined) return;
    else if (does === 'reboot') this.#hear(number, message('REQUEST', { mac, requested: address }));
    else if (does === 'renew') this.#hear(number, message('REQUEST', { mac, ciaddr: address }), address);
    else if (does === 'release' || does === 'decline') {
      const wishes = does === 'release' ? { ciaddr: address } : { requested: address };
      this.rig.hear(message(does === 'release' ? 'RELEASE' : 'DECLINE', { mac, server: SERVER, ...wishes }));
      this.#held.delete(number);
    }
  }

  #hear(number: number, bytes: Buffer, from?: string): void {
    const reply = this.rig.hear(bytes, from === undefined ? undefined : unicastFrom(from));
    if (reply?.type === 'NAK') this.#held.delete(number);
    if (reply?.type !== 'ACK') return;
    const seconds = Number.parseInt(reply.option(51) ?? '', 16);
    this.#held.set(number, { address: reply.yiaddr, until: this.rig.clock.now() + seconds * 1000 });
  }

  address(number: number): string | undefined {
    const held = this.#held.get(number);
    return held !== undefined && held.until > this.rig.clock.now() ? held.address : undefined;
  }

  get addresses(): readonly string[] {
    return Array.from({ length: CLIENTS }, (_, index) => this.address(index + 1) ?? []).flat();
  }
}

describe('the lease book', () => {
  it('never gives one address to two, and counts right, whatever happens', () => {
    fc.assert(
      fc.property(fc.array(step, { minLength: 20, maxLength: 120 }), (steps) => {
        const clients = new Clients();
        const { table: book } = clients.rig.service;
        for (const one of steps) {
          clients.do(one);
          expect(new Set(clients.addresses).size).toBe(clients.addresses.length);
          const [subnet] = book.subnets;
          const leases = [...book.all()];
          const bound = leases.filter(({ state }) => state === 'bound');
          const offered = leases.filter(({ state }) => state === 'offered').length;
          expect(book.occupancy(subnet!)).toMatchObject({ bound: bound.length, offered });
          expect(new Set(bound.map(({ client: { key } }) => key)).size).toBe(bound.length);
          const pooled = leases.filter(({ address }) => subnet!.isPooled(address));
          const reserved = bound.filter(({ address }) => subnet!.isReserved(address));
          const [leased, held, declined] = ['bound', 'offered', 'declined'].map(
            (state) => pooled.filter((lease) => lease.state === state).length,
          );
          expect(book.pool(subnet!)).toMatchObject({
            leased,
            offered: held,
            declined,
            free: subnet!.size - leased! - held! - declined!,
            reserved: { size: subnet!.reservations, leased: reserved.length },
          });
        }
      }),
      { numRuns: 300 },
    );
  });
});
