// What the server has put on an SCCP phone: lamps, prompts, soft keys, tones, ringer and speaker (`sccp.md` §5.4).

import type { Fields } from '../../sccp/messages/catalogue.js';
import { CALL_STATES, LAMP_MODES, ON_OFF, RING_MODES } from '../../sccp/tables/enumerations.js';
import { shown } from '../../sccp/tables/labels.js';
import { STIMULI } from '../../sccp/tables/stimuli.js';
import { TONES } from '../../sccp/tables/tones.js';
import type { PhoneDisplay } from '../calls/display.js';

/** A soft key as its template gives it. */
interface SoftKey {
  readonly label: string;
  readonly event: number;
}

/** Keys that a message selected: a set, and the bits of the keys that can be pressed. */
interface SelectedKeys {
  readonly set: number;
  readonly mask: number;
}

/** Tones that end by themselves. */
const BRIEF: ReadonlySet<number> = new Set([TONES.ZipZip, TONES.Zip, TONES.BeepBonk, TONES.ConfirmationTone]);

/** The reference of what belongs to no call. */
export const NO_CALL = 0;

/** The screen, the keys and the sounds of one phone. What belongs to a call goes with it. */
export class CallScreen {
  readonly #template: SoftKey[] = [];
  readonly #sets: (readonly number[])[] = [];
  readonly #states = new Map<number, { readonly line: number; readonly state: number }>();
  readonly #prompts = new Map<number, string>();
  readonly #selected = new Map<number, SelectedKeys>();
  readonly #tones = new Map<number, number>();
  readonly #lamps = new Map<string, number>();
  #ringer: number = RING_MODES.Off;
  #speaker = false;
  #hasHandset = false;

  /** The display now. `active`: the reference of the call that the screen is about; `NO_CALL`: of none. */
  display(active: number, openPorts: number): PhoneDisplay {
    const states = [...this.#states.values()];
    const tone = [...this.#tones.values()].at(-1);
    return {
      calls: states.map(({ line, state }) => `${line}: ${CALL_STATES.nameOf(state) ?? state}`),
      prompt: this.promptOf(active) || this.promptOf(NO_CALL),
      keys: this.keysOf(active).map(({ label }) => label),
      lamps: [...this.#lamps].map(([key, mode]) => `${key}: ${LAMP_MODES.nameOf(mode) ?? mode}`).sort(),
      ringer: RING_MODES.nameOf(this.#ringer) ?? String(this.#ringer),
      tone: tone === undefined ? '' : (TONES.nameOf(tone) ?? String(tone)),
      speaker: this.#speaker,
      openPorts,
    };
  }

  /** The prompt of a call, as an English phone shows it; empty: none. */
  promptOf(reference: number): string {
    return shown(this.#prompts.get(reference) ?? '');
  }

  /** The soft keys that can be pressed for a call, or by an idle phone. */
  keysOf(reference: number): readonly SoftKey[] {
    const selected = this.#selected.get(reference) ?? this.#selected.get(NO_CALL);
    if (selected === undefined) return [];
    return (this.#sets[selected.set] ?? []).flatMap((row, position) => {
      const key = row === 0 ? undefined : this.#template[row - 1];
      return key === undefined || ((selected.mask >>> position) & 1) === 0 ? [] : [key];
    });
  }

  /** Lifts or puts back the handset, or ends the use of the speaker. */
  hook(isOff: boolean): void {
    this.#hasHandset = isOff;
    if (!isOff) this.#speaker = false;
  }

  // What the messages say.

  template({ definition, softKeyCount }: Fields<'SoftKeyTemplateResMessage'>): void {
    const keys = definition.slice(0, softKeyCount);
    this.#template.push(
      ...keys.map(({ softKeyLabel, softKeyEvent }) => ({ label: shown(softKeyLabel), event: softKeyEvent })),
    );
  }

  sets({ definition, softKeySetCount }: Fields<'SoftKeySetResMessage'>): void {
    this.#sets.push(
      ...definition.slice(0, softKeySetCount).map(({ softKeyTemplateIndex }) => [...softKeyTemplateIndex]),
    );
  }

  select({ callReference, softKeySetIndex, validKeyMask }: Fields<'SelectSoftKeysMessage'>): void {
    this.#selected.set(callReference, { set: softKeySetIndex, mask: validKeyMask });
  }

  prompt(text: string, reference: number): void {
    this.#prompts.set(reference, text);
  }

  clearPrompt({ callReference }: Fields<'ClearPromptStatusMessage'>): void {
    this.#prompts.delete(callReference);
  }

  state(line: number, reference: number, state: number): void {
    this.#states.set(reference, { line, state });
  }

  /** The call is over: nothing on the screen names it any more. */
  forget(reference: number): void {
    this.#states.delete(reference);
    this.#prompts.delete(reference);
    this.#selected.delete(reference);
  }

  /** The lamp of a key is on. */
  isLit(stimulus: number, instance: number): boolean {
    return this.#lamps.has(`${STIMULI.nameOf(stimulus) ?? stimulus} ${instance}`);
  }

  lamp({ stimulus, stimulusInstance, lampMode }: Fields<'SetLampMessage'>): void {
    const key = `${STIMULI.nameOf(stimulus) ?? stimulus} ${stimulusInstance}`;
    if (lampMode === LAMP_MODES.Off) this.#lamps.delete(key);
    else this.#lamps.set(key, lampMode);
  }

  ringer({ ringMode }: Fields<'SetRingerMessage'>): void {
    this.#ringer = ringMode;
  }

  speaker({ speakerMode }: Fields<'SetSpeakerModeMessage'>): void {
    this.#speaker = speakerMode === ON_OFF.On && !this.#hasHandset;
  }

  startTone({ tone, callReference = NO_CALL }: Fields<'StartToneMessage'>): void {
    if (!BRIEF.has(tone)) this.#tones.set(callReference, tone);
  }

  stopTone({ callReference = NO_CALL }: Fields<'StopToneMessage'>): void {
    if (callReference === NO_CALL) this.#tones.clear();
    else this.#tones.delete(callReference);
  }
}
