// Describes AXL for clients that have no description of their own: a WSDL and its schema, made from the rows of the
// operations. The names that clients write down are CUCM's; the documents are our own (`docs/protocols/apis.md` §12).

import type { SoapDocument } from '../request-handler.js';
import { XML } from '../responses.js';
import { XSD } from '../soap/namespaces.js';
import type { AxlField } from './fields.js';
import type { AxlOperation, AxlShape, DescribedObject } from './operation.js';
import { AXL_OPERATIONS } from './operations.js';
import { type AxlVersion, NEWEST, namespaceOf, parseVersion } from './versions.js';

const SERVICE = 'http://www.cisco.com/AXLAPIService/';
const SCHEMA = 'AXLSoap.xsd';

/**
 * The document of that name in the folder of the service: `?wsdl`, `AXLAPI.wsdl` or `AXLSoap.xsd`, each with `version=12.5` in
 * its query for another version than the newest. `undefined`: there is none.
 */
export const axlDocument = (resource: string, query: string, location: string): SoapDocument | undefined => {
  const asked = new URLSearchParams(query);
  const version = asked.has('version') ? parseVersion(asked.get('version') ?? '') : NEWEST;
  if (version === undefined) return undefined;
  if (resource === 'axlsoap.xsd') return { operation: 'schema', type: XML, text: axlSchema(version) };
  const isWsdl = resource === 'axlapi.wsdl' || (resource === '' && /^wsdl(?:&|$)/i.test(query));
  if (!isWsdl) return undefined;
  const schema = version === NEWEST ? SCHEMA : `${SCHEMA}?version=${version}`;
  return { operation: 'wsdl', type: XML, text: axlWsdl(version, location, schema) };
};

const axlWsdl = (version: AxlVersion, location: string, schema: string): string =>
  [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<w:definitions xmlns:w="http://schemas.xmlsoap.org/wsdl/" xmlns:s="http://schemas.xmlsoap.org/wsdl/soap/" xmlns:xsd="${XSD}" xmlns:svc="${SERVICE}" xmlns:axl="${namespaceOf(version)}" targetNamespace="${SERVICE}">`,
    `<w:types><xsd:schema><xsd:import namespace="${namespaceOf(version)}" schemaLocation="${schema}"/></xsd:schema></w:types>`,
    ...AXL_OPERATIONS.flatMap(({ name }) => [message(`${name}In`, name), message(`${name}Out`, `${name}Response`)]),
    '<w:portType name="AXLPort">',
    ...AXL_OPERATIONS.map(
      ({ name }) =>
        `<w:operation name="${name}"><w:input message="svc:${name}In"/><w:output message="svc:${name}Out"/></w:operation>`,
    ),
    '</w:portType>',
    '<w:binding name="AXLAPIBinding" type="svc:AXLPort"><s:binding style="document" transport="http://schemas.xmlsoap.org/soap/http"/>',
    ...AXL_OPERATIONS.map(
      ({ name }) =>
        `<w:operation name="${name}"><s:operation soapAction="CUCM:DB ver=${version} ${name}"/><w:input><s:body use="literal"/></w:input><w:output><s:body use="literal"/></w:output></w:operation>`,
    ),
    '</w:binding>',
    `<w:service name="AXLAPIService"><w:port name="AXLPort" binding="svc:AXLAPIBinding"><s:address location="${location}"/></w:port></w:service>`,
    '</w:definitions>',
    '',
  ].join('\n');

const message = (name: string, element: string): string =>
  `<w:message name="${name}"><w:part name="axlParams" element="axl:${element}"/></w:message>`;

const UUID = '<xsd:attribute name="uuid" type="xsd:string"/>';
const SEQUENCE = '<xsd:attribute name="sequence" type="xsd:unsignedLong"/>';

/** The schema of a version. Only the elements of operations are in its namespace. */
const axlSchema = (version: AxlVersion): string => {
  const types = new TypeTable();
  const elements = AXL_OPERATIONS.flatMap((operation) => [
    `<xsd:element name="${operation.name}"><xsd:complexType>${types.request(operation)}${SEQUENCE}</xsd:complexType></xsd:element>`,
    `<xsd:element name="${operation.name}Response"><xsd:complexType><xsd:sequence>${types.returns(operation)}</xsd:sequence>${SEQUENCE}</xsd:complexType></xsd:element>`,
  ]);
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<xsd:schema xmlns:xsd="${XSD}" xmlns:axl="${namespaceOf(version)}" targetNamespace="${namespaceOf(version)}" elementFormDefault="unqualified">`,
    `<xsd:complexType name="XFkType"><xsd:simpleContent><xsd:extension base="xsd:string">${UUID}</xsd:extension></xsd:simpleContent></xsd:complexType>`,
    '<xsd:complexType name="XLoadInformation"><xsd:simpleContent><xsd:extension base="xsd:string"><xsd:attribute name="special" type="xsd:boolean"/></xsd:extension></xsd:simpleContent></xsd:complexType>',
    '<xsd:complexType name="XAny" mixed="true"><xsd:sequence><xsd:any minOccurs="0" maxOccurs="unbounded" namespace="##local" processContents="skip"/></xsd:sequence></xsd:complexType>',
    ...types.all(),
    ...elements,
    '</xsd:schema>',
    '',
  ].join('\n');
};

const optional = (name: string, type: string, isMany = false): string =>
  `<xsd:element name="${name}" type="${type}" minOccurs="0"${isMany ? ' maxOccurs="unbounded"' : ''} nillable="true"/>`;

const inline = (name: string, content: string, isMany = false): string =>
  `<xsd:element name="${name}" minOccurs="0"${isMany ? ' maxOccurs="unbounded"' : ''}><xsd:complexType><xsd:sequence>${content}</xsd:sequence></xsd:complexType></xsd:element>`;

const sequence = (content: string): string => `<xsd:sequence>${content}</xsd:sequence>`;

/** A field of any object. */
type AnyField = AxlField<unknown, never>;

/** The types of the schema, each once. */
class TypeTable {
  readonly #types = new Map<string, string>();

  all(): readonly string[] {
    return [...this.#types.values()];
  }

  request({ request }: AxlOperation): string {
    return sequence(this.#request(request));
  }

  returns({ returns }: AxlOperation): string {
    return returns.kind === 'uuid' ? optional('return', 'xsd:string') : inline('return', this.#content(returns));
  }

  #request(shape: AxlShape): string {
    switch (shape.kind) {
      case 'key': {
        const { keys, tags, fields, also = [] } = shape;
        const key = [optional('uuid', 'xsd:string'), ...keys.map((name) => optional(name, keyType(name)))];
        const isKey = new Set(keys);
        const others = fields?.fields.filter(({ name, take }) => take !== undefined && !isKey.has(name)) ?? [];
        const named = also.map((name) => optional(name, keyType(name)));
        const more =
          fields?.title === 'Phone' ? ['addLines', 'removeLines'].map((name) => this.#lines(name, fields)) : [];
        return [...key, ...named, ...more, ...others.map((field) => this.#field(field)), this.#tags(tags)].join('');
      }
      case 'search': {
        const { object } = shape;
        const listed = object.fields.filter(({ isListed }) => isListed);
        const criteria = listed.flatMap(({ kind, name }) => (kind === 'struct' ? [] : [optional(name, 'xsd:string')]));
        return `${inline('searchCriteria', criteria.join(''))}${this.#tags(object, true)}${optional('skip', 'xsd:unsignedLong')}${optional('first', 'xsd:unsignedLong')}`;
      }
      default:
        return this.#content(shape);
    }
  }

  #content(shape: AxlShape): string {
    switch (shape.kind) {
      case 'texts':
        return shape.names.map((name) => optional(name, 'xsd:string')).join('');
      case 'objects':
        return optional(shape.object.element, this.#object(shape.object, shape.isMany), shape.isMany);
      case 'version':
        return inline('componentVersion', optional('version', 'xsd:string'));
      case 'rows':
        return optional('row', 'axl:XAny', true);
      default:
        return '';
    }
  }

  #tags(object: DescribedObject | undefined, isList = false): string {
    return object === undefined ? '' : optional('returnedTags', this.#object(object, isList));
  }

  #lines(name: string, phone: DescribedObject): string {
    const lines = phone.fields.find((field) => field.name === 'lines');
    return lines === undefined ? '' : this.#field({ ...lines, name });
  }

  #object(object: DescribedObject, isList: boolean): string {
    const name = `${isList ? 'L' : 'R'}${object.title}`;
    const attributes = Object.keys(object.attributes ?? {})
      .map((attribute) => `<xsd:attribute name="${attribute}" type="xsd:string"/>`)
      .join('');
    return this.#type(name, `${UUID}${attributes}`, () => object.fields.filter(({ isListed }) => !isList || isListed));
  }

  #type(name: string, attributes: string, fieldsOf: () => readonly AnyField[]): string {
    if (!this.#types.has(name)) {
      this.#types.set(name, ''); // so that the order is that of use
      const content = fieldsOf()
        .map((field) => this.#field(field))
        .join('');
      this.#types.set(name, `<xsd:complexType name="${name}">${sequence(content)}${attributes}</xsd:complexType>`);
    }
    return `axl:${name}`;
  }

  #field(field: AnyField): string {
    switch (field.kind) {
      case 'value':
        return optional(field.name, field.attribute === undefined ? `xsd:${field.type}` : 'axl:XLoadInformation');
      case 'reference':
        return optional(field.name, 'axl:XFkType');
      case 'verbatim':
        return optional(field.name, field.isNested ? 'axl:XAny' : 'xsd:string');
      case 'texts':
        return optional(field.name, 'xsd:string', true);
      case 'struct': {
        const type = this.#type(field.type, field.hasUuid ? UUID : '', () => field.fields as readonly AnyField[]);
        return optional(field.name, type, field.isMany);
      }
    }
  }
}

const keyType = (name: string): string => (/Name$/.test(name) && name !== 'newName' ? 'axl:XFkType' : 'xsd:string');
