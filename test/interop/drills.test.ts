// The drills that are shipped, each with two hundred phones, by the built program: all that they expect holds.

import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { program } from '../support/program.js';

const FOLDER = 'examples/drills';
const PHONES = 200;
/** All of 127.0.0.0/8 is loopback there alone. */
const IS_LINUX = process.platform === 'linux';

const reports: string[] = [];
afterEach(() => {
  for (const report of reports.splice(0)) rmSync(report, { recursive: true, force: true });
});

interface Report {
  readonly phones: number;
  readonly end: string;
  readonly steps: readonly { readonly title: string }[];
  readonly results: readonly { readonly outcome: string }[];
}

describe.skipIf(!IS_LINUX)('the drill', { timeout: 240_000 }, () => {
  const files = readdirSync(FOLDER).filter((file) => file.endsWith('.yaml'));

  it.each(files)('%s', async (file) => {
    const report = mkdtempSync(join(tmpdir(), 'labcm-drill-report-'));
    reports.push(report);
    const { code, out, err } = await program([
      'drill',
      join(FOLDER, file),
      '--phones',
      String(PHONES),
      '--report',
      report,
    ]);
    expect(code, `${out}\n${err}`).toBe(0);
    const json = JSON.parse(readFileSync(join(report, 'report.json'), 'utf8')) as Report;
    expect(json).toMatchObject({ phones: PHONES, end: 'over' });
    expect(new Set(json.results.map(({ outcome }) => outcome))).toEqual(new Set(['held']));
    expect(readFileSync(join(report, 'picture.svg'), 'utf8')).toContain('</svg>');
    expect(readFileSync(join(report, 'junit.xml'), 'utf8')).toContain('failures="0"');
    expect(readFileSync(join(report, 'phones.csv'), 'utf8').split('\r\n').length).toBeGreaterThan(PHONES);
  });
});
