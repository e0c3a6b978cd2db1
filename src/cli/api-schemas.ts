// Readers that check the answers of the API: another program may listen there.

/** Returns the value as `T`, or `undefined` if it is none. Fields that no reader names are kept. */
export type JsonReader<T> = (value: unknown) => T | undefined;

type Read<R> = R extends JsonReader<infer T> ? T : never;

/** A text. */
export const text: JsonReader<string> = (value) => (typeof value === 'string' ? value : undefined);
/** A number. */
export const number: JsonReader<number> = (value) => (typeof value === 'number' ? value : undefined);

/** A JSON boolean. */
export const boolean: JsonReader<boolean> = (value) => (typeof value === 'boolean' ? value : undefined);

/** A value or `null`; the key must be there. */
export const orNull =
  <T>(read: JsonReader<T>): JsonReader<T | null> =>
  (value) =>
    value === null ? null : read(value);

/** A value or `null`; the key may be missing. */
export const orAbsent =
  <T>(read: JsonReader<T>): JsonReader<T | null | undefined> =>
  (value) =>
    value === null || value === undefined ? null : read(value);

/** A list. */
export const listOf =
  <T>(read: JsonReader<T>): JsonReader<readonly T[]> =>
  (value) =>
    Array.isArray(value) && value.every((item) => read(item) !== undefined) ? (value as readonly T[]) : undefined;

/** An object with these keys. */
export const record =
  <F extends Readonly<Record<string, JsonReader<unknown>>>>(
    fields: F,
  ): JsonReader<{ readonly [K in keyof F]: Read<F[K]> }> =>
  (value) =>
    typeof value === 'object' &&
    value !== null &&
    Object.entries(fields).every(([key, read]) => read((value as Record<string, unknown>)[key]) !== undefined)
      ? (value as { readonly [K in keyof F]: Read<F[K]> })
      : undefined;
