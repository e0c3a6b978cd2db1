// How a request for devices is refused: every fault with its key, what was found, and what is wanted.

import { REQUEST } from '../config/index.js';
import type { ConfigurationProblem } from '../core/errors.js';
import type { WriteFault, WriteRefusal } from '../http/index.js';

/** How many faults a message names; the list of faults has them all. */
const NAMED = 5;

/** The request cannot be done; nothing has changed. */
export class WriteRefused extends Error {
  override readonly name = 'WriteRefused';
  readonly code: WriteRefusal;
  readonly faults: readonly WriteFault[];

  constructor(code: WriteRefusal, message: string, faults: readonly WriteFault[] = []) {
    super(message);
    this.code = code;
    this.faults = faults;
  }
}

/** The key of a device of a request; of one of a list with its index. */
export const keyAt = (index: number | undefined, key: string): string =>
  index === undefined ? key : `devices.${index}.${key}`;

/** A fault of a key. */
export const fault = (key: string, found: string, wanted: string): WriteFault => ({ key, found, wanted });

/** A fault of the configuration as one of a request. */
export const faultOfRequest = ({ key, found, wanted }: ConfigurationProblem): WriteFault => ({
  key: key === '(the whole file)' ? '(the whole body)' : key,
  found,
  wanted: wanted.replaceAll(`${REQUEST} has it`, 'another of this request has it'),
});

/** What a value is, for a fault. */
export const describe = (value: unknown): string => (Array.isArray(value) ? 'a list' : JSON.stringify(value));

/** The refusal for faults. */
export const refused = (faults: readonly WriteFault[], code: 'faults' | 'exists' = 'faults'): WriteRefused =>
  new WriteRefused(
    code,
    faults
      .map(({ key, found, wanted }) => `${key}: found ${found}, wanted ${wanted}`)
      .slice(0, NAMED)
      .join('; '),
    faults,
  );
