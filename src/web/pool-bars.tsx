// The address pools as bars: how much of each is used.

import type { PoolJson, PoolsJson } from '../http/api/node-shapes.js';
import { read } from './api.js';
import { counted } from './times.js';
import { useReading } from './use.js';

const EVERY = 5_000; // milliseconds

const PARTS = ['leased', 'offered', 'declined', 'free'] as const;

const Bar = ({ pool }: { pool: PoolJson }) => {
  const { subnet, ranges, size, reserved } = pool;
  const counts = PARTS.map((part) => ({ part, count: pool[part] }));
  const words = counts
    .filter(({ part, count }) => count > 0 || part === 'leased' || part === 'free')
    .map(({ part, count }) => `${counted(count)} ${part}`)
    .join(', ');
  const apart =
    reserved.size === 0 ? '' : `; ${counted(reserved.size)} reserved, of which ${counted(reserved.leased)} leased`;
  return (
    <li>
      <span>
        <strong>{subnet}</strong> <small>{ranges.join(', ')}</small>
      </span>
      <span class="bar" aria-hidden="true">
        {counts.map(({ part, count }) =>
          count === 0 ? null : <span key={part} class={part} style={{ flexGrow: String(count / size) }} />,
        )}
      </span>
      <span class={pool.free === 0 && size > 0 ? 'bad' : ''}>
        {words} of {counted(size)}
        {apart}
      </span>
    </li>
  );
};

/** The pools of DHCP. */
export const PoolBars = ({ isPaused }: { isPaused: boolean }) => {
  const { value } = useReading('pools', (signal) => read<PoolsJson>('/api/pools', signal), EVERY, isPaused);
  if (value === undefined) return null;
  if (value.pools.length === 0) return <p class="note">This labcm gives no addresses: DHCP is off.</p>;
  return (
    <ul class="pools" aria-label="Address pools">
      {value.pools.map((pool) => (
        <Bar key={pool.subnet} pool={pool} />
      ))}
    </ul>
  );
};
