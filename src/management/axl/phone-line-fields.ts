// The lines of a phone in AXL, and what the elements of a line mean for labcm (`docs/protocols/apis.md` §5.5).

import { seconds } from '../../core/time.js';
import type { XmlTreeNode } from '../../core/xml/tree.js';
import type { Line } from '../../devices/index.js';
import {
  child,
  contentOf,
  countOf,
  isNested,
  type KeptElements,
  saysSomething,
  textIn,
  textOf,
  truthOf,
} from './elements.js';
import { type AxlField, group, reference, text, value } from './fields.js';
import { patternOf } from './numbers.js';
import { type AxlPhoneLine, numberUuid, partitionOfLine } from './phone.js';

/** A line as a request gives it. */
export interface LineDraft {
  readonly keys: Record<string, unknown>;
  readonly kept: Record<string, string>;
}

const keep = (draft: LineDraft, element: XmlTreeNode): void => {
  if (saysSomething(element)) draft.kept[element.name] = contentOf(element);
};

const kept = (name: string): AxlField<AxlPhoneLine, LineDraft> => ({
  ...{ kind: 'verbatim', name, isNested: isNested(name), take: keep, isListed: true },
  read: (line) => line.kept[name],
});

const key =
  (name: string, read: (text: string) => unknown = (given) => given) =>
  (draft: LineDraft, element: XmlTreeNode): void => {
    const given = textOf(element);
    if (given !== '') draft.keys[name] = read(given);
  };

const number = (given: string): unknown => countOf(given) ?? given;

/** In the order of the schema. */
export const PHONE_LINE_FIELDS: readonly AxlField<AxlPhoneLine, LineDraft>[] = [
  value('index', 'integer', ({ index }) => index),
  text('label', ({ line: { label, dn } }) => (label === dn ? '' : label), { take: key('label') }),
  text('display', ({ line: { displayName, label } }) => (displayName === label ? '' : displayName), {
    take: key('displayName'),
  }),
  {
    ...group('dirn', 'RDirn', [
      text<AxlPhoneLine>('pattern', ({ line }) => line.dn),
      reference<AxlPhoneLine>('routePartitionName', partitionOfLine),
    ]),
    ...{ hasUuid: true, uuidOf: (line, view) => numberUuid(line as AxlPhoneLine, view) },
    take: (draft, element) => {
      draft.keys.dn = patternOf(textIn(element, 'pattern'));
    },
  },
  ...['ringSetting', 'consecutiveRingSetting', 'ringSettingIdlePickupAlert', 'ringSettingActivePickupAlert'].map(kept),
  kept('displayAscii'),
  text('e164Mask', ({ line }) => line.externalMask, { take: key('externalMask') }),
  kept('mwlPolicy'),
  value('maxNumCalls', 'integer', ({ line }) => line.maxCalls, { take: key('maxCalls', number) }),
  value('busyTrigger', 'integer', ({ line }) => line.busyTrigger, { take: key('busyTrigger', number) }),
  ...['callInfoDisplay', 'recordingProfileName', 'monitoringCssName', 'recordingFlag', 'audibleMwi'].map(kept),
  ...['speedDial', 'partitionUsage', 'associatedEndusers'].map(kept),
  value('missedCallLogging', 'boolean', ({ line }) => line.logMissed, {
    take: key('logMissed', (given) => truthOf(given)),
  }),
  kept('recordingMediaSource'),
];

const TAKE = new Map(PHONE_LINE_FIELDS.map(({ name, take }) => [name, take]));

/** A line as the configuration has it, with what AXL remembers of it. */
export interface GivenLine {
  readonly dn: string;
  readonly keys: Readonly<Record<string, unknown>>;
  readonly kept: KeptElements;
  /** The partition that the request names; empty: none. */
  readonly partition: string;
  /** From 1, as the request says; `undefined`: it does not. */
  readonly index: number | undefined;
}

/** Reads a line of a request. `numberKeys`: what belongs to its number, such as where it forwards. */
export const readPhoneLine = (element: XmlTreeNode, numberKeys: Readonly<Record<string, unknown>>): GivenLine => {
  const draft: LineDraft = { keys: {}, kept: {} };
  for (const each of element.children) TAKE.get(each.name)?.(draft, each);
  const dirn = child(element, 'dirn');
  return {
    dn: patternOf(textIn(dirn, 'pattern')),
    keys: { ...numberKeys, ...draft.keys },
    kept: draft.kept,
    partition: textIn(dirn, 'routePartitionName'),
    index: countOf(textIn(element, 'index')),
  };
};

/** The keys of a line that belong to its number, and of which AXL says nothing in a line of a phone. */
export const numberKeys = (line: Line): Readonly<Record<string, unknown>> => {
  const { voicemail, pickupGroup, autoAnswer, privacy, forward } = line;
  return {
    ...(voicemail === '' ? {} : { voicemail }),
    ...(pickupGroup === '' ? {} : { pickupGroup }),
    ...(autoAnswer === undefined ? {} : { autoAnswer }),
    ...(privacy === true ? { privacy } : {}),
    forward: writtenForward(forward),
  };
};

/** Where a line forwards, as the configuration has it. */
const writtenForward = ({ after, ...numbers }: Line['forward']): Readonly<Record<string, unknown>> => {
  const set = Object.entries(numbers).filter(([, given]) => given !== undefined);
  return { ...Object.fromEntries(set), after: `${Math.round(after / seconds(1))}s` };
};

/** A line of a phone in all its keys, for a list that changes some of them. */
export const wholeLine = (line: Line): Readonly<Record<string, unknown>> => {
  const { dn, label, displayName, externalMask, maxCalls, busyTrigger, logMissed } = line;
  return { dn, label, displayName, externalMask, maxCalls, busyTrigger, logMissed, ...numberKeys(line) };
};
