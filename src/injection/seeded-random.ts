// Random numbers that repeat: each rule has its own, so that one rule does not disturb another.

import type { DelaySpread } from './settings.js';

const FULL = 2 ** 32;

/** Mixes the bits of a number well (the finalizer of MurmurHash3). */
const mixed = (number: number): number => {
  let bits = number >>> 0;
  bits = Math.imul(bits ^ (bits >>> 16), 0x85ebca6b);
  bits = Math.imul(bits ^ (bits >>> 13), 0xc2b2ae35);
  return (bits ^ (bits >>> 16)) >>> 0;
};

/** A number of 32 bits for a text, which depends on every character (FNV-1a). */
export const hashOf = (seed: number, text: string): number => {
  let bits = mixed(seed + 0x9e3779b9) ^ 0x811c9dc5;
  for (let at = 0; at < text.length; at += 1) bits = Math.imul(bits ^ text.charCodeAt(at), 0x01000193);
  return mixed(bits);
};

/** The same numbers for the same seed, on every machine (mulberry32). */
export class SeededRandom {
  #state: number;

  constructor(seed: number) {
    this.#state = mixed(seed + 1);
  }

  /** From 0 up to, not including, 1. */
  fraction(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let bits = this.#state;
    bits = Math.imul(bits ^ (bits >>> 15), bits | 1);
    bits ^= bits + Math.imul(bits ^ (bits >>> 7), bits | 61);
    return ((bits ^ (bits >>> 14)) >>> 0) / FULL;
  }

  /** An integer from 0 up to, not including, `limit`. */
  below(limit: number): number {
    return Math.floor(this.fraction() * limit);
  }

  /** Milliseconds, never below 0. A normal distribution is made of two fractions (Box and Muller). */
  delay(spread: DelaySpread): number {
    if ('from' in spread) return Math.round(spread.from + this.fraction() * (spread.to - spread.from));
    const radius = Math.sqrt(-2 * Math.log(1 - this.fraction()));
    const deviation = radius * Math.cos(2 * Math.PI * this.fraction()) * spread.deviation;
    return Math.max(0, Math.round(spread.mean + deviation));
  }

  /** Other octets than the given ones, as many, each of them printable. */
  garbledText(text: string): string {
    let garbled = '';
    for (let at = 0; at < text.length; at += 1) garbled += String.fromCharCode(0x21 + this.below(0x5e));
    return garbled === text ? text.replace(/./s, (first) => (first === '!' ? '~' : '!')) : garbled;
  }

  /** Other octets than the given ones, as many. */
  garbled(octets: Buffer): Buffer {
    const garbled = Buffer.from(octets.map(() => this.below(256)));
    if (garbled.equals(octets) && octets.length > 0) garbled[0] = (octets[0] as number) ^ 0xff;
    return garbled;
  }
}
