// The harness itself: without an attack nothing is lost, and with a daemon that is stopped it sees that answers are.

import { setTimeout as pause } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { expectUnharmed, inShort, underAttack } from './under-attack.js';

test('nothing is lost where nobody attacks', async () => {
  const report = await underAttack({ work: () => pause(2_000) });
  process.stdout.write(`${inShort(report)}\n`);
  expectUnharmed(report, 40);
});

test('a daemon that stands still is seen to lose answers', async () => {
  const report = await underAttack({
    work: async ({ pid }) => {
      process.kill(pid, 'SIGSTOP');
      await pause(3_500);
      process.kill(pid, 'SIGCONT');
    },
  });
  for (const times of Object.values(report.during)) expect(times).toContain(null);
});
