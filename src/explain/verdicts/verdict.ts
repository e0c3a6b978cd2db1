// What a verdict is, and what a row of the table of causes is made of (`docs/protocols/explain.md` §1).

import type { Instant } from '../../core/time.js';
import type { LabcmEvent } from '../../events.js';
import type { PhoneView } from './phone-view.js';
import type { ConfiguredPlace, RemedyStep } from './remedies.js';

/** The stage of a boot that a cause belongs to, in their order; `ops` is this host, `calls` comes after registration. */
export type CauseStage = 'power' | 'dhcp' | 'files' | 'connect' | 'register' | 'lines' | 'stays' | 'calls' | 'ops';

/** `blocking`: the phone does not work. `degraded`: it works in part. `attention`: it works, and something is odd. */
export type Severity = 'blocking' | 'degraded' | 'attention';

/**
 * `certain`: labcm's own decision, or a value that contradicts another one. `likely`: a pattern of facts. `possible`:
 * only something that did not happen.
 */
export type Confidence = 'certain' | 'likely' | 'possible';

/** A fact that a verdict rests on, worded as the timeline words it. */
export interface Evidence {
  readonly at: Instant;
  /** The type of the event. */
  readonly type: LabcmEvent['type'];
  readonly text: string;
}

/** One cause that fits a phone. */
export interface VerdictFinding {
  /** `stage.words-with-dashes`. Stable, and never given to another cause. */
  readonly code: string;
  readonly stage: CauseStage;
  readonly severity: Severity;
  readonly confidence: Confidence;
  /** From when it is wrong: the time of the oldest fact that it rests on, or what its row says. */
  readonly since: Instant;
  /** One sentence about the phone, at most `LONGEST_SENTENCE` characters. */
  readonly sentence: string;
  /** The values that the sentence names. */
  readonly values: Readonly<Record<string, string | number | boolean>>;
  /** The oldest first, `MOST_EVIDENCE` at most. */
  readonly evidence: readonly Evidence[];
  /** What to do, the best step first. */
  readonly remedy: readonly RemedyStep[];
  /** When it is over, if nothing more happens. `undefined`: it is not over by itself. */
  readonly until?: Instant | undefined;
}

/** Characters of the longest sentence. */
export const LONGEST_SENTENCE = 200;
/** Facts that are shown of those that a finding rests on. */
export const MOST_EVIDENCE = 6;

/** The values that the texts of a cause name. */
export type CauseValues = Readonly<Record<string, string | number | boolean | undefined>>;

/** A cause as its row declares it. `V`: the values that its texts name. */
export interface Cause<V extends CauseValues> {
  readonly stage: CauseStage;
  readonly severity: Severity | ((values: V) => Severity);
  readonly confidence: Confidence;
  /** What the phone shows; a 79xx in English. Empty: nothing that helps. */
  readonly shows: string;
  /** Types of the events that it rests on. Those of the phone's present boot are shown as evidence. */
  readonly evidence: readonly LabcmEvent['type'][];
  /** `always`: it is also looked for while the phone is registered. Absent: by its stage. */
  readonly looksFor?: 'always';
  /** The values, if the cause fits what is known; `undefined`: it does not fit. */
  readonly fits: (view: PhoneView) => V | undefined;
  /** Whether something shows that it is not, or no longer, the cause. Such a cause is not named at all. */
  readonly excludedBy?: (view: PhoneView, values: V) => boolean;
  /** Which facts of its types count as evidence. Absent: all of this boot. */
  readonly counts?: (event: LabcmEvent, values: V) => boolean;
  /** Facts of earlier boots are evidence, too. */
  readonly overBoots?: true;
  /** Evidence that the timeline does not keep. */
  readonly moreEvidence?: (view: PhoneView, values: V) => readonly Evidence[];
  /** From when the thing is wrong, where that is not the time of its oldest evidence. */
  readonly since?: (view: PhoneView, values: V) => Instant | undefined;
  /** When it is over, if nothing more happens. Absent: it is not over by itself. */
  readonly until?: (view: PhoneView, values: V) => Instant | undefined;
  /** One sentence about the phone, which it calls `it`. */
  readonly sentence: (values: V) => string;
  readonly remedy: (values: V, place: ConfiguredPlace) => readonly RemedyStep[];
  /** CauseValues for the documentation. */
  readonly example: V;
}

/** A row of the table of causes. */
export interface CauseRow {
  readonly code: string;
  readonly stage: CauseStage;
  readonly severity: Severity;
  readonly confidence: Confidence;
  readonly shows: string;
  readonly evidence: readonly LabcmEvent['type'][];
  readonly always: boolean;
  /** The cause, if it fits. */
  judge(view: PhoneView): VerdictFinding | undefined;
  /** Whether something shows that it is no longer the cause of a phone that it once fitted. */
  isOver(view: PhoneView): boolean;
  /** The values and texts for the documentation. */
  readonly example: CauseTexts & { readonly values: CauseValues };
  /** The texts with other values of the kinds that the example has. */
  textsOf(values: CauseValues, place: ConfiguredPlace): CauseTexts;
}

/** What a cause says: whatever its values contain, no character of it can change how it is read. */
export type CauseTexts = Pick<VerdictFinding, 'sentence' | 'remedy'>;

/** A row that is no cause: it looks wrong and is harmless (`docs/protocols/explain.md` §2.9). */
export interface HarmlessRow {
  readonly code: string;
  readonly sentence: string;
  /** What of it is seen. */
  readonly seen: string;
  /** How often it is seen in what is known of the phone; 0: not. */
  readonly count: (view: PhoneView) => number;
  /** The names of the files that it is about. Absent: it is about none. */
  readonly files?: (view: PhoneView) => readonly string[];
}

/** Something that looks wrong and is harmless, as it was seen of a phone. */
export interface HarmlessFinding {
  readonly code: string;
  readonly sentence: string;
  readonly count: number;
  /** The files that it is about, each once, at most `MOST_HARMLESS_FILES`. */
  readonly files: readonly string[];
}

/** So many files are named. */
export const MOST_HARMLESS_FILES = 4;
