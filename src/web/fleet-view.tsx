// What is wrong now, and since when.

import { useEffect, useMemo, useRef, useState } from 'preact/hooks';
import type { VerdictsJson } from '../http/api/verdict-shapes.js';
import { read } from './api.js';
import { BulkActions } from './bulk-actions.js';
import { EmptyLab } from './empty-lab.js';
import { FilterField } from './filter-field.js';
import {
  cellOf,
  countsByStatus,
  type FleetDevice,
  type FleetOrder,
  nextOrder,
  type PageColumn,
  selected,
  textOf,
} from './fleet-rows.js';
import type { FleetStore } from './fleet-store.js';
import { type Place, writePlace } from './routes.js';
import { every, extended, NOTHING, toggled } from './selection.js';
import { counted, nowOfBrowser, shownIso, shownTime } from './times.js';
import { useFleet, useReading } from './use.js';
import { type TableColumn, VirtualTable } from './virtual-table.js';

const TABLE: readonly (TableColumn & { readonly id: PageColumn })[] = [
  { id: 'name', title: 'name' },
  { id: 'status', title: 'status' },
  { id: 'why', title: 'why' },
  { id: 'address', title: 'address', isMinor: true },
  { id: 'model', title: 'model', isMinor: true },
  { id: 'protocol', title: 'protocol', isMinor: true },
  { id: 'load', title: 'load', isMinor: true },
  { id: 'dn', title: 'dn', isMinor: true },
  { id: 'since', title: 'since', isMinor: true },
];
/** The same where a bus connects the nodes. */
const SHARED_TABLE = TABLE.toSpliced(2, 0, { id: 'node', title: 'node' });

/** Statuses of devices that a command reaches. */
const CAN_BE_TOLD: ReadonlySet<string> = new Set(['Registered', 'PartiallyRegistered']);

const GROUPS_EVERY = 2_000; // milliseconds
/** The groups of the most devices; the others are found by sorting. */
const MOST_GROUPS = 8;
const ORDERED_EVERY = 500; // milliseconds

const readOrder = (sort: string): FleetOrder | undefined => {
  const column = sort.replace(/^-/, '') as PageColumn;
  return SHARED_TABLE.some(({ id }) => id === column) ? { column, descending: sort.startsWith('-') } : undefined;
};

const writeOrder = (order: FleetOrder | undefined): string =>
  order === undefined ? '' : `${order.descending ? '-' : ''}${order.column}`;

const replacePlace = (place: Partial<Place>): void => {
  history.replaceState(null, '', writePlace({ view: 'fleet', ...place }));
  dispatchEvent(new HashChangeEvent('hashchange'));
};

/** The devices that are shown. Between changes of filter and order it is worked out at most twice a second. */
const useSelected = (fleet: FleetStore, version: number, filter: string, sort: string): readonly FleetDevice[] => {
  const last = useRef({ at: 0, key: '', devices: [] as readonly FleetDevice[] });
  const [, setTurn] = useState(0);
  const key = `${filter}\n${sort}\n${fleet.isLoaded}`;
  const now = performance.now();
  const isDue = key !== last.current.key || now - last.current.at > ORDERED_EVERY;
  const isStale = useRef(false);
  if (isDue) {
    last.current = { at: now, key, devices: selected(fleet.devices.values(), filter, readOrder(sort)) };
    isStale.current = false;
  } else isStale.current = true;
  useEffect(() => {
    if (!isStale.current) return;
    const timer = setTimeout(() => setTurn((turn) => turn + 1), ORDERED_EVERY);
    return () => clearTimeout(timer);
  }, [version]);
  return last.current.devices;
};

const Groups = ({ isPaused }: { isPaused: boolean }) => {
  const { value } = useReading(
    'verdicts',
    (signal) => read<VerdictsJson>('/api/verdicts?limit=1', signal),
    GROUPS_EVERY,
    isPaused,
  );
  const groups = value?.groups ?? [];
  if (groups.length === 0) return null;
  return (
    <ul class="groups" aria-label="Why devices do not work">
      {groups.slice(0, MOST_GROUPS).map(({ code, severity, sentence, since }) => (
        <li key={code} class={severity}>
          <a href={writePlace({ view: 'fleet', filter: `code:${code}` })}>{sentence}</a>
          <small>since {shownIso(since, nowOfBrowser())}</small>
        </li>
      ))}
      {groups.length > MOST_GROUPS ? (
        <li>
          <a href={writePlace({ view: 'faults' })}>all {counted(groups.length)} causes</a>
        </li>
      ) : null}
    </ul>
  );
};

const cellFor = (device: FleetDevice, column: PageColumn) => {
  switch (column) {
    case 'name':
      return (
        <a href={writePlace({ view: 'device', name: textOf(device, 'name') })} tabIndex={-1}>
          {textOf(device, 'name')}
        </a>
      );
    case 'since': {
      const since = cellOf(device, 'since');
      return typeof since === 'number' ? shownTime(since, nowOfBrowser()) : '–';
    }
    case 'why':
      return textOf(device, 'why') || (textOf(device, 'status') === 'Unknown' ? 'nothing was heard of it' : '');
    default:
      return textOf(device, column) || '–';
  }
};

const toneOf = (device: FleetDevice): string => {
  const severity = textOf(device, 'severity');
  return severity !== '' ? severity : textOf(device, 'status') === 'Registered' ? 'good' : '';
};

/** Counts, groups of what is wrong, and the table of devices. */
export const FleetView = ({ fleet, place, isPaused }: { fleet: FleetStore; place: Place; isPaused: boolean }) => {
  const version = useFleet(fleet);
  const held = useRef(version);
  if (!isPaused) held.current = version;
  const { filter, sort } = place;
  const devices = useSelected(fleet, held.current, filter, sort);
  const counts = useMemo(() => countsByStatus(fleet.devices.values()), [held.current, fleet.isLoaded]);
  const isShared = useMemo(
    () => [...fleet.devices.values()].some((device) => textOf(device, 'node') !== ''),
    [held.current, fleet.isLoaded],
  );
  const [selection, setSelection] = useState(NOTHING);
  /** Those of them that are still there. */
  const chosen = useMemo(
    () => Array.from(selection.names, (name) => fleet.devices.get(name) ?? []).flat(),
    [selection, held.current],
  );
  if (fleet.isLoaded && fleet.devices.size === 0) return <EmptyLab />;
  /** The row as it is now, whatever was selected last. */
  const at = (row: number): FleetDevice | undefined => {
    const device = devices[row];
    if (device === undefined || isPaused) return device;
    return fleet.devices.get(textOf(device, 'name')) ?? device;
  };
  const nameAt = (row: number): string => {
    const device = devices[row];
    return device === undefined ? '' : textOf(device, 'name');
  };
  const shownNames = (): readonly string[] => devices.map((device) => textOf(device, 'name'));
  const open = (row: number): void => {
    const device = at(row);
    if (device !== undefined) location.hash = writePlace({ view: 'device', name: textOf(device, 'name') });
  };
  return (
    <>
      <h1 class="hidden">Fleet</h1>
      <ul class="counts" aria-label="Devices by status">
        {counts.map(([status, count]) => (
          <li key={status}>
            <a href={writePlace({ view: 'fleet', filter: `status:${status.toLowerCase()}` })}>
              <strong>{counted(count)}</strong> {status}
            </a>
          </li>
        ))}
      </ul>
      <Groups isPaused={isPaused} />
      <div class="tools">
        <FilterField
          value={filter}
          hint="name, number, address, model, load, code  ( / )"
          change={(typed) => replacePlace({ filter: typed, sort })}
        />
        <button
          type="button"
          disabled={devices.length === 0}
          onClick={() => setSelection(every(shownNames()))}
          title="with a filter: those that it leaves"
        >
          select all {counted(devices.length)}
        </button>
        <span class="note">
          {fleet.isLoaded ? `${counted(devices.length)} of ${counted(fleet.devices.size)}` : 'reading the fleet …'}
        </span>
      </div>
      <BulkActions
        names={chosen.map((device) => textOf(device, 'name'))}
        isAll={chosen.length === fleet.devices.size}
        registered={chosen.filter((device) => CAN_BE_TOLD.has(textOf(device, 'status'))).length}
        clear={() => setSelection(NOTHING)}
      />
      <VirtualTable
        label="Devices"
        columns={isShared ? SHARED_TABLE : TABLE}
        rows={devices.length}
        cell={(row, column) => {
          const device = at(row);
          return device === undefined ? '' : cellFor(device, column as PageColumn);
        }}
        tone={(row) => {
          const device = at(row);
          return device === undefined ? '' : toneOf(device);
        }}
        open={open}
        selection={{
          has: (row) => selection.names.has(nameAt(row)),
          nameOf: nameAt,
          toggle: (row, isRange) =>
            setSelection(isRange ? extended(selection, nameAt(row), shownNames()) : toggled(selection, nameAt(row))),
        }}
        order={readOrder(sort)}
        sort={(column) => replacePlace({ filter, sort: writeOrder(nextOrder(readOrder(sort), column as PageColumn)) })}
      />
    </>
  );
};
