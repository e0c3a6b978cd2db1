/** Numbers that rise by one. Shared by services that count the same thing together. */
export class Sequence {
  #last = 0;

  /** The first is 1. */
  next(): number {
    this.#last += 1;
    return this.#last;
  }
}
