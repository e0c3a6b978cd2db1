// The two forms of a page: XML, and HTML as each family writes it, since programs look for its tags.

import { escapeXml } from '../../core/xml/entities.js';
import type { PhoneFamily } from '../../devices/index.js';
import type { PageField, PageView } from './page-fields.js';
import { modelNumber } from './phone-facts.js';

/** A page as it leaves. */
export interface WrittenPage {
  readonly type: string;
  readonly body: Buffer;
}

/** Longer texts are cut. */
const LONGEST = 1_024;

const linesOf = (value: string | readonly string[]): readonly string[] => {
  const lines = typeof value === 'string' ? [value] : value;
  return lines.map((line) => line.slice(0, LONGEST));
};

const LATIN_1_ONLY: ReadonlySet<PhoneFamily> = new Set(['7940', '69xx']);

/** Markup in the characters of a family: those of old phones are ISO 8859-1, and others become references. */
export const encoded = (family: PhoneFamily, type: string, markup: string): WrittenPage => {
  if (!LATIN_1_ONLY.has(family)) return { type: `${type}; charset=utf-8`, body: Buffer.from(markup) };
  const latin = markup.replace(/[\u0100-\u{10ffff}]/gu, (character) => `&#${character.codePointAt(0)};`);
  return { type: `${type}; charset=iso-8859-1`, body: Buffer.from(latin, 'latin1') };
};

/** An XML document. `inside`: its elements, escaped. */
export const xmlDocument = (family: PhoneFamily, root: string, inside: string): WrittenPage => {
  const charset = LATIN_1_ONLY.has(family) ? 'iso-8859-1' : 'UTF-8';
  return encoded(family, 'text/xml', `<?xml version="1.0" encoding="${charset}"?>\n<${root}>\n${inside}</${root}>\n`);
};

/** An element in a line of its own. */
export const element = (name: string, value: string | readonly string[]): string =>
  `  <${name}>${linesOf(value).join('\n').split('\n').map(escapeXml).join('\n')}</${name}>\n`;

/** The XML form of a table. */
export const xmlTable = (root: string, fields: readonly PageField[], view: PageView): WrittenPage =>
  xmlDocument(
    view.facts.identity.model.family,
    root,
    fields.map(({ xml, value }) => element(xml, value(view))).join(''),
  );

const DASHES: Readonly<Record<string, string>> = { '-': '&#x2D;', '/': '&#x2F;' };

/** How a family writes HTML. `78xx` writes `-` and `/` as references, and labels in lower case. */
const escapeHtml = (family: PhoneFamily, text: string): string => {
  const escaped = text.split('\n').map(escapeXml).join('\n');
  return family === '78xx' ? escaped.replace(/[-/]/g, (mark) => DASHES[mark] ?? mark) : escaped;
};

const labelOf = (family: PhoneFamily, { label }: PageField): string => {
  const written = typeof label === 'string' ? label : label(family);
  return family === '78xx' ? written.replace(/ ([A-Z])(?=[a-z])/g, (_, letter) => ` ${letter.toLowerCase()}`) : written;
};

/** Old phones have a line end between the cells. */
const row = (family: PhoneFamily, label: string, value: string): string => {
  const gap = LATIN_1_ONLY.has(family) ? '\r\n' : '';
  return `<TR><TD><B> ${label}</B></TD>${gap}<td width=20></TD>${gap}<TD><B>${escapeHtml(family, value)}</B></TD></TR>\n`;
};

/** The HTML form of a table. */
export const htmlTable = (title: string, fields: readonly PageField[], view: PageView): WrittenPage => {
  const { family } = view.facts.identity.model;
  const rows = fields.flatMap((field) =>
    linesOf(field.value(view)).map((line, at) => row(family, at === 0 ? labelOf(family, field) : '', line)),
  );
  return htmlPage(title, view, `<TABLE BORDER="0" CELLSPACING="10" CELLPADDING="0">\n${rows.join('')}</TABLE>`);
};

/** A page with lines of text. */
export const htmlLines = (title: string, lines: readonly string[], view: PageView): WrittenPage => {
  const { family } = view.facts.identity.model;
  const rows = lines.map((line) => `<TR><TD><B>${escapeHtml(family, line.slice(0, LONGEST))}</B></TD></TR>\n`);
  return htmlPage(title, view, `<TABLE BORDER="0" CELLSPACING="10" CELLPADDING="0">\n${rows.join('')}</TABLE>`);
};

/** Programs know a phone by the title and by its model and name at the top. `inside`: markup. */
export const htmlPage = (title: string, { facts: { identity } }: PageView, inside: string): WrittenPage => {
  const { family } = identity.model;
  const head = `Cisco IP Phone ${modelNumber(identity)} ( ${identity.name} )`;
  const type = LATIN_1_ONLY.has(family) ? 'iso-8859-1' : 'utf-8';
  return encoded(
    family,
    'text/html',
    `<HTML><HEAD><META http-equiv="Content-Type" content="text/html; charset=${type}"><TITLE>Cisco Systems, Inc.</TITLE></HEAD>
<BODY><TABLE BORDER="1" WIDTH="100%"><TR><TD ALIGN=center><P><B><font size="6">${escapeXml(title)}</font></B></P>
<P><B><font size="4">${escapeXml(head)}</font></B></P></TD></TR>
<TR><td VALIGN=top><DIV ALIGN=center>
${inside}</DIV></TD></TR></TABLE></BODY></HTML>
`,
  );
};

/** The plain form of 7937 and 8831: `Label : value`. */
export const plainTable = (title: string, fields: readonly PageField[], view: PageView): WrittenPage =>
  htmlPage(
    title,
    view,
    `<TABLE>\n${fields
      .map((field) => {
        const label = typeof field.label === 'string' ? field.label : field.label('other');
        return `<TR><TD>${label} : ${escapeXml(linesOf(field.value(view)).join(', '))}</TD></TR>\n`;
      })
      .join('')}</TABLE>`,
  );
