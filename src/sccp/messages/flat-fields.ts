// Flattens a message's fields for output: in declared order, with the reference's names (`caps[0].payloadCapability`),
// octets as hexadecimal digits.

import type { Codec, Part, Values } from '../codec/layout.js';
import { type MessageName, messageNamed } from './catalogue.js';

type Visit = (name: string, value: number | string) => void;

const visitParts = (parts: readonly Part[], values: Values, prefix: string, visit: Visit): void => {
  for (const { name, codec } of parts) {
    const value = values[name];
    if (value !== undefined) visitValue(codec, value, prefix + name, visit);
  }
};

const visitValue = (codec: Codec, value: unknown, name: string, visit: Visit): void => {
  const { element } = codec;
  if (codec.format !== undefined) visit(name, codec.format(value));
  else if (codec.parts !== undefined) visitParts(codec.parts.list, value as Values, `${name}.`, visit);
  else if (element !== undefined)
    for (const [index, item] of (value as readonly unknown[]).entries())
      visitValue(element, item, `${name}[${index}]`, visit);
  else visit(name, value as number | string);
};

/** By name, the numbers and texts of a message. */
export const flatFields = (name: MessageName, fields: object): Record<string, number | string> => {
  const flat: Record<string, number | string> = {};
  visitParts(messageNamed(name).parts, fields as Values, '', (field, value) => {
    flat[field] = value;
  });
  return flat;
};
