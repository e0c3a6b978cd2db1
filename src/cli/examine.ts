import { type Examination, examineLocated } from '../doctor/examination.js';
import type { CliEnvironment } from './environment.js';

/** Reads and examines a configuration. Rejects with a `ConfigError` if the configuration itself is faulty. */
export const examine = async (
  environment: CliEnvironment,
  file: string,
  overrides: readonly string[],
): Promise<Examination> => {
  const { readLocatedConfig } = await import('../daemon/read-config.js');
  return examineLocated(environment, await readLocatedConfig(file, overrides));
};
