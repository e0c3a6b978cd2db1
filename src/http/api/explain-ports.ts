// What the API needs of the explaining: timelines, verdicts, and whose events are. What holds for `ports.ts` holds here.

import type { DeviceName } from '../../core/identifiers.js';
import type { Instant } from '../../core/time.js';
import type { DeviceRecord, Protocol } from '../../devices/device.js';
import type { DeviceRejected } from '../../devices/events.js';
import type { Model } from '../../devices/models.js';
import type { LabcmEvent } from '../../events.js';

/** One step of a device's boot. `facts` are for programs. */
export interface ApiTimelineStep {
  readonly at: Instant;
  /** The part of the boot: `dhcp`, `tftp`, `registration`… */
  readonly step: string;
  /** The type of the event, as `GET /api/events` gives it. */
  readonly type: string;
  readonly text: string;
  readonly facts: Readonly<Record<string, string | number | boolean>>;
  /** How often it has happened since `since`, the last time at `at`; absent: once. */
  readonly times?: number;
  readonly since?: Instant;
}

/** A phone that labcm has seen and that nobody configured. */
export interface ApiUnknownPhone {
  /** The name that it gave, else its hardware address, else its IP address. */
  readonly name: string;
  readonly mac: string | undefined;
  readonly address: string | undefined;
  /** When it was seen first and last. */
  readonly since: Instant;
  readonly lastSeenAt: Instant;
  /** Why it was refused last; absent: it did not ask to be registered. */
  readonly refusal: DeviceRejected | undefined;
  readonly model: Model | undefined;
  readonly protocol: Protocol | undefined;
  /** The configured device that is probably meant. */
  readonly nearest: string | undefined;
  /** One sentence: what to do; and the same as YAML, where it gave a name that a device may have. */
  readonly advice: string;
  readonly snippet: string | undefined;
  readonly steps: readonly ApiTimelineStep[];
}

/** The timelines of devices and of unknown phones. */
export interface TimelinesView {
  /** The timeline of a device. `undefined`: there is no such device. */
  of(device: DeviceName): TimelineView | undefined;
  /** What the device waits for now; `undefined`: nothing. */
  waitsFor(record: DeviceRecord): string | undefined;
  /** How many unknown phones are kept. */
  readonly unknown: number;
  /** At most so many unknown phones, the most recently seen first. */
  newestUnknown(most: number): readonly ApiUnknownPhone[];
  /** An unknown phone by its name, hardware address or IP address. */
  unknownPhone(who: string): ApiUnknownPhone | undefined;
}

/** The steps of a device, the oldest first, and what it waits for now. */
export interface TimelineView {
  readonly steps: readonly ApiTimelineStep[];
  readonly waitsFor: string | undefined;
}

/** One step of a remedy. */
export interface ApiRemedyStep {
  /** `config`, `command`, `signal`, `phone`, `network` or `look`. */
  readonly do: string;
  readonly text: string;
  readonly file?: string;
  readonly line?: number;
  /** It begins another way, in place of the steps before it. */
  readonly or?: true;
}

/** A cause that fits a phone. */
export interface ApiFinding {
  readonly code: string;
  readonly severity: string;
  readonly confidence: string;
  readonly since: Instant;
  readonly sentence: string;
  readonly values: Readonly<Record<string, string | number | boolean>>;
  readonly evidence: readonly { readonly at: Instant; readonly type: string; readonly text: string }[];
  readonly remedy: readonly ApiRemedyStep[];
}

/** A cause that is mended. */
export interface ApiMended {
  readonly code: string;
  readonly since: Instant;
  readonly sentence: string;
  readonly remedy: readonly ApiRemedyStep[];
}

/** What is concluded about a phone. */
export interface ApiVerdict {
  readonly name: string;
  readonly boot: { readonly began: Instant | undefined; readonly stage: string; readonly furthest: string };
  /** What it waits for now; `undefined`: nothing. */
  readonly waitsFor: string | undefined;
  /** Milliseconds within which that usually comes. `undefined`: not known, or over. */
  readonly usualTime: number | undefined;
  /** Whether it takes clearly longer. */
  readonly isSlow: boolean;
  /** Whether nobody configured it. */
  readonly isUnknown: boolean;
  readonly isRegistered: boolean;
  readonly verdict: ApiFinding | undefined;
  /** A cause that is mended, of a phone that has not tried again since. */
  readonly mended: ApiMended | undefined;
  /** How many other devices have the same verdict. */
  readonly alike: number;
  readonly others: readonly ApiFinding[];
  readonly harmless: readonly {
    readonly code: string;
    readonly sentence: string;
    readonly count: number;
    readonly files: readonly string[];
  }[];
}

/** The devices with one verdict. */
export interface ApiVerdictGroup {
  readonly code: string;
  /** The verdict of the first of them. */
  readonly finding: ApiFinding;
  readonly devices: readonly string[];
  readonly since: Instant;
  /** One sentence about all of them. */
  readonly sentence: string;
  /** What all of them have in common. */
  readonly common: readonly string[];
}

/** A phone that nobody configured, with its verdict. */
export interface ApiUnknownVerdict {
  readonly name: string;
  /** Whether it gave a name: else it is an address or a hardware address. */
  readonly isNamed: boolean;
  readonly verdict: ApiFinding;
}

/** The verdicts. */
export interface VerdictsView {
  /** Of a device or unknown phone, by name, hardware address or IP address. `undefined`: nobody of that name was heard. */
  of(who: string): ApiVerdict | undefined;
  /** The verdict of a device; `undefined`: it has none. */
  verdictOf(record: DeviceRecord): ApiFinding | undefined;
  /** What holds for the daemon itself, the best first. */
  daemon(): readonly ApiFinding[];
  /** The devices with each verdict, the most frequent one first. */
  groups(): readonly ApiVerdictGroup[];
  /** The verdicts of the phones that nobody configured and that were seen last, the newest first. */
  unknown(): readonly ApiUnknownVerdict[];
  /** The verdict of a device as it was worked out last. */
  lastVerdictOf(record: DeviceRecord): ApiFinding | undefined;
}

/** Whose an event is. */
export interface ApiEventSubject {
  /** A device; else the name of an unknown phone, else its hardware address, else its address. `undefined`: not known. */
  readonly owner: string | undefined;
  /** The step of a timeline that it belongs to. `undefined`: it is about no phone. */
  readonly step: string | undefined;
}

/** Says whose events are, until it is closed. */
export interface ApiOwnerWatch {
  /** Ask it when the event is published: later the phone may have another address. */
  subjectOf(event: LabcmEvent): ApiEventSubject;
  close(): void;
}

/** Whose events are. */
export interface EventOwnersView {
  /** Every step that events may belong to. */
  readonly steps: readonly string[];
  watch(): ApiOwnerWatch;
}
