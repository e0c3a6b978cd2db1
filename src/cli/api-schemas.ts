// Answers of the API, looked at before they are believed: it may be another program that listens there.

/** The value as `T`, or `undefined` where it is not one. Fields that no reader names are kept. */
export type JsonReader<T> = (value: unknown) => T | undefined;

type Read<R> = R extends JsonReader<infer T> ? T : never;

export const text: JsonReader<string> = (value) => (typeof value === 'string' ? value : undefined);
export const number: JsonReader<number> = (value) => (typeof value === 'number' ? value : undefined);

/** Not known is `null`; a key that is missing is not. */
export const orNull =
  <T>(read: JsonReader<T>): JsonReader<T | null> =>
  (value) =>
    value === null ? null : read(value);

/** A key that may be missing, as from a library's lab; what is not known is `null` there, too. */
export const orAbsent =
  <T>(read: JsonReader<T>): JsonReader<T | null | undefined> =>
  (value) =>
    value === null || value === undefined ? null : read(value);

export const listOf =
  <T>(read: JsonReader<T>): JsonReader<readonly T[]> =>
  (value) =>
    Array.isArray(value) && value.every((item) => read(item) !== undefined) ? (value as readonly T[]) : undefined;

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
