// OPTIONS as fast as one address can send them.

import { setTimeout as pause } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { plain } from '../../sip/phones.js';
import { attackerAt } from './sip-attacker.js';
import { expectUnharmed, inShort, MEASURED_AGAIN, underAttack } from './under-attack.js';

const LASTS = 4_000;
const TOLD_WITHIN = 1_100;
/** In one turn of this process, which shares the machine with daemon and phones. */
const BURST = 50;

test('OPTIONS of one address at full speed keep nobody from an answer, and are told', MEASURED_AGAIN, async () => {
  let sent = 0;
  let answered = 0;
  let metrics = '';
  const report = await underAttack({
    work: async ({ sipUdp, api }) => {
      const attacker = await attackerAt('127.0.70.1', sipUdp);
      const words = { transport: 'UDP', sentBy: attacker.address, port: attacker.port } as const;
      const until = performance.now() + LASTS;
      while (performance.now() < until) {
        for (let index = 0; index < BURST; index += 1) {
          sent += 1;
          attacker.send(plain('OPTIONS', 'x', { ...words, callId: String(sent) }));
        }
        await pause(1);
      }
      answered = attacker.statuses[200] ?? 0;
      attacker.close();
      await pause(TOLD_WITHIN);
      metrics = await (await fetch(`http://127.0.0.1:${api}/metrics`)).text();
    },
  });
  const [, refused = '0'] = /labcm_sip_throttled_total\{limit="datagramsPerSecond"\} (\d+)/.exec(metrics) ?? [];
  process.stdout.write(`${sent} sent, ${answered} answered, ${refused} not read; ${inShort(report)}\n`);
  expect(Number(refused)).toBeGreaterThan(0);
  expect(answered).toBeLessThanOrEqual(5_000 * (LASTS / 1_000 + 2));
  expectUnharmed(report, 80);
});
