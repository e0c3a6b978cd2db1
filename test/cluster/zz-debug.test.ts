import { it } from 'vitest';
import { ENGINE_DOES, heal, NETWORK_DOES, NODES_DO, PHONES_DO, play } from './leases-random.test.js';

it('debug', async () => {
  const seed = Number(process.env.SEED);
  const steps = [
    ...PHONES_DO,
    ...NETWORK_DOES,
    ...(process.env.KIND === 'kill' ? NODES_DO : []),
    ...(process.env.KIND === 'loss' ? ENGINE_DOES : []),
  ];
  await heal(await play(seed, steps, process.env.ADDR));
});
