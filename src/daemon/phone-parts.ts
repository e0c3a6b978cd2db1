// What one node knows of a phone, as nodes send it to each other. Times go as "how long ago", since no two wall clocks agree;
// what comes is read like input, and bounded.

import { textIn, type ValueFields } from '../cluster/values.js';
import { type Duration, type Instant, instant } from '../core/time.js';
import type { ApiFinding, ApiPhoneAtNode, ApiRemedyStep, ApiTimelineStep, ApiVerdict } from '../http/index.js';

/** Steps of one node, findings of a verdict, pieces of a finding, and characters of a text. */
const MOST_STEPS = 128;
const MOST_FINDINGS = 32;
const MOST_PIECES = 32;
const LONGEST = 1_024;
/** Nobody was heard longer ago than this many milliseconds (ten years). */
const LONGEST_AGO = 315_360_000_000;

type Value = string | number | boolean;

/** What a node knows of a phone, with its times. */
type Part = Omit<ApiPhoneAtNode, 'node'>;

/** How long ago that was. */
export const agoOf = (at: Instant | undefined, now: Instant): number | undefined =>
  at === undefined ? undefined : Math.max(0, now - at);

/** A finding as it is sent. */
export const writtenFinding = ({ since, evidence, ...rest }: ApiFinding, now: Instant): object => ({
  ...rest,
  since: agoOf(since, now),
  evidence: evidence.slice(0, MOST_PIECES).map(({ at, ...one }) => ({ ...one, at: agoOf(at, now) })),
});

/** When that was, of a key that says how long ago; `undefined`: it says nothing. */
export const instantIn = (of: ValueFields, key: string, now: Instant): Instant | undefined => {
  const ago = of[key];
  return typeof ago === 'number' && ago >= 0 && ago <= LONGEST_AGO ? instant(now - ago) : undefined;
};

/** A finding that another node has sent, with times of this node. What cannot be read is left out. */
export const readFinding = (of: ValueFields, now: Instant): ApiFinding => ({
  ...{ code: text(of, 'code'), severity: text(of, 'severity'), confidence: text(of, 'confidence') },
  ...{ since: instantIn(of, 'since', now) ?? now, sentence: text(of, 'sentence'), values: valuesIn(of, 'values') },
  evidence: objectsIn(of, 'evidence', MOST_PIECES).map((one) => ({
    ...{ at: instantIn(one, 'at', now) ?? now, type: text(one, 'type'), text: text(one, 'text') },
  })),
  remedy: remedyIn(of),
});

/** The part as it is sent. */
export const writtenPart = ({ steps, waitsFor, verdict }: Part, now: Instant): object => {
  const ago = (at: Instant | undefined): number | undefined => agoOf(at, now);
  const finding = (one: ApiFinding): object => writtenFinding(one, now);
  return {
    steps: steps.slice(-MOST_STEPS).map(({ at, since, ...step }) => ({ ...step, at: ago(at), since: ago(since) })),
    waitsFor,
    verdict:
      verdict === undefined
        ? undefined
        : {
            ...verdict,
            boot: { ...verdict.boot, began: ago(verdict.boot.began) },
            verdict: verdict.verdict === undefined ? undefined : finding(verdict.verdict),
            mended: verdict.mended === undefined ? undefined : { ...verdict.mended, since: ago(verdict.mended.since) },
            others: verdict.others.slice(0, MOST_FINDINGS).map(finding),
            harmless: verdict.harmless.slice(0, MOST_FINDINGS),
          },
  };
};

/** The part that another node has sent, with times of this node. What cannot be read is left out. */
export const readPart = (fields: ValueFields, now: Instant): Part => {
  const at = (of: ValueFields, key: string): Instant | undefined => instantIn(of, key, now);
  const finding = (of: ValueFields): ApiFinding => readFinding(of, now);
  const steps = objectsIn(fields, 'steps', MOST_STEPS).map((of): ApiTimelineStep => {
    const [times, since] = [countOf(of, 'times'), at(of, 'since')];
    return {
      ...{ at: at(of, 'at') ?? now, step: text(of, 'step'), type: text(of, 'type'), text: text(of, 'text') },
      facts: valuesIn(of, 'facts'),
      ...(times === undefined ? {} : { times }),
      ...(since === undefined ? {} : { since }),
    };
  });
  return { steps, waitsFor: textIn(fields, 'waitsFor', LONGEST), verdict: verdictIn(fields, at, finding) };
};

const verdictIn = (
  fields: ValueFields,
  at: (of: ValueFields, key: string) => Instant | undefined,
  finding: (of: ValueFields) => ApiFinding,
): ApiVerdict | undefined => {
  const of = objectIn(fields, 'verdict');
  if (of === undefined) return undefined;
  const [boot = {}, verdict, mended] = [objectIn(of, 'boot'), objectIn(of, 'verdict'), objectIn(of, 'mended')];
  return {
    name: text(of, 'name'),
    boot: { began: at(boot, 'began'), stage: text(boot, 'stage'), furthest: text(boot, 'furthest') },
    waitsFor: textIn(of, 'waitsFor', LONGEST),
    usualTime: countOf(of, 'usualTime') as Duration | undefined,
    isSlow: of.isSlow === true,
    isUnknown: of.isUnknown === true,
    isRegistered: of.isRegistered === true,
    verdict: verdict === undefined ? undefined : finding(verdict),
    mended:
      mended === undefined
        ? undefined
        : {
            ...{ code: text(mended, 'code'), since: at(mended, 'since') ?? instant(0) },
            ...{ sentence: text(mended, 'sentence'), remedy: remedyIn(mended) },
          },
    alike: countOf(of, 'alike') ?? 0,
    others: objectsIn(of, 'others', MOST_FINDINGS).map(finding),
    harmless: objectsIn(of, 'harmless', MOST_FINDINGS).map((one) => ({
      ...{ code: text(one, 'code'), sentence: text(one, 'sentence'), count: countOf(one, 'count') ?? 0 },
      files: listIn(one, 'files', MOST_PIECES).filter((file): file is string => isText(file)),
    })),
  };
};

/** Whether it is a text that is not too long. */
export const isText = (value: unknown): value is string => typeof value === 'string' && value.length <= LONGEST;

const isObject = (value: unknown): value is ValueFields =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** A text; empty where there is none, or it is too long. */
export const text = (of: ValueFields, key: string): string => textIn(of, key, LONGEST) ?? '';

/** A number that is not negative. */
export const countOf = (of: ValueFields, key: string): number | undefined => {
  const value = of[key];
  return typeof value === 'number' && Number.isFinite(value) && value >= 0 ? value : undefined;
};

/** An object of an object. */
export const objectIn = (of: ValueFields, key: string): ValueFields | undefined =>
  isObject(of[key]) ? of[key] : undefined;

/** A list, cut off. */
export const listIn = (of: ValueFields, key: string, most: number): readonly unknown[] => {
  const value = of[key];
  return Array.isArray(value) ? value.slice(0, most) : [];
};

/** The objects of a list, cut off. */
export const objectsIn = (of: ValueFields, key: string, most: number): readonly ValueFields[] =>
  listIn(of, key, most).filter(isObject);

const valuesIn = (of: ValueFields, key: string): Readonly<Record<string, Value>> =>
  Object.fromEntries(
    Object.entries(objectIn(of, key) ?? {})
      .slice(0, MOST_PIECES)
      .filter(
        (entry): entry is [string, Value] =>
          entry[0].length <= LONGEST &&
          (isText(entry[1]) || typeof entry[1] === 'boolean' || Number.isFinite(entry[1])),
      ),
  );

const remedyIn = (of: ValueFields): readonly ApiRemedyStep[] =>
  objectsIn(of, 'remedy', MOST_PIECES).map((one) => {
    const [file, line] = [textIn(one, 'file', LONGEST), countOf(one, 'line')];
    return {
      ...{ do: text(one, 'do'), text: text(one, 'text') },
      ...(file === undefined ? {} : { file }),
      ...(line === undefined ? {} : { line }),
      ...(one.or === true ? { or: true as const } : {}),
    };
  });
