// What is fetched, and what is missing.

import { useMemo, useState } from 'preact/hooks';
import type { AskedFileJson, AskedFilesJson } from '../http/api/file-list-shapes.js';
import { read } from './api.js';
import { answerOf, FILE_SORTS, type FileOrder, type ShownFiles, shownFiles } from './asked-file-rows.js';
import { FilterField } from './filter-field.js';
import { writePlace } from './routes.js';
import { counted, nowOfBrowser, shownIso } from './times.js';
import { useReading } from './use.js';
import { type TableColumn, VirtualTable } from './virtual-table.js';

const EVERY = 10_000; // milliseconds
const MOST = 1_000;

const TABLE: readonly TableColumn[] = [
  { id: 'file', title: 'file' },
  { id: 'devices', title: 'asked by' },
  { id: 'missed', title: 'missed by' },
  { id: 'answer', title: 'answer', isMinor: true },
  { id: 'octets', title: 'octets', isMinor: true },
  { id: 'milliseconds', title: 'ms', isMinor: true },
  { id: 'transport', title: 'over', isMinor: true },
  { id: 'at', title: 'last', isMinor: true },
];

const CHOICES: readonly (readonly [which: ShownFiles, title: string])[] = [
  ['all', 'all files'],
  ['missed', 'only missed'],
  ['harmful', 'missed, without the harmless'],
];

/** How many missed a file, and the first of them. */
const Missed = ({ file: { missed, missedBy } }: { file: AskedFileJson }) => {
  const [first] = missedBy;
  if (first === undefined) return <>–</>;
  return (
    <>
      {counted(missed)}: <a href={writePlace({ view: 'device', name: first })}>{first}</a>
      {missed > 1 ? ' …' : ''}
    </>
  );
};

const cellOf = (file: AskedFileJson, column: string) => {
  switch (column) {
    case 'devices': {
      const { devices, strangers } = file;
      const all = counted(devices + strangers);
      return devices === 0 ? `${all} stranger${strangers === 1 ? '' : 's'}` : all;
    }
    case 'missed':
      return <Missed file={file} />;
    case 'answer':
      return answerOf(file);
    case 'octets':
      return file.octets === null ? '–' : counted(file.octets);
    case 'milliseconds': {
      const { milliseconds } = file;
      if (milliseconds === null) return '–';
      const { median, most } = milliseconds;
      return median === most ? counted(median) : `${counted(median)}, at most ${counted(most)}`;
    }
    case 'transport':
      return file.transports.join(', ');
    case 'at':
      return shownIso(file.at, nowOfBrowser());
    default:
      return file.file;
  }
};

/** The files that phones asked for. */
export const FilesView = ({ isPaused }: { isPaused: boolean }) => {
  const [filter, setFilter] = useState('');
  const [which, setWhich] = useState<ShownFiles>('all');
  const [order, setOrder] = useState<FileOrder>({ column: 'missed', descending: true });
  const { value, fault } = useReading(
    'files',
    (signal) => read<AskedFilesJson>(`/api/files?limit=${MOST}&sort=-missed`, signal),
    EVERY,
    isPaused,
  );
  const shown = useMemo(() => shownFiles(value?.files ?? [], filter, which, order), [value, filter, which, order]);
  return (
    <>
      <h1>Files</h1>
      <div class="tools">
        <FilterField value={filter} hint="file, answer, transport, device  ( / )" change={setFilter} />
        <label>
          <span class="hidden">Which files</span>
          <select value={which} onChange={(event) => setWhich(event.currentTarget.value as ShownFiles)}>
            {CHOICES.map(([id, title]) => (
              <option key={id} value={id}>
                {title}
              </option>
            ))}
          </select>
        </label>
        <span class="note">
          {fault ?? (value === undefined ? 'reading …' : `${counted(shown.length)} of ${counted(value.total)}`)}
          {value === undefined || value.others === 0 ? '' : `; ${counted(value.others)} requests for yet other names`}
        </span>
      </div>
      {value?.total === 0 ? <p class="note">No phone has asked for a file yet.</p> : null}
      <VirtualTable
        label="Files"
        columns={TABLE}
        rows={shown.length}
        cell={(row, column) => {
          const file = shown[row];
          return file === undefined ? '' : cellOf(file, column);
        }}
        tone={(row) => {
          const file = shown[row];
          if (file === undefined || file.missed === 0) return '';
          return file.harmless ? 'quiet' : 'missing';
        }}
        order={order}
        sort={(column) => {
          if (FILE_SORTS[column] === undefined) return;
          setOrder((before) => ({
            column,
            descending: before.column === column ? !before.descending : column !== 'file',
          }));
        }}
      />
    </>
  );
};
