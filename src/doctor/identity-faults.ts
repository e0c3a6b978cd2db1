// Finds configured certificates and keys that a TLS listener cannot use.

import type { LocatedConfig } from '../config/index.js';
import type { CodedProblem, ConfigurationProblem } from '../core/errors.js';
import { namedCertificateFaults } from '../daemon/named-certificates.js';
import { readText, UnreadableFile } from '../net/files/text-files.js';
import { systemClock } from '../net/system-clock.js';
import { faultOfIdentity } from '../security/certificate.js';

const MAX_PEM = 1_048_576;

/** The faults of the certificates of SCCP and SIP, and of those that `security` names. */
export const identityFaults = async ({ config, locate }: LocatedConfig): Promise<readonly CodedProblem[]> => {
  const faults: CodedProblem[] = namedCertificateFaults(config).map((fault) => ({
    ...{ code: 'config.certificate', ...fault },
    ...(fault.file === config.file ? locate(fault.key.split('.')) : {}),
  }));
  for (const service of ['sccp', 'sip'] as const) {
    const { certificate, key } = config[service].tls ?? {};
    if (certificate === undefined || key === undefined) continue;
    const place = (name: 'certificate' | 'key') => ({
      code: 'config.certificate',
      ...locate([service, name]),
      key: `${service}.${name}`,
    });
    const pems: string[] = [];
    for (const [name, path] of [
      ['certificate', certificate],
      ['key', key],
    ] as const) {
      const pem = await pemIn(path);
      if (typeof pem === 'string') pems.push(pem);
      else faults.push({ ...place(name), ...pem });
    }
    const [ours, theirs] = pems;
    if (ours === undefined || theirs === undefined) continue;
    const found = faultOfIdentity({ certificate: ours, key: theirs }, systemClock.wallTime(systemClock.now()));
    if (found !== undefined)
      faults.push({
        ...place('certificate'),
        found: `${found} (${certificate})`,
        wanted: `a certificate in force for ${key}`,
      });
  }
  return faults;
};

const pemIn = async (path: string): Promise<string | Pick<ConfigurationProblem, 'found' | 'wanted'>> => {
  try {
    const pem = await readText(path, MAX_PEM);
    return pem.includes('-----BEGIN ') ? pem : { found: `no PEM in ${path}`, wanted: 'PEM: -----BEGIN …' };
  } catch (error) {
    if (!(error instanceof UnreadableFile)) throw error;
    return { found: `${error.found} (${path})`, wanted: error.wanted };
  }
};
