// What Prometheus itself makes of the metrics, the alerts and the queries of the dashboard: `promtool`.

import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse, stringify } from 'yaml';
import type { Lab } from '../../src/lab.js';
import { ALERTS, busyLab, DASHBOARD_QUERIES, metricsOf } from '../support/monitoring.js';

const RULES = 'docs/alerts.yml';
const RULE_TESTS = 'test/interop/alerts/alerts.yml';

let lab: Lab;
let folder: string;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'labcm-promtool-'));
  lab = await busyLab();
});
afterAll(async () => {
  await lab.stop();
  rmSync(folder, { recursive: true, force: true });
});

const promtool = (words: readonly string[], input = '') => {
  const { status, stdout, stderr, error } = spawnSync('promtool', words, { input, encoding: 'utf8' });
  if (error !== undefined) throw error;
  return { status, said: `${stdout}${stderr}` };
};

const written = (name: string, text: string): string => {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
};

describe('promtool', () => {
  it('finds nothing to mend in the metrics', async () => {
    const text = await metricsOf(lab);
    expect(text).toContain('labcm_call_setup_seconds_bucket');
    expect(promtool(['check', 'metrics'], text)).toEqual({ status: 0, said: '' });
  });

  it('would find something', async () => {
    const { status } = promtool(['check', 'metrics'], 'labcm_things 1\n');
    expect(status).not.toBe(0);
  });

  it('takes the alerts', () => {
    const { status, said } = promtool(['check', 'rules', RULES]);
    expect(said).toContain(`SUCCESS: ${ALERTS.length} rules found`);
    expect(status).toBe(0);
  });

  it('has each alert fire when it should, and no other', () => {
    expect(promtool(['test', 'rules', RULE_TESTS])).toMatchObject({
      status: 0,
      said: expect.stringMatching(/SUCCESS/),
    });
    const { tests } = parse(readFileSync(RULE_TESTS, 'utf8')) as {
      tests: { alert_rule_test: { alertname: string; exp_alerts?: unknown[] }[] }[];
    };
    const fired = tests.flatMap(({ alert_rule_test }) =>
      alert_rule_test.filter(({ exp_alerts }) => exp_alerts !== undefined).map(({ alertname }) => alertname),
    );
    expect([...new Set(fired)]).toEqual(ALERTS.map(({ alert }) => alert));
  });

  it('takes every query of the dashboard', () => {
    const rules = DASHBOARD_QUERIES.map(({ text }, index) => ({ record: `panel:${index}`, expr: text }));
    const path = written('panels.yml', stringify({ groups: [{ name: 'panels', rules }] }));
    const { status, said } = promtool(['check', 'rules', path]);
    expect(said).toContain(`SUCCESS: ${rules.length} rules found`);
    expect(status).toBe(0);
  });
});
