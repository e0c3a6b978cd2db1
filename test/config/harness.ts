// A configuration in a temporary folder, and the faults and warnings that it causes.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import type { Config } from '../../src/config/index.js';
import { ConfigError, type ConfigurationProblem, describeWarning } from '../../src/core/errors.js';
import { readConfig, readLocatedConfig } from '../../src/daemon/read-config.js';

/** The folder goes when the test is over. */
export const folderWith = (files: Readonly<Record<string, string | Buffer>>): string => {
  const folder = mkdtempSync(join(tmpdir(), 'labcm-config-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  for (const [name, content] of Object.entries(files)) writeFileSync(join(folder, name), content);
  return folder;
};

type Files = Readonly<Record<string, string | Buffer>>;

export const load = (yaml: string, files: Files = {}, overrides: readonly string[] = []): Promise<Config> =>
  readConfig(join(folderWith({ 'labcm.yaml': yaml, ...files }), 'labcm.yaml'), overrides);

/** Every fault, its file without the folder: `labcm.yaml:3: sccp.port: found …, wanted …`. */
export const faultsIn = async (
  yaml: string,
  files: Files = {},
  overrides: readonly string[] = [],
): Promise<readonly string[]> => {
  const folder = folderWith({ 'labcm.yaml': yaml, ...files });
  try {
    await readConfig(join(folder, 'labcm.yaml'), overrides);
    return [];
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return error.faults.map((fault) => describeFault(fault).replaceAll(`${folder}/`, ''));
  }
};

/** Every warning, as `check` tells it but for the folder. */
export const warningsIn = async (yaml: string, files: Files = {}): Promise<readonly string[]> => {
  const folder = folderWith({ 'labcm.yaml': yaml, ...files });
  const { warnings } = await readLocatedConfig(join(folder, 'labcm.yaml'));
  return warnings.map((warning) => describeWarning(warning).replaceAll(`${folder}/`, ''));
};

const describeFault = ({ file, line, key, found, wanted }: ConfigurationProblem): string =>
  `${file}${line === undefined ? '' : `:${line}`}: ${key}: found ${found}, wanted ${wanted}`;
