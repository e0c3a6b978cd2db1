// What requests say: texts of elements, and elements that are remembered as they came.

import { escapeXml } from '../../core/xml/entities.js';
import type { XmlTreeNode } from '../../core/xml/tree.js';
import { XSI } from '../soap/namespaces.js';

const NIL = `{${XSI}}nil`;

/** The first element of that name. */
export const child = (element: XmlTreeNode | undefined, name: string): XmlTreeNode | undefined =>
  element?.children.find((each) => each.name === name);

/** All elements of that name, without those that say nothing: clients fill templates in, and leave the rest empty. */
export const children = (element: XmlTreeNode | undefined, name: string): readonly XmlTreeNode[] =>
  element?.children.filter((each) => each.name === name && saysSomething(each)) ?? [];

/** Whether there is any text in it, or in what it holds. */
export const saysSomething = (element: XmlTreeNode): boolean =>
  element.text.trim() !== '' || element.children.some(saysSomething);

/** The text, trimmed; empty: it is absent, empty or nil, which clients do not tell apart. */
export const textOf = (element: XmlTreeNode | undefined): string =>
  element === undefined || ['1', 'true'].includes(element.attributes.get(NIL)?.trim() ?? '') ? '' : element.text.trim();

/** The text of the first element of that name. */
export const textIn = (element: XmlTreeNode | undefined, name: string): string => textOf(child(element, name));

/** Whether the text says true. `undefined`: it says nothing. */
export const truthOf = (text: string): boolean | undefined =>
  text === '' ? undefined : ['true', 't', '1'].includes(text.toLowerCase());

/** A whole number from 0. `undefined`: it is none. */
export const countOf = (text: string): number | undefined => (/^\d{1,9}$/.test(text) ? Number(text) : undefined);

/** What is in an element, as XML without prefixes and attributes. */
export const contentOf = (element: XmlTreeNode): string =>
  element.children.length === 0
    ? escapeXml(textOf(element))
    : element.children.map((each) => `<${each.name}>${contentOf(each)}</${each.name}>`).join('');

/** What is kept of elements, by their names: XML as `contentOf` writes it. */
export type KeptElements = Readonly<Record<string, string>>;

/** What was kept, with elements of a request over it: an empty one takes what was kept away. */
export const keptWith = (before: KeptElements, elements: readonly XmlTreeNode[]): KeptElements => {
  const kept = new Map(Object.entries(before));
  for (const element of elements)
    if (saysSomething(element)) kept.set(element.name, contentOf(element));
    else kept.delete(element.name);
  return Object.fromEntries(kept);
};

/** Elements that are kept as they came and have others in them. */
const NESTED: ReadonlySet<string> = new Set([
  ...['associatedEndusers', 'blfDirectedCallParks', 'callInfoDisplay', 'confidentialAccess', 'directoryURIs'],
  ...['e164AltNum', 'enterpriseAltNum', 'vendorConfig'],
]);

/** Whether an element that is kept as it came has others in it. */
export const isNested = (name: string): boolean => NESTED.has(name);
