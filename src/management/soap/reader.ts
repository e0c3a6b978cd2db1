// Reads requests: the envelope, the operation, and the values that a declaration names. Clients differ in prefixes, in
// namespaces and in how they leave something out, so all goes by local names (`docs/protocols/apis.md` §3.2).

import { readXmlTree, type XmlTreeNode } from '../../core/xml/tree.js';
import type { Read, SoapField, SoapStruct } from './declaration.js';
import { SoapFault } from './fault.js';
import { ENVELOPE, XSI } from './namespaces.js';

/** `docs/protocols/apis.md` §11. The octets are bounded before, while the body is read. */
const BOUNDS = { depth: 64, elements: 10_000, attributes: 64 };
const ADDRESSING = /^http:\/\/(?:www\.w3\.org\/2005\/08|schemas\.xmlsoap\.org\/ws\/\d{4}\/\d{2})\/addressing/;
const NIL = `{${XSI}}nil`;
const MUST_UNDERSTAND = `{${ENVELOPE}}mustUnderstand`;

/** The element of the operation. Throws a `SoapFault`. */
export const readEnvelope = (document: string): XmlTreeNode => {
  const tree = readXmlTree(document, BOUNDS);
  if ('fault' in tree) throw new SoapFault('Client', `The request cannot be read: ${tree.fault}`);
  const { root } = tree;
  if (root.name !== 'Envelope') throw new SoapFault('Client', 'The request is no SOAP envelope');
  if (root.namespace !== ENVELOPE) throw new SoapFault('VersionMismatch', 'The envelope is not that of SOAP 1.1');
  const header = root.children.find(({ name }) => name === 'Header');
  if (header?.children.some(isNotUnderstood) === true)
    throw new SoapFault('MustUnderstand', 'A header that must be understood is not understood here');
  const operation = root.children.find(({ name }) => name === 'Body')?.children[0];
  if (operation === undefined) throw new SoapFault('Client', 'The body of the envelope is empty');
  return operation;
};

const isNotUnderstood = ({ attributes, namespace }: XmlTreeNode): boolean =>
  ['1', 'true'].includes(attributes.get(MUST_UNDERSTAND)?.trim() ?? '') && !ADDRESSING.test(namespace);

/** The values of a structure. What the declaration does not name is ignored, and so is the order. */
export const readStruct = <S extends SoapStruct>(declared: S, node: XmlTreeNode): Read<S> =>
  Object.fromEntries(declared.fields.map((field) => [field.name, fieldIn(field, node)])) as Read<S>;

const fieldIn = ({ name, type, many }: SoapField, node: XmlTreeNode): unknown => {
  const found = node.children.filter((child) => child.name === name);
  return many ? found.flatMap((child) => valueIn(type, child) ?? []) : found[0] && valueIn(type, found[0]);
};

const valueIn = (type: SoapField['type'], node: XmlTreeNode): unknown => {
  if (['1', 'true'].includes(node.attributes.get(NIL)?.trim() ?? '')) return undefined;
  if (typeof type !== 'string') return readStruct(type, node);
  return node.text.trim() || undefined;
};
