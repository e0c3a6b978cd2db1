// The options of a request (RFC 2347), one row each: the value that is granted, and what it changes. The OACK leaves
// out options that are not granted; if none is, no OACK is sent.

import { type Duration, seconds } from '../core/time.js';
import type { TftpSettings } from './settings.js';

/** The negotiated values that a transfer uses. */
export interface Terms {
  readonly blockSize: number;
  readonly windowSize: number;
  /** The first wait for an acknowledgement. */
  readonly timeout: Duration;
  /** The client named the timeout, so that every wait is as long. */
  readonly fixedTimeout: boolean;
}

/** An option of the OACK: the name as the client spelled it, and the value. */
export type GrantedOption = readonly [name: string, value: string];

interface RequestedOption {
  readonly value: number;
  readonly settings: TftpSettings;
  /** Octets of the file as it travels, if known. */
  readonly size: number | undefined;
}

interface Grant {
  readonly value: number;
  readonly terms: Partial<Terms>;
}

/** By lower-case name: what is granted; `undefined`: nothing. */
const OPTIONS: Readonly<Record<string, (requested: RequestedOption) => Grant | undefined>> = {
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
 * The terms of a transfer and the options to acknowledge, in the order and spelling of the request. If an option is
 * named twice, the first counts. `size`: octets of the file as it travels, `undefined` if not known.
 */
export const negotiate = (
  requested: readonly (readonly [name: string, value: string])[],
  size: number | undefined,
  settings: TftpSettings,
): { readonly terms: Terms; readonly granted: readonly GrantedOption[] } => {
  let terms: Terms = {
    blockSize: DEFAULT_BLOCK_SIZE,
    windowSize: 1,
    timeout: settings.timeout,
    fixedTimeout: false,
  };
  if (requested.length === 0) return { terms, granted: [] };
  const granted = new Map<string, GrantedOption>();
  for (const [name, text] of requested) {
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
