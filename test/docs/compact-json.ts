// JSON for people: what fits into a line stands in one.

const WIDTH = 110;

/** The value as JSON. Objects and lists that fit into a line are not broken. */
export const compactJson = (value: unknown, indent = ''): string => {
  const line = oneLine(value);
  if (indent.length + line.length <= WIDTH || typeof value !== 'object' || value === null) return line;
  const deeper = `${indent}  `;
  if (Array.isArray(value))
    return `[\n${value.map((item) => `${deeper}${compactJson(item, deeper)}`).join(',\n')}\n${indent}]`;
  const keys = Object.entries(value).map(([key, item]) => `${JSON.stringify(key)}: ${compactJson(item, deeper)}`);
  return `{\n${packed(keys, deeper).join(',\n')}\n${indent}}`;
};

/** As many keys as fit stand in one line. */
const packed = (keys: readonly string[], indent: string): readonly string[] => {
  const lines: string[] = [];
  for (const key of keys) {
    const last = lines.at(-1);
    const isShort = last !== undefined && !last.includes('\n') && !key.includes('\n');
    if (isShort && last.length + key.length + 2 <= WIDTH) lines[lines.length - 1] = `${last}, ${key}`;
    else lines.push(`${indent}${key}`);
  }
  return lines;
};

const oneLine = (value: unknown): string => {
  if (Array.isArray(value)) return `[${value.map(oneLine).join(', ')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const keys = Object.entries(value).map(([key, item]) => `${JSON.stringify(key)}: ${oneLine(item)}`);
  return keys.length === 0 ? '{}' : `{ ${keys.join(', ')} }`;
};
