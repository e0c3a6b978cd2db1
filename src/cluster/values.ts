// What goes over the bus, as text and back. It comes from other nodes, which may be of another version or broken, so it is
// read like input (`docs/protocols/cluster.md` §4, 6 and 7).

import { LONGEST_VALUE } from './ports.js';

/** The version of the values that this labcm writes. A later one may add keys, which this one does not look at. */
export const VALUE_VERSION = 1;

/** An object of JSON, of which nothing is known yet. */
export type ValueFields = Readonly<Record<string, unknown>>;

/** The text of a value. */
export const valueText = (fields: object): string => JSON.stringify({ v: VALUE_VERSION, ...fields });

/** The object of a text. `undefined`: it is too long, no JSON, no object, or of a version that is none. */
export const fieldsOf = (text: string): ValueFields | undefined => {
  if (text.length > LONGEST_VALUE) return undefined;
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
  const fields = value as ValueFields;
  return Number.isInteger(fields.v) && Number(fields.v) >= VALUE_VERSION ? fields : undefined;
};

/** A text of at most so many characters. */
export const textIn = (fields: ValueFields, key: string, longest = 256): string | undefined => {
  const value = fields[key];
  return typeof value === 'string' && value.length <= longest ? value : undefined;
};

/** A whole number that is not negative. */
export const countIn = (fields: ValueFields, key: string): number | undefined => {
  const value = fields[key];
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 ? value : undefined;
};

/** A list of at most so many texts. */
export const textsIn = (fields: ValueFields, key: string, most = 256, longest = 256): readonly string[] | undefined => {
  const value = fields[key];
  return Array.isArray(value) &&
    value.length <= most &&
    value.every((one): one is string => typeof one === 'string' && one.length <= longest)
    ? value
    : undefined;
};
