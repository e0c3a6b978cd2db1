// How AXL declares its objects, once: the elements in their order, where each value comes from, and what a request that has
// the element means. Requests are read, replies are written, and the description for clients is made from it
// (`docs/protocols/apis.md` §5 and §12).

import type { XmlTreeNode } from '../../core/xml/tree.js';
import type { RowKind } from '../row-uuid.js';
import type { AxlView } from './sources.js';

/** The type of a value, for the description. */
export type AxlSimpleType = 'string' | 'boolean' | 'integer';

/** Another object: its name is the text, and its UUID an attribute. Empty: there is none. */
export interface AxlReference {
  readonly name: string;
  readonly uuid: string | undefined;
}

/** Takes an element of a request into what is written. */
export type TakeElement<D> = (draft: D, element: XmlTreeNode) => void;

interface DeclaredElement<D> {
  readonly name: string;
  /** Absent: a request that has the element changes nothing by it. */
  readonly take: TakeElement<D> | undefined;
  /** Whether a list can give it, too. */
  readonly isListed: boolean;
}

/** An element with a text. `undefined`: it is left out unless somebody asks for it by name. */
export interface ValueField<T, D = unknown> extends DeclaredElement<D> {
  readonly kind: 'value';
  readonly type: AxlSimpleType;
  /** Attributes besides. */
  readonly attribute: string | undefined;
  read(object: T, view: AxlView): string | number | boolean | undefined;
  readAttribute?(object: T, view: AxlView): string | undefined;
}

/** An element that names another object. */
export interface ReferenceField<T, D = unknown> extends DeclaredElement<D> {
  readonly kind: 'reference';
  read(object: T, view: AxlView): AxlReference | undefined;
}

/** An element with what a request once gave, as it was; XML that is written as it is. */
export interface VerbatimField<T, D = unknown> extends DeclaredElement<D> {
  readonly kind: 'verbatim';
  /** Whether elements may be in it. */
  readonly isNested: boolean;
  read(object: T, view: AxlView): string | undefined;
}

/** Elements with a text each. */
export interface TextsField<T, D = unknown> extends DeclaredElement<D> {
  readonly kind: 'texts';
  items(object: T, view: AxlView): readonly string[];
}

/** Elements within an element, once or for each of a list. */
export interface StructField<T, D = unknown> extends DeclaredElement<D> {
  readonly kind: 'struct';
  /** The name of its type in the description. */
  readonly type: string;
  readonly fields: readonly AxlField<unknown>[];
  readonly isMany: boolean;
  /** Whether each has a UUID. */
  readonly hasUuid: boolean;
  items(object: T, view: AxlView): readonly unknown[];
  uuidOf?(item: unknown, view: AxlView): string;
}

/** An element of an object. `T`: what the object is; `D`: what requests write into. */
export type AxlField<T, D = unknown> =
  | ValueField<T, D>
  | ReferenceField<T, D>
  | VerbatimField<T, D>
  | TextsField<T, D>
  | StructField<T, D>;

/** What the fields of every kind may have. */
interface FieldOptions<D> {
  readonly take?: TakeElement<D> | undefined;
}

const declared = <D>(name: string, { take }: FieldOptions<D>): DeclaredElement<D> => ({ name, take, isListed: true });

/** Declares a text, a number or a truth value by the kind of its value. */
export const value = <T, D = unknown>(
  name: string,
  type: AxlSimpleType,
  read: ValueField<T, D>['read'],
  options: FieldOptions<D> & {
    readonly attribute?: readonly [name: string, read: (object: T) => string | undefined];
  } = {},
): ValueField<T, D> => ({
  ...declared(name, options),
  ...{ kind: 'value', type, read, attribute: options.attribute?.[0] },
  ...(options.attribute === undefined ? {} : { readAttribute: options.attribute[1] }),
});

/** Declares a text. */
export const text = <T, D = unknown>(
  name: string,
  read: ValueField<T, D>['read'],
  options: FieldOptions<D> = {},
): ValueField<T, D> => value(name, 'string', read, options);

/** Declares an element that is the same for every object. */
export const constant = <T, D = unknown>(name: string, same: string | boolean | number): ValueField<T, D> =>
  value(name, typeof same === 'boolean' ? 'boolean' : typeof same === 'number' ? 'integer' : 'string', () => same);

/** Declares an element that names another object, of a kind whose UUIDs follow from the names. */
export const named = <T, D = unknown>(
  name: string,
  kind: RowKind,
  read: (object: T, view: AxlView) => string,
  options: FieldOptions<D> = {},
): ReferenceField<T, D> => ({
  ...declared(name, options),
  kind: 'reference',
  read: (object, view) => {
    const found = read(object, view);
    return found === '' ? undefined : { name: found, uuid: view.rowUuid(kind, found) };
  },
});

/** Declares an element that names another object. */
export const reference = <T, D = unknown>(
  name: string,
  read: ReferenceField<T, D>['read'],
  options: FieldOptions<D> = {},
): ReferenceField<T, D> => ({ ...declared(name, options), kind: 'reference', read });

/** Declares an element around others of the same object. */
export const group = <T, D = unknown>(
  name: string,
  type: string,
  fields: readonly AxlField<T, D>[],
  options: FieldOptions<D> = {},
): StructField<T, D> => ({
  ...declared(name, options),
  ...{ kind: 'struct', type, isMany: false, hasUuid: false },
  fields: fields as readonly AxlField<unknown>[],
  items: (object) => [object],
});

/** Declares an element with a text that is there any number of times. */
export const texts = <T, D = unknown>(name: string, items: TextsField<T, D>['items']): TextsField<T, D> => ({
  ...declared<D>(name, {}),
  ...{ kind: 'texts', items },
});

/** Declares an element that is there for each of a list. */
export const each = <T, U, D = unknown>(
  name: string,
  type: string,
  fields: readonly AxlField<U, never>[],
  items: (object: T, view: AxlView) => readonly U[],
  uuidOf?: (item: U, view: AxlView) => string,
): StructField<T, D> => ({
  ...declared<D>(name, {}),
  ...{ kind: 'struct', type, isMany: true, hasUuid: uuidOf !== undefined },
  fields: fields as readonly AxlField<unknown>[],
  items,
  ...(uuidOf === undefined ? {} : { uuidOf: uuidOf as (item: unknown, view: AxlView) => string }),
});
