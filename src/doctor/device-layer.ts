// The devices of a configuration with the layer of those that were changed while the daemon ran, as `check`, `run` and
// `export` see them.

import {
  type Config,
  deviceRules,
  isMapping,
  isSafeBus,
  type LaidDevices,
  type LocatedConfig,
  layOver,
  type ReadLayer,
} from '../config/index.js';
import type { ConfigurationProblem } from '../core/errors.js';
import { layerFileIn, readDeviceLayer } from '../daemon/device-layer-file.js';

/** The layer of a configuration and what it makes of the devices. */
export interface ExaminedLayer extends LaidDevices {
  readonly file: string;
  readonly layer: ReadLayer;
  /** Devices that stand in a file and in the layer, and those that the other nodes are not told of. */
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
  return { ...laid, file, layer, warnings: [...firstOf(warnings, file), ...secretWarnings(config, layer, file)] };
};

/** Devices of the layer whose password keeps them from a bus without TLS or credentials (`docs/protocols/cluster.md` §4, 8). */
const secretWarnings = (
  { clusterBus }: Config,
  { entries }: ReadLayer,
  file: string,
): readonly ConfigurationProblem[] => {
  if (clusterBus === undefined || isSafeBus(clusterBus)) return [];
  const names = [...entries.values()].flatMap(({ name, change }) =>
    change.op === 'put' && isMapping(change.keys.digest) && change.keys.digest.password !== undefined ? [name] : [],
  );
  if (names.length === 0) return [];
  const more = names.length > MOST_NAMED ? ` and ${names.length - MOST_NAMED} more` : '';
  return [
    {
      file,
      key: 'digest.password',
      found: `a password of ${names.slice(0, MOST_NAMED).join(', ')}${more}: the other nodes are not told of them, since the bus has no TLS or no credentials`,
      wanted: 'cluster.tls with cluster.credentials, or these devices in the files of each node',
    },
  ];
};

const MOST_NAMED = 10;

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
