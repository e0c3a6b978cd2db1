// The devices of a configuration with the layer of those that were changed while the daemon ran, as `check`, `run` and
// `export` see them.

import { deviceRules, type LaidDevices, type LocatedConfig, layOver, type ReadLayer } from '../config/index.js';
import type { ConfigurationProblem } from '../core/errors.js';
import { layerFileIn, readDeviceLayer } from '../daemon/device-layer-file.js';

/** The layer of a configuration and what it makes of the devices. */
export interface ExaminedLayer extends LaidDevices {
  readonly file: string;
  readonly layer: ReadLayer;
  /** Devices that stand in a file and in the layer. */
  readonly warnings: readonly ConfigurationProblem[];
}

/** Reads the layer and lays it over the files' devices. Throws a `ConfigError` if it cannot be read. */
export const examineLayer = ({ config, locateDevice }: LocatedConfig): ExaminedLayer => {
  const file = layerFileIn(config.state.directory);
  const layer = readDeviceLayer(file);
  const laid = layOver(config.devices, layer.entries, deviceRules(config), file);
  const ended = new Set(laid.ended);
  const warnings = [...layer.entries].flatMap(([key, { change, name }]): ConfigurationProblem[] => {
    const below = laid.below.get(key);
    if (below === undefined || ended.has(key) || change.op === 'meta') return [];
    const found =
      change.op === 'put'
        ? `a device that ${file} changes (${Object.keys(change.keys)
            .filter((one) => one in below || change.keys[one] !== null)
            .join(', ')})`
        : `a device that ${file} removes`;
    return [
      {
        ...locateDevice(below.name, ['name']),
        key: `devices ${name}`,
        found,
        wanted: `one of the two: that file holds; \`labcm remove ${name} --layer\` makes this entry hold again`,
      },
    ];
  });
  return { ...laid, file, layer, warnings: firstOf(warnings, file) };
};

/** Warnings after these are only counted: `run` prints them at every start. */
const MOST_WARNINGS = 100;

const firstOf = (warnings: readonly ConfigurationProblem[], file: string): readonly ConfigurationProblem[] => {
  const more = warnings.length - MOST_WARNINGS;
  if (more <= 0) return warnings;
  const rest = {
    file,
    key: 'devices',
    found: `${more} more devices that it changes or removes`,
    wanted: 'one place each',
  };
  return [...warnings.slice(0, MOST_WARNINGS), rest];
};
