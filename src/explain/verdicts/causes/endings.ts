// Questions about how registrations of a phone ended, for the causes of §2.7 (`docs/protocols/explain.md`).

import { after, between, type Duration, type Instant, instant, minutes, seconds } from '../../../core/time.js';
import type { EndReason, OutOfServiceFact, PastRegistration } from '../../../devices/index.js';
import type { PhoneView } from '../phone-view.js';

/** What a phone said or did so long ago is about something else by now. */
export const LATELY = minutes(10);

/** The facts about ends. */
export const ENDS = ['device.unregistered', 'device.registered', 'device.out-of-service'] as const;

/** Whole seconds. */
export const inSeconds = (milliseconds: number): number => Math.round(milliseconds / 1000);

/** Ends that labcm did not wish, and that the phone did not announce. */
const LOSSES: ReadonlySet<EndReason> = new Set(['connection-lost', 'silence', 'superseded']);
/** The same, and those that the phone announced by itself. */
const BY_ITSELF: ReadonlySet<EndReason> = new Set([...LOSSES, 'device-reset', 'unregistered']);

/** Whether a registration was lost. */
export const isLoss = ({ reason }: PastRegistration): boolean => LOSSES.has(reason);
/** Whether a registration was lost, or the phone ended it without being told. */
export const endedByItself = ({ reason }: PastRegistration): boolean => BY_ITSELF.has(reason);

/** The registration that ended last. */
export const lastPast = ({ record }: PhoneView): PastRegistration | undefined => record?.registrations.at(-1);

/** When its last registration ended. */
export const lastEnd = (view: PhoneView): Instant | undefined => lastPast(view)?.ended;

/** When its last registration was heard of last: silence began then. */
export const lastHeard = (view: PhoneView): Instant | undefined => {
  const past = lastPast(view);
  return past === undefined ? undefined : instant(past.ended - past.silence);
};

/** The ends that are newest and of one kind, without a gap, the oldest first. */
export const newestRun = (
  { record }: PhoneView,
  where: (past: PastRegistration) => boolean,
): readonly PastRegistration[] => {
  const past = record?.registrations ?? [];
  return past.slice(past.findLastIndex((one) => !where(one)) + 1);
};

/** Milliseconds by which spans may differ that are equal. */
const EQUAL = seconds(3);

/** Whether two spans are the same, by people's measure. */
export const isEqual = (one: number, other: number, within: Duration = EQUAL): boolean =>
  Math.abs(one - other) <= within;

/**
 * When a pattern of ends that come every `every` is over: when the present registration has lasted clearly longer, or
 * when the phone has not come back for long.
 */
export const patternEnds = ({ record }: PhoneView, last: PastRegistration, every: number): Instant => {
  const since = record?.registration?.startedAt;
  return since === undefined ? after(last.ended, LATELY) : after(since, (every + seconds(10)) as Duration);
};

/**
 * What the phone said about its last time out of service, if that was lately, and after its last registration here had
 * ended. Of a time at another node: nothing.
 */
export const saidOfLastEnd = (view: PhoneView): OutOfServiceFact | undefined => {
  const said = view.record?.outOfService;
  const last = lastPast(view);
  if (said === undefined || last === undefined || said.at < last.ended) return undefined;
  if (said.node !== undefined && !view.surroundings.localAddresses().includes(said.node)) return undefined;
  return between(last.ended, said.at) <= LATELY && view.now < sayingEnds(said) ? said : undefined;
};

/** When what a phone said has become old. */
export const sayingEnds = ({ at }: Pick<OutOfServiceFact, 'at'>): Instant => after(at, LATELY);
