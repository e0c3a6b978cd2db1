// Who has this address.

import { useMemo, useState } from 'preact/hooks';
import type { LeaseJson, LeasePage } from '../http/api/shapes.js';
import { read } from './api.js';
import { FilterField } from './filter-field.js';
import { PoolBars } from './pool-bars.js';
import { writePlace } from './routes.js';
import { counted, nowOfBrowser, shownIso } from './times.js';
import { useReading } from './use.js';
import { type TableColumn, VirtualTable } from './virtual-table.js';

const EVERY = 5_000; // milliseconds
const PAGE = 1_000;
const MOST_PAGES = 64;

const TABLE: readonly TableColumn[] = [
  { id: 'address', title: 'address' },
  { id: 'device', title: 'device' },
  { id: 'state', title: 'state' },
  { id: 'mac', title: 'hardware address', isMinor: true },
  { id: 'until', title: 'until', isMinor: true },
];

const readLeases = async (signal: AbortSignal): Promise<readonly LeaseJson[]> => {
  const found: LeaseJson[] = [];
  for (let page = 0; page < MOST_PAGES; page += 1) {
    const { leases, total } = await read<LeasePage>(`/api/leases?limit=${PAGE}&offset=${page * PAGE}`, signal);
    found.push(...leases);
    if (found.length >= total || leases.length === 0) break;
  }
  return found;
};

const cellOf = (lease: LeaseJson, column: string) => {
  switch (column) {
    case 'device':
      return lease.device === null ? (
        '–'
      ) : (
        <a href={writePlace({ view: 'device', name: lease.device })}>{lease.device}</a>
      );
    case 'until':
      return shownIso(lease.until, nowOfBrowser());
    case 'state':
      return lease.ended === undefined ? lease.state : `${lease.state} (${lease.ended})`;
    default:
      return lease[column as 'address' | 'mac'];
  }
};

/** The leases of the DHCP server. */
export const LeasesView = ({ isPaused }: { isPaused: boolean }) => {
  const [filter, setFilter] = useState('');
  const { value = [], fault } = useReading('leases', readLeases, EVERY, isPaused);
  const shown = useMemo(() => {
    const words = filter.toLowerCase().split(/\s+/);
    return value.filter(({ address, mac, device, state }) => {
      const haystack = `${address} ${mac} ${device ?? ''} ${state}`.toLowerCase();
      return words.every((word) => haystack.includes(word));
    });
  }, [value, filter]);
  return (
    <>
      <h1>Leases</h1>
      <PoolBars isPaused={isPaused} />
      <div class="tools">
        <FilterField value={filter} hint="address, hardware address, device, state  ( / )" change={setFilter} />
        <span class="note">{fault ?? `${counted(shown.length)} of ${counted(value.length)}`}</span>
      </div>
      <VirtualTable
        label="Leases"
        columns={TABLE}
        rows={shown.length}
        cell={(row, column) => {
          const lease = shown[row];
          return lease === undefined ? '' : cellOf(lease, column);
        }}
      />
    </>
  );
};
