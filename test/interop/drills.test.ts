// The drills that are shipped, each with two hundred phones, by the built program: all that they expect holds.

import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { program } from '../support/program.js';

const FOLDER = 'examples/drills';
const PHONES = 200;
/** All of 127.0.0.0/8 is loopback there alone. */
const IS_LINUX = process.platform === 'linux';

const reports: string[] = [];

interface Report {
  readonly phones: number;
  readonly end: string;
  readonly steps: readonly { readonly title: string; readonly affected: number }[];
  readonly results: readonly { readonly outcome: string }[];
}

interface Ending {
  readonly code: number | null;
  readonly said: string;
  /** Where the report is. */
  readonly folder: string;
}

const drilled = async (file: string): Promise<Ending> => {
  const folder = mkdtempSync(join(tmpdir(), 'labcm-drill-report-'));
  reports.push(folder);
  const args = ['drill', join(FOLDER, file), '--phones', String(PHONES), '--report', folder];
  const { code, out, err } = await program(args);
  return { code, said: `${out}\n${err}`, folder };
};

describe.skipIf(!IS_LINUX)('the drill', { timeout: 240_000 }, () => {
  const files = readdirSync(FOLDER).filter((file) => file.endsWith('.yaml'));
  const drills = new Map<string, Promise<Ending>>();

  // Side by side, since a drill mostly waits: each has addresses of its own.
  beforeAll(() => {
    for (const file of files) drills.set(file, drilled(file));
  });
  afterAll(async () => {
    await Promise.allSettled(drills.values());
    for (const report of reports) rmSync(report, { recursive: true, force: true });
  });

  it.each(files)('%s', async (file) => {
    const { code, said, folder } = (await drills.get(file)) as Ending;
    expect(code, said).toBe(0);
    const json = JSON.parse(readFileSync(join(folder, 'report.json'), 'utf8')) as Report;
    expect(json).toMatchObject({ phones: PHONES, end: 'over' });
    expect(json.results.length).toBeGreaterThan(0);
    expect(new Set(json.results.map(({ outcome }) => outcome))).toEqual(new Set(['held']));
    expect(readFileSync(join(folder, 'picture.svg'), 'utf8')).toContain('</svg>');
    expect(readFileSync(join(folder, 'junit.xml'), 'utf8')).toContain('failures="0"');
    const rows = json.steps.reduce((sum, { affected }) => sum + affected, 0);
    expect(rows).toBeGreaterThan(0);
    expect(readFileSync(join(folder, 'phones.csv'), 'utf8').trimEnd().split('\r\n')).toHaveLength(1 + rows);
  });
});
