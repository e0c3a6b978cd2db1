// Directory numbers in AXL, which calls them lines: what is listed and got, and what their elements mean
// (`docs/protocols/apis.md` §5.4).

import { seconds } from '../../core/time.js';
import type { XmlTreeNode } from '../../core/xml/tree.js';
import type { ForwardName } from '../../devices/index.js';
import { contentOf, countOf, isNested, saysSomething, textIn, truthOf } from './elements.js';
import { type AxlField, constant, group, named, reference, text, texts, value } from './fields.js';
import { type AxlNumber, lineOfNumber, numberOf, partitionOf, patternOf } from './numbers.js';
import type { AxlCall, AxlObject } from './operation.js';
import { numberKeys } from './phone-line-fields.js';
import type { AxlView, KeptRow } from './sources.js';

/** What a request writes of a number. */
export interface NumberDraft {
  /** What is kept of it, by the names of elements. */
  readonly values: Map<string, string>;
  /** Where it forwards: `null` ends it. As the configuration has it, with `after`. */
  readonly forward: Record<string, string | null>;
  readonly faults: string[];
}

/** The value of a row that holds where a number without a phone forwards. */
const forwardValue = (name: string): string => `forward.${name}`;
const FORWARD_KEYS = ['all', 'busy', 'noAnswer', 'unregistered', 'after'] as const;

/** Where a kept number forwards, as the configuration has it. */
const keptForward = (row: KeptRow | undefined): Readonly<Record<string, string>> =>
  Object.fromEntries(
    FORWARD_KEYS.flatMap((name) => {
      const given = row?.values[forwardValue(name)];
      return given === undefined ? [] : [[name, given]];
    }),
  );

/** What is kept of a number after a draft: where it forwards is the phones' matter, once it has any. */
export const keptValues = (draft: NumberDraft, hasPhones: boolean): Readonly<Record<string, string>> => {
  const values = new Map(draft.values);
  for (const name of FORWARD_KEYS) {
    const given = draft.forward[name];
    if (hasPhones || given === null) values.delete(forwardValue(name));
    else if (given !== undefined) values.set(forwardValue(name), given);
  }
  return Object.fromEntries(values);
};

/** The keys of a line of a phone that belong to its number, from another phone or from what AXL wrote of the number. */
export const keysOfNumber = (view: AxlView, pattern: string): Readonly<Record<string, unknown>> => {
  const number = numberOf(view, pattern);
  if (number === undefined) return {};
  const line = lineOfNumber(number);
  if (line !== undefined) return numberKeys(line);
  const forward = keptForward(number.row);
  return Object.keys(forward).length === 0 ? {} : { forward };
};

const keep = (draft: NumberDraft, element: XmlTreeNode): void => {
  if (saysSomething(element)) draft.values.set(element.name, contentOf(element));
  else draft.values.delete(element.name);
};

type LineField = AxlField<AxlNumber, NumberDraft>;

const kept = (name: string): LineField => ({
  ...{ kind: 'verbatim', name, isNested: isNested(name), take: keep, isListed: true },
  read: ({ row }) => row?.values[name],
});

const keptName = (name: string): LineField =>
  named(name, 'other', ({ row }) => row?.values[name] ?? '', { take: keep });

/** Where a number forwards: on CUCM one element for calls from outside and one for those from inside, here the same. */
const forwarding = (element: string, name: ForwardName, isInternal = false): LineField => ({
  ...group<AxlNumber, NumberDraft>(element, `R${element.charAt(0).toUpperCase()}${element.slice(1)}`, [
    constant('forwardToVoiceMail', false),
    reference('callingSearchSpaceName', () => undefined),
    ...(name === 'all' ? [reference<AxlNumber>('secondaryCallingSearchSpaceName', () => undefined)] : []),
    text('destination', (number) => lineOfNumber(number)?.forward[name] ?? keptForward(number.row)[name] ?? ''),
    ...(name === 'noAnswer' ? [value<AxlNumber>('duration', 'integer', durationOf)] : []),
  ]),
  isListed: false,
  take: (draft, given) => takeForward(draft, given, name, isInternal),
});

const durationOf = (number: AxlNumber): string => {
  const line = lineOfNumber(number);
  if (line !== undefined) return String(Math.round(line.forward.after / seconds(1)));
  return keptForward(number.row).after?.replace('s', '') ?? '';
};

const takeForward = (draft: NumberDraft, given: XmlTreeNode, name: ForwardName, isInternal: boolean): void => {
  const destination = textIn(given, 'destination');
  const duration = textIn(given, 'duration');
  if (destination === '' && truthOf(textIn(given, 'forwardToVoiceMail')) === true)
    draft.faults.push(`${given.name}/forwardToVoiceMail: labcm forwards to numbers, wanted is the destination`);
  // That for calls from outside holds, where the two differ.
  if (!isInternal || draft.forward[name] === undefined || draft.forward[name] === null)
    draft.forward[name] = destination === '' ? null : patternOf(destination);
  if (duration === '') return;
  if (countOf(duration) === undefined) draft.faults.push(`${given.name}/duration: found ${duration}, wanted seconds`);
  else draft.forward.after = `${duration}s`;
};

/** In the order of the schema. */
const LINE_FIELDS: readonly LineField[] = [
  text('pattern', ({ pattern }) => pattern),
  kept('description'),
  constant('usage', 'Device'),
  reference('routePartitionName', ({ pattern }, view) => partitionOf(view, pattern)),
  keptName('aarNeighborhoodName'),
  ...['aarDestinationMask', 'aarKeepCallHistory', 'aarVoiceMailEnabled'].map(kept),
  forwarding('callForwardAll', 'all'),
  forwarding('callForwardBusy', 'busy'),
  forwarding('callForwardBusyInt', 'busy', true),
  forwarding('callForwardNoAnswer', 'noAnswer'),
  forwarding('callForwardNoAnswerInt', 'noAnswer', true),
  forwarding('callForwardNotRegistered', 'unregistered'),
  forwarding('callForwardNotRegisteredInt', 'unregistered', true),
  named('callPickupGroupName', 'other', (number) => lineOfNumber(number)?.pickupGroup ?? ''),
  text('autoAnswer', (number) => AUTO_ANSWER[lineOfNumber(number)?.autoAnswer ?? 'off']),
  ...['networkHoldMohAudioSourceId', 'userHoldMohAudioSourceId'].map(kept),
  ...['alertingName', 'asciiAlertingName'].map(kept),
  ...['presenceGroupName', 'shareLineAppearanceCssName', 'voiceMailProfileName'].map(keptName),
  ...['patternPrecedence', 'releaseClause', 'hrDuration', 'hrInterval', 'cfaCssPolicy'].map(kept),
  keptName('defaultActivatedDeviceName'),
  ...['parkMonForwardNoRetrieveDn', 'parkMonForwardNoRetrieveIntDn', 'parkMonReversionTimer'].map(kept),
  ...['partyEntranceTone', 'directoryURIs', 'allowCtiControlFlag', 'rejectAnonymousCall', 'patternUrgency'].map(kept),
  ...['enterpriseAltNum', 'e164AltNum', 'pstnFailover', 'callControlAgentProfile'].map(kept),
  {
    ...group<AxlNumber, NumberDraft>('associatedDevices', 'RAssociatedDevices', [
      texts<AxlNumber>('device', ({ devices }) => devices.map(({ configured }) => configured.name)),
    ]),
    isListed: false,
  },
  ...['useEnterpriseAltNum', 'useE164AltNum', 'active'].map(kept),
];

const AUTO_ANSWER = {
  off: 'Auto Answer Off',
  headset: 'Auto Answer with Headset',
  speaker: 'Auto Answer with Speakerphone',
} as const;

const lineOf = ({ view }: AxlCall, key: string, request: XmlTreeNode): AxlNumber | undefined => {
  const number = numberOf(view, patternOf(key));
  const wanted = textIn(request, 'routePartitionName');
  return wanted === '' || number === undefined || partitionOf(view, number.pattern)?.name === wanted
    ? number
    : undefined;
};

function* numbersOf(view: AxlView, patterns: readonly string[]): Iterable<AxlNumber> {
  for (const pattern of patterns) {
    const number = numberOf(view, pattern);
    if (number !== undefined) yield number;
  }
}

/** The numbers of all phones, and those that AXL has written. */
export const LINE: AxlObject<AxlNumber, NumberDraft> = {
  element: 'line',
  title: 'Line',
  fields: LINE_FIELDS,
  keys: ['pattern', 'routePartitionName'],
  uuidOf: ({ uuid }) => uuid,
  all: async ({ index, view }) => numbersOf(view, await index.numbers()),
  byKey: lineOf,
  byUuid: async ({ index, view }, uuid) => {
    const pattern = await index.numberOfUuid(uuid);
    return pattern === undefined ? undefined : numberOf(view, pattern);
  },
};
