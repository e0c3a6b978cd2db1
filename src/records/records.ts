// Call logs and call records on disk: listens to the event bus and writes CUCM's call log files, CDR files and CMR
// files (`docs/protocols/calls.md` §7.3, §7.5). What is switched off listens to nothing.

import { join } from 'node:path';
import type { CallEnded, CallEvent, CallMeasured } from '../calls/index.js';
import { type Degradations, TroubledFiles } from '../core/degradations.js';
import type { DeviceName } from '../core/identifiers.js';
import type { Clock, Duration, Instant } from '../core/time.js';
import { randomUuid } from '../core/uuid.js';
import { PeriodicFiles } from '../net/files/periodic-files.js';
import { type LossListener, QueuedFile, RotatingFile } from '../net/files/trace-files.js';
import type { Random } from '../net/ports.js';
import type { SipReceived, SipSent } from '../sip/events.js';
import { CallLog, type CallLogDependencies } from './call-log.js';
import { CDR_FIELDS, type CdrSource, isEmptyCall } from './cdr.js';
import { CMR_FIELDS } from './cmr.js';
import { type Field, headOf, rowOf } from './fields.js';
import type { RecordSettings } from './settings.js';
import { clusterInName, epochSeconds, nodeInName } from './values.js';

/** What may be recorded. */
export type RecordedEvent = CallEvent | SipReceived | SipSent;

/** Where events come from: the event bus. */
export interface RecordedEvents {
  /** Returns how to stop. */
  on<T extends RecordedEvent['type']>(
    type: T,
    listener: (event: Extract<RecordedEvent, { readonly type: T }>) => void,
  ): () => void;
}

/** What is around the records. */
export interface RecordEnvironment {
  readonly clock: Clock;
  /** For the GUIDs of rows. */
  readonly random: Random;
  /** Where it says that its files cannot be written. */
  readonly degradations?: Degradations;
  /** Hears of rows and lines that were lost, each time: `file` is `calllogs`, `cdr` or `cmr`. */
  readonly onLost?: (file: string, ...loss: Parameters<LossListener>) => void;
  /** Octets that may wait for a file. */
  readonly queue?: number;
  /** How long rows and lines wait for others, so that many are written at once; absent: not at all. */
  readonly gather?: Duration;
  /** Where a device signals from, dotted; `undefined`: not known, then where it receives its voice stands for it. */
  readonly addressOf?: (device: DeviceName) => string | undefined;
  readonly sipFactsOf?: CallLogDependencies['factsOf'];
}

/** Running records. */
export interface Records {
  /** Looks whether the call log was moved, and begins it anew. */
  reopen(): void;
  /** Listens no more, and resolves when everything is written that can be. */
  close(): Promise<void>;
}

/** What the files are called where it is said what does not work. */
const PART = 'call records';

/** Starts to record. Files are made when their first line comes; trouble with them goes to `degradations`. */
export const startRecords = (
  bus: RecordedEvents,
  settings: RecordSettings,
  environment: RecordEnvironment,
): Records => {
  const { directory, cdr } = settings;
  const sinks: QueuedFile[] = [];
  const stops: (() => void)[] = [];
  const troubled = new TroubledFiles(PART, environment.degradations);
  const about = (file: string) => ({
    clock: environment.clock,
    ...(environment.queue === undefined ? {} : { queue: environment.queue }),
    ...(environment.gather === undefined ? {} : { gather: environment.gather }),
    onLost: (...loss: Parameters<LossListener>) => environment.onLost?.(file, ...loss),
    onTrouble: (reason: string | undefined) => troubled.set(file, reason),
  });
  const writerTo = (sink: QueuedFile): ((line: string) => void) => {
    sinks.push(sink);
    return (line) => sink.append(Buffer.from(line), 1);
  };

  if (directory !== undefined && settings.callLogs) {
    const name = 'calllogs';
    const file = { directory, name, extension: '.txt', numbered: true as const, ...settings.rotate };
    const log = new CallLog({
      clock: environment.clock,
      node: settings.node,
      ...(environment.sipFactsOf === undefined ? {} : { factsOf: environment.sipFactsOf }),
      write: writerTo(new RotatingFile({ ...file, ...about(name) })),
    });
    stops.push(
      bus.on('call.offered', (event) => log.offered(event)),
      bus.on('call.ended', (event) => log.ended(event)),
      bus.on('sip.received', (event) => log.message(event)),
      bus.on('sip.sent', (event) => log.message(event)),
    );
  }

  if (directory !== undefined && cdr !== 'off') {
    const rowsOf = <S>(kind: 'cdr' | 'cmr', fields: readonly Field<S>[]): ((source: S) => void) => {
      const write = writerTo(
        new QueuedFile(
          about(kind),
          new PeriodicFiles({
            directory: join(directory, 'cdr'),
            name: `${kind}_${clusterInName(settings.cluster)}_${nodeInName(settings.node)}`,
            head: Buffer.from(headOf(fields)),
            every: cdr.every,
            files: cdr.files,
            clock: environment.clock,
          }),
        ),
      );
      return (source) => write(rowOf(fields, source));
    };
    const common = () => ({
      node: settings.node,
      cluster: settings.cluster,
      pkid: randomUuid(environment.random),
      seconds: (at: Instant | undefined) => epochSeconds(environment.clock, at),
    });
    const writeCdr = rowsOf('cdr', CDR_FIELDS);
    const writeCmr = rowsOf('cmr', CMR_FIELDS);
    const ended = (call: CallEnded): void => {
      if (call.orig.fromNode !== undefined) return; // that node writes it
      const addressOf = (device: DeviceName) => environment.addressOf?.(device);
      const source: CdrSource = { ...common(), addressOf, call };
      if (cdr.emptyCalls === true || !isEmptyCall(source)) writeCdr(source);
    };
    const measured = (event: CallMeasured): void => writeCmr({ ...common(), measured: event });
    stops.push(bus.on('call.ended', ended), bus.on('call.measured', measured));
  }

  return {
    reopen: () => {
      for (const sink of sinks) sink.reopen();
    },
    close: async () => {
      for (const stop of stops) stop();
      await Promise.all(sinks.map((sink) => sink.close()));
    },
  };
};
