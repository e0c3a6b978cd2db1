// Call logs and call records on disk: which files there are, what is in them, what becomes of them on a bad disk.

import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type CallEnded, type CallEvent, partyOf } from '../../src/calls/index.js';
import { Degradations } from '../../src/core/degradations.js';
import { milliseconds, minutes, seconds } from '../../src/core/time.js';
import type { LabcmEvent } from '../../src/events.js';
import {
  DEFAULT_RECORDS,
  type RecordEnvironment,
  type RecordSettings,
  type Records,
  startRecords,
} from '../../src/records/index.js';
import { CallLab } from '../calls/harness.js';
import { EventRecorder } from '../support/event-recorder.js';
import { ManualClock } from '../support/manual-clock.js';
import { seededRandom } from '../support/random.js';
import { cellsOf, endedCall, measuredCall } from './csv.js';

let folder: string;
let clock: ManualClock;
let probe: EventRecorder<LabcmEvent | CallEvent>;
let losses: [file: string, lines: number, reason: string][];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'labcm-records-'));
  clock = new ManualClock(Date.UTC(2020, 5, 28, 21, 11, 30));
  probe = new EventRecorder();
  losses = [];
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const logs = () => join(folder, 'logs');
const start = (settings: Partial<RecordSettings> = {}, environment: Partial<RecordEnvironment> = {}): Records =>
  startRecords(
    probe.bus,
    {
      directory: logs(),
      rotate: { size: 64_000, files: 4 },
      cluster: 'Lab',
      node: 1,
      ...DEFAULT_RECORDS,
      ...settings,
    },
    { clock, random: seededRandom(1), onLost: (...loss) => losses.push(loss), ...environment },
  );

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
const until = async (holds: () => boolean): Promise<void> => {
  while (!holds()) await turn();
};

const filesOf = (kind: string, path = join(logs(), 'cdr')): string[] =>
  existsSync(path)
    ? readdirSync(path)
        .filter((file) => file.startsWith(kind))
        .sort((one, other) => Number(/\d+$/.exec(one)?.[0] ?? 0) - Number(/\d+$/.exec(other)?.[0] ?? 0))
    : [];
const rowsOf = (file: string): string[] =>
  readFileSync(join(logs(), 'cdr', file), 'utf8')
    .trim()
    .split('\n')
    .slice(2);
/** The number of the call in each row of all files. */
const callsIn = (kind: string): number[] =>
  filesOf(kind).flatMap((file) => {
    try {
      return rowsOf(file).map((row) => Number(row.split(',')[2]));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return []; // removed since it was listed
      throw error;
    }
  });

const end = (call = 44_001): void => probe.bus.publish(endedCall({ call }));

describe('records that are off', () => {
  const bus = (): { types: string[]; on: (type: string) => () => void } => {
    const types: string[] = [];
    return {
      types,
      on: (type) => {
        types.push(type);
        return () => void types.splice(types.indexOf(type), 1);
      },
    };
  };

  it.each([
    [{ callLogs: false, cdr: 'off' as const }, []],
    [{ directory: undefined }, []],
    [{ cdr: 'off' as const }, ['call.offered', 'call.ended', 'sip.received', 'sip.sent']],
    [{ callLogs: false }, ['call.ended', 'call.measured']],
  ])('%j listen to %j, and to nothing once closed', async (settings, types) => {
    const source = bus();
    const all = { directory: logs(), rotate: { size: 1, files: 1 }, cluster: 'Lab', node: 1, ...DEFAULT_RECORDS };
    const records = startRecords(source, { ...all, ...settings }, { clock, random: seededRandom(1) });
    expect(source.types).toEqual(types);
    await records.close();
    expect(source.types).toEqual([]);
    expect(existsSync(logs())).toBe(false);
  });
});

describe('record files', () => {
  it('are named by cluster, node, minute in UTC and number, and begin with two lines before the rows', async () => {
    const records = start({ cluster: 'My Lab' });
    end();
    probe.bus.publish(measuredCall());
    await records.close();
    expect(filesOf('c')).toEqual(['cdr_My-Lab_01_202006282111_1', 'cmr_My-Lab_01_202006282111_1']);
    for (const [kind, count] of [
      ['cdr', 129],
      ['cmr', 48],
    ] as const) {
      const lines = readFileSync(join(logs(), 'cdr', filesOf(kind)[0] ?? ''), 'utf8').split('\n');
      expect(lines.map((line) => cellsOf(line.replace(/VARCHAR\((\d+)\)/g, 'VARCHAR')).length)).toEqual([
        count,
        count,
        count,
        1,
      ]);
      expect(lines[0]).toMatch(/^"cdrRecordType","globalCallID_callManagerId",/);
    }
  });

  it('hold rows with a GUID each', async () => {
    const records = start();
    end(1);
    end(2);
    await records.close();
    const ids = rowsOf(filesOf('cdr')[0] ?? '').map((row) => cellsOf(row)[50]);
    expect(new Set(ids).size).toBe(2);
    for (const id of ids) expect(id).toMatch(/^"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}"$/);
  });

  it('begin with the first row after their time is over, and only then', async () => {
    const records = start();
    const after = async (milliseconds: number, call: number): Promise<void> => {
      clock.advance(milliseconds);
      end(call);
      await until(() => callsIn('cdr').includes(call));
    };
    await after(0, 1);
    await after(59_999, 2);
    await after(1, 3);
    await after(600_000, 4);
    await records.close();
    expect(filesOf('cdr')).toEqual([
      'cdr_Lab_01_202006282111_1',
      'cdr_Lab_01_202006282112_2',
      'cdr_Lab_01_202006282122_3',
    ]);
    expect(filesOf('cdr').map((file) => rowsOf(file).length)).toEqual([2, 1, 1]);
  });

  it('are no more than their number, the oldest going first, and count on after a restart', async () => {
    for (const run of [0, 1]) {
      const records = start({ cdr: { every: seconds(10), files: 3 } });
      for (const call of [1, 2, 3, 4]) {
        end(run * 4 + call);
        await until(() => callsIn('cdr').includes(run * 4 + call));
        clock.advance(10_000);
      }
      await records.close();
    }
    expect(filesOf('cdr').map((file) => /\d+$/.exec(file)?.[0])).toEqual(['6', '7', '8']);
    expect(callsIn('cdr')).toEqual([6, 7, 8]);
  });

  it('leave calls out in which nobody talked and nothing failed, unless they are wanted', async () => {
    const { answeredAt: _, ...unanswered } = endedCall();
    for (const emptyCalls of [false, true]) {
      const records = start({ cdr: { every: minutes(1), files: 9, emptyCalls } });
      probe.bus.publish(unanswered);
      await records.close();
      expect(callsIn('cdr')).toHaveLength(emptyCalls ? 1 : 0);
    }
  });

  it('that somebody collects meanwhile are not begun anew: the next has the next number', async () => {
    const records = start();
    end(1);
    await until(() => callsIn('cdr').includes(1));
    renameSync(join(logs(), 'cdr', filesOf('cdr')[0] ?? ''), join(folder, 'collected'));
    clock.advance(1_000);
    end(2);
    await records.close();
    expect(filesOf('cdr')).toEqual(['cdr_Lab_01_202006282111_2']);
    expect(callsIn('cdr')).toEqual([2]);
  });

  it('do not count what others have put beside them', async () => {
    mkdirSync(join(logs(), 'cdr'), { recursive: true });
    for (const name of [
      'cdr_Lab_01_202006282111_x',
      'cdr_Other_01_202006282111_9',
      'cdr_Lab_02_202006282111_9',
      'notes',
    ])
      writeFileSync(join(logs(), 'cdr', name), '');
    const records = start({ cdr: { every: minutes(1), files: 1 } });
    end();
    await records.close();
    expect(readdirSync(join(logs(), 'cdr'))).toHaveLength(5);
    expect(filesOf('cdr_Lab_01')).toContain('cdr_Lab_01_202006282111_1');
  });
});

describe('call log files', () => {
  const lines = (): string[] =>
    filesOf('calllogs', logs()).flatMap((file) => readFileSync(join(logs(), file), 'utf8').trimEnd().split('\n'));
  const release = (call: number): void => {
    const { orig } = endedCall();
    probe.bus.publish(endedCall({ orig: { ...orig, leg: call } }));
  };
  const legsOf = (text: readonly string[]): number[] => text.map((line) => Number(line.split('|')[3]));

  it('have rising numbers, the first one too, turn at their size and go on after a restart', async () => {
    for (const run of [0, 1]) {
      const records = start({ cdr: 'off', rotate: { size: 1_000, files: 4 } });
      for (let call = 1; call <= 45; call += 1) release(run * 45 + call);
      await records.close();
      if (run === 0)
        expect(filesOf('calllogs', logs()).sort()).toEqual([1, 2, 3].map((number) => `calllogs_0000000${number}.txt`));
    }
    const files = filesOf('calllogs', logs()).sort();
    expect(files).toEqual([2, 3, 4, 5].map((number) => `calllogs_0000000${number}.txt`));
    for (const file of files) expect(statSync(join(logs(), file)).size).toBeLessThanOrEqual(1_000);
    const legs = legsOf(lines());
    expect(legs).toEqual(legs.map((_, index) => 90 - legs.length + 1 + index));
  });

  it('that were moved away are begun anew, with no lower number', async () => {
    const records = start({ cdr: 'off', rotate: { size: 1_000, files: 4 } });
    for (let call = 1; call <= 30; call += 1) release(call);
    await until(() => lines().length === 30);
    renameSync(join(logs(), 'calllogs_00000002.txt'), join(folder, 'moved'));
    records.reopen();
    release(31);
    await records.close();
    expect(filesOf('calllogs', logs()).sort()).toEqual(['calllogs_00000001.txt', 'calllogs_00000002.txt']);
    expect(legsOf(lines()).at(-1)).toBe(31);
  });

  it('follow a call of the call machine from its offer to its end', async () => {
    const records = start({ cdr: 'off' });
    const lab = new CallLab();
    const a = lab.phone({ dn: '1001' });
    const b = lab.phone({ dn: '1002', kind: 'sip' });
    a.call('1002');
    b.answer();
    a.hangUp();
    a.call('7');
    a.hangUp();
    for (const event of lab.events) probe.bus.publish(event);
    await records.close();
    const [first] = a.legs;
    const one = first?.ci ?? 0;
    expect(lines().map((line) => line.slice(line.indexOf('|') + 1))).toEqual([
      `CC|SETUP|${one}|${one + 1}|1001|1002|1002`,
      `CC|OFFERED|${one}|${one + 1}|1001|1002|1002|SEP000000000001|SEP000000000002`,
      `CC|RELEASE|${one}|${one + 1}|16`,
      `CC|REJECT|${one + 2}|0|1001|7|7|1`,
    ]);
  });
});

describe('records of the call machine', () => {
  const recorded = (act: (lab: CallLab) => void): CallEnded => {
    const lab = new CallLab();
    act(lab);
    const call = lab.events.findLast((event): event is CallEnded => event.type === 'call.ended');
    if (call === undefined) throw new Error('no call ended');
    return call;
  };
  const causes = ({ orig, dest }: CallEnded): unknown[] => [orig.cause, orig.by, dest?.cause, dest?.by];

  it('have the cause of a phone that refuses on its side alone, of a server that gives up on both', () => {
    for (const kind of ['sccp', 'sip'] as const) {
      const refused = recorded((lab) => {
        const [a, b] = [lab.phone({ dn: '1001', kind }), lab.phone({ dn: '1002' })];
        a.call('1002');
        lab.control.refuse(b.leg, 'busy', lab.now);
        a.hangUp();
      });
      expect(causes(refused)).toEqual([0, kind === 'sccp' ? 'user' : 'server', 17, 'user']);
      const unanswered = recorded((lab) => {
        const a = lab.phone({ dn: '1001', kind });
        lab.phone({ dn: '1002' });
        a.call('1002');
        lab.advance(300_000);
      });
      expect(causes(unanswered)).toEqual([19, 'server', 19, 'server']);
    }
  });

  it('keep the digits of a call that was given up while dialling', () => {
    const call = recorded((lab) => {
      const a = lab.phone({ dn: '1001' });
      lab.phone({ dn: '1002' });
      a.originate();
      lab.control.digit(a.leg, '1', lab.now);
      a.hangUp();
    });
    expect(call).toMatchObject({ dialled: '1', called: partyOf('') });
  });

  it('say how long a phone could count', () => {
    const lab = new CallLab();
    const [a, b] = [lab.phone({ dn: '1001' }), lab.phone({ dn: '1002' })];
    const { statistics } = measuredCall();
    a.call('1002');
    lab.advance(5_000);
    b.answer();
    lab.advance(20_000);
    const { leg } = a;
    a.hangUp();
    lab.advance(1_000);
    lab.control.statistics(leg, statistics, lab.now);
    expect(lab.events.at(-1)).toMatchObject({ type: 'call.measured', talked: 20_000 });
  });
});

describe('records that wait for others', () => {
  it('are written together after a moment, or at once where they are many or the records end', async () => {
    const records = start({ callLogs: false }, { gather: milliseconds(100) });
    end(1);
    clock.advance(99);
    end(2);
    for (let turns = 0; turns < 50; turns += 1) await turn();
    expect(callsIn('cdr')).toEqual([]);
    clock.advance(1);
    await until(() => callsIn('cdr').length === 2);
    for (let call = 3; call <= 400; call += 1) end(call);
    await until(() => callsIn('cdr').length > 2);
    await until(() => {
      clock.advance(100);
      return callsIn('cdr').length === 400;
    });
    end(401);
    await records.close();
    expect(callsIn('cdr')).toEqual(Array.from({ length: 401 }, (_, index) => index + 1));
    expect(losses).toEqual([]);
  });
});

describe('records on a bad disk', () => {
  it('wait within a bound, say once that they cannot be written, and are written when they can', async () => {
    mkdirSync(logs());
    writeFileSync(join(logs(), 'cdr'), 'a file where the directory should be');
    const degradations = new Degradations(clock, probe.bus);
    const records = start({ callLogs: false }, { degradations, queue: 6_000 });
    for (let call = 1; call <= 20; call += 1) end(call);
    await until(() => degradations.isDegraded('call records'));
    expect(probe.of('daemon.degraded').map(({ reason }) => reason)).toEqual([expect.stringMatching(/^cdr: E/)]);
    const lost = losses.reduce((sum, [, lines]) => sum + lines, 0);
    expect(lost).toBeGreaterThan(0);
    expect(losses[0]?.slice(0, 2)).toEqual(['cdr', 1]);
    rmSync(join(logs(), 'cdr'));
    await until(() => {
      clock.advance(100);
      return !degradations.isDegraded('call records');
    });
    await records.close();
    expect(callsIn('cdr')).toEqual(Array.from({ length: 20 - lost }, (_, index) => index + 1));
    expect(probe.of('daemon.recovered')).toHaveLength(1);
  });

  it('leave nothing of a file that could not be begun, and begin it when they can', async () => {
    const degradations = new Degradations(clock, probe.bus);
    const records = start({ callLogs: false }, { degradations });
    end(1);
    await until(() => callsIn('cdr').length === 1);
    clock.advance(60_000);
    const path = join(logs(), 'cdr', 'cdr_Lab_01_202006282112_2');
    symlinkSync('/dev/full', path);
    end(2);
    await until(() => degradations.isDegraded('call records') && !filesOf('cdr').includes(basename(path)));
    await until(() => {
      clock.advance(100);
      return !degradations.isDegraded('call records');
    });
    await records.close();
    expect(filesOf('cdr')).toEqual(['cdr_Lab_01_202006282111_1', basename(path)]);
    expect(callsIn('cdr')).toEqual([1, 2]);
    expect(losses).toEqual([]);
  });

  it('give up in the end, and say how many rows that cost', async () => {
    writeFileSync(logs(), 'a file where the directory should be');
    const records = start();
    end();
    let isClosed = false;
    const closing = records.close().then(() => {
      isClosed = true;
    });
    await until(() => {
      clock.advance(100);
      return isClosed;
    });
    await closing;
    expect(losses.map(([file, lines]) => [file, lines]).sort()).toEqual([
      ['calllogs', 1],
      ['cdr', 1],
    ]);
  });
});
