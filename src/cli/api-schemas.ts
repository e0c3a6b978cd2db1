// Answers of the API, looked at before they are believed: it may be another program that listens there.

/** The value as `T`, or `undefined` where it is not one. Fields that no reader names are kept. */
export type Reader<T> = (value: unknown) => T | undefined;

type Read<R> = R extends Reader<infer T> ? T : never;

export const text: Reader<string> = (value) => (typeof value === 'string' ? value : undefined);
export const number: Reader<number> = (value) => (typeof value === 'number' ? value : undefined);

/** Not known is `null`; a key that is missing is not. */
export const orNull =
  <T>(read: Reader<T>): Reader<T | null> =>
  (value) =>
    value === null ? null : read(value);

/** A key that may be missing, as from a library's lab; what is not known is `null` there, too. */
export const orAbsent =
  <T>(read: Reader<T>): Reader<T | null | undefined> =>
  (value) =>
    value === null || value === undefined ? null : read(value);

export const listOf =
  <T>(read: Reader<T>): Reader<readonly T[]> =>
  (value) =>
    Array.isArray(value) && value.every((item) => read(item) !== undefined) ? (value as readonly T[]) : undefined;

export const record =
  <F extends Readonly<Record<string, Reader<unknown>>>>(fields: F): Reader<{ readonly [K in keyof F]: Read<F[K]> }> =>
  (value) =>
    typeof value === 'object' &&
    value !== null &&
    Object.entries(fields).every(([key, read]) => read((value as Record<string, unknown>)[key]) !== undefined)
      ? (value as { readonly [K in keyof F]: Read<F[K]> })
      : undefined;
