// Reads the configuration, with the parts that only the services can parse.

import {
  type Config,
  type ConfigReaders,
  configOf,
  type LocatedConfig,
  loadConfig,
  loadLocatedConfig,
  type SecretText,
  type WrittenConfig,
} from '../config/index.js';
import { dateOf } from '../core/time.js';
import { parseOption } from '../dhcp/options.js';
import { faultNames } from '../injection/protocols/names.js';
import { readText, UnreadableFile } from '../net/files/text-files.js';
import { systemClock } from '../net/system-clock.js';
import { readMusic } from './music.js';

const readers = (): ConfigReaders => ({
  dhcpOption: parseOption,
  faultNames,
  music: async (file) => {
    const found = await readMusic(file);
    return typeof found === 'string' ? found : undefined;
  },
  secret: readSecretText,
  year: dateOf(systemClock.wallTime(systemClock.now())).getUTCFullYear(),
});

const MAX_SECRET = 4_096;

const readSecretText = async (file: string): Promise<SecretText> => {
  try {
    return { text: await readText(file, MAX_SECRET) };
  } catch (error) {
    if (!(error instanceof UnreadableFile)) throw error;
    return { found: error.found, wanted: error.wanted };
  }
};

/** Reads a configuration file. Rejects with a `ConfigError` that lists every fault. */
export const readConfig = (file: string, overrides: readonly string[] = []): Promise<Config> =>
  loadConfig(file, overrides, readers());

/** The same, with the position of each key in the file. */
export const readLocatedConfig = (file: string, overrides: readonly string[] = []): Promise<LocatedConfig> =>
  loadLocatedConfig(file, overrides, readers());

/** The configuration from a value in memory. `name` stands for the file name in faults. */
export const configOfValue = (value: WrittenConfig, name: string, overrides: readonly string[] = []): Promise<Config> =>
  configOf(value, name, overrides, readers());
