/**
 * What a phone shows and sounds, as its user sees and hears it. After a call it is as it was before: two displays of an
 * idle phone are equal.
 */
export interface PhoneDisplay {
  /** The calls on the screen, such as `1: Connected`: line and state. */
  readonly calls: readonly string[];
  readonly prompt: string;
  /** The soft keys that can be pressed now, by their labels. */
  readonly keys: readonly string[];
  /** The lamps that are not off, such as `Line 1: Blink`. */
  readonly lamps: readonly string[];
  /** How it rings; `Off`: it does not. */
  readonly ringer: string;
  /** The tone that its user hears; empty: none. */
  readonly tone: string;
  readonly speaker: boolean;
  /** The ports that are open for streams. */
  readonly openPorts: number;
  /** The group of a page that it listens to, `address:port`; absent: none. */
  readonly page?: string;
}
