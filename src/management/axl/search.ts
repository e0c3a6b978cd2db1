// The criteria of a list, and the part of it that is wanted (`docs/protocols/apis.md` §5.3).

import { likePattern } from '../../core/wildcards.js';
import type { XmlTreeNode } from '../../core/xml/tree.js';
import { child, countOf, saysSomething, textIn, textOf } from './elements.js';
import { AxlFault } from './fault.js';
import type { AxlField } from './fields.js';
import type { AxlView } from './sources.js';

/** Whether an object is wanted. */
export type Criteria<T> = (object: T, view: AxlView) => boolean;

const NOT_VALID = 5007;

/**
 * All criteria that a request gives must match: `%` is any run, `_` one character, case does not matter. An empty one asks for
 * nothing, and so does one of `%` alone. `exact`: the name, where it is wanted without any pattern.
 */
export const readCriteria = <T>(
  request: XmlTreeNode,
  fields: readonly AxlField<T, never>[],
  nameField: string,
): { readonly matches: Criteria<T>; readonly exact: string | undefined } => {
  const given = child(request, 'searchCriteria')?.children.filter(saysSomething) ?? [];
  const tests = given.flatMap((element): Criteria<T>[] => {
    const field = fields.find(({ name }) => name === element.name);
    if (field === undefined || field.kind === 'struct' || field.kind === 'texts')
      throw new AxlFault(NOT_VALID, `Item not valid: ${element.name.slice(0, 64)} is no search criterion here`);
    const pattern = textOf(element);
    if (/^%+$/.test(pattern)) return [];
    const matches = likePattern(pattern);
    return [(object, view) => matches(textOfField(field, object, view))];
  });
  const name = textOf(given.find((element) => element.name === nameField));
  return {
    matches: (object, view) => tests.every((test) => test(object, view)),
    exact: name === '' || /[%_]/.test(name) ? undefined : name,
  };
};

const textOfField = <T>(field: AxlField<T, never>, object: T, view: AxlView): string => {
  if (field.kind === 'struct' || field.kind === 'texts') return '';
  const read = field.read(object, view);
  return typeof read === 'object' ? read.name : String(read ?? '');
};

/** Which part of the matching objects is wanted. */
export const readPage = (request: XmlTreeNode): { readonly skip: number; readonly first: number } => ({
  skip: count(request, 'skip') ?? 0,
  first: count(request, 'first') ?? Number.POSITIVE_INFINITY,
});

const count = (request: XmlTreeNode, name: string): number | undefined => {
  const written = textIn(request, name);
  const read = countOf(written);
  if (written !== '' && read === undefined)
    throw new AxlFault(NOT_VALID, `Item not valid: ${name} must be a whole number`);
  return read;
};
