// An object of a service for phones, as a phone reads it: strictly, since a phone shows nothing of an object that is not
// well-formed.

import { parseXml } from '../../core/xml/parser.js';

/** What a phone shows. Of a kind of object that lacks something, it is empty. */
export interface ShownObject {
  /** The root element, such as `CiscoIPPhoneMenu`. */
  readonly kind: string;
  readonly title: string;
  readonly prompt: string;
  readonly text: string;
  /** Of an input: where its fields go. */
  readonly url: string;
  /** Of a menu. */
  readonly items: readonly { readonly name: string; readonly url: string }[];
  /** Of a directory. */
  readonly entries: readonly { readonly name: string; readonly number: string }[];
  /** Of an input. */
  readonly fields: readonly { readonly label: string; readonly parameter: string; readonly flags: string }[];
  readonly softKeys: readonly { readonly name: string; readonly url: string }[];
  /** Of an execute object: the URIs. */
  readonly execute: readonly string[];
}

/** An object, or why the phone cannot read it. */
export type ReadObject = { readonly object: ShownObject } | { readonly fault: string };

/** A phone obeys so many URIs of an object, and nothing of one that has more (`phone-services.md` §2). */
const MOST_EXECUTE_ITEMS = 3;

/** The elements that repeat, below the root. */
const REPEATED: ReadonlySet<string> = new Set([
  'MenuItem',
  'DirectoryEntry',
  'InputItem',
  'SoftKeyItem',
  'ExecuteItem',
]);

/** Reads an object. Never throws. */
export const readShownObject = (document: string): ReadObject => {
  const fields = new Map<string, string>();
  const repeated: { readonly name: string; readonly values: Map<string, string> }[] = [];
  let kind = '';
  const fault = parseXml(document, {
    onOpenTag: (path, attributes) => {
      const [root = '', name = '', deeper] = path.split('/');
      kind = root;
      if (deeper === undefined && REPEATED.has(name)) repeated.push({ name, values: new Map(attributes) });
    },
    onCloseTag: (path, text) => {
      const [, name = '', part] = path.split('/');
      if (part === undefined) fields.set(name, text);
      else if (REPEATED.has(name)) repeated.at(-1)?.values.set(part, text);
    },
  });
  if (fault !== undefined) return { fault };
  if (!kind.startsWith('CiscoIPPhone')) return { fault: `${kind || 'nothing'} is no object for phones` };
  const execute = repeated.filter(({ name }) => name === 'ExecuteItem');
  if (execute.length > MOST_EXECUTE_ITEMS)
    return { fault: `it has ${execute.length} ExecuteItems, and a phone obeys at most ${MOST_EXECUTE_ITEMS}` };
  const field = (name: string): string => fields.get(name) ?? '';
  const rows = (name: string) => repeated.filter((row) => row.name === name).map(({ values }) => values);
  const named = (name: string) => rows(name).map((row) => ({ name: row.get('Name') ?? '', url: row.get('URL') ?? '' }));
  return {
    object: {
      kind,
      title: field('Title'),
      prompt: field('Prompt'),
      text: field('Text'),
      url: field('URL'),
      items: named('MenuItem'),
      entries: rows('DirectoryEntry').map((row) => ({
        name: row.get('Name') ?? '',
        number: row.get('Telephone') ?? '',
      })),
      fields: rows('InputItem').map((row) => ({
        label: row.get('DisplayName') ?? '',
        parameter: row.get('QueryStringParam') ?? '',
        flags: row.get('InputFlags') ?? '',
      })),
      softKeys: named('SoftKeyItem'),
      execute: execute.map(({ values }) => values.get('URL') ?? ''),
    },
  };
};
