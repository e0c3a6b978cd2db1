const MOST = 1_024;

/** Holds texts that thousands of phones write in the same way once, at most 1,024 of them. */
export class StringPool {
  readonly #texts = new Map<string, string>();

  /** Returns the equal text that is held already, or holds this one. */
  intern(text: string): string {
    const held = this.#texts.get(text);
    if (held !== undefined) return held;
    if (this.#texts.size < MOST) this.#texts.set(text, text);
    return text;
  }
}

/**
 * A copy of at most `longest` characters of a text. A substring would keep the whole text in memory that it was cut
 * from, such as a received message.
 */
export const ownText = (text: string, longest: number): string => Buffer.from(text.slice(0, longest)).toString();
