// What shapes of the API are made of. A shape is declared once, as a zod schema whose name is that of its type. The daemon never
// checks its own answers: the compiler holds it to the types, and the tests parse real answers. So nothing that serves phones
// imports a shape but for its type; the schemas are loaded when somebody asks for `/api/openapi.json`.

import * as z from 'zod';

/** The type of a shape's values. Nobody changes an answer, and a key of JSON is there or is not: it is never `undefined`. */
export type Json<S extends z.ZodType> = Frozen<z.output<S>>;

type Frozen<T> = T extends readonly (infer E)[]
  ? readonly Frozen<E>[]
  : T extends object
    ? { readonly [K in keyof T]: Frozen<Exclude<T[K], undefined>> }
    : T;

/** An object with these keys and no other. */
export const shape = z.strictObject;

/** Says what a value means, in words for people who write clients, and gives one that the documentation shows. */
export const about = <S extends z.ZodType>(schema: S, description: string, ...examples: readonly z.output<S>[]): S =>
  schema.meta(examples.length === 0 ? { description } : { description, examples });

/** A point in time: ISO 8601 in UTC with milliseconds, by the wall clock as it is set when the answer is made. */
export const IsoTime = about(
  z.iso.datetime({ precision: 3 }),
  'A point in time: ISO 8601 in UTC with milliseconds, by the wall clock as it is set when the answer is made.',
  '2026-11-30T09:00:00.000Z',
);
export type IsoTime = Json<typeof IsoTime>;

/** Values by their names. */
export const namedValues = z.record(z.string(), z.union([z.string(), z.number(), z.boolean()]));
