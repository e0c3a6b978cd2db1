// Subscriptions without end from many addresses, some of which answer their NOTIFYs as a good client does; then the phone
// that all of them watch changes its state over and over.

import { setTimeout as pause } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { ciscoRegister, plain } from '../../sip/phones.js';
import { type Attacker, attackerAt } from './sip-attacker.js';
import { expectUnharmed, inShort, MEASURED_AGAIN, underAttack } from './under-attack.js';

const WATCHED = { device: 'SEP00000000BB01', dn: '7101' };
const DND = '<presence><dm:person><e:activities><ce:dnd/></e:activities></dm:person></presence>';

const subscribe = ({ address, port }: Attacker, index: number): string =>
  plain('SUBSCRIBE', WATCHED.dn, {
    transport: 'UDP',
    sentBy: address,
    port,
    callId: `${index}@${address}`,
    headers: ['Event: presence', `X-Long: ${'x'.repeat(300)}`],
    expires: '3600',
  });

test('subscriptions of strangers and the news to all of them harm nobody', MEASURED_AGAIN, async () => {
  const deaf: Attacker[] = [];
  const hearing: Attacker[] = [];
  let changes = 0;
  const report = await underAttack({
    devices: `  - { name: ${WATCHED.device}, model: 8851, protocol: SIP, lines: [${WATCHED.dn}] }\n`,
    work: async ({ sipUdp }) => {
      for (let index = 0; index < 12; index += 1) {
        deaf.push(await attackerAt(`127.0.67.${index + 1}`, sipUdp));
        if (index < 4) hearing.push(await attackerAt(`127.0.68.${index + 1}`, sipUdp, true));
      }
      for (let index = 0; index < 500; index += 1) {
        for (const attacker of deaf) attacker.send(subscribe(attacker, index));
        for (const attacker of hearing) attacker.send(subscribe(attacker, index));
        await pause(6);
      }
      const phone = await attackerAt('127.0.69.1', sipUdp, true);
      const words = { ...WATCHED, transport: 'UDP', sentBy: phone.address, port: phone.port, model: 684 } as const;
      phone.send(ciscoRegister({ ...words, cseq: 1 }));
      await pause(50);
      const until = performance.now() + 3_000;
      while (performance.now() < until) {
        changes += 1;
        const publish = { ...words, callId: `dnd${changes}`, headers: ['Event: presence'] };
        phone.send(plain('PUBLISH', WATCHED.dn, { ...publish, body: changes % 2 === 0 ? '<presence/>' : DND }));
        if (changes % 10 === 0)
          phone.send(ciscoRegister({ ...words, cseq: changes, expires: changes % 20 === 0 ? '3600' : '0' }));
        await pause(5);
      }
      phone.close();
    },
  });
  const told = hearing.reduce((sum, { statuses }) => sum + (statuses.NOTIFY ?? 0), 0);
  const accepted = hearing.reduce((sum, { statuses }) => sum + (statuses[200] ?? 0), 0);
  process.stdout.write(`${accepted} accepted, ${changes} changes, ${told} NOTIFYs; ${inShort(report)}\n`);
  // Whoever does not answer has some dozens; whoever does is told in slices.
  for (const { statuses } of deaf) expect(statuses[200]).toBeLessThanOrEqual(32);
  expect(accepted).toBeGreaterThan(hearing.length * 32);
  expect(told).toBeGreaterThan(accepted);
  expect(told).toBeLessThan(accepted + changes * 16 + 10_000);
  for (const each of [...deaf, ...hearing]) each.close();
  expectUnharmed(report, 60);
});
