// A process that does nothing but look how late its own event loop is, as the daemon does: on SIGUSR2 it says so, in
// milliseconds at the 99th percentile since it was last asked. What it is late by is the machine's doing.

import { monitorEventLoopDelay } from 'node:perf_hooks';

const LOOK_MS = 20;
const delay = monitorEventLoopDelay({ resolution: LOOK_MS });
delay.enable();

process.on('SIGUSR2', () => {
  process.stdout.write(`late ${Math.max(0, delay.percentile(99) / 1e6 - LOOK_MS).toFixed(3)} ms\n`);
  delay.reset();
});
setInterval(() => {}, 2 ** 30); // a signal that may come keeps no process
process.stdout.write('ready\n');
