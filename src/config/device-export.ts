// Devices as text that the configuration takes: YAML for `devices:`, CSV for `devicesFile`.

import { stringify } from 'yaml';
import { isMapping, type Mapping } from './plain-values.js';

/** The devices as the list `devices` of the configuration. */
export const devicesYaml = (devices: readonly Mapping[]): string =>
  stringify({ devices }, { lineWidth: 0, defaultStringType: 'PLAIN', aliasDuplicateObjects: false });

/**
 * The devices as a table. A column is a key, a nested one by its path: `lines.0.label`. Yields line by line: there may
 * be forty thousand devices.
 */
export function* devicesCsv(devices: readonly Mapping[]): Iterable<string> {
  const columns = columnsOf(devices);
  yield `${columns.map(cell).join(',')}\n`;
  for (const device of devices) {
    const values = new Map(cellsOf(device));
    yield `${columns.map((column) => cell(values.get(column) ?? '')).join(',')}\n`;
  }
}

/** Every column that a device needs, those of one key side by side. */
const columnsOf = (devices: readonly Mapping[]): readonly string[] => {
  const found = new Set(['name', 'model']);
  for (const device of devices) for (const [column] of cellsOf(device)) found.add(column);
  const keys = [...new Set([...found].map(firstStep))];
  return [...found].sort(
    (one, other) =>
      keys.indexOf(firstStep(one)) - keys.indexOf(firstStep(other)) ||
      one.localeCompare(other, 'en', { numeric: true }),
  );
};

const firstStep = (column: string): string => column.split('.', 1)[0] ?? '';

function* cellsOf(value: unknown, path = ''): Iterable<readonly [string, string]> {
  const below = Array.isArray(value) ? [...value.entries()] : isMapping(value) ? Object.entries(value) : undefined;
  if (below === undefined) yield [path, String(value)];
  else for (const [step, child] of below) yield* cellsOf(child, path === '' ? String(step) : `${path}.${step}`);
}

/** RFC 4180. A cell is read without the blanks at its ends. */
const cell = (text: string): string => (/[",;\t\r\n]|^\s|\s$/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);
