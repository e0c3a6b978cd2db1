// What happens, in the words of the trace.

import { useEffect, useMemo, useRef, useState } from 'preact/hooks';
import type { LogBatch, LogLineJson } from '../http/api/fleet-shapes.js';
import { openStream } from './event-stream.js';
import { FilterField } from './filter-field.js';
import { filteredLines, type LogLevel, rowAt, withLines } from './log-lines.js';
import { writePlace } from './routes.js';
import { counted, nowOfBrowser, shownIso, timeOfDay } from './times.js';
import { type TableColumn, VirtualTable } from './virtual-table.js';

const TABLE: readonly TableColumn[] = [
  { id: 'at', title: 'time' },
  { id: 'about', title: 'about' },
  { id: 'text', title: 'what happened' },
  { id: 'type', title: 'type', isMinor: true },
];

const LEVELS: readonly (readonly [level: LogLevel, title: string])[] = [
  ['all', 'everything'],
  ['told', 'without details'],
  ['bad', 'troubles only'],
];

const NAME = /^[A-Za-z0-9._-]{1,15}$/;

const TONES = { good: 'good', bad: 'blocking', plain: '', quiet: 'quiet' } as const;

/** The newest line first, so that nothing moves under a reader who has scrolled down far. */
export const LogView = ({ isPaused, pause }: { isPaused: boolean; pause: () => void }) => {
  const [lines, setLines] = useState<readonly LogLineJson[]>([]);
  const [dropped, setDropped] = useState(0);
  const [filter, setFilter] = useState('');
  const [level, setLevel] = useState<LogLevel>('all');
  const held = useRef(lines);
  if (!isPaused) held.current = lines;
  useEffect(
    () =>
      openStream('/api/log', {
        state: () => {},
        events: {
          lines: (data) => {
            const batch = data as LogBatch;
            setLines((before) => withLines(before, batch.lines));
            setDropped((before) => before + batch.dropped);
          },
        },
      }),
    [],
  );
  const shown = useMemo(() => filteredLines(held.current, filter, level).toReversed(), [held.current, filter, level]);
  const [place, setPlace] = useState<{ readonly row: number }>();
  const [said, setSaid] = useState('');
  /** Goes to a time of day. New lines would move it away, so they wait. */
  const jump = (written: string): void => {
    const at = timeOfDay(written, nowOfBrowser());
    if (at === undefined) {
      setSaid('a time such as 10:02 or 10:02:14');
      return;
    }
    pause();
    const row = rowAt(shown, at);
    setPlace({ row: row ?? shown.length - 1 });
    setSaid(row === undefined ? 'every line here is later' : '');
  };
  const cell = (row: number, column: string) => {
    const line = shown[row];
    if (line === undefined) return '';
    if (column === 'at') return shownIso(line.at, nowOfBrowser());
    if (column === 'about' && NAME.test(line.about))
      return <a href={writePlace({ view: 'device', name: line.about })}>{line.about}</a>;
    return line[column as 'about' | 'text' | 'type'];
  };
  return (
    <>
      <h1>Log</h1>
      <div class="tools">
        <FilterField value={filter} hint="words of the line, its device or its type  ( / )" change={setFilter} />
        <label>
          <span class="hidden">Which lines</span>
          <select value={level} onChange={(event) => setLevel(event.currentTarget.value as LogLevel)}>
            {LEVELS.map(([id, title]) => (
              <option key={id} value={id}>
                {title}
              </option>
            ))}
          </select>
        </label>
        <form
          onSubmit={(event) => {
            event.preventDefault();
            jump(event.currentTarget.querySelector('input')?.value ?? '');
          }}
        >
          <label>
            Go to <input name="time" placeholder="10:02:14" size={8} autocomplete="off" />
          </label>{' '}
          <button type="submit">go</button> <span role="status">{said}</span>
        </form>
        <span class="note">
          {counted(shown.length)} of {counted(held.current.length)} since this page was opened
          {dropped === 0 ? '' : `; ${counted(dropped)} more were too many to show`}
        </span>
      </div>
      <VirtualTable
        label="Log, the newest line first"
        columns={TABLE}
        rows={shown.length}
        cell={cell}
        goTo={place}
        tone={(row) => TONES[shown[row]?.tone ?? 'plain']}
      />
    </>
  );
};
