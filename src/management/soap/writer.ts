// Writes replies. Scripts match the prefixes as text, so they are CUCM's: `soapenv`, and `ns1` for what is in the body
// (`docs/protocols/apis.md` §3.3).

import { escapeXml } from '../../core/xml/entities.js';
import type { SoapField, SoapStruct, Written } from './declaration.js';
import type { SoapFault } from './fault.js';
import { ENVELOPE, SERVICEABILITY, XSI } from './namespaces.js';

/** The begin of every document, up to what is in the body. */
export const ENVELOPE_BEGIN = `<?xml version='1.0' encoding='UTF-8'?><soapenv:Envelope xmlns:soapenv="${ENVELOPE}"><soapenv:Body>`;
/** The end of every document. */
export const ENVELOPE_END = '</soapenv:Body></soapenv:Envelope>';
const PREFIX = 'ns1';

/** Writes a value of one type. */
export type SoapWriter<T> = (value: Written<T>) => string;

/** Makes the writer of a structure: what is between the tags of an element of that type. */
export const structWriter = <S extends SoapStruct>(declared: S): SoapWriter<S> => {
  const fields = declared.fields.map((field) => ({ name: field.name, write: fieldWriter(field) }));
  return (value) => {
    let text = '';
    for (const { name, write } of fields) text += write((value as Readonly<Record<string, unknown>>)[name]);
    return text;
  };
};

const fieldWriter = ({ name, type, many }: SoapField): ((value: unknown) => string) => {
  const inner = typeof type === 'string' ? writeSimple : structWriter(type);
  const begin = `<${PREFIX}:${name}>`;
  const end = `</${PREFIX}:${name}>`;
  const nil = `<${PREFIX}:${name} xsi:nil="true" xmlns:xsi="${XSI}"/>`;
  const write = (value: unknown): string => (value === null ? nil : `${begin}${inner(value as never)}${end}`);
  return many ? (values) => (values as readonly unknown[]).map(write).join('') : write;
};

const writeSimple = (value: string | number | boolean): string =>
  typeof value === 'string' ? escapeXml(value) : String(value);

/** The tags of an element of the serviceability namespace within the body. */
export const tagsOf = (name: string): { readonly begin: string; readonly end: string } => ({
  begin: `<${PREFIX}:${name}>`,
  end: `</${PREFIX}:${name}>`,
});

/** The begin of a reply, up to the content of its element `name`. */
export const replyBegin = (name: string): string =>
  `${ENVELOPE_BEGIN}<${PREFIX}:${name} xmlns:${PREFIX}="${SERVICEABILITY}">`;

/** The end of a reply. */
export const replyEnd = (name: string): string => `</${PREFIX}:${name}>${ENVELOPE_END}`;

/** A fault as a whole document. `detail`: what stands in that element. */
export const writeFault = ({ code, message }: Pick<SoapFault, 'code' | 'message'>, detail = ''): string => {
  const isOurs = code === 'Server.RateControl';
  const declared = isOurs ? ` xmlns:${PREFIX}="${SERVICEABILITY}"` : '';
  return `${ENVELOPE_BEGIN}<soapenv:Fault${declared}><faultcode>${isOurs ? PREFIX : 'soapenv'}:${code}</faultcode><faultstring>${escapeXml(message)}</faultstring><detail>${detail}</detail></soapenv:Fault>${ENVELOPE_END}`;
};
