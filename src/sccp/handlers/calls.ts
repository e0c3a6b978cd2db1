// Keys and handset: what each message means. What then happens is up to the service's `Calls`; the present one has no
// calls to offer (`no-calls.ts`).

import type { Instant } from '../../core/time.js';
import { SOFT_KEYS } from '../../devices/index.js';
import type { FromPhoneName } from '../messages/catalogue.js';
import type { BoundLink, Handlers, Station } from '../station.js';

/** What a key press means. */
type Purpose = 'call' | 'hang-up' | 'nothing';

/** By softKeyEvent. Keys that need a call do nothing (`sccp.md` §6.6). */
const SOFT_KEY_PURPOSES: ReadonlyMap<number, Purpose> = new Map<number, Purpose>([
  [SOFT_KEYS.redial.event, 'call'],
  [SOFT_KEYS.newCall.event, 'call'],
  [SOFT_KEYS.forwardAll.event, 'call'],
  [SOFT_KEYS.answer.event, 'call'],
  [SOFT_KEYS.meetMe.event, 'call'],
  [SOFT_KEYS.pickUp.event, 'call'],
  [SOFT_KEYS.groupPickUp.event, 'call'],
  [SOFT_KEYS.barge.event, 'call'],
  [SOFT_KEYS.endCall.event, 'hang-up'],
]);

/** The stimuli of keys that would make a call (`sccp.md` §9.5). The others do nothing. */
const CALLING_STIMULI: ReadonlySet<number> = new Set([
  0x01, // last number redial
  0x02, // speed dial
  0x05, // forward all
  0x09, // line
  0x0f, // voicemail
  0x15, // speed dial with lamp
  0x17, // intercom
  0x7b, // meet-me conference
  0x7f, // call pick-up
  0x80, // group call pick-up
  0x89, // new call
  0xc2, // messages
]);
const LINE_STIMULUS = 0x09;
const END_CALL_STIMULUS = 0x8a;

const press = (
  station: Station,
  bound: BoundLink,
  purpose: Purpose,
  line: number | undefined,
  by: FromPhoneName,
  now: Instant,
): void => {
  if (purpose === 'call') station.service.calls.start(station, bound, { line: line || 1, by }, now);
  else if (purpose === 'hang-up') station.service.calls.end(station, bound, now);
  else station.ignore('unasked', now);
};

/** Of keys and handset. */
export const callHandlers = {
  OffHookMessage: {
    requires: 'device',
    handle: (station, { lineInstance }, now, bound) =>
      press(station, bound, 'call', lineInstance, 'OffHookMessage', now),
  },
  OffHookWithCallingPartyNumberMessage: {
    requires: 'device',
    handle: (station, { lineInstance }, now, bound) =>
      press(station, bound, 'call', lineInstance, 'OffHookWithCallingPartyNumberMessage', now),
  },
  EnblocCallMessage: {
    requires: 'device',
    handle: (station, { lineInstance }, now, bound) =>
      press(station, bound, 'call', lineInstance, 'EnblocCallMessage', now),
  },
  StimulusMessage: {
    requires: 'device',
    handle: (station, { stimulus = 0, stimulusInstance }, now, bound) => {
      const line = stimulus === LINE_STIMULUS ? stimulusInstance : undefined;
      const calling = CALLING_STIMULI.has(stimulus) ? 'call' : 'nothing';
      press(station, bound, stimulus === END_CALL_STIMULUS ? 'hang-up' : calling, line, 'StimulusMessage', now);
    },
  },
  SoftKeyEventMessage: {
    requires: 'device',
    handle: (station, { softKeyEvent = 0, lineInstance }, now, bound) =>
      press(station, bound, SOFT_KEY_PURPOSES.get(softKeyEvent) ?? 'nothing', lineInstance, 'SoftKeyEventMessage', now),
  },
  OnHookMessage: {
    requires: 'device',
    handle: (station, _fields, now, bound) => press(station, bound, 'hang-up', undefined, 'OnHookMessage', now),
  },
  /** Digits of a number that cannot be called. */
  KeypadButtonMessage: { requires: 'device', handle: (station, _fields, now) => station.ignore('unasked', now) },
  HookFlashMessage: { requires: 'device', handle: (station, _fields, now) => station.ignore('unasked', now) },
} as const satisfies Partial<Handlers>;
