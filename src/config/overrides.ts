// `--set KEY=VALUE`: replaces a key of the configuration, named by its dotted path, with a value in YAML.

import type { ConfigurationProblem } from '../core/errors.js';
import { type Path, readYaml, type Source } from './yaml-source.js';

/**
 * Lays the overrides on `source`. A path may create keys that are missing, and an index may append one item to a list.
 */
export const override = (
  source: Source,
  overrides: readonly string[],
): Source & { readonly faults: readonly ConfigurationProblem[] } => {
  const faults: ConfigurationProblem[] = [];
  const set: { readonly path: Path; readonly file: string }[] = [];
  let { value } = source;
  for (const text of overrides) {
    const file = `--set ${text}`;
    const parsed = parseOverride(text);
    if (parsed === undefined) {
      faults.push({ file, key: '--set', found: JSON.stringify(text), wanted: 'KEY=VALUE, such as sccp.port=2000' });
      continue;
    }
    value = placed(value, parsed.path, parsed.value);
    set.unshift({ path: parsed.path, file });
  }
  return {
    value,
    faults,
    locate: (path) => {
      const setting = set.find((one) => startsWith(path, one.path));
      if (setting !== undefined) return { file: setting.file };
      const place = source.locate(path);
      // Not in the file: it exists because an override set a key below it.
      const maker = place.line === undefined ? set.find((one) => startsWith(one.path, path)) : undefined;
      return maker === undefined || path.length === 0 ? place : { file: maker.file };
    },
  };
};

const startsWith = (path: Path, start: Path): boolean =>
  start.every((step, index) => String(step) === String(path[index]));

const parseOverride = (text: string): { readonly path: Path; readonly value: unknown } | undefined => {
  const [, key, written] = /^([A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]+){0,63})=([\s\S]*)$/.exec(text) ?? [];
  if (key === undefined || written === undefined || /(?:^|\.)__proto__(?:\.|$)/.test(key)) return undefined;
  return { path: key.split('.'), value: readValue(written) };
};

/** Text that is not YAML stays as it was typed; `null` removes a key. */
const readValue = (written: string): unknown => {
  const { value, faults } = readYaml(written, '');
  return faults.length > 0 || written === '' ? written : value;
};

const placed = (around: unknown, [step, ...rest]: Path, value: unknown): unknown => {
  if (step === undefined) return value;
  if (Array.isArray(around)) {
    const index = Number(step);
    if (Number.isInteger(index) && index >= 0 && index <= around.length)
      return around.toSpliced(index, 1, placed(around[index], rest, value));
  }
  const inner = isRecord(around) ? around : {};
  return { ...inner, [step]: placed(inner[step], rest, value) };
};

const isRecord = (value: unknown): value is Record<PropertyKey, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
