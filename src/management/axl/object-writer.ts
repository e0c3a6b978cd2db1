// Writes objects by their declared fields, whole or those that a request names in its `returnedTags`
// (`docs/protocols/apis.md` §5.3). What is written is decided once a request, not once an object.

import { escapeXml } from '../../core/xml/entities.js';
import type { XmlTreeNode } from '../../core/xml/tree.js';
import type { AxlField, StructField } from './fields.js';
import { type AxlView, braced } from './sources.js';

/** The elements that a request names, each with those within it; `all`: it names none, and means every one. */
export type ReturnedTags = ReadonlyMap<string, ReturnedTags> | 'all';

/** Reads the elements that are wanted. Absent and empty mean the same: all of them. */
export const readTags = (element: XmlTreeNode | undefined): ReturnedTags => {
  if (element === undefined || element.children.length === 0) return 'all';
  const tags = new Map<string, ReturnedTags>();
  for (const child of element.children) {
    const within = readTags(child);
    const before = tags.get(child.name);
    tags.set(child.name, before instanceof Map && within instanceof Map ? new Map([...before, ...within]) : within);
  }
  return tags;
};

/** Writes one object, or one value of it. */
export type ObjectWriter<T> = (object: T, view: AxlView) => string;

/** Makes the writer of the wanted fields, in the order in which they are declared. Names that no field has are ignored. */
export const objectWriter = <T>(fields: readonly AxlField<T, never>[], tags: ReturnedTags): ObjectWriter<T> => {
  const writers = fields.flatMap((field) => {
    if (tags === 'all') return [fieldWriter(field, 'all', false)];
    const within = tags.get(field.name);
    return within === undefined ? [] : [fieldWriter(field, within, true)];
  });
  return (object, view) => {
    let written = '';
    for (const write of writers) written += write(object, view);
    return written;
  };
};

const fieldWriter = <T>(field: AxlField<T, never>, tags: ReturnedTags, isNamed: boolean): ObjectWriter<T> => {
  const { name } = field;
  const [begin, end, empty] = [`<${name}>`, `</${name}>`, `<${name}/>`];
  switch (field.kind) {
    case 'value': {
      const { attribute } = field;
      return (object, view) => {
        const read = field.read(object, view);
        if (read === undefined && !isNamed) return '';
        const content = read === undefined ? '' : typeof read === 'string' ? escapeXml(read) : String(read);
        const held = attribute === undefined ? undefined : field.readAttribute?.(object, view);
        if (held === undefined) return content === '' ? empty : `${begin}${content}${end}`;
        return `<${name} ${attribute}="${escapeXml(held)}">${content}${end}`;
      };
    }
    case 'reference':
      return (object, view) => {
        const read = field.read(object, view);
        if (read === undefined || read.name === '') return empty;
        const uuid = read.uuid === undefined ? '' : ` uuid="${braced(read.uuid)}"`;
        return `<${name}${uuid}>${escapeXml(read.name)}${end}`;
      };
    case 'verbatim':
      return (object, view) => {
        const read = field.read(object, view);
        if (read === undefined) return isNamed ? empty : '';
        return read === '' ? empty : `${begin}${read}${end}`;
      };
    case 'texts':
      return (object, view) =>
        field
          .items(object, view)
          .map((item) => `${begin}${escapeXml(item)}${end}`)
          .join('');
    case 'struct':
      return structWriter(field as StructField<T>, tags);
  }
};

const structWriter = <T>(field: StructField<T>, tags: ReturnedTags): ObjectWriter<T> => {
  const { name, fields, hasUuid, isMany } = field;
  const write = objectWriter(fields as readonly AxlField<unknown, never>[], tags);
  const end = `</${name}>`;
  return (object, view) => {
    let written = '';
    for (const item of field.items(object, view)) {
      const uuid = hasUuid ? ` uuid="${braced(field.uuidOf?.(item, view) ?? '')}"` : '';
      const content = write(item, view);
      written += content === '' && !isMany ? `<${name}/>` : `<${name}${uuid}>${content}${end}`;
    }
    return written;
  };
};
