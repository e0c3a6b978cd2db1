// The files of an SDL trace: when the next one begins, that each has its head, what becomes of finished ones, and of trouble.

import { existsSync, mkdirSync, renameSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setImmediate as turn } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import { beforeEach, describe, expect, it } from 'vitest';
import { instant, wallTime } from '../../../src/core/time.js';
import type { LabcmEvent } from '../../../src/events.js';
import type { TraceSettings } from '../../../src/trace/index.js';
import { localStamp } from '../../../src/trace/line.js';
import { LINES } from '../../../src/trace/lines.js';
import type { Row } from '../../../src/trace/row.js';
import { headLine } from '../../../src/trace/sdl/head.js';
import { SdlTrace } from '../../../src/trace/sdl/sdl-trace.js';
import { Stations } from '../../../src/trace/sdl/stations.js';
import { ManualClock } from '../../support/manual-clock.js';
import { readSdl, SdlLab } from './harness.js';

beforeEach(() => {
  process.env.TZ = 'UTC';
});

const HOST = { name: 'CM1', number: 1, address: '10.10.210.10', cluster: 'Lab' };
const NOON = Date.UTC(2026, 10, 30, 12, 0, 0, 0);

const added = (lab: SdlLab, number: number): LabcmEvent =>
  ({ type: 'device.added', at: lab.clock.now(), device: `SEP${String(number).padStart(12, '0')}` }) as LabcmEvent;

const until = async (done: () => boolean): Promise<void> => {
  while (!done()) await turn();
};

/** Writes events, each at a moment of its own, so that the file system has them. */
const write = async (lab: SdlLab, from: number, count: number): Promise<void> => {
  for (let number = from; number < from + count; number += 1) {
    lab.publish([added(lab, number)]);
    lab.clock.advance(1);
    if (number % 200 === 0) await turn();
  }
  lab.clock.advance(100);
};

const numbersIn = (lab: SdlLab): number[] =>
  lab
    .files()
    .flatMap((file) => [...lab.read(file).matchAll(/deviceName : SEP(\d{12})/g)].map(([, digits]) => Number(digits)));

const has = (lab: SdlLab, number: number): boolean => {
  try {
    return numbersIn(lab).includes(number);
  } catch {
    return false; // a file went between the list and the look
  }
};

const upTo = (count: number, from = 0): number[] => Array.from({ length: count }, (_, index) => from + index);

const run = async (lab: SdlLab, from: number, count: number, settings: Partial<TraceSettings> = {}): Promise<void> => {
  const trace = await lab.start(settings);
  await write(lab, from, count);
  await trace.close();
};

const headsOf = (lab: SdlLab): string[] =>
  lab.files().map((file) => {
    const [head] = readSdl(lab.read(file));
    expect(head?.type, file).toBe('FileHead');
    return head?.text ?? '';
  });

describe('SDL files', () => {
  it('turn at their size, have a head each, are packed when finished, and no more are kept than asked for', async () => {
    const lab = new SdlLab(new ManualClock(NOON));
    await run(lab, 0, 4_000, { rotate: { size: 64_000, files: 4 } });
    const files = lab.files();
    expect(files).toHaveLength(4);
    expect(files.slice(0, 3).every((file) => file.endsWith('.txt.gz'))).toBe(true);
    expect(files[3]).toMatch(/^SDL001_100_\d{6}\.txt$/);
    const numbers = files.map((file) => Number(/_(\d{6})\./.exec(file)?.[1]));
    expect(numbers).toEqual(upTo(4, numbers[0]));
    expect(headsOf(lab).map((head) => Number(/FileNumber: (\d+),/.exec(head)?.[1]))).toEqual(numbers);
    for (const file of files) expect(lab.read(file).length).toBeLessThanOrEqual(64_000);
    const kept = numbersIn(lab);
    expect(kept).toEqual(upTo(kept.length, 4_000 - kept.length));
    expect(lab.probe.of('trace.dropped')).toEqual([]);
  });

  it('have numbers that rise over all of them, each head with the number before its first line', async () => {
    const lab = new SdlLab(new ManualClock(NOON));
    await run(lab, 0, 1_500, { rotate: { size: 64_000, files: 20 } });
    const entries = lab.files().map((file) => readSdl(lab.read(file)));
    expect(entries.length).toBeGreaterThan(2);
    for (const [head, first] of entries) expect(head?.number).toBe((first?.number ?? 0) - 1);
    const numbers = entries.flatMap(([, ...lines]) => lines.map(({ number }) => number));
    expect(numbers).toEqual(upTo(1_500, 2));
  });

  it('begin anew with each start, and what an earlier one left is packed', async () => {
    const lab = new SdlLab(new ManualClock(NOON));
    await run(lab, 0, 3);
    lab.clock.advance(60_000);
    await run(lab, 3, 3);
    expect(lab.files()).toEqual(['SDL001_100_000001.txt.gz', 'SDL001_100_000002.txt']);
    expect(numbersIn(lab)).toEqual(upTo(6));
    expect(headsOf(lab).map((head) => /AppStartTime: \S+ (\S+),/.exec(head)?.[1])).toEqual(['12:00:00', '12:01:00']);
  });

  it('count on after the highest number, packed or not, and leave what is not theirs', async () => {
    const lab = new SdlLab(new ManualClock(NOON));
    mkdirSync(lab.directory, { recursive: true });
    writeFileSync(join(lab.directory, 'SDL001_100_000041.txt.gz'), gzipSync('old\n'));
    writeFileSync(join(lab.directory, 'SDL001_100_000040.txt.gz.part'), 'half');
    for (const file of ['SDL002_100_000050.txt', 'SDL001_100_000099.txt.bak', 'notes'])
      writeFileSync(join(lab.directory, file), '');
    await run(lab, 0, 1);
    expect(lab.files()).toEqual([
      'SDL001_100_000041.txt.gz',
      'SDL001_100_000042.txt',
      'SDL001_100_000099.txt.bak',
      'SDL002_100_000050.txt',
      'notes',
    ]);
  });

  it('begin anew with the day, by local time', async () => {
    process.env.TZ = 'Asia/Tokyo';
    const lab = new SdlLab(new ManualClock(Date.UTC(2026, 10, 30, 14, 59, 58)));
    const trace = await lab.start();
    await write(lab, 0, 3);
    await until(() => has(lab, 2));
    lab.clock.advance(5_000);
    await write(lab, 3, 3);
    await trace.close();
    expect(lab.files()).toEqual(['SDL001_100_000001.txt.gz', 'SDL001_100_000002.txt']);
    expect(headsOf(lab).map((head) => head.slice(0, 27))).toEqual([
      'UTC:+09:00,Date: 2026/11/30',
      'UTC:+09:00,Date: 2026/12/01',
    ]);
    expect(readSdl(lab.read('SDL001_100_000001.txt.gz'))[1]?.time).toBe('23:59:58.000');
    expect(readSdl(lab.read('SDL001_100_000002.txt'))[1]?.time).toMatch(/^00:00:03\./);
  });

  it.each(['moved', 'removed'])('%s by somebody, go on in the next one, which is told', async (how) => {
    const lab = new SdlLab(new ManualClock(NOON));
    const trace = await lab.start();
    await write(lab, 0, 3);
    await until(() => has(lab, 2));
    const path = join(lab.directory, 'SDL001_100_000001.txt');
    if (how === 'moved') renameSync(path, join(lab.folder, 'elsewhere'));
    else rmSync(path);
    trace.reopen();
    await until(() => existsSync(join(lab.directory, 'SDL001_100_000002.txt')));
    await write(lab, 3, 3);
    await trace.close();
    expect(numbersIn(lab)).toEqual([3, 4, 5]);
    expect(headsOf(lab)[0]).toContain('FileNumber: 2,');
    expect(lab.probe.of('trace.renewed').map(({ sink }) => sink)).toEqual(['SDL001_100']);
  });

  it('emptied by somebody, get their head again', async () => {
    const lab = new SdlLab(new ManualClock(NOON));
    const trace = await lab.start();
    await write(lab, 0, 3);
    await until(() => has(lab, 2));
    truncateSync(join(lab.directory, 'SDL001_100_000001.txt'));
    lab.clock.advance(1_000);
    await write(lab, 3, 3);
    await trace.close();
    expect(lab.files()).toEqual(['SDL001_100_000001.txt']);
    expect(headsOf(lab)).toHaveLength(1);
    expect(numbersIn(lab)).toEqual([3, 4, 5]);
  });

  it('wait for a disk that fails, and lose nothing that fits into the queue', async () => {
    const lab = new SdlLab(new ManualClock(NOON));
    writeFileSync(join(lab.folder, 'cm'), 'a file where the folder should be');
    const trace = await lab.start();
    await write(lab, 0, 100);
    await until(() => lab.clock.armed > 0);
    rmSync(join(lab.folder, 'cm'));
    lab.clock.advance(1_000);
    await trace.close();
    expect(numbersIn(lab)).toEqual(upTo(100));
    expect(headsOf(lab)).toHaveLength(1);
  });

  it('stay plain where the packed form cannot be written', async () => {
    const lab = new SdlLab(new ManualClock(NOON));
    mkdirSync(join(lab.directory, 'SDL001_100_000001.txt.gz.part'), { recursive: true });
    await run(lab, 0, 2_000, { rotate: { size: 64_000, files: 20 } });
    const [first = '', part, second] = lab.files();
    expect([first, part, second]).toEqual([
      'SDL001_100_000001.txt',
      'SDL001_100_000001.txt.gz.part',
      'SDL001_100_000002.txt.gz',
    ]);
    expect(readSdl(lab.read(first)).length).toBeGreaterThan(100);
  });

  it('are never packed where only one is kept', async () => {
    const lab = new SdlLab(new ManualClock(NOON));
    await run(lab, 0, 2_000, { rotate: { size: 64_000, files: 1 } });
    expect(lab.files()).toHaveLength(1);
    expect(lab.files()[0]).toMatch(/\.txt$/);
  });
});

describe('the head of a file', () => {
  const head = (first: string, at: number): string =>
    headLine({ host: HOST, version: '1.2.3', startedAt: wallTime(NOON) }, Buffer.from(first), 7, wallTime(at));

  it('has the date of its first line, also where that was written after midnight', () => {
    const late = Date.UTC(2026, 11, 1, 0, 0, 0, 40);
    expect(head('00000012.003 |23:59:59.990 |AppInfo  |x', late)).toMatch(
      /^00000011\.000 \|23:59:59\.990 \|FileHead \|UTC:\+00:00,Date: 2026\/11\/30, /,
    );
    expect(head('00000012.003 |00:00:00.010 |AppInfo  |x', late)).toContain('Date: 2026/12/01, ');
  });

  it.each([
    ['Asia/Kolkata', 'UTC:+05:30'],
    ['America/St_Johns', 'UTC:-03:30'],
    ['UTC', 'UTC:+00:00'],
  ])('has the zone of %s as %s', (zone, text) => {
    process.env.TZ = zone;
    expect(head('00000012.000 |01:02:03.004 |AppInfo  |x', NOON)).toContain(`|FileHead |${text},Date: `);
  });
});

describe('numbers', () => {
  const teller = () => {
    const { 'device.added': row } = LINES;
    return new SdlTrace(HOST, localStamp()).teller('device.added', row as unknown as Row<LabcmEvent>);
  };
  const event = (at: number): LabcmEvent => ({ type: 'device.added', at: instant(at), device: 'X' }) as LabcmEvent;

  it('are shared by what happens at one moment, in parts up to 999', () => {
    const tell = teller();
    const lines = upTo(1_002).map(() => tell(event(5), wallTime(NOON)).slice(0, 12));
    expect(lines[0]).toBe('00000002.000');
    expect(lines[999]).toBe('00000002.999');
    expect(lines[1_000]).toBe('00000003.000');
    expect(lines[1_001]).toBe('00000003.001');
    expect(tell(event(6), wallTime(NOON)).slice(0, 12)).toBe('00000004.000');
  });
});

describe('what is remembered', () => {
  it('is bounded: the oldest goes first', () => {
    const stations = new Stations();
    const most = 65_536;
    for (const instance of upTo(most + 10)) stations.begin({ name: 'StationD', instance });
    expect(stations.exists({ name: 'StationD', instance: 9 })).toBe(false);
    expect(stations.exists({ name: 'StationD', instance: 10 })).toBe(true);
    expect(stations.begin({ name: 'StationD', instance: most + 10 })).toBe(most);
    expect(stations.end({ name: 'StationD', instance: 9 })).toBeUndefined();
  });

  it('of a link and of a device goes with them', () => {
    const stations = new Stations();
    const station = { link: 4, bound: false, address: '10.0.0.9' };
    const opened = { type: 'sccp.link-opened', at: 1, station, port: 3300, transport: 'tcp' } as unknown as LabcmEvent;
    stations.note(opened);
    expect(stations.portOf(4)).toBe(3300);
    stations.noteAfter({
      type: 'sccp.link-closed',
      at: 2,
      station,
      cause: 'mute',
      messages: 0,
    } as unknown as LabcmEvent);
    expect(stations.portOf(4)).toBe(0);
    const device = { device: 'SEP1', protocol: 'SIP', link: 4, generation: 9 };
    stations.note({ type: 'device.registered', at: 3, ...device } as unknown as LabcmEvent);
    expect(stations.stationOf('SEP1')).toEqual({ protocol: 'SIP', instance: 9 });
    stations.noteAfter({ type: 'device.unregistered', at: 4, ...device } as unknown as LabcmEvent);
    expect(stations.stationOf('SEP1')).toBeUndefined();
  });
});
