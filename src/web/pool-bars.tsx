// The address pools as bars: how much of each is used.

import type { PoolJson, PoolsJson } from '../http/api/node-shapes.js';
import { read } from './api.js';
import { counted } from './times.js';
import { useReading } from './use.js';

const EVERY = 5_000; // milliseconds

/** The parts of a bar, in its order. Those that are always named, and those that are named if there are any. */
const partsOf = ({ leased, offered, declined, free, reserved }: PoolJson) =>
  [
    { part: 'leased', count: leased, isNamed: true },
    { part: 'offered', count: offered, isNamed: offered > 0 },
    { part: 'declined', count: declined, isNamed: declined > 0 },
    { part: 'free', count: free, isNamed: true },
    { part: 'reserved', count: reserved.size, isNamed: reserved.size > 0 },
  ] as const;

const Bar = ({ pool }: { pool: PoolJson }) => {
  const { subnet, ranges, size, free, reserved } = pool;
  const parts = partsOf(pool);
  return (
    <li class={free === 0 && size > 0 ? 'full' : ''}>
      <span>
        <strong>{subnet}</strong> <small>{ranges.join(', ')}</small>
      </span>
      <span class="bar" aria-hidden="true">
        {parts.map(({ part, count }) =>
          count === 0 ? null : <span key={part} class={part} style={{ flexGrow: String(count) }} />,
        )}
      </span>
      <span>
        {parts
          .filter(({ isNamed }) => isNamed)
          .map(({ part, count }) => (
            <span key={part} class={`part ${part}`}>
              {counted(count)} {part}
              {part === 'reserved' ? `, ${counted(reserved.leased)} of them leased` : ''}
            </span>
          ))}
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
