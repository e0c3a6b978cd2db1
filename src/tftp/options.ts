// The options of a request, one row each: what is granted, and what it changes. What is not granted is left out of the
// OACK (RFC 2347); without any, none is sent.

import { type Duration, seconds } from '../core/time.js';
import type { TftpSettings } from './settings.js';

/** What a transfer goes by. */
export interface Terms {
  readonly blockSize: number;
  readonly windowSize: number;
  /** First wait, and whether the client named it, in which case every wait is as long. */
  readonly timeout: Duration;
  readonly fixedTimeout: boolean;
}

export type GrantedOption = readonly [name: string, value: string];

interface Asked {
  readonly value: number;
  readonly settings: TftpSettings;
  /** Octets, where they are those that travel. */
  readonly size: number | undefined;
}

interface Grant {
  readonly value: number;
  readonly terms: Partial<Terms>;
}

/** By lower-case name. `undefined`: left out. */
const OPTIONS: Readonly<Record<string, (asked: Asked) => Grant | undefined>> = {
  /** RFC 2348: 8 to 65464; the answer may be less, never more. */
  blksize: ({ value, settings }) => {
    if (value < 8 || value > 65_464) return undefined;
    const blockSize = Math.min(value, settings.blockSize);
    return { value: blockSize, terms: { blockSize } };
  },
  /** RFC 2349: 1 to 255 seconds, echoed exactly or left out. */
  timeout: ({ value }) =>
    value < 1 || value > 255 ? undefined : { value, terms: { timeout: seconds(value), fixedTimeout: true } },
  /** RFC 2349: a read request asks with 0. Left out of an empty file's answer: curl takes a size of 0 for nonsense. */
  tsize: ({ size }) => (size === undefined || size === 0 ? undefined : { value: size, terms: {} }),
  /** RFC 7440: 1 to 65535; the answer may be less. */
  windowsize: ({ value, settings }) => {
    if (value < 1 || value > 65_535) return undefined;
    const windowSize = Math.min(value, settings.windowSize);
    return { value: windowSize, terms: { windowSize } };
  },
};

const DECIMAL = /^\d{1,10}$/;

const DEFAULT_BLOCK_SIZE = 512; // RFC 1350 §2

/**
 * The terms of a transfer and the options to acknowledge, in the order and spelling of the request. An option named
 * twice counts once. `size` is that of what travels, `undefined` where it is not known.
 */
export const negotiate = (
  asked: readonly (readonly [name: string, value: string])[],
  size: number | undefined,
  settings: TftpSettings,
): { readonly terms: Terms; readonly granted: readonly GrantedOption[] } => {
  let terms: Terms = {
    blockSize: DEFAULT_BLOCK_SIZE,
    windowSize: 1,
    timeout: settings.timeout,
    fixedTimeout: false,
  };
  if (asked.length === 0) return { terms, granted: [] };
  const granted = new Map<string, GrantedOption>();
  for (const [name, text] of asked) {
    const key = name.toLowerCase();
    if (!Object.hasOwn(OPTIONS, key) || granted.has(key) || !DECIMAL.test(text)) continue;
    const grant = OPTIONS[key]?.({ value: Number(text), settings, size });
    if (grant === undefined) continue;
    terms = { ...terms, ...grant.terms };
    granted.set(key, [name, String(grant.value)]);
  }
  const windowSize = Math.max(
    1,
    Math.min(terms.windowSize, Math.floor(settings.limits.windowOctets / terms.blockSize)),
  );
  if (windowSize < terms.windowSize) {
    terms = { ...terms, windowSize };
    const [name = 'windowsize'] = granted.get('windowsize') ?? [];
    granted.set('windowsize', [name, String(windowSize)]);
  }
  return { terms, granted: [...granted.values()] };
};
