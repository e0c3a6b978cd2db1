// Texts that thousands of phones write alike, held once.

const MOST = 1_024;

export class StringPool {
  readonly #texts = new Map<string, string>();

  /** The text itself, or the equal one that is held already. */
  intern(text: string): string {
    const held = this.#texts.get(text);
    if (held !== undefined) return held;
    if (this.#texts.size < MOST) this.#texts.set(text, text);
    return text;
  }
}
