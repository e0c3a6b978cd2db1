// How AXL declares its operations: what a request holds, what is answered, and what is done. The service, the reference of
// labcm and the description for clients are made from the rows.

import type { XmlTreeNode } from '../../core/xml/tree.js';
import { child, textIn } from './elements.js';
import { notFound, notValid } from './fault.js';
import type { AxlField } from './fields.js';
import type { ObjectIndex } from './object-index.js';
import { objectWriter, readTags } from './object-writer.js';
import type { ReplyPieces } from './reply-room.js';
import { readCriteria, readPage } from './search.js';
import { type AxlView, bareUuid, braced } from './sources.js';

/** One request that is answered. */
export interface AxlCall {
  readonly request: XmlTreeNode;
  readonly view: AxlView;
  readonly index: ObjectIndex;
  /** The address of the client. */
  readonly address: string;
  /** What is in `return`. */
  readonly reply: ReplyPieces;
}

/** How a call ended. */
export interface AxlOutcome {
  /** Objects in the answer. */
  readonly found: number;
  /** What was written: `phone SEP…`. */
  readonly wrote?: string;
}

/** A kind of objects, as far as it is described. */
export interface DescribedObject {
  /** The element: `phone`. */
  readonly element: string;
  /** As faults and types have it: `Phone`. */
  readonly title: string;
  readonly fields: readonly AxlField<unknown, never>[];
  /** The elements by which one is found besides its UUID, the first of which must be there. */
  readonly keys: readonly [string, ...string[]];
  /** Attributes besides the UUID, by their names. */
  readonly attributes?: Readonly<Record<string, unknown>>;
}

/** What a request or an answer holds, for the description. */
export type AxlShape =
  | { readonly kind: 'empty' }
  /** Elements with texts, each at most once. */
  | { readonly kind: 'texts'; readonly names: readonly string[] }
  /** An object by one of its keys, with elements besides. */
  | {
      readonly kind: 'key';
      readonly keys: readonly string[];
      readonly tags?: DescribedObject | undefined;
      readonly fields?: DescribedObject | undefined;
      readonly also?: readonly string[];
    }
  /** A search in objects. */
  | { readonly kind: 'search'; readonly object: DescribedObject }
  /** Objects; `isMany`: any number. */
  | { readonly kind: 'objects'; readonly object: DescribedObject; readonly isMany: boolean }
  /** A UUID. */
  | { readonly kind: 'uuid' }
  /** The version of CUCM. */
  | { readonly kind: 'version' }
  /** Rows of SQL. */
  | { readonly kind: 'rows' };

/** What an operation does. */
export type AxlEffect = 'reads' | 'writes' | 'commands';

/** An operation. */
export interface AxlOperation {
  readonly name: string;
  readonly effect: AxlEffect;
  readonly request: AxlShape;
  readonly returns: AxlShape;
  /** Rejects with a `SoapFault`. */
  run(call: AxlCall): Promise<AxlOutcome>;
}

/** A kind of objects. */
export interface AxlObject<T = unknown, D = never> extends DescribedObject {
  readonly fields: readonly AxlField<T, D>[];
  uuidOf(object: T, view: AxlView): string;
  readonly attributes?: Readonly<Record<string, (object: T, view: AxlView) => string>>;
  /** All of them, in an order that stays. */
  all(call: AxlCall): Promise<Iterable<T>>;
  /** The one of these keys. `undefined`: there is none. */
  byKey(call: AxlCall, key: string, request: XmlTreeNode): T | undefined | Promise<T | undefined>;
  /** The one of a UUID. Absent: they are looked for among all. */
  byUuid?(call: AxlCall, uuid: string): Promise<T | undefined>;
}

/** Objects that are looked at in one turn of the event loop. */
const SLICE = 50;

/** Finds the object that a request names. Rejects with an `AxlFault`. */
export const findObject = async <T>(object: AxlObject<T>, call: AxlCall): Promise<T> => {
  const { request } = call;
  const uuid = bareUuid(textIn(request, 'uuid'));
  const [first] = object.keys;
  const key = textIn(request, first);
  if (uuid === '' && key === '') throw notValid([`${first} or uuid is needed`]);
  const found =
    uuid === ''
      ? await object.byKey(call, key, request)
      : object.byUuid === undefined
        ? await oneOf(object, call, uuid)
        : await object.byUuid(call, uuid);
  if (found === undefined) throw notFound(object.title);
  return found;
};

/** The object of a UUID, among all. */
const oneOf = async <T>(object: AxlObject<T>, call: AxlCall, uuid: string): Promise<T | undefined> => {
  for (const each of await object.all(call)) if (object.uuidOf(each, call.view) === uuid) return each;
  return undefined;
};

/** The begin of an object's element. */
const beginOf = <T>({ element, attributes = {}, uuidOf }: AxlObject<T>, isWhole: boolean) => {
  const others = isWhole ? Object.entries(attributes) : [];
  return (object: T, view: AxlView): string =>
    `<${element}${others.map(([name, read]) => ` ${name}="${read(object, view)}"`).join('')} uuid="${braced(uuidOf(object, view))}">`;
};

/** Declares the operation that gets one object. */
export const getting = <T>(object: AxlObject<T>): AxlOperation => ({
  name: `get${object.title}`,
  effect: 'reads',
  request: { kind: 'key', keys: object.keys, tags: object },
  returns: { kind: 'objects', object, isMany: false },
  run: async (call) => {
    const { request, view, reply } = call;
    const found = await findObject(object, call);
    const write = objectWriter(object.fields, readTags(child(request, 'returnedTags')));
    reply.add(`${beginOf(object, true)(found, view)}${write(found, view)}</${object.element}>`);
    return { found: 1 };
  },
});

/** Declares the operation that lists objects. */
export const listing = <T>(object: AxlObject<T>): AxlOperation => {
  const fields = object.fields.filter(({ isListed }) => isListed);
  const begin = beginOf(object, false);
  return {
    name: `list${object.title}`,
    effect: 'reads',
    request: { kind: 'search', object },
    returns: { kind: 'objects', object, isMany: true },
    run: async (call) => {
      const { request, view, reply } = call;
      const { matches, exact } = readCriteria(request, fields, object.keys[0]);
      const { skip, first } = readPage(request);
      const write = objectWriter(fields, readTags(child(request, 'returnedTags')));
      const one = exact === undefined ? undefined : await object.byKey(call, exact, EMPTY);
      const objects = exact === undefined ? await object.all(call) : one === undefined ? [] : [one];
      let found = 0;
      let seen = 0;
      for (const each of objects) {
        seen += 1;
        if (seen % SLICE === 0) await view.sources.pause();
        if (!matches(each, view)) continue;
        found += 1;
        if (found <= skip) continue;
        if (found > skip + first) break;
        reply.addRow(() => `${begin(each, view)}${write(each, view)}</${object.element}>`);
      }
      return { found: reply.rows };
    },
  };
};

const EMPTY: XmlTreeNode = { name: '', namespace: '', attributes: new Map(), children: [], text: '' };

/** The object that a request gives: the one element of its kind. Throws an `AxlFault`. */
export const givenObject = ({ element }: DescribedObject, { request }: AxlCall): XmlTreeNode => {
  const given = child(request, element);
  if (given === undefined) throw notValid([`${element} is needed`]);
  return given;
};

/** Answers with a UUID, as what writes does. */
export const returnUuid = ({ reply }: AxlCall, uuid: string): void => reply.add(braced(uuid));
