// For how long a node has held phones, as nodes ask each other after a break. It is read like input.

/** Devices of one question. */
const MOST_ASKED = 1_000;

/** The devices of a question. What cannot be read is left out. */
export const namesIn = (value: unknown): readonly string[] =>
  Array.isArray(value)
    ? value.slice(0, MOST_ASKED).filter((one): one is string => typeof one === 'string' && one.length <= 15)
    : [];

/** The ages of an answer, in milliseconds; `undefined` of a phone that the node does not hold. */
export const agesIn = ({ ages }: { readonly ages?: unknown }): readonly (number | undefined)[] =>
  Array.isArray(ages)
    ? ages
        .slice(0, MOST_ASKED)
        .map((age) => (typeof age === 'number' && Number.isFinite(age) && age >= 0 ? age : undefined))
    : [];
