// What stands on a phone's prompt line during a call: label codes, which every phone shows in its own language
// (`docs/protocols/calls.md` §2.18, `sccp.md` §9.3).

import { labelled, shown } from '../tables/labels.js';

/** One row for each prompt. */
const PROMPT_LABELS = {
  hold: 0x03,
  ringOut: 0x16,
  from: 0x17,
  connected: 0x18,
  busy: 0x19,
  proceeding: 0x1e,
  inUseRemote: 0x1f,
  enterNumber: 0x20,
  temporaryFailure: 0x23,
  keyNotActive: 0x2d,
  notEnoughBandwidth: 0x37,
  unknownNumber: 0x38,
  serviceNotActive: 0x49,
  noCallToPickUp: 0x5f,
  noParkNumber: 0x47,
  parkedAt: 0x21,
  forwardedTo: 0x25,
  doNotDisturb: 0x3f,
  cannotTransfer: 0x52,
  conference: 0x34,
  cannotConfer: 0x26,
  noConferenceBridge: 0x27,
  inConferenceAlready: 0x2a,
  noParticipants: 0x2b,
  tooManyParties: 0x2c,
} as const;

/** The name of a prompt. */
export type PromptName = keyof typeof PROMPT_LABELS;

/** How long a notice stays that is no state of a call. */
export const NOTICE_SECONDS = 5;

/** A prompt as it goes out, and as an English phone shows it. */
export interface Prompt {
  readonly text: string;
  readonly content: string;
}

/** `detail` stands behind the label: the number of a caller. */
export const promptOf = (name: PromptName, detail = ''): Prompt => {
  const text = labelled(PROMPT_LABELS[name]) + detail;
  return { text, content: shown(text) };
};
