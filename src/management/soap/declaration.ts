// How a service declares its messages, once. The reader, the writer and the WSDL are all made from the declaration, and
// TypeScript derives the types of the values from it (`docs/protocols/apis.md` §12).

/** A text, a whole number from 0, any whole number, or true and false. */
export type SimpleType = 'string' | 'unsignedInt' | 'long' | 'boolean';

/** An element within a structure. */
export interface SoapField {
  readonly name: string;
  readonly type: SimpleType | SoapStruct;
  /** It may be `xsi:nil`. */
  readonly nillable: boolean;
  /** It may be there any number of times. */
  readonly many: boolean;
}

/** A structure: elements in a fixed order. */
export interface SoapStruct<F extends readonly SoapField[] = readonly SoapField[]> {
  /** The name of the type in the WSDL. Unique in a service. */
  readonly name: string;
  readonly fields: F;
}

/** Declares a structure. */
export const struct = <const F extends readonly SoapField[]>(name: string, ...fields: F): SoapStruct<F> => ({
  name,
  fields,
});

/** An element as it was declared, for the types of its values. */
export interface DeclaredField<N extends string, T, Nil extends boolean, Many extends boolean> {
  readonly name: N;
  readonly type: T;
  readonly nillable: Nil;
  readonly many: Many;
}

/** Declares an element that is there once and has a value. */
export const one = <const N extends string, T extends SoapField['type']>(
  name: N,
  type: T,
): DeclaredField<N, T, false, false> => ({ name, type, nillable: false, many: false });

/** Declares an element that may be nil. */
export const nillable = <const N extends string, T extends SoapField['type']>(
  name: N,
  type: T,
): DeclaredField<N, T, true, false> => ({ name, type, nillable: true, many: false });

/** Declares an element that is there any number of times. */
export const many = <const N extends string, T extends SoapField['type']>(
  name: N,
  type: T,
): DeclaredField<N, T, false, true> => ({ name, type, nillable: false, many: true });

interface SimpleValues {
  readonly string: string;
  readonly unsignedInt: number;
  readonly long: number;
  readonly boolean: boolean;
}

/** What the writer takes for a type: `null` for nil, a list for many. */
export type Written<T> = T extends SimpleType
  ? SimpleValues[T]
  : T extends SoapStruct<infer F>
    ? { readonly [E in F[number] as E['name']]: WrittenField<E> }
    : never;

type WrittenField<E extends SoapField> = E['many'] extends true
  ? readonly Written<E['type']>[]
  : E['nillable'] extends true
    ? Written<E['type']> | null
    : Written<E['type']>;

/**
 * What the reader finds for a type. Texts are trimmed and not checked. `undefined`: it is absent, empty or nil, which
 * clients do not tell apart.
 */
export type Read<T> = T extends SimpleType
  ? string
  : T extends SoapStruct<infer F>
    ? {
        readonly [E in F[number] as E['name']]: E['many'] extends true
          ? readonly Read<E['type']>[]
          : Read<E['type']> | undefined;
      }
    : never;

/** One operation of a service. */
export interface SoapOperation {
  /** Also its `soapAction`, and the element of the request. */
  readonly name: string;
  readonly request: SoapStruct;
  /** Absent: the request has the name of the operation. Else it is an element of this name that holds a text. */
  readonly textElement?: string;
  /** The element of the reply. Two operations may have the same. */
  readonly reply: string;
  readonly replies: SoapStruct;
}

/** An operation as it was declared, for the types of its values. */
export interface DeclaredOperation<Q extends SoapStruct, R extends SoapStruct> extends SoapOperation {
  readonly request: Q;
  readonly replies: R;
}

/** Declares an operation: its name is that of the request, and its reply has the name of `replies`. */
export const operation = <Q extends SoapStruct, R extends SoapStruct>(
  request: Q,
  replies: R,
): DeclaredOperation<Q, R> => ({ name: request.name, request, reply: replies.name, replies });

/** A service, as its WSDL describes it. */
export interface SoapService {
  readonly namespace: string;
  readonly name: string;
  readonly port: string;
  readonly portType: string;
  readonly binding: string;
  readonly path: string;
  readonly operations: readonly SoapOperation[];
}
