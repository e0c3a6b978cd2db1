// One phone that has calls, as far as all its legs share it: handset and speaker, lamps, what it dialled last, what it owes
// an answer to. Made with its first call and dropped with its link.

import type { CallControl, Leg } from '../../calls/index.js';
import type { DeviceName } from '../../core/identifiers.js';
import { SlidingWindow } from '../../core/rate-limit.js';
import type { Instant } from '../../core/time.js';
import { reportOf } from '../../devices/index.js';
import type { Station } from '../station.js';
import { LAMP_MODES, ON_OFF } from '../tables/enumerations.js';
import { STIMULI } from '../tables/stimuli.js';
import { idleMaskOf } from './call-masks.js';
import type { LaterSteps } from './later-steps.js';
import { showIdlePrompt } from './prompts.js';
import type { SccpLeg } from './sccp-leg.js';
import { AwaitedStatistics } from './statistics.js';

/** What all phones with calls share. */
export interface CallEnvironment {
  readonly control: CallControl;
  readonly later: LaterSteps;
  /** By device: the number that it dialled last. */
  readonly lastNumbers: Map<DeviceName, string>;
}

/** Numbers that are remembered for Redial, one for each device. */
const MOST_LAST_NUMBERS = 65_536;

/** `down`: on its hook. `speaker`: labcm has switched its speaker on. `handset`: its user has lifted something. */
export type Hook = 'down' | 'speaker' | 'handset';

/** A phone with calls. What its legs do not share is theirs. */
export class CallPhone {
  readonly legs = new Map<number, SccpLeg>();
  readonly statistics = new AwaitedStatistics();
  /** Keys, lifts and numbers of the last second. */
  readonly keysPressed = new SlidingWindow();
  /** The pages that it hears, by the call identifier of labcm's end. */
  readonly pages = new Set<number>();
  /** The calls that its user has selected for Join or DirTrfr, by reference. */
  readonly selected = new Set<number>();
  hook: Hook = 'down';
  /** Its handset was lifted for a caller who has gone: a call begins in a moment. */
  isLiftedLate = false;
  /** Its own OnHook is being worked off: it need not be told to switch its speaker off. */
  hasHungUp = false;
  /** One call gives way to another: the speaker stays on, and what waits does not ring. */
  isTakingOver = false;
  readonly #lamps = new Map<number, number>();

  constructor(
    readonly environment: CallEnvironment,
    readonly station: Station,
    readonly device: DeviceName,
  ) {}

  get lastNumber(): string | undefined {
    return this.environment.lastNumbers.get(this.device);
  }

  /** Redial dials this from now on. */
  remember(number: string): void {
    const { lastNumbers } = this.environment;
    const [oldest] = lastNumbers.keys();
    if (lastNumbers.size >= MOST_LAST_NUMBERS && oldest !== undefined) lastNumbers.delete(oldest);
    lastNumbers.set(this.device, number);
  }

  /** The leg whose open or opening channel has the party. */
  portOfParty(party: number): SccpLeg | undefined {
    for (const leg of this.legs.values()) if (['open', 'opening'].includes(leg.partyState(party))) return leg;
    return undefined;
  }

  /** The leg that once had a channel of the party. */
  portOfClosed(party: number): SccpLeg | undefined {
    for (const leg of this.legs.values()) if (leg.partyState(party) === 'closed') return leg;
    return undefined;
  }

  /** The leg of a reference. 0: the phone does not say, so the one that has audio. */
  portNamed(callReference: number): SccpLeg | undefined {
    const ci = callReference === 0 ? this.environment.control.legs.activeOf(this.device)?.ci : callReference;
    return ci === undefined ? undefined : this.legs.get(ci);
  }

  /** What Join and DirTrfr take beside `leg`: the calls that its user has selected; without any, its other call that was answered. */
  othersThan(leg: Leg): readonly Leg[] {
    const others = this.environment.control.legs.of(this.device).filter((other) => other !== leg && hasTalk(other));
    const selected = others.filter(({ ci }) => this.selected.has(ci));
    if (selected.length > 0) return selected;
    return others.length === 1 ? others : [];
  }

  /** No leg of it has audio. */
  get isFree(): boolean {
    return this.environment.control.legs.activeOf(this.device) === undefined;
  }

  /** Its user has lifted the handset, as far as the phone tells: newer ones say which way its voice goes. */
  get isHandsetUp(): boolean {
    const { state } = this.station;
    if (this.hook !== 'handset' || state.kind !== 'bound') return false;
    return reportOf(state.record, 'mediaPath.speaker')?.value !== 'on';
  }

  /** Its headset is on, as far as the phone tells. */
  get isHeadsetOn(): boolean {
    const { state } = this.station;
    return state.kind === 'bound' && reportOf(state.record, 'headset')?.value === 'on';
  }

  /** Runs `change`, in which the phone has hung up by itself. */
  hangUp(change: () => void): void {
    this.hook = 'down';
    this.hasHungUp = true;
    try {
      change();
    } finally {
      this.hasHungUp = false;
    }
  }

  /** Runs `change`, in which one call gives way to another. */
  takeOver(change: () => void): void {
    this.isTakingOver = true;
    try {
      change();
    } finally {
      this.isTakingOver = false;
    }
  }

  /** The mask of set 0. */
  get idleMask(): number {
    return idleMaskOf(this.lastNumber !== undefined, this.environment.control.features.canSet);
  }

  /** Sets a line's lamp, if it shows something else. */
  lamp(line: number, lampMode: number, now: Instant): void {
    if ((this.#lamps.get(line) ?? LAMP_MODES.Off) === lampMode) return;
    this.#lamps.set(line, lampMode);
    this.station.send('SetLampMessage', { stimulus: STIMULI.Line, stimulusInstance: line, lampMode }, now);
  }

  /** The lamp of a line by the legs that live on it. */
  lampOf(line: number): number {
    const { legs } = this.environment.control;
    const isOfLine = ({ lineInstance }: { readonly lineInstance: number }): boolean => lineInstance === line;
    const states = legs.of(this.device).filter(isOfLine);
    const remote = legs.remotesOf(this.device).filter(isOfLine);
    if (states.some(({ state }) => state !== 'ring-in' && state !== 'hold')) return LAMP_MODES.On;
    if (states.some(({ state }) => state === 'ring-in')) return LAMP_MODES.Blink;
    if (states.length > 0) return LAMP_MODES.Wink;
    if (remote.some(({ state }) => state === 'in-use')) return LAMP_MODES.On;
    return remote.length > 0 ? LAMP_MODES.Wink : LAMP_MODES.Off;
  }

  speaker(isOn: boolean, now: Instant): void {
    if (isOn && this.hook === 'down') this.hook = 'speaker';
    if (!isOn && this.hook === 'speaker') this.hook = 'down';
    this.station.send('SetSpeakerModeMessage', { speakerMode: isOn ? ON_OFF.On : ON_OFF.Off }, now);
  }

  /** A leg has ended or waits: what rang beside it rings aloud now, and a phone without a call shows itself idle. */
  freed(hasEnded: boolean, now: Instant): void {
    if (!this.isFree || this.isTakingOver) return;
    let rings = false;
    for (const leg of this.legs.values()) rings = leg.ringAloud(now) || rings;
    if (!hasEnded || rings) return;
    const { service, version } = this.station;
    this.station.sendPrepared(service.prepared.idleKeys(version, this.idleMask), now);
    showIdlePrompt(this.station, now);
    this.station.send('DefineTimeDateMessage', service.prepared.timeAndDate(service.clock.wallTime(now)), now);
  }
}

/** Whether the call was answered and stands. */
export const hasTalk = ({ state, isPreserved }: Leg): boolean =>
  (state === 'hold' || state === 'connected') && !isPreserved;
