// The trace: listens to the event bus and writes CUCM's lines to `ccm.txt`, `tftp.txt` and `dhcp.txt`, the events to
// `events.jsonl`, and either of them, or a summary, to the console.

import type { Writable } from 'node:stream';
import { type Degradations, TroubledFiles } from '../core/degradations.js';
import type { EventBus } from '../core/event-bus.js';
import { PerSecondBudget } from '../core/rate-limit.js';
import { type Clock, recentWallTime } from '../core/time.js';
import type { LabcmEvent } from '../events.js';
import { RotatingFile, StreamSink, type TraceSink } from '../net/files/trace-files.js';
import { DroppedLines, type LostLines } from './dropped-lines.js';
import { isTraced, type Level } from './levels.js';
import { localStamp, tailOf } from './line.js';
import { LineBuffer } from './line-buffer.js';
import { LINES } from './lines.js';
import { COMPONENTS, type Row } from './row.js';
import { summaryLine } from './summary.js';
import { openTraceOutput } from './winston.js';

/** What the console shows. */
export type ConsoleMode = 'cucm' | 'summary' | 'json' | 'off';

/** What is traced, and where to. */
export interface TraceSettings {
  /** `undefined`: no files. Made if it is missing. */
  readonly directory: string | undefined;
  readonly console: ConsoleMode;
  /** Octets of a file, and how many of each. */
  readonly rotate: { readonly size: number; readonly files: number };
  /** Lines and events of this level and above; everything where it is absent. */
  readonly level?: Level;
  /** How many events with details about devices are traced per second. Absent: all. */
  readonly detailsPerSecond?: number;
  /** For the tails of lines: `<CLID::…>` and `<NID::…>`. */
  readonly cluster: string;
  readonly node: string;
}

/** What the trace needs besides its settings. */
export interface TraceSurroundings {
  readonly clock: Clock;
  /** The console; needed unless its mode is `off`. */
  readonly stdout?: Writable;
  /** Whether the console shows colours. */
  readonly colour?: boolean;
  /** Octets that may be queued for a file. */
  readonly queue?: number;
  /** Where the trace reports that its files cannot be written. */
  readonly degradations?: Degradations;
}

/** A running trace. */
export interface Trace {
  /** Begins files anew that were moved. */
  reopen(): void;
  /** Ends the trace after everything is written. Resolves with what was lost since the start. */
  close(): Promise<readonly LostLines[]>;
}

/** Starts the trace. Files are opened with their first line; trouble with them is published as `trace.dropped`. */
export const startTrace = async (
  bus: EventBus<LabcmEvent>,
  settings: TraceSettings,
  surroundings: TraceSurroundings,
): Promise<Trace> => {
  const { clock, stdout, colour = false, queue, degradations } = surroundings;
  const { directory, rotate, level: threshold = 'detailed', detailsPerSecond = Number.POSITIVE_INFINITY } = settings;
  const mode = stdout === undefined ? 'off' : settings.console;
  const troubled = new TroubledFiles(PART, degradations);
  const losses = new DroppedLines(
    clock,
    (event) => bus.publish(event),
    (sink) => sink !== CONSOLE && troubled.any,
  );
  const rotating: RotatingFile[] = [];
  const buffers = new Set<LineBuffer>();

  const bufferFor = (name: string, sink: TraceSink, full?: number): LineBuffer => {
    const opened = new LineBuffer(
      openTraceOutput(sink, (lines, reason) => losses.add(name, lines, reason)),
      clock,
      full,
    );
    buffers.add(opened);
    return opened;
  };
  const fileBuffer = (name: string, extension: string): LineBuffer | undefined => {
    if (directory === undefined) return undefined;
    const file = `${name}${extension}`;
    const sink = new RotatingFile({
      ...{ directory, name, extension, ...rotate, clock },
      ...(queue === undefined ? {} : { queue }),
      onLost: (lines, reason) => losses.add(file, lines, reason),
      onTrouble: (reason) => troubled.set(file, reason),
      onRenewed: () => bus.publish({ type: 'trace.renewed', at: clock.now(), sink: file }),
    });
    rotating.push(sink);
    return bufferFor(file, sink, rotate.size >> 4);
  };

  const files = {
    ccm: fileBuffer('ccm', '.txt'),
    tftp: fileBuffer('tftp', '.txt'),
    dhcp: fileBuffer('dhcp', '.txt'),
  };
  const facts = fileBuffer('events', '.jsonl');
  const console =
    stdout === undefined || mode === 'off'
      ? undefined
      : bufferFor(CONSOLE, new StreamSink(stdout, clock, (lines, reason) => losses.add(CONSOLE, lines, reason)));

  const budget = new PerSecondBudget(
    () => detailsPerSecond,
    (facts, at) => bus.publish({ type: 'trace.untraced', at, facts }),
  );
  const isLeftOut = ({ limited }: Row<LabcmEvent>, event: LabcmEvent): boolean =>
    limited !== undefined && (limited === 'by-second' ? !budget.take(event.at) : isUntraced(event));

  const stamp = localStamp();
  const wallTime = recentWallTime(clock);
  const tail = tailOf(settings.cluster, settings.node);

  const linesOf = (row: Row<LabcmEvent>): ((event: LabcmEvent) => void) => {
    const isBody = row.body === true;
    const outputs = [files[COMPONENTS[row.component]], mode === 'cucm' ? console : undefined].flatMap(
      (output) => output ?? [],
    );
    const write = (head: string, line: string, count: number): void => {
      for (const output of outputs) output.addTraced(head, line, isBody, count);
    };
    return (event) => {
      const text = row.text(event, tail);
      const head = `${stamp.full(wallTime(event.at))} ${row.component}|`;
      const count = countOf(event);
      if (typeof text === 'string') write(head, text, count);
      else for (const line of text) write(head, line, count);
    };
  };

  const writeFact = (event: LabcmEvent): void => {
    const count = countOf(event);
    const at = wallTime(event.at);
    facts?.addFact(event, at, count);
    if (mode === 'json') console?.addFact(event, at, count);
  };

  const writeSummary = (row: Row<LabcmEvent>, event: LabcmEvent): void => {
    const summary = row.summary?.(event);
    if (summary !== undefined) console?.add(summaryLine(stamp, wallTime(event.at), summary, colour), 1);
  };

  const writerOf = (row: Row<LabcmEvent>): ((event: LabcmEvent) => void) => {
    const ways: ((event: LabcmEvent) => void)[] = [];
    if (directory !== undefined || mode === 'cucm') ways.push(linesOf(row));
    if (directory !== undefined || mode === 'json') ways.push(writeFact);
    if (mode === 'summary' && row.summary !== undefined) ways.push((event) => writeSummary(row, event));
    return (event) => {
      if (isLeftOut(row, event)) return;
      for (const way of ways) {
        try {
          way(event);
        } catch (error) {
          // A row that fails loses its line. If it threw further, the event bus would remove the trace.
          losses.add(event.type, 1, error instanceof Error ? error.message : String(error));
        }
      }
    };
  };

  // By type: then no publisher builds an event that the level leaves out.
  const listening = Object.entries(LINES)
    .map(([type, row]) => ({ type: type as LabcmEvent['type'], row: row as unknown as Row<LabcmEvent> }))
    .filter(({ row }) => isTraced(row.level, threshold))
    .filter(({ row }) => directory !== undefined || (mode === 'summary' ? row.summary !== undefined : mode !== 'off'))
    .map(({ type, row }) => bus.on(type, writerOf(row)));

  return {
    reopen: () => {
      for (const file of rotating) file.reopen();
    },
    close: async () => {
      losses.report();
      for (const stop of listening) stop();
      await Promise.all([...buffers].map((open) => open.close()));
      losses.report();
      return losses.total;
    },
  };
};

const CONSOLE = 'console';

/** The name of the trace files in the list of degradations. */
const PART = 'trace files';

/** The loss of a line about losses is not counted: see `DroppedLines.add`. */
const countOf = ({ type }: LabcmEvent): number => (type === 'trace.dropped' ? 0 : 1);

const isUntraced = (event: LabcmEvent): boolean =>
  'context' in event && 'untraced' in event.context && event.context.untraced;
