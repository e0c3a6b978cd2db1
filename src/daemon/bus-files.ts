// The files with which a node proves itself to the bus of its cluster, and knows the servers.

import type { BusFiles, BusSettings } from '../cluster/settings.js';
import { ConfigError, type ConfigurationProblem } from '../core/errors.js';
import { readOctets, UnreadableFile } from '../net/files/text-files.js';

const LONGEST_FILE = 1024 * 1024;

const PEM = { mark: /-----BEGIN [A-Z ]+-----/, wanted: 'a PEM file that this daemon may read' };
const CREDENTIALS = {
  mark: /-----BEGIN NATS USER JWT-----[\s\S]+-----BEGIN USER NKEY SEED-----/,
  wanted: 'a file of NATS credentials (.creds) that this daemon may read',
};

/** Reads the files. Rejects with a `ConfigError` that lists every one that cannot be used. `configFile` names them. */
export const busFiles = async (settings: BusSettings, configFile: string): Promise<BusFiles> => {
  const faults: ConfigurationProblem[] = [];
  const read = async (key: string, path: string | undefined, { mark, wanted } = PEM): Promise<Buffer | undefined> => {
    if (path === undefined) return undefined;
    try {
      const octets = await readOctets(path, LONGEST_FILE);
      if (mark.test(octets.toString('latin1'))) return octets;
      faults.push({ file: configFile, key, found: `${path}, which is no such file`, wanted });
    } catch (error) {
      const reason = error instanceof UnreadableFile ? error.found : String(error);
      faults.push({ file: configFile, key, found: `${path}: ${reason}`, wanted });
    }
    return undefined;
  };
  const { credentials, tls } = settings;
  const files = {
    credentials: await read('cluster.credentials', credentials, CREDENTIALS),
    ca: (await read('cluster.tls.ca', tls?.ca))?.toString(),
    certificate: (await read('cluster.tls.cert', tls?.certificate))?.toString(),
    key: (await read('cluster.tls.key', tls?.key))?.toString(),
  };
  if (faults.length > 0) throw new ConfigError(faults);
  return files;
};
