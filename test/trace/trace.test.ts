import {
  appendFileSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { setImmediate as turn } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Degradations } from '../../src/core/degradations.js';
import { EventBus } from '../../src/core/event-bus.js';
import type { DeviceName } from '../../src/core/identifiers.js';
import { instant } from '../../src/core/time.js';
import type { LabcmEvent, TraceDropped } from '../../src/events.js';
import { startTrace, type Trace, type TraceSettings, type TraceSurroundings } from '../../src/trace/index.js';
import { EventRecorder } from '../support/event-recorder.js';
import { ManualClock } from '../support/manual-clock.js';
import { BOOT_EVENTS, SETTINGS, shown } from './harness.js';

let folder: string;
let clock: ManualClock;
let probe: EventRecorder<LabcmEvent>;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'labcm-trace-'));
  clock = new ManualClock();
  probe = new EventRecorder();
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const start = (settings: Partial<TraceSettings> = {}, surroundings: Partial<TraceSurroundings> = {}): Promise<Trace> =>
  startTrace(
    probe.bus,
    { ...SETTINGS, directory: join(folder, 'logs'), console: 'off', ...settings },
    { clock, ...surroundings },
  );

const built = (number: number): LabcmEvent => ({
  type: 'file.built',
  at: instant(1_295_000_000_000 + number),
  file: `SEP${String(number).padStart(12, '0')}.cnf.xml`,
  octets: number,
  versionStamp: 'stamp',
});

/** The log's file names, oldest first. */
const filesOf = (name: string, extension = 'txt'): string[] =>
  (existsSync(join(folder, 'logs')) ? readdirSync(join(folder, 'logs')) : [])
    .filter((file) => file.startsWith(`${name}.`) && file.endsWith(extension))
    .sort((a, b) => (a === `${name}.${extension}` ? 1 : b === `${name}.${extension}` ? -1 : a.localeCompare(b)));

const linesOf = (name: string, extension = 'txt'): string[] =>
  filesOf(name, extension)
    .map((file) => readFileSync(join(folder, 'logs', file), 'utf8'))
    .join('')
    .split('\n')
    .slice(0, -1);

const numbersOf = (lines: readonly string[]): number[] => lines.map((line) => Number(/SEP(\d{12})/.exec(line)?.[1]));

const upTo = (count: number): number[] => Array.from({ length: count }, (_, index) => index);

const dropped = (sink: string): number =>
  probe
    .of('trace.dropped')
    .filter((event) => event.sink === sink)
    .reduce((sum, { lines }: TraceDropped) => sum + lines, 0);

/** Turns of the event loop, so that the file system can answer, until `done`. */
const until = async (done: () => boolean): Promise<void> => {
  while (!done()) await turn();
};

/** Closes while time goes on. */
const closeInTime = async (trace: Trace): Promise<void> => {
  let closed = false;
  const closing = trace.close().then(() => {
    closed = true;
  });
  while (!closed) {
    clock.advance(100);
    await turn();
  }
  await closing;
};

const refusal = (sequence: number, untraced: boolean): LabcmEvent => ({
  type: 'tftp.refused',
  at: instant(1_295_000_000_000 + sequence),
  context: { connection: 1, sequence, address: '10.0.0.1', port: 3300, ...(untraced ? { untraced: true } : {}) },
  file: 'nothing',
  code: 1,
  reason: 'file not found',
  harmless: false,
});

describe('a request over the ration', () => {
  it('is in no file, and its failure is', async () => {
    const trace = await start();
    probe.bus.publish(refusal(1, false));
    probe.bus.publish(refusal(2, true));
    probe.bus.publish({
      type: 'tftp.failed',
      at: instant(1_295_000_000_003),
      context: { connection: 1, sequence: 3, address: '10.0.0.1', port: 3300, untraced: true },
      file: 'large',
      reason: 'timeout',
      detail: '',
      blocks: 1,
      resent: 5,
      milliseconds: 60_000,
    });
    await trace.close();
    expect(linesOf('tftp').filter((line) => line !== '')).toEqual([
      expect.stringContaining('sendNAK[0x1~1~10.0.0.1~3300]'),
      expect.stringContaining('[0x1~3~10.0.0.1~3300], Failed[large]'),
    ]);
    expect(linesOf('events', 'jsonl').filter((line) => line !== '')).toHaveLength(2);
  });
});

describe('the trace files', () => {
  it('hold every line that was heard before the trace was closed, in order', async () => {
    const trace = await start({ rotate: { size: 100_000_000, files: 3 } });
    for (const number of upTo(50_000)) probe.bus.publish(built(number));
    await trace.close();
    expect(numbersOf(linesOf('tftp'))).toEqual(upTo(50_000));
    expect(linesOf('events', 'jsonl').map((line) => JSON.parse(line))).toEqual(upTo(50_000).map(built));
    expect(probe.of('trace.dropped')).toEqual([]);
  });

  it('receive what was heard a moment after, without a close', async () => {
    const trace = await start();
    for (const event of BOOT_EVENTS) probe.bus.publish(event);
    clock.advance(100);
    await until(() => filesOf('tftp').length > 0 && linesOf('tftp').length === 46);
    await trace.close();
  });

  it('turn at their size, keep no more than their number, and hold whole lines', async () => {
    const rotate = { size: 64_000, files: 4 };
    const trace = await start({ rotate });
    for (const number of upTo(20_000)) {
      probe.bus.publish(built(number));
      if (number % 500 === 0) await turn();
    }
    await trace.close();
    const files = filesOf('tftp');
    expect(files).toHaveLength(4);
    expect(files.at(-1)).toBe('tftp.txt');
    for (const file of files) expect(statSync(join(folder, 'logs', file)).size).toBeLessThanOrEqual(rotate.size);
    const numbers = numbersOf(linesOf('tftp'));
    expect(numbers).toEqual(upTo(20_000).slice(-numbers.length));
    expect(numbers.length).toBeGreaterThan(1_500);
    expect(dropped('tftp.txt')).toBe(0);
  });

  it('go on after a restart where they were, and count on', async () => {
    const rotate = { size: 64_000, files: 50 };
    for (const run of [0, 1, 2]) {
      const trace = await start({ rotate });
      for (const number of upTo(2_000)) probe.bus.publish(built(run * 2_000 + number));
      await trace.close();
    }
    expect(numbersOf(linesOf('tftp'))).toEqual(upTo(6_000));
    expect(filesOf('tftp').slice(0, 2)).toEqual(['tftp.00000001.txt', 'tftp.00000002.txt']);
  });

  it('keep to fewer files when a restart asks for fewer', async () => {
    for (const files of [20, 3]) {
      const trace = await start({ rotate: { size: 64_000, files } });
      for (const number of upTo(5_000)) probe.bus.publish(built(number));
      await trace.close();
    }
    expect(filesOf('tftp')).toHaveLength(3);
  });

  it('are made only for what is told', async () => {
    const trace = await start();
    probe.bus.publish(built(1));
    await trace.close();
    expect(readdirSync(join(folder, 'logs')).sort()).toEqual(['events.jsonl', 'tftp.txt']);
  });
});

describe('a trace whose disk fails it', () => {
  it('waits with a bounded queue where its directory cannot be made, tells what it lost, and goes on when it can', async () => {
    writeFileSync(join(folder, 'logs'), 'a file where the directory should be');
    const trace = await start({}, { queue: 300_000 });
    for (const number of upTo(10_000)) {
      probe.bus.publish(built(number));
      if (number % 500 === 0) await turn();
    }
    clock.advance(1_000);
    await until(() => dropped('tftp.txt') > 0);
    expect(probe.of('trace.dropped')[0]?.reason).toMatch(/ENOTDIR|EEXIST/);
    rmSync(join(folder, 'logs'));
    clock.advance(2_000);
    await trace.close();
    const numbers = numbersOf(linesOf('tftp'));
    expect(numbers.length + dropped('tftp.txt')).toBe(10_000);
    expect(numbers).toEqual(upTo(numbers.length));
    expect(numbers.length).toBeGreaterThan(500);
  });

  it('survives a full disk, and writes what waited when there is room again', async () => {
    const trace = await start();
    const path = join(folder, 'logs', 'tftp.txt');
    probe.bus.publish(built(0));
    clock.advance(100);
    await until(() => filesOf('tftp').length === 1 && linesOf('tftp').length === 1);
    await trace.close();

    rmSync(path);
    symlinkSync('/dev/full', path);
    const second = await start();
    for (const number of upTo(3_000)) probe.bus.publish(built(number));
    clock.advance(100);
    await until(() => clock.armed > 0); // the next try
    rmSync(path);
    clock.advance(1_000);
    await second.close();
    expect(numbersOf(linesOf('tftp'))).toEqual(upTo(3_000));
    expect(dropped('tftp.txt')).toBe(0);
  });

  it('gives up in the end, and says how many lines that cost', async () => {
    writeFileSync(join(folder, 'logs'), '');
    const trace = await start();
    for (const number of upTo(100)) probe.bus.publish(built(number));
    await closeInTime(trace);
    expect(dropped('tftp.txt')).toBe(100);
    expect(dropped('events.jsonl')).toBe(100);
  });

  it('makes its directory anew when somebody removed it', async () => {
    const trace = await start({ rotate: { size: 64_000, files: 5 } });
    for (const number of upTo(2_000)) probe.bus.publish(built(number));
    clock.advance(100);
    await turn();
    rmSync(join(folder, 'logs'), { recursive: true, force: true });
    for (const number of upTo(2_000)) probe.bus.publish(built(2_000 + number));
    await trace.close();
    expect(numbersOf(linesOf('tftp')).at(-1)).toBe(3_999);
  });
});

describe('a trace file that somebody takes away', () => {
  const write = async (trace: Trace, from: number, count: number): Promise<Trace> => {
    for (const number of upTo(count)) probe.bus.publish(built(from + number));
    clock.advance(100);
    await until(() => linesOf('tftp').some((line) => line.includes(String(from + count - 1).padStart(12, '0'))));
    return trace;
  };
  const path = (file: string): string => join(folder, 'logs', file);

  it('moved, as logrotate does, is begun anew when it is asked to, without a line for it', async () => {
    const trace = await write(await start(), 0, 10);
    renameSync(path('tftp.txt'), path('tftp.moved'));
    trace.reopen();
    await until(() => existsSync(path('tftp.txt')));
    await write(trace, 10, 10);
    await trace.close();
    const numbers = (file: string) => numbersOf(readFileSync(path(file), 'utf8').split('\n').slice(0, -1));
    expect(numbers('tftp.moved')).toEqual(upTo(10));
    expect(numbers('tftp.txt')).toEqual(upTo(10).map((number) => 10 + number));
    expect(probe.of('trace.renewed').map(({ sink }) => sink)).toEqual(['tftp.txt']);
  });

  it.each([
    ['moved', () => renameSync(path('tftp.txt'), path('tftp.moved'))],
    ['removed', () => rmSync(path('tftp.txt'))],
    ['removed with its directory', () => rmSync(join(folder, 'logs'), { recursive: true })],
  ])('%s, is made anew within a second of writing, and that is told', async (_how, take) => {
    const trace = await write(await start(), 0, 10);
    take();
    clock.advance(1_000);
    await write(trace, 10, 10);
    expect(numbersOf(linesOf('tftp'))).toEqual(upTo(10).map((number) => 10 + number));
    expect(probe.of('trace.renewed').map(({ sink }) => sink)).toContain('tftp.txt');
    await trace.close();
    expect(probe.of('trace.dropped')).toEqual([]);
  });

  it('emptied, as logrotate’s copytruncate does, goes on at its beginning and turns at its size', async () => {
    const trace = await write(await start({ rotate: { size: 64_000, files: 3 } }), 0, 100);
    truncateSync(path('tftp.txt'));
    clock.advance(1_000);
    await write(trace, 100, 100);
    await trace.close();
    expect(numbersOf(linesOf('tftp'))).toEqual(upTo(100).map((number) => 100 + number));
  });

  it('asked to reopen where nothing was moved, goes on', async () => {
    const trace = await write(await start(), 0, 10);
    trace.reopen();
    await write(trace, 10, 10);
    await trace.close();
    expect(numbersOf(linesOf('tftp'))).toEqual(upTo(20));
    expect(probe.of('trace.renewed')).toEqual([]);
  });

  it('whose last line a kill tore, loses that line alone', async () => {
    await (await write(await start(), 0, 2)).close();
    appendFileSync(path('events.jsonl'), '{"type":"file.bui');
    await (await write(await start(), 2, 1)).close();
    expect(linesOf('events', 'jsonl').map((line) => line.slice(0, 17))).toEqual([
      ...Array(2).fill('{"type":"file.bui'),
      '{"type":"file.bui',
      '{"type":"file.bui',
    ]);
    expect(linesOf('events', 'jsonl').filter((line) => line.endsWith('}'))).toHaveLength(3);
  });
});

describe('a trace that is degraded', () => {
  it('says so once while none of its files can be written, and once when all can', async () => {
    writeFileSync(join(folder, 'logs'), 'a file where the directory should be');
    const degradations = new Degradations(clock, probe.bus);
    const trace = await start({}, { degradations, queue: 300_000 });
    for (const number of upTo(10_000)) probe.bus.publish(built(number));
    await until(() => degradations.isDegraded('trace files'));
    clock.advance(1_000);
    await until(() => dropped('tftp.txt') > 0);
    expect(probe.of('daemon.degraded')).toHaveLength(1);
    expect(probe.of('trace.dropped').every(({ sink, degraded }) => degraded === (sink !== 'console'))).toBe(true);
    rmSync(join(folder, 'logs'));
    await until(() => {
      clock.advance(100);
      return !degradations.isDegraded('trace files');
    });
    const lost = await trace.close();
    expect(probe.of('daemon.degraded')).toHaveLength(1);
    expect(probe.of('daemon.recovered')).toHaveLength(1);
    expect(lost.find(({ sink }) => sink === 'tftp.txt')?.lines).toBe(dropped('tftp.txt'));
  });
});

describe('the console', () => {
  it('shows the facts themselves in mode json', async () => {
    const text = await shown(BOOT_EVENTS, { console: 'json' });
    expect(
      text
        .split('\n')
        .slice(0, -1)
        .map((line) => JSON.parse(line)),
    ).toEqual(BOOT_EVENTS);
  });

  it('shows nothing in mode off, and then nobody listens', async () => {
    expect(await shown(BOOT_EVENTS, { console: 'off' })).toBe('');
  });

  it('has colours where it is told that they are seen, and none elsewhere', async () => {
    const refused = await shown(BOOT_EVENTS.slice(5, 6), { console: 'summary' }, true);
    expect(refused).toBe(
      '\u001b[2m16:17:11  ipctest2         was refused CTLFile.tlv, as every phone of a non-secure cluster is: harmless\u001b[0m\n',
    );
    expect(await shown(BOOT_EVENTS, { console: 'cucm' }, true)).not.toContain('\u001b');
  });

  it('loses lines when its reader stops, tells so, and holds nobody up', async () => {
    const stopped = new Writable({ write: () => {} }); // takes one chunk and never asks for another
    const trace = await start({ directory: undefined, console: 'cucm' }, { stdout: stopped });
    const before = performance.now();
    for (const number of upTo(50_000)) {
      probe.bus.publish(built(number));
      if (number % 1_000 === 0) await turn();
    }
    expect(performance.now() - before).toBeLessThan(5_000);
    expect(stopped.writableLength).toBeLessThanOrEqual(1024 * 1024);
    clock.advance(1_000);
    expect(dropped('console')).toBeGreaterThan(30_000);
    await closeInTime(trace);
  });

  it('does not let a stopped terminal stop the process', async () => {
    const modes: boolean[] = [];
    const stdout = Object.assign(new Writable({ write: (_bytes, _encoding, done) => done() }), {
      isTTY: true,
      _handle: { setBlocking: (blocking: boolean) => modes.push(blocking) },
    });
    const trace = await start({ directory: undefined, console: 'cucm' }, { stdout });
    expect(modes).toEqual([false]);
    await trace.close();
  });

  it('survives a reader that goes away', async () => {
    const stdout = new Writable({
      write: (_bytes, _encoding, done) => done(Object.assign(new Error('write EPIPE'), { code: 'EPIPE' })),
    });
    const trace = await start({ console: 'cucm' }, { stdout });
    for (const number of upTo(1_000)) {
      probe.bus.publish(built(number));
      if (number % 100 === 0) {
        clock.advance(100);
        await turn();
      }
    }
    await trace.close();
    expect(numbersOf(linesOf('tftp'))).toEqual(upTo(1_000));
    expect(probe.of('trace.dropped').map(({ reason }) => reason)).toEqual(['its reader has gone']);
  });
});

describe('what devices tell of themselves in a stampede', () => {
  const reported = (at: number): LabcmEvent => ({
    type: 'device.reported',
    at: instant(1_295_000_000_000 + at),
    device: 'SEP001122334455' as DeviceName,
    facts: { rtpMediaPort: at },
  });

  it('is told in part, and how much is not is told, in the lines and in the facts', async () => {
    const trace = await start({ detailsPerSecond: 3 });
    for (const at of upTo(10)) probe.bus.publish(reported(at));
    probe.bus.publish(reported(1_000));
    await trace.close();
    expect(linesOf('ccm').map((line) => line.slice(line.indexOf('|') + 1))).toEqual([
      'Device Report deviceName : SEP001122334455, rtpMediaPort : 0',
      'Device Report deviceName : SEP001122334455, rtpMediaPort : 1',
      'Device Report deviceName : SEP001122334455, rtpMediaPort : 2',
      'Device Report: 7 facts of the last second are not in this trace',
      'Device Report deviceName : SEP001122334455, rtpMediaPort : 1000',
    ]);
    expect(linesOf('events', 'jsonl').map((line) => JSON.parse(line).type)).toEqual([
      ...Array(3).fill('device.reported'),
      'trace.untraced',
      'device.reported',
    ]);
  });

  it('is told whole where nobody bounds it', async () => {
    const trace = await start();
    for (const at of upTo(100)) probe.bus.publish(reported(at));
    await trace.close();
    expect(linesOf('ccm')).toHaveLength(100);
  });
});

describe('the level of the trace', () => {
  it('keeps lines out that are below it, so that their events need not be built', async () => {
    const text = await shown(BOOT_EVENTS, { level: 'significant' });
    expect(text.match(/sendNAK|Transferred/g)).toHaveLength(7);
    expect(text).not.toMatch(/FindMatching|recvMessage/);
  });

  it('leaves nobody listening for what it does not tell', async () => {
    const bus = new EventBus<LabcmEvent>(() => {});
    const settings: TraceSettings = { ...SETTINGS, directory: join(folder, 'logs'), level: 'error' };
    const trace = await startTrace(bus, settings, { clock });
    expect(bus.hasListener('file.find-matching')).toBe(false);
    expect(bus.hasListener('tftp.failed')).toBe(true);
    await trace.close();
    expect(bus.hasListener('tftp.failed')).toBe(false);
  });
});

describe('a fact that cannot be told', () => {
  it('costs its own line, is counted, and ends nothing', async () => {
    const trace = await start();
    probe.bus.publish({ type: 'tftp.request', at: clock.now() } as unknown as LabcmEvent);
    probe.bus.publish({ ...built(7), octets: 7n } as unknown as LabcmEvent); // JSON has no such number
    probe.bus.publish(built(8));
    await trace.close();
    expect(numbersOf(linesOf('tftp'))).toEqual([7, 8]);
    expect(dropped('tftp.request')).toBe(1);
    expect(dropped('file.built')).toBe(1);
    expect(linesOf('ccm').join()).toContain('CCM|Trace file.built: 1 lines dropped: ');
  });
});
