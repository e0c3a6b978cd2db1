// What a forger of addresses could have a third party shouted at: one datagram of each method from an address that answers
// nothing, and the octets that come to it until the last repetition; and the ways to name another address in a request.

import { setTimeout as pause } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { ciscoRegister, plain } from '../../sip/phones.js';
import { type Attacker, attackerAt } from './sip-attacker.js';
import { expectUnharmed, inShort, MEASURED_AGAIN, underAttack } from './under-attack.js';

/** Repetitions come after 0.5, 1.5 and 3.5 seconds. */
const REPEATED = 4_500;

type Words = (from: { readonly sentBy: string; readonly port: number; readonly transport: 'UDP' }) => string;

const METHODS: readonly (readonly [string, Words])[] = [
  ['SUBSCRIBE to presence', (from) => plain('SUBSCRIBE', '7001', { ...from, headers: ['Event: presence'] })],
  ['SUBSCRIBE to dialogs', (from) => plain('SUBSCRIBE', '7001', { ...from, headers: ['Event: dialog'] })],
  ['INVITE to a number', (from) => plain('INVITE', '7001', from)],
  ['INVITE to nobody', (from) => plain('INVITE', '9999', from)],
  ['REGISTER of a phone', (from) => ciscoRegister({ ...from, device: 'SEP00000000BB01', dn: '7101', model: 684 })],
  ['REGISTER of a new phone', (from) => ciscoRegister({ ...from, device: 'SEP00000000BB09', dn: '7109' })],
  ['REGISTER without a password', (from) => plain('REGISTER', '7102', from)],
  ['OPTIONS', (from) => plain('OPTIONS', 'x', from)],
  ['PUBLISH', (from) => plain('PUBLISH', '7001', { ...from, headers: ['Event: presence'] })],
  ['REFER', (from) => plain('REFER', '7001', from)],
  ['NOTIFY', (from) => plain('NOTIFY', '7001', from)],
  ['MESSAGE', (from) => plain('MESSAGE', '7001', from)],
];

test(
  'one datagram of each method brings at most three times its octets, and nothing to an address that it names',
  MEASURED_AGAIN,
  async () => {
    const attackers: (readonly [string, Attacker])[] = [];
    let victim: Attacker | undefined;
    const report = await underAttack({
      devices: `  - { name: SEP00000000BB01, model: 8851, protocol: SIP, lines: [7101] }
  - { name: SOFT, model: 336, protocol: SIP, lines: [7102], digest: { user: soft, password: secret } }
`,
      settings: ['autoRegistration.enabled=true', 'autoRegistration.range=1000-1999'],
      work: async ({ sipUdp }) => {
        victim = await attackerAt('127.0.66.66', sipUdp, false, 5060);
        for (const [index, [name, words]] of METHODS.entries()) {
          const attacker = await attackerAt(`127.0.66.${index + 1}`, sipUdp);
          attackers.push([name, attacker]);
          attacker.send(words({ sentBy: attacker.address, port: attacker.port, transport: 'UDP' }));
        }
        const pointing = await attackerAt('127.0.66.99', sipUdp, false, 5060);
        attackers.push(['what names another address', pointing]);
        const elsewhere = { sentBy: victim.address, port: 5060, transport: 'UDP' } as const;
        for (const [, words] of METHODS) {
          pointing.send(words(elsewhere));
          const own = words({ ...elsewhere, sentBy: pointing.address });
          pointing.send(own.replace(';branch=', `;maddr=${victim.address};branch=z9hG4bKm`).replace(';rport', ''));
        }
        await pause(REPEATED);
      },
    });
    const counts = attackers.map(([name, { sent, receivedOctets: heard, statuses }]) => ({
      name,
      ratio: heard / sent,
      statuses,
    }));
    for (const { name, ratio } of counts) process.stdout.write(`${name} ×${ratio.toFixed(2)}\n`);
    process.stdout.write(`${inShort(report)}\n`);
    for (const { name, ratio } of counts) expect.soft(ratio, name).toBeLessThanOrEqual(3);
    for (const { name, statuses } of counts) expect.soft(Object.keys(statuses), name).not.toEqual([]);
    expect(victim?.receivedOctets).toBe(0);
    for (const each of [...attackers.map(([, attacker]) => attacker), victim]) each?.close();
    expectUnharmed(report, 40);
  },
);
