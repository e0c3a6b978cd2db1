// Masks what is dialled during a call over SCCP, such as a PIN: the digits of KeypadButton while a call is connected. What is dialled
// before that is the number that is called, and stays (`docs/protocols/sccp.md` §5). For captures and for tapes.

const MASK = 0x78; // x

/** Where the fields stand: length, version, name, then the fields, numbers of 32 bits, the lowest octet first. */
const LENGTH_AT = 0;
const ID_AT = 8;
const VALUE_AT = 12;
const REFERENCE_AT = 20;
/** All that has to be read of a message. */
const READ_OCTETS = 24;
/** What the length of a message does not count. */
const UNCOUNTED = 8;
const SHORTEST = 4;
/** Longer ones are no messages. */
const LONGEST = 0x1_0000;

const ID = { register: 0x0001, keypadButton: 0x0003, callState: 0x0111 } as const;
const CONNECTED = 5;
/** Calls of one connection whose states are kept. */
const MOST_CALLS = 256;

/** Who sends a piece of a connection. */
export type SccpSender = 'phone' | 'server';

/** The message that is being read in one direction. */
interface Frame {
  readonly head: Buffer;
  /** Octets of it that have passed. */
  passed: number;
}

const newFrame = (): Frame => ({ head: Buffer.alloc(READ_OCTETS), passed: 0 });

/** Octets of a message; `undefined`: not known yet. */
const lengthOf = ({ head, passed }: Frame): number | undefined =>
  passed < LENGTH_AT + 4 ? undefined : UNCOUNTED + head.readUInt32LE(LENGTH_AT);

/**
 * Follows the calls of one connection, and masks digits while one is connected. Where it does not know how a call stands,
 * because the connection was joined late or a piece is missing, it masks.
 */
export class SccpDigits {
  #frames: Record<SccpSender, Frame> = { phone: newFrame(), server: newFrame() };
  /** By the reference of a call: whether it is connected. */
  readonly #calls = new Map<number, boolean>();
  /** Whether all since the registration was heard. */
  #isWhole = false;

  /** Masks digits of the next piece from one side in place. `afterGap`: what came directly before it is missing. */
  mask(octets: Buffer, sender: SccpSender, afterGap = false): void {
    if (afterGap) this.#lose(sender);
    let at = 0;
    let buttonAt: number | undefined;
    while (at < octets.length) {
      const frame = this.#frames[sender];
      const length = lengthOf(frame);
      const end = length ?? LENGTH_AT + 4;
      const count = Math.min(octets.length - at, end - frame.passed);
      if (frame.passed <= VALUE_AT && frame.passed + count > VALUE_AT) buttonAt = at + VALUE_AT - frame.passed;
      if (frame.passed < READ_OCTETS) octets.copy(frame.head, frame.passed, at, at + count);
      frame.passed += count;
      at += count;
      const known = lengthOf(frame) ?? 0;
      if (known > 0 && (known < UNCOUNTED + SHORTEST || known > LONGEST)) {
        this.#lose(sender);
        return;
      }
      if (frame.passed === known || at === octets.length) {
        if (sender === 'phone' && buttonAt !== undefined && this.#isSecret(frame)) octets[buttonAt] = MASK;
        buttonAt = undefined;
      }
      if (frame.passed === known) {
        this.#follow(frame, sender);
        this.#frames[sender] = newFrame();
      }
    }
  }

  #lose(sender: SccpSender): void {
    this.#frames[sender] = newFrame();
    this.#calls.clear();
    this.#isWhole = false;
  }

  #isSecret(frame: Frame): boolean {
    if (frame.head.readUInt32LE(ID_AT) !== ID.keypadButton) return false;
    const reference = frame.passed < READ_OCTETS ? 0 : frame.head.readUInt32LE(REFERENCE_AT);
    const isAnyConnected = [...this.#calls.values()].includes(true);
    return reference === 0
      ? isAnyConnected || (!this.#isWhole && this.#calls.size === 0)
      : (this.#calls.get(reference) ?? (isAnyConnected || !this.#isWhole));
  }

  #follow({ head, passed }: Frame, sender: SccpSender): void {
    const id = head.readUInt32LE(ID_AT);
    if (sender === 'phone' && id === ID.register) {
      this.#calls.clear();
      this.#isWhole = true;
    }
    if (sender !== 'server' || id !== ID.callState || passed < READ_OCTETS) return;
    const reference = head.readUInt32LE(REFERENCE_AT);
    this.#calls.delete(reference);
    this.#calls.set(reference, head.readUInt32LE(VALUE_AT) === CONNECTED);
    if (this.#calls.size > MOST_CALLS) for (const oldest of this.#calls.keys()) if (this.#calls.delete(oldest)) break;
  }
}

/** Whether the number of a button stands for one that was masked. */
export const isMaskedButton = (button: unknown): boolean => Number(button) === MASK;
