// Writes events as an SDL trace and reads its files. A reader of our own that knows the columns and nothing of what wrote them.

import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { onTestFinished } from 'vitest';
import type { LabcmEvent } from '../../../src/events.js';
import { startTrace, type Trace, type TraceSettings, type TraceSurroundings } from '../../../src/trace/index.js';
import { EventRecorder } from '../../support/event-recorder.js';
import { ManualClock } from '../../support/manual-clock.js';
import { SETTINGS } from '../harness.js';

export const PROGRAM = { node: 'CM1', number: 1, version: '1.2.3' };

/** A trace in a folder of its own, which goes with the test. */
export class SdlLab {
  readonly folder = mkdtempSync(join(tmpdir(), 'labcm-sdl-'));
  readonly probe = new EventRecorder<LabcmEvent>();

  constructor(readonly clock = new ManualClock()) {
    onTestFinished(() => rmSync(this.folder, { recursive: true, force: true }));
  }

  get directory(): string {
    return join(this.folder, 'cm/trace/ccm/sdl');
  }

  start(settings: Partial<TraceSettings> = {}, surroundings: Partial<TraceSurroundings> = {}): Promise<Trace> {
    return startTrace(
      this.probe.bus,
      { ...SETTINGS, directory: this.folder, console: 'off', form: 'sdl', ...settings },
      { clock: this.clock, program: PROGRAM, ...surroundings },
    );
  }

  publish(events: readonly unknown[]): void {
    for (const event of events) this.probe.bus.publish(event as LabcmEvent);
  }

  /** The names of the files, the oldest first. */
  files(): string[] {
    return existsSync(this.directory) ? readdirSync(this.directory).sort() : [];
  }

  /** What a file holds, packed or not. */
  read(file: string): string {
    const bytes = readFileSync(join(this.directory, file));
    return (file.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString();
  }
}

/** The one SDL file of events. */
export const sdlOf = async (events: readonly unknown[], settings: Partial<TraceSettings> = {}): Promise<string> => {
  const lab = new SdlLab();
  const trace = await lab.start({ rotate: { size: 100_000_000, files: 3 }, ...settings });
  lab.publish(events);
  await trace.close();
  return lab
    .files()
    .map((file) => lab.read(file))
    .join('');
};

/** One numbered line with what stands below it. */
export interface SdlEntry {
  readonly number: number;
  readonly part: number;
  readonly time: string;
  /** Without its padding. */
  readonly type: string;
  /** What follows the type, of the line alone. */
  readonly text: string;
  /** The columns of a signal, a beginning or an end, without padding: six. */
  readonly columns: readonly string[];
  /** The lines below it, without their LF. */
  readonly below: readonly string[];
}

const NUMBERED = /^(\d{8})\.(\d{3}) \|(\d\d:\d\d:\d\d\.\d{3}) \|([A-Za-z-]{3,9} *)\|(.*)$/;
const WITH_COLUMNS = new Set(['SdlSig', 'Created', 'Stopping']);

/** Reads a file. Throws at a line that has no number and stands below none. */
export const readSdl = (text: string): SdlEntry[] => {
  const entries: (SdlEntry & { below: string[] })[] = [];
  if (!text.endsWith('\n')) throw new Error('the last line has no end');
  for (const line of text.slice(0, -1).split('\n')) {
    const [found, number, part, time = '', type = '', rest = ''] = NUMBERED.exec(line) ?? [];
    if (found === undefined) {
      const last = entries.at(-1);
      if (last === undefined) throw new Error(`a line before any other: ${line}`);
      last.below.push(line);
      continue;
    }
    const name = type.trimEnd();
    entries.push({
      number: Number(number),
      part: Number(part),
      time,
      type: name,
      text: rest,
      columns: WITH_COLUMNS.has(name) ? rest.split('|').map((column) => column.trimEnd()) : [],
      below: [],
    });
  }
  return entries;
};

/** `SdlSig SdlDataInd StationInit(1,100,65,1)`: signals by name and receiver, other lines by their text. */
export const storyOf = (entries: readonly SdlEntry[]): string[] =>
  entries.map(({ type, text, columns: [name = '', , to = ''] }) =>
    type === 'SdlSig'
      ? `${type} ${name} ${to}`
      : type === 'Created' || type === 'Stopping'
        ? `${type} ${to}`
        : `${type} ${text}`,
  );
