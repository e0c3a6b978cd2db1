// The keys of conferences: what each does to the legs of a phone, and what its user reads where it cannot
// (`docs/protocols/calls.md` §2.12).

import type { CallControl, ConferenceRefusal, Leg } from '../../calls/index.js';
import type { Instant } from '../../core/time.js';
import type { PromptName } from './call-prompts.js';

/** What a user reads for a moment. */
export interface KeyNotice {
  readonly prompt: PromptName;
  /** Behind the prompt. */
  readonly detail?: string;
}

const REFUSED: Readonly<Record<ConferenceRefusal, PromptName>> = {
  'no-talk': 'cannotConfer',
  'no-bridge': 'noConferenceBridge',
  full: 'tooManyParties',
  'same-call': 'inConferenceAlready',
};

/** Makes a conference of calls of one user, who goes on in `talk`. `tell`: why it cannot, now or once that turns out. */
export const confer = (
  control: CallControl,
  others: readonly Leg[],
  talk: Leg,
  tell: (notice: KeyNotice, now: Instant) => void,
  now: Instant,
): void => {
  const onRefused = (refusal: ConferenceRefusal, at: Instant): void => tell({ prompt: REFUSED[refusal] }, at);
  const refusal = control.confer(others, talk, now, onRefused);
  if (refusal !== undefined) onRefused(refusal, now);
};

/** Who else is in the conference of `leg`. */
export const conferenceList = (control: CallControl, leg: Leg | undefined): KeyNotice => {
  if (leg === undefined || !control.isConferring(leg)) return { prompt: 'noParticipants' };
  const numbers = control.conferees(leg).map(({ number }) => number);
  return { prompt: 'conference', detail: ` ${numbers.join(', ')}` };
};

/** Takes out who came last. `undefined`: it is done. */
export const removeLastConferee = (control: CallControl, leg: Leg | undefined, now: Instant): KeyNotice | undefined =>
  leg !== undefined && control.removeLastConferee(leg, now) ? undefined : { prompt: 'keyNotActive' };
