// The trace: listens to the event bus and writes CUCM's lines to `ccm.txt`, `tftp.txt` and `dhcp.txt`, or to SDL files, the
// events to `events.jsonl`, and either of them, or a summary, to the console.

import type { Writable } from 'node:stream';
import { type Degradations, TroubledFiles } from '../core/degradations.js';
import type { EventBus } from '../core/event-bus.js';
import { PerSecondBudget } from '../core/rate-limit.js';
import { type Clock, recentWallTime } from '../core/time.js';
import type { LabcmEvent } from '../events.js';
import {
  QueuedFile,
  type QueuedFileOptions,
  RotatingFile,
  StreamSink,
  type TraceSink,
} from '../net/files/trace-files.js';
import { DroppedLines, type LostLines } from './dropped-lines.js';
import { isTraced, type Level } from './levels.js';
import { localStamp, tailOf } from './line.js';
import { LineBuffer } from './line-buffer.js';
import { LINES } from './lines.js';
import { COMPONENTS, type Row } from './row.js';
import { sdlFiles, sdlName } from './sdl/files.js';
import { SdlTrace } from './sdl/sdl-trace.js';
import { summaryLine } from './summary.js';
import { openTraceOutput } from './winston.js';

/** What the console shows. */
export type ConsoleMode = 'cucm' | 'summary' | 'json' | 'off';

/** How what CallManager does is told in files: in the form of its SDI traces, of its SDL traces, or both. */
export type TraceForm = 'sdi' | 'sdl' | 'both';

/** What is traced, and where to. */
export interface TraceSettings {
  /** `undefined`: no files. Made if it is missing. */
  readonly directory: string | undefined;
  readonly console: ConsoleMode;
  /** Absent: `sdi`. The console keeps that form. */
  readonly form?: TraceForm;
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
  /** What an SDL file says of the program that wrote it: the name of its node, the number of that, and its version. */
  readonly program?: { readonly node: string; readonly number: number; readonly version: string };
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
  const { program = { node: settings.node, number: 1, version: '0.0.0' } } = surroundings;
  const { directory, rotate, level: threshold = 'detailed', detailsPerSecond = Number.POSITIVE_INFINITY } = settings;
  const { form = 'sdi' } = settings;
  const mode = stdout === undefined ? 'off' : settings.console;
  const troubled = new TroubledFiles(PART, degradations);
  const losses = new DroppedLines(
    clock,
    (event) => bus.publish(event),
    (sink) => sink !== CONSOLE && troubled.any,
  );
  const rotating: QueuedFile[] = [];
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
  const optionsOf = (file: string): QueuedFileOptions => ({
    clock,
    ...(queue === undefined ? {} : { queue }),
    onLost: (lines, reason) => losses.add(file, lines, reason),
    onTrouble: (reason) => troubled.set(file, reason),
    onRenewed: () => bus.publish({ type: 'trace.renewed', at: clock.now(), sink: file }),
  });
  const bufferOf = (file: string, sink: QueuedFile): LineBuffer => {
    rotating.push(sink);
    return bufferFor(file, sink, rotate.size >> 4);
  };
  const fileBuffer = (name: string, extension: string): LineBuffer | undefined => {
    if (directory === undefined) return undefined;
    const file = `${name}${extension}`;
    return bufferOf(file, new RotatingFile({ directory, name, extension, ...rotate, ...optionsOf(file) }));
  };

  const files = {
    ccm: form === 'sdl' ? undefined : fileBuffer('ccm', '.txt'),
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

  const outputsOf = (row: Row<LabcmEvent>): readonly LineBuffer[] =>
    [files[COMPONENTS[row.component]], mode === 'cucm' ? console : undefined].flatMap((output) => output ?? []);

  const linesOf = (row: Row<LabcmEvent>, outputs: readonly LineBuffer[]): ((event: LabcmEvent) => void) => {
    const isBody = row.body === true;
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

  const sdlLinesOf = (() => {
    if (directory === undefined || form === 'sdi') return undefined;
    const { node: name, number, version } = program;
    const host = { name, number, address: settings.node, cluster: settings.cluster };
    const file = sdlName(number);
    const output = bufferOf(
      file,
      new QueuedFile(optionsOf(file), sdlFiles(directory, rotate, { host, version }, clock)),
    );
    const sdl = new SdlTrace(host, stamp);
    return (type: LabcmEvent['type'], row: Row<LabcmEvent>) => {
      const tell = sdl.teller(type, row);
      return (event: LabcmEvent): void => {
        const text = tell(event, wallTime(event.at));
        if (text !== '') output.add(text, countOf(event));
      };
    };
  })();

  const writerOf = (type: LabcmEvent['type'], row: Row<LabcmEvent>): ((event: LabcmEvent) => void) => {
    const ways: ((event: LabcmEvent) => void)[] = [];
    const outputs = outputsOf(row);
    if (outputs.length > 0) ways.push(linesOf(row, outputs));
    if (sdlLinesOf !== undefined && row.component === 'CCM') ways.push(sdlLinesOf(type, row));
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
    .map(({ type, row }) => bus.on(type, writerOf(type, row)));

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
