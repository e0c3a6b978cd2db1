// What a phone shows beside its calls: the busy lamps of its keys, and the messages that wait for its lines. A change is a step.

import type { PublishStep } from './steps.js';

/** A busy lamp. `unknown`: nobody has the number registered, or it is none. */
export type LampState = 'unknown' | 'idle' | 'in use' | 'do not disturb' | 'ringing';

/** The messages of a line, as far as the phone is told. */
export interface ShownMessages {
  readonly waiting: boolean;
  /** SIP: how many nobody has heard, and how many were; `undefined`: the phone is not told. */
  readonly new?: number | undefined;
  readonly old?: number | undefined;
}

/** The lamps of one phone. They stay as they are until the server says otherwise. */
export class Indicators {
  readonly #publish: PublishStep;
  readonly #lamps = new Map<string, LampState>();
  readonly #messages = new Map<string, ShownMessages>();

  constructor(publish: PublishStep) {
    this.#publish = publish;
  }

  /** By number, or by the text beside the key where the phone does not know the number (SCCP). */
  get lamps(): ReadonlyMap<string, LampState> {
    return this.#lamps;
  }

  /** By directory number; empty text: of the phone as a whole (SCCP). */
  get messages(): ReadonlyMap<string, ShownMessages> {
    return this.#messages;
  }

  /** Whether its message lamp is lit. */
  get messagesWaiting(): boolean {
    return [...this.#messages.values()].some(({ waiting }) => waiting);
  }

  showLamp(of: string, state: LampState): void {
    if (this.#lamps.get(of) === state) return;
    this.#lamps.set(of, state);
    this.#publish('phone.lamp', { of, state });
  }

  showMessages(line: string, messages: ShownMessages): void {
    const before = this.#messages.get(line);
    if (before === undefined && !messages.waiting) return; // it is off already
    const { waiting, new: count, old } = messages;
    if (before?.waiting === waiting && before.new === count && before.old === old) return;
    this.#messages.set(line, messages);
    this.#publish('phone.messages', { line, waiting, new: count, old });
  }
}
