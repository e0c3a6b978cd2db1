// The offsets of a message's fields in its body, found by walking its layout over its values: an independent check of
// encoder and decoder.

import type { Codec, Parts, Values } from '../../src/sccp/codec/layout.js';

export interface Place {
  readonly offset: number;
  readonly size: number;
  readonly value: unknown;
}

/** By name as the reference writes it, e.g. `caps[0].payloadCapability`. Latin-1 texts alone. */
export const placesOf = (parts: Parts, values: Values): ReadonlyMap<string, Place> => {
  const places = new Map<string, Place>();
  walkParts(parts, values, 0, '', places);
  return places;
};

const walkParts = (parts: Parts, values: Values, from: number, prefix: string, places: Map<string, Place>): number => {
  let at = from;
  for (const { name, codec } of parts.list)
    if (values[name] !== undefined) at += walk(codec, values[name], at, prefix + name, places);
  return at - from;
};

/** Returns how many octets it takes. */
const walk = (codec: Codec, value: unknown, at: number, name: string, places: Map<string, Place>): number => {
  const { parts, element, countedBy } = codec;
  if (parts !== undefined) return walkParts(parts, value as Values, at, `${name}.`, places);
  if (element !== undefined && codec.format === undefined) {
    let size = 0;
    for (const [index, item] of (value as readonly unknown[]).entries())
      size += walk(element, item, at + size, `${name}[${index}]`, places);
    return codec.size ?? size;
  }
  const { length } = value as string;
  const size = countedBy === undefined ? (codec.size ?? length + 1) : length;
  places.set(name, { offset: at, size, value });
  return codec.size ?? size;
};
