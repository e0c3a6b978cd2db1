// Writes the WSDL of a service from its declaration: our own document, with the names that clients write down
// (`docs/protocols/apis.md` §12). Enumerations are texts in it, so that a strict client accepts words of later releases.

import type { SoapField, SoapService, SoapStruct } from './declaration.js';
import { XSD } from './namespaces.js';

/** The document. `location`: the URL of the service. */
export const writeWsdl = (service: SoapService, location: string): string => {
  const { namespace, name, port, portType, binding, operations } = service;
  const replies = [...new Map(operations.map(({ reply, replies }) => [reply, replies]))];
  const structured = operations.filter(({ textElement }) => textElement === undefined);
  const texts = operations.flatMap(({ textElement }) => textElement ?? []);
  const elements = [...structured.map((each) => [each.name, each.request] as const), ...replies];
  const types = typesIn(elements.map(([, declared]) => declared));
  return [
    `<?xml version="1.0" encoding="UTF-8"?>`,
    `<w:definitions xmlns:w="http://schemas.xmlsoap.org/wsdl/" xmlns:s="http://schemas.xmlsoap.org/wsdl/soap/" xmlns:xsd="${XSD}" xmlns:tns="${namespace}" targetNamespace="${namespace}">`,
    `<w:types><xsd:schema targetNamespace="${namespace}" elementFormDefault="qualified">`,
    ...types.map((type) => `<xsd:complexType name="${type.name}">${sequence(type)}</xsd:complexType>`),
    ...elements.map(
      ([element, declared]) =>
        `<xsd:element name="${element}"><xsd:complexType>${sequence(declared)}</xsd:complexType></xsd:element>`,
    ),
    ...texts.map((name) => `<xsd:element name="${name}" type="xsd:string"/>`),
    '</xsd:schema></w:types>',
    ...operations.map((each) => message(`${each.name}Request`, each.textElement ?? each.name)),
    ...replies.map(([reply]) => message(reply, reply)),
    `<w:portType name="${portType}">`,
    ...operations.map(
      (each) =>
        `<w:operation name="${each.name}"><w:input message="tns:${each.name}Request"/><w:output message="tns:${each.reply}"/></w:operation>`,
    ),
    '</w:portType>',
    `<w:binding name="${binding}" type="tns:${portType}"><s:binding style="document" transport="http://schemas.xmlsoap.org/soap/http"/>`,
    ...operations.map(
      (each) =>
        `<w:operation name="${each.name}"><s:operation soapAction="${each.name}"/><w:input><s:body use="literal"/></w:input><w:output><s:body use="literal"/></w:output></w:operation>`,
    ),
    '</w:binding>',
    `<w:service name="${name}"><w:port name="${port}" binding="tns:${binding}"><s:address location="${location}"/></w:port></w:service>`,
    '</w:definitions>',
    '',
  ].join('\n');
};

const message = (name: string, element: string): string =>
  `<w:message name="${name}"><w:part name="parameters" element="tns:${element}"/></w:message>`;

const sequence = ({ fields }: SoapStruct): string => `<xsd:sequence>${fields.map(element).join('')}</xsd:sequence>`;

const element = ({ name, type, nillable, many }: SoapField): string => {
  const typed = typeof type === 'string' ? `xsd:${type}` : `tns:${type.name}`;
  const times = many ? ' minOccurs="0" maxOccurs="unbounded"' : '';
  return `<xsd:element name="${name}" type="${typed}"${nillable ? ' nillable="true"' : ''}${times}/>`;
};

/** The structures within others, each once. */
const typesIn = (structs: readonly SoapStruct[]): readonly SoapStruct[] => {
  const found = new Map<string, SoapStruct>();
  const visit = ({ fields }: SoapStruct): void => {
    for (const { type } of fields)
      if (typeof type !== 'string' && !found.has(type.name)) {
        found.set(type.name, type);
        visit(type);
      }
  };
  for (const each of structs) visit(each);
  return [...found.values()];
};
