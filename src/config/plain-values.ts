// What can be done with plain values, such as YAML and JSON give.

/** A mapping of keys to plain values. */
export type Mapping = Readonly<Record<string, unknown>>;

/** Whether the value is a mapping. */
export const isMapping = (value: unknown): value is Mapping =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Lays a change over a value: mappings key by key, anything else as a whole; `null` takes a key away (RFC 7396). */
export const mergePatch = (value: unknown, patch: unknown): unknown => {
  if (!isMapping(patch)) return patch;
  const merged = new Map(Object.entries(isMapping(value) ? value : {}));
  for (const [key, change] of Object.entries(patch))
    if (change === null) merged.delete(key);
    else merged.set(key, mergePatch(merged.get(key), change));
  return Object.fromEntries(merged);
};

/** Lays whole keys over a mapping; a key that is `null` is taken away. */
export const withKeys = (mapping: Mapping, keys: Mapping): Mapping =>
  Object.fromEntries(Object.entries({ ...mapping, ...keys }).filter(([, value]) => value !== null));

/** Removes keys that have no value: they count as left out. */
export const withoutNulls = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(withoutNulls);
  if (!isMapping(value)) return value ?? undefined;
  return Object.fromEntries(
    Object.entries(value).flatMap(([key, child]) => (child === null ? [] : [[key, withoutNulls(child)]])),
  );
};
