// The JSON of verdicts. What holds for `shapes.ts` holds here.

import type { IsoTime, PageJson } from './shapes.js';

/** A cause that fits a phone. */
export interface FindingJson {
  /** Stable; `docs/causes.md` has a heading for each. */
  readonly code: string;
  /** `blocking`: it does not work. `degraded`: it works in part. `attention`: it works, and something is odd. */
  readonly severity: string;
  /** `certain`, `likely` or `possible`. */
  readonly confidence: string;
  readonly since: IsoTime;
  /** One sentence about the phone, at most 200 characters. */
  readonly sentence: string;
  /** The values that the sentence names. */
  readonly values: Readonly<Record<string, string | number | boolean>>;
  /** The facts that it rests on, the oldest first. `type` is the type of the event. */
  readonly evidence: readonly { readonly at: IsoTime; readonly type: string; readonly text: string }[];
  /**
   * What to do, the best step first. `do` is `config`, `command`, `signal`, `phone`, `network` or `look`. A step with
   * `or` begins another way, in place of the steps before it.
   */
  readonly remedy: readonly {
    readonly do: string;
    readonly text: string;
    readonly file?: string;
    readonly line?: number;
    readonly or?: true;
  }[];
  /** Where the documentation describes it. */
  readonly doc: string;
}

/** `GET /api/devices/{who}/verdict`, also of a phone that nobody configured. */
export interface VerdictJson {
  readonly device: string;
  readonly configured: boolean;
  readonly registered: boolean;
  /** The present boot: when it began, where it is, and how far it came. */
  readonly boot: { readonly began: IsoTime | null; readonly stage: string; readonly furthest: string };
  readonly waitsFor: string | null;
  /** Milliseconds within which that usually comes; `null`: not known, or over. */
  readonly usualTime: number | null;
  /** Whether it takes clearly longer than that. */
  readonly slow: boolean;
  /** Why it is not registered, or what is wrong; `null`: nothing, or it is still within its time. */
  readonly verdict: FindingJson | null;
  /** A cause that is mended, of a phone that was refused by it and has not tried again since. */
  readonly mended: {
    readonly code: string;
    readonly since: IsoTime;
    readonly sentence: string;
    readonly remedy: FindingJson['remedy'];
  } | null;
  /** How many other devices have the same verdict. */
  readonly alike: number;
  /** What it could be as well. */
  readonly others: readonly FindingJson[];
  /** What looks wrong and is harmless, with the files that it is about. */
  readonly harmless: readonly {
    readonly code: string;
    readonly count: number;
    readonly sentence: string;
    readonly files: readonly string[];
  }[];
}

/** `GET /api/verdicts`: the verdicts by code with how many devices have them, and the devices. */
export interface VerdictsJson extends PageJson {
  /** What is wrong with labcm itself, or with its host. */
  readonly daemon: readonly FindingJson[];
  readonly groups: readonly {
    readonly code: string;
    readonly severity: string;
    readonly confidence: string;
    readonly count: number;
    readonly since: IsoTime;
    /** One sentence about all of them. */
    readonly sentence: string;
    /** What all of them have in common; empty: nothing. */
    readonly common: readonly string[];
    /** The first of them. */
    readonly devices: readonly string[];
  }[];
  readonly devices: readonly { readonly device: string; readonly verdict: FindingJson }[];
  /** The phones that nobody configured, of the 32 that were seen last. `named`: it gave a name, else it is an address. */
  readonly unknown: readonly { readonly device: string; readonly named: boolean; readonly verdict: FindingJson }[];
}
