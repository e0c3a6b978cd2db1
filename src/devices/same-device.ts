// Whether two configurations of a device are the same, so that a reload disturbs only what changed.

import type { ConfiguredDevice } from './device.js';

/** By value: models are rows of one table and compared by identity. */
export const sameDevice = (one: ConfiguredDevice, other: ConfiguredDevice): boolean => same(one, other);

const same = (one: unknown, other: unknown): boolean => {
  if (one === other) return true;
  if (typeof one !== 'object' || typeof other !== 'object' || one === null || other === null) return false;
  const keys = Object.keys(one);
  return (
    keys.length === Object.keys(other).length &&
    keys.every((key) => same((one as Record<string, unknown>)[key], (other as Record<string, unknown>)[key]))
  );
};
