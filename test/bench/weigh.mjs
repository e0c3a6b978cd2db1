// Loaded before the program whose memory is weighed (`node --expose-gc --import`): on SIGUSR2 it clears away what nobody
// holds and says what is left, in octets.

process.on('SIGUSR2', async () => {
  for (let turn = 0; turn < 3; turn += 1) {
    globalThis.gc();
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  const { heapUsed, external, rss } = process.memoryUsage();
  process.stdout.write(`weighs ${JSON.stringify({ held: heapUsed + external, rss })}\n`);
});
