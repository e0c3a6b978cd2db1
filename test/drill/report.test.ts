import { SaxesParser } from 'saxes';
import { describe, expect, it } from 'vitest';
import { reportText, resultLine } from '../../src/cli/drill/drill-output.js';
import type { CliEnvironment } from '../../src/cli/environment.js';
import { instant } from '../../src/core/time.js';
import { Ledger } from '../../src/drill/ledger.js';
import { drillPicture } from '../../src/drill/picture.js';
import { drillReport, phonesCsv } from '../../src/drill/report.js';
import { reportLines, spanText, stepCells } from '../../src/drill/report-text.js';
import type { DrillRun, StepRun } from '../../src/drill/runner.js';
import { ManualClock } from '../support/manual-clock.js';
import { planOf } from './harness.js';

const TEXT = [
  'name: A <drill> & "more"',
  'nodes: [CM1, CM2]',
  'steps:',
  '  - { at: 1s, kill: CM1, expect: { back: 2s, hit: all, at: { CM2: all } } }',
  '  - { at: 5s, start: CM1, name: "=HYPERLINK(1)", expect: { refused: ">= 1", lost: none } }',
  'lasts: 10s',
  'expect: { back: 1s, lost: none, keepAlivesMissed: 0 }',
].join('\n');

const reported = (end: DrillRun['end'] = 'over', failure = '') => {
  const plan = planOf(TEXT);
  const clock = new ManualClock(0);
  const ledger = new Ledger(instant(0));
  for (let phone = 0; phone < 4; phone += 1) {
    ledger.expect(`P${phone}`);
    ledger.onBack(`P${phone}`, 'CM1', instant(0), ['100']);
  }
  ledger.begin(instant(0));
  for (let phone = 0; phone < 4; phone += 1) {
    ledger.onLost(`P${phone}`, instant(1_100), 'RST, "reset"');
    ledger.count('attempts', instant(1_200));
    if (phone < 3) ledger.onBack(`P${phone}`, 'CM2', instant(1_500 + 500 * phone), [phone === 2 ? '200' : '100']);
  }
  ledger.count('refused', instant(6_000));
  const steps = plan.steps.map(
    (planned): StepRun => ({
      planned,
      startedAt: instant(planned.at),
      took: 20 as never,
      remark: planned.step === 'start' ? 'it was slow' : '',
      failure: undefined,
    }),
  );
  const run: DrillRun = {
    ...{ begunAt: instant(0), endedAt: instant(10_000), end, failure },
    steps: end === 'over' ? steps : steps.slice(0, 1),
  };
  return drillReport(plan, run, ledger, clock);
};

describe('a report', () => {
  it('has the numbers of each step and of the whole', () => {
    const { report } = reported();
    expect(report.steps[0]).toMatchObject({
      ...{ title: 'kill CM1', plannedAt: 1_000, startedAt: 1_000, hit: 4, affected: 4, back: 3, neverBack: 1, lost: 1 },
      backAfter: { p50: 1_000, p99: 1_500, last: 1_500 },
      at: { CM2: 3 },
      ...{ attempts: 4, peak: 4 },
    });
    expect(report.whole).toMatchObject({ hit: 4, lost: 1, refused: 1 });
    expect(report.lostPhones).toEqual([{ phone: 'P3', why: 'RST, "reset"' }]);
    expect(report.renumbered).toEqual([{ phone: 'P2', why: 'it had 100 and has 200' }]);
    expect(report.startedAt).toBe('1970-01-01T00:00:00.000Z');
  });

  it('judges what is expected of steps and of the whole', () => {
    const { results } = reported().report;
    expect(results.map(({ subject, key, outcome, found }) => [subject, key, outcome, found])).toEqual([
      ['1 kill CM1', 'back', 'failed', 'the last after 1.5 s, 1 not at all (1 of 4 too late)'],
      ['1 kill CM1', 'hit', 'held', '4 of 4'],
      ['1 kill CM1', 'at.CM2', 'failed', '3 of 4'],
      ['2 =HYPERLINK(1)', 'lost', 'failed', '1 of 4'],
      ['2 =HYPERLINK(1)', 'refused', 'held', '1'],
      ['1 kill CM1', 'back', 'failed', 'the last after 1.5 s, 1 not at all (2 of 4 too late)'],
      ['2 =HYPERLINK(1)', 'back', 'failed', expect.stringContaining('1 not at all')],
      ['the drill', 'lost', 'failed', '1 of 4'],
      ['the drill', 'keepAlivesMissed', 'held', '0'],
    ]);
  });

  it('of a drill that ended early says so, and holds nothing for true that nobody has seen', () => {
    const { report } = reported('failed', 'CM2 has ended by itself: SIGSEGV');
    expect(new Set(report.results.map(({ outcome }) => outcome))).toEqual(new Set(['unknown']));
    expect(reportLines(report).foot.at(-1)).toBe('the drill failed: CM2 has ended by itself: SIGSEGV');
  });

  it('has a line per step, and says what was lost', () => {
    const { report } = reported();
    expect(report.steps.map(stepCells)[0]).toEqual([
      ...['kill CM1', '1.0 s', '4', '3', '1.0 s', '1.5 s', '1.5 s', '1', '4/s', '0'],
      'CM2 3, nowhere 1',
    ]);
    const { head, foot } = reportLines(report);
    expect(head).toEqual(['A <drill> & "more": 4 phones, CM1, CM2, 10.0 s']);
    expect(foot).toEqual([
      '=HYPERLINK(1): it was slow',
      'kill CM1: 3 from CM1 to CM2, 1 from CM1 to nowhere',
      '=HYPERLINK(1): 1 from CM1 to nowhere',
      'lost: 1 phones, 0 calls; 0 keepalives without an answer, 1 registrations refused',
      '  P3: RST, "reset"',
      'another number: P2: it had 100 and has 200',
    ]);
  });

  it('gives no commands to the terminal, whatever its texts are', () => {
    const { report } = reported('failed', 'CM2 has ended by itself:\n  \u001b[2J');
    const bad = '\u001b[2J\u009b';
    const lostPhones = [{ phone: bad, why: bad }];
    const steps = report.steps.map((step) => ({ ...step, title: bad, remark: bad, at: { [bad]: 1 } }));
    const text = reportText({ ...report, name: bad, nodes: [bad], lostPhones, renumbered: lostPhones, steps });
    expect(text).not.toMatch(/[^\P{Cc}\n]/u);
    expect(text).toContain('the drill failed: CM2 has ended by itself:\n  \\x1b[2J');
    const environment = { stdout: { write: () => {} }, variables: {} } as unknown as CliEnvironment;
    for (const outcome of ['held', 'failed', 'unknown'] as const)
      expect(resultLine(environment, { subject: bad, key: bad, expected: bad, outcome, found: bad })).not.toMatch(
        /[^\P{Cc}\n]/u,
      );
  });

  it('as CSV has a line per phone and step, which no spreadsheet takes for a formula', () => {
    const lines = phonesCsv(reported()).split('\r\n');
    expect(lines[0]).toBe('step,title,phone,lostAfter,backAfter,outage,losses,from,to,why');
    expect(lines[1]).toBe('1,kill CM1,P0,100,500,400,1,CM1,CM2,"RST, ""reset"""');
    expect(lines[5]).toMatch(/^2,'=HYPERLINK\(1\),P3,-3900,,/);
    expect(lines).toHaveLength(7);
  });

  it('as a picture is well-formed, whatever its texts are', () => {
    const svg = drillPicture(reported().report);
    const texts: string[] = [];
    const parser = new SaxesParser();
    parser.on('text', (text) => {
      if (text.trim() !== '') texts.push(text);
    });
    parser.write(svg).close();
    expect(texts).toEqual(
      expect.arrayContaining([
        'A <drill> & "more": 4 phones',
        'kill CM1',
        '=HYPERLINK(1)',
        'Registered phones, by node',
        'CM2',
      ]),
    );
    expect(svg).not.toContain('NaN');
    expect(svg.match(/<polyline/g)).toHaveLength(7);
  });
});

it.each([
  [null, '-'],
  [0, '0 ms'],
  [999, '999 ms'],
  [1_000, '1.0 s'],
  [61_234, '61.2 s'],
] as const)('%j is %s', (span, text) => {
  expect(spanText(span)).toBe(text);
});
