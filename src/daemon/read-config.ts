// The configuration with the services' own words understood: the one place that brings them together.

import {
  type Config,
  type ConfigReaders,
  configOf,
  type LocatedConfig,
  loadConfig,
  loadLocatedConfig,
  type WrittenConfig,
} from '../config/index.js';
import { dateOf } from '../core/time.js';
import { parseOption } from '../dhcp/options.js';
import { systemClock } from '../net/system-clock.js';

const readers = (): ConfigReaders => ({
  dhcpOption: parseOption,
  year: dateOf(systemClock.wallTime(systemClock.now())).getUTCFullYear(),
});

/** Rejects with a `ConfigError` that lists every fault. */
export const readConfig = (file: string, overrides: readonly string[] = []): Promise<Config> =>
  loadConfig(file, overrides, readers());

/** The same, with the place of each key. */
export const readLocatedConfig = (file: string, overrides: readonly string[] = []): Promise<LocatedConfig> =>
  loadLocatedConfig(file, overrides, readers());

/** Of a value that a program wrote; `name` is what faults call it. */
export const configOfValue = (value: WrittenConfig, name: string, overrides: readonly string[] = []): Promise<Config> =>
  configOf(value, name, overrides, readers());
