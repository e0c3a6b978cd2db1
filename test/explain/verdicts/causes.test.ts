// Every row of the table of causes is produced by what makes it, and no other row wins; its texts are whole, its
// evidence stands in the timeline, and what mends it ends it (`docs/protocols/explain.md` §1.9).

import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { configOf, describeReload } from '../../../src/config/index.js';
import { CAUSES, type RemedyStep } from '../../../src/explain/index.js';
import { LONGEST_SENTENCE, MOST_EVIDENCE } from '../../../src/explain/verdicts/verdict.js';
import { CALL_CASES } from './call-cases.js';
import { CONNECT_CASES } from './connect-cases.js';
import { CONNECT_SPEECH_CASES, NOT_CONNECT_CASES } from './connect-speech-cases.js';
import { DHCP_CASES, OTHER_SERVER_CASES } from './dhcp-cases.js';
import { FILE_CASES } from './file-cases.js';
import { LINE_CASES } from './line-cases.js';
import { LOAD_CASES } from './load-cases.js';
import { NETWORK_CASES } from './network-cases.js';
import { OPS_CASES } from './ops-cases.js';
import { REGISTER_CASES } from './register-cases.js';
import { NOT_LASTING_CASES, REGISTER_LASTS_CASES } from './register-lasts-cases.js';
import { STAYS_CASES } from './stays-cases.js';
import { TRANSFER_CASES } from './transfer-cases.js';
import type { VerdictCase } from './verdict-cases.js';
import { LAB, PHONE, VerdictLab } from './verdict-lab.js';

const CASES: readonly VerdictCase[] = [
  ...DHCP_CASES,
  ...OTHER_SERVER_CASES,
  ...NETWORK_CASES,
  ...FILE_CASES,
  ...LOAD_CASES,
  ...TRANSFER_CASES,
  ...CONNECT_CASES,
  ...CONNECT_SPEECH_CASES,
  ...REGISTER_CASES,
  ...REGISTER_LASTS_CASES,
  ...LINE_CASES,
  ...STAYS_CASES,
  ...CALL_CASES,
  ...OPS_CASES,
];

const isStart = ({ text }: RemedyStep): boolean => /^restart labcm/.test(text);

/** The steps of each way of a remedy. */
const waysOf = (remedy: readonly RemedyStep[]): readonly (readonly RemedyStep[])[] => {
  const starts = [0, ...remedy.flatMap(({ or }, index) => (or === true && index > 0 ? [index] : []))];
  return starts.map((start, index) => remedy.slice(start, starts[index + 1]));
};

/** Each way that changes the configuration ends with what makes it hold, and says so once. */
const expectToTakeEffect = (remedy: readonly RemedyStep[]): void => {
  for (const way of waysOf(remedy)) {
    const last = way.findLastIndex(({ do: kind }) => kind === 'config');
    const holding = way.filter((step) => step.do === 'signal' || isStart(step));
    if (last < 0) continue;
    expect(holding, JSON.stringify(way)).toEqual([way[last + 1]]);
  }
  expect(remedy.filter(({ text }) => /^or /.test(text))).toEqual([]);
  expect(remedy[0]?.or).toBeUndefined();
};

/** Whoever reloads or restarts does what the daemon needs for it: `describeReload` says which. */
const expectRightWay = async (way: readonly RemedyStep[], config: VerdictCase['config'] = {}): Promise<void> => {
  const whole = { ...LAB, ...config };
  const steps = way.filter(
    ({ do: kind, text, line }) => kind === 'config' && line === undefined && !text.includes('…'),
  );
  if (steps.length === 0) return;
  // Keys of a section are added to those that it has.
  const pasted = Object.fromEntries(
    steps.flatMap(({ text }) =>
      Object.entries(parse(text) as object).map(([key, value]) => {
        const before: unknown = whole[key as keyof typeof whole];
        return [key, Array.isArray(value) || typeof before !== 'object' ? value : { ...before, ...value }] as const;
      }),
    ),
  );
  const [old, fresh] = await Promise.all(
    [whole, { ...whole, ...pasted }].map((written) => configOf(written, '/lab/lab.yaml')),
  );
  if (old === undefined || fresh === undefined) return;
  const { live, restart } = describeReload(old, fresh);
  if (live.length + restart.length > 0) expect([way.some(isStart), restart]).toEqual([restart.length > 0, restart]);
};

/** A line of the remedy, pasted into the configuration, is no fault. Where it has an ellipsis, the owner fills it in. */
const expectToBeConfiguration = async (step: RemedyStep, config: VerdictCase['config'] = {}): Promise<void> => {
  if (step.do !== 'config' || step.text.includes('…')) return;
  const pasted = parse(step.text) as Record<string, unknown>;
  const whole = { ...LAB, ...config };
  const [device, ...others] = whole.devices ?? [];
  const isOfDevice = step.line !== undefined;
  const written = isOfDevice ? { ...whole, devices: [{ ...device, ...pasted }, ...others] } : { ...whole, ...pasted };
  const faults = await configOf(written as VerdictCase['config'] & object, '/lab/lab.yaml').then(
    () => '',
    (error: Error) => error.message,
  );
  expect(faults, step.text).toBe('');
};

describe.each(CASES.map((one) => [one.title ?? one.code, one] as const))('%s', (_, one) => {
  const {
    code,
    who = PHONE,
    config,
    options,
    arrange,
    sentence,
    remedy,
    mend,
    lasts,
    ofDaemon,
    silent = ofDaemon,
  } = one;
  const verdictIn = (lab: VerdictLab) => (ofDaemon === true ? lab.verdicts.daemon()[0] : lab.verdict(who));

  it('is the verdict, within two seconds', async () => {
    const lab = await VerdictLab.with(config, options);
    await arrange(lab);
    lab.settle();
    const found = verdictIn(lab);
    expect({ code: found?.code, sentence: found?.sentence }).toEqual({ code, sentence });
    expect(found?.remedy.map(({ text }) => text).join('\n')).toContain(remedy);
    expect(found?.evidence.length).toBeLessThanOrEqual(MOST_EVIDENCE);
    expect(found?.sentence.length).toBeLessThanOrEqual(LONGEST_SENTENCE);
    expect(JSON.stringify(found)).not.toMatch(/undefined|NaN|\[object/);
    if (silent !== true) expect(lab.toldOf(who).at(-1)).toMatchObject({ device: who, code, sentence });
    for (const step of found?.remedy ?? []) await expectToBeConfiguration(step, config);
    expectToTakeEffect(found?.remedy ?? []);
    for (const way of waysOf(found?.remedy ?? [])) await expectRightWay(way, config);
  });

  if (lasts !== undefined) return;
  it('ends with what mends it', async () => {
    const lab = await VerdictLab.with(config, options);
    await arrange(lab);
    lab.settle();
    if (mend === undefined) lab.register(who, lab.database.byName(who)?.configured.protocol);
    else await mend(lab);
    lab.settle();
    expect(verdictIn(lab)?.code).not.toBe(code);
    if (silent !== true) expect(lab.toldOf(who).at(-1)).toMatchObject({ device: who, before: code });
  });
});

describe('no cause of the stage connect is', () => {
  it.each(NOT_CONNECT_CASES.map((one) => [one.title, one] as const))('%s', async (_, one) => {
    const lab = await VerdictLab.with(one.config, one.options);
    await one.arrange(lab);
    lab.settle();
    expect(lab.verdict()?.code).toBe(one.found);
  });
});

describe('no cause of a registration that does not last is', () => {
  it.each(NOT_LASTING_CASES.map((one) => [one.title, one] as const))('%s', async (_, one) => {
    const lab = await VerdictLab.with(one.config);
    await one.arrange(lab);
    lab.settle();
    expect(lab.verdict()?.code ?? '').not.toMatch(/^register\./);
  });
});

describe('the table of causes', () => {
  it('has a case for each row', () => {
    const cased = new Set(CASES.map(({ code }) => code));
    expect(CAUSES.map(({ code }) => code).filter((code) => !cased.has(code))).toEqual([]);
  });

  it('gives each code once, in the form stage.words-with-dashes', () => {
    const codes = CAUSES.map(({ code }) => code);
    expect(new Set(codes).size).toBe(codes.length);
    for (const { code, stage } of CAUSES) expect(code).toMatch(new RegExp(`^${stage}\\.[a-z0-9]+(-[a-z0-9]+)*$`));
  });

  it.each(CAUSES.map((row) => [row.code, row] as const))('%s has whole texts for the documentation', (_, row) => {
    const { sentence, remedy } = row.example;
    expect(sentence).toMatch(/[.)]$/);
    expect(sentence.length).toBeLessThanOrEqual(LONGEST_SENTENCE);
    expect(remedy.length).toBeGreaterThan(0);
    expectToTakeEffect(remedy);
    expect(JSON.stringify(row.example)).not.toMatch(/undefined|NaN|\[object/);
  });
});
