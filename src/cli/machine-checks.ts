// Checks what the configuration needs of this machine: that interfaces exist and can be served alone, and that
// directories can be written to.

import type { LocatedConfig } from '../config/index.js';
import type { ConfigurationProblem } from '../core/errors.js';
import { toServeAlone } from '../net/sockets/interface-sockets.js';
import type { CliEnvironment } from './environment.js';

/** The faults of this machine; `run` and `check` report them. Leaves nothing behind. */
export const machineFaults = async (
  environment: Pick<CliEnvironment, 'addresses' | 'servesAlone' | 'whyUnwritable'>,
  located: LocatedConfig,
): Promise<readonly ConfigurationProblem[]> => [
  ...interfaceFaults(environment, located),
  ...(await directoryFaults(environment, located)),
];

const interfaceFaults = (
  { addresses, servesAlone }: Pick<CliEnvironment, 'addresses' | 'servesAlone'>,
  { config, locate }: LocatedConfig,
): ConfigurationProblem[] => {
  const { enabled, interfaces: wanted } = config.dhcp;
  if (!enabled) return [];
  const present = [...new Set(addresses().map(({ interface: name }) => name))];
  return wanted.flatMap((name, index): ConfigurationProblem[] => {
    const place = { ...locate(['dhcp', 'interface', index]), key: 'dhcp.interface' };
    if (!present.includes(name))
      return [
        {
          ...place,
          found: `${name}, which this machine does not have with an IPv4 address`,
          wanted: `one of ${present.join(', ') || 'its interfaces, of which none has one'}; name one of them, or give ${name} an address`,
        },
      ];
    if (servesAlone(name)) return [];
    const found = `${name}, which labcm cannot make sure to answer alone`;
    return [{ ...place, found, wanted: `what that takes. ${toServeAlone(name)}` }];
  });
};

const directoryFaults = async (
  { whyUnwritable }: Pick<CliEnvironment, 'whyUnwritable'>,
  { config, locate }: LocatedConfig,
): Promise<ConfigurationProblem[]> => {
  const faults: ConfigurationProblem[] = [];
  for (const section of ['state', 'trace'] as const) {
    const { directory } = config[section];
    const why = await whyUnwritable(directory);
    if (why === undefined) continue;
    const key = `${section}.directory`;
    faults.push({
      ...locate([section, 'directory']),
      key,
      found: `${why} (${directory})`,
      wanted: `a directory that can be written to; let this user write there, or set ${key} to another`,
    });
  }
  return faults;
};
