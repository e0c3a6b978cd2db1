// Readers that check the answers of the API: another program may listen there.

/** Returns the value as `T`, or `undefined` if it is none. Fields that no reader names are kept. */
export type JsonReader<T> = (value: unknown) => T | undefined;

type Read<R> = R extends JsonReader<infer T> ? T : never;

/** A key that may be missing is optional. */
type Fields<F> = { readonly [K in keyof F as undefined extends Read<F[K]> ? never : K]: Read<F[K]> } & {
  readonly [K in keyof F as undefined extends Read<F[K]> ? K : never]?: Read<F[K]>;
};

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
  <F extends Readonly<Record<string, JsonReader<unknown>>>>(fields: F): JsonReader<Fields<F>> =>
  (value) =>
    typeof value === 'object' &&
    value !== null &&
    Object.entries(fields).every(([key, read]) => read((value as Record<string, unknown>)[key]) !== undefined)
      ? (value as Fields<F>)
      : undefined;

/**
 * The reader of an answer of shape `J`, with the keys that the command uses. The compiler refuses a reader that would not take what
 * the shape says: the shapes are declared once, in `http/api/shapes.ts`.
 */
export const answerOf =
  <J>() =>
  <T>(reader: JsonReader<T> & ([J] extends [T] ? unknown : never)): JsonReader<T> =>
    reader;
