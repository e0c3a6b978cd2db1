// The XML objects that phones show and obey, `CiscoIPPhone…`, as one table of how each is written
// (`docs/protocols/phone-services.md` §2).

import { cutText, type XmlElement, xmlDeclaration, xmlText } from '../core/xml/writer.js';
import type { ObjectEncoding } from './encoding.js';

/** A soft key below an object. `url`: a page, or what the phone itself does, such as `SoftKey:Exit`. */
export interface ObjectSoftKey {
  readonly name: string;
  readonly url: string;
}

/** A list to choose from. */
export interface MenuObject {
  readonly kind: 'menu';
  readonly title: string;
  readonly prompt: string;
  readonly items: readonly { readonly name: string; readonly url: string }[];
}

/** A text to read. */
export interface TextObject {
  readonly kind: 'text';
  readonly title: string;
  readonly prompt: string;
  readonly text: string;
}

/** Names with numbers, to dial. */
export interface DirectoryObject {
  readonly kind: 'directory';
  readonly title: string;
  readonly prompt: string;
  readonly entries: readonly { readonly name: string; readonly number: string }[];
  /** In their order; empty: the phone's own. */
  readonly softKeys: readonly ObjectSoftKey[];
}

/** A field of an input. `flags`: `A` letters, `T` a telephone number, `N` digits (`phone-services.md` §2). */
export interface InputField {
  readonly label: string;
  readonly parameter: string;
  readonly flags: 'A' | 'T' | 'N';
}

/** Fields to fill in. The phone asks for `url` with one query parameter for each field. */
export interface InputObject {
  readonly kind: 'input';
  readonly title: string;
  readonly prompt: string;
  readonly url: string;
  readonly fields: readonly InputField[];
}

/** When a phone obeys: 0 at once, 1 when it is idle, 2 only if it is idle. */
export type ExecutePriority = 0 | 1 | 2;

/** What a phone shall do: pages to open, keys to press, multicast to hear. */
export interface ExecuteObject {
  readonly kind: 'execute';
  readonly items: readonly { readonly url: string; readonly priority: ExecutePriority }[];
}

/** How a phone answers what it was to do. Status 0: done. */
export interface ResponseObject {
  readonly kind: 'response';
  readonly items: readonly { readonly url: string; readonly data: string; readonly status: number }[];
}

/** A phone or a server could not do it. 1: not understood, 2: no answer made, 3: no such file, 4: not allowed. */
export interface ErrorObject {
  readonly kind: 'error';
  readonly number: number;
}

/** Any object. */
export type PhoneObject =
  | MenuObject
  | TextObject
  | DirectoryObject
  | InputObject
  | ExecuteObject
  | ResponseObject
  | ErrorObject;

/** How much an object may hold: items, and characters of its texts. What is above is left out. */
export const OBJECT_LIMITS = {
  menuItems: 100,
  menuName: 64,
  directoryEntries: 32,
  softKeys: 8,
  inputFields: 5,
  heading: 32,
  name: 32,
  number: 32,
  text: 4_000,
  url: 256,
  executeItems: 3,
  /** Of a whole CiscoIPPhoneExecute as it is written. */
  execute: 512,
} as const;

interface ObjectRow<O> {
  readonly root: string;
  readonly attributes?: (object: O) => Readonly<Record<string, string | number>>;
  readonly content: (object: O) => readonly XmlElement[];
}

const { heading, name: nameLength, number: numberLength, url: urlLength } = OBJECT_LIMITS;

const headings = ({ title, prompt }: { readonly title: string; readonly prompt: string }): readonly XmlElement[] => [
  ['Title', cutText(title, heading)],
  ['Prompt', cutText(prompt, heading)],
];

/** A URL that is cut would lead elsewhere: what has a longer one is left out. */
const withUrl = <T extends { readonly url: string }>(items: readonly T[], most: number): readonly T[] =>
  items.filter(({ url }) => url.length <= urlLength).slice(0, most);

const softKeys = (keys: readonly ObjectSoftKey[]): readonly XmlElement[] =>
  withUrl(keys, OBJECT_LIMITS.softKeys).map(({ name, url }, index) => [
    'SoftKeyItem',
    [
      ['Name', cutText(name, nameLength)],
      ['URL', url],
      ['Position', index + 1],
    ],
  ]);

/** The table: how each kind is written. */
const ROWS: { readonly [K in PhoneObject['kind']]: ObjectRow<Extract<PhoneObject, { readonly kind: K }>> } = {
  menu: {
    root: 'CiscoIPPhoneMenu',
    content: (menu) => [
      ...headings(menu),
      ...withUrl(menu.items, OBJECT_LIMITS.menuItems).map(
        ({ name, url }): XmlElement => [
          'MenuItem',
          [
            ['Name', cutText(name, OBJECT_LIMITS.menuName)],
            ['URL', url],
          ],
        ],
      ),
    ],
  },
  text: {
    root: 'CiscoIPPhoneText',
    content: ({ title, prompt, text }) => [
      ['Title', cutText(title, heading)],
      ['Text', cutText(text, OBJECT_LIMITS.text)],
      ['Prompt', cutText(prompt, heading)],
    ],
  },
  directory: {
    root: 'CiscoIPPhoneDirectory',
    content: (directory) => [
      ...headings(directory),
      ...directory.entries.slice(0, OBJECT_LIMITS.directoryEntries).map(
        ({ name, number }): XmlElement => [
          'DirectoryEntry',
          [
            ['Name', cutText(name, nameLength)],
            ['Telephone', cutText(number, numberLength)],
          ],
        ],
      ),
      ...softKeys(directory.softKeys),
    ],
  },
  input: {
    root: 'CiscoIPPhoneInput',
    content: (input) => [
      ...headings(input),
      ['URL', input.url],
      ...input.fields.slice(0, OBJECT_LIMITS.inputFields).map(
        ({ label, parameter, flags }): XmlElement => [
          'InputItem',
          [
            ['DisplayName', cutText(label, nameLength)],
            ['QueryStringParam', parameter],
            ['InputFlags', flags],
            ['DefaultValue', ''],
          ],
        ],
      ),
    ],
  },
  execute: {
    root: 'CiscoIPPhoneExecute',
    content: ({ items }) =>
      items
        .slice(0, OBJECT_LIMITS.executeItems)
        .map(({ url, priority }): XmlElement => ['ExecuteItem', { URL: url, Priority: priority }, '']),
  },
  response: {
    root: 'CiscoIPPhoneResponse',
    content: ({ items }) =>
      items.map(({ url, data, status }): XmlElement => ['ResponseItem', { URL: url, Data: data, Status: status }, '']),
  },
  error: {
    root: 'CiscoIPPhoneError',
    attributes: ({ number }) => ({ Number: number }),
    content: () => [],
  },
};

/** The root element of each kind. */
export const rootOf = (kind: PhoneObject['kind']): string => ROWS[kind].root;

/** The kind of a root element; `undefined`: it is none of these. */
export const kindOfRoot = (root: string): PhoneObject['kind'] | undefined => KINDS.get(root);

const KINDS: ReadonlyMap<string, PhoneObject['kind']> = new Map(
  Object.entries(ROWS).map(([kind, { root }]) => [root, kind as PhoneObject['kind']]),
);

/** Writes an object without a declaration, as it is sent in a form or inside another message. */
export const writeObject = (object: PhoneObject): string => {
  const { root, attributes, content } = ROWS[object.kind] as ObjectRow<PhoneObject>;
  return xmlText([[root, attributes?.(object) ?? {}, content(object)]]);
};

/** Writes an object as the body of an HTTP answer. */
export const objectDocument = (object: PhoneObject, { charset, encode }: ObjectEncoding): Buffer =>
  encode(`${xmlDeclaration(charset)}${writeObject(object)}\n`);
