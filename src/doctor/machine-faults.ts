// Checks what the configuration needs of this machine: that interfaces exist and can be served alone, and that
// directories can be written to. `run`, `check` and `doctor` report the same faults.

import type { LocatedConfig } from '../config/index.js';
import type { CodedProblem } from '../core/errors.js';
import type { Host } from '../net/host/host.js';
import { toServeAlone } from '../net/sockets/interface-sockets.js';

/** The interfaces that DHCP is to serve and this machine cannot serve. */
export const interfaceFaults = (
  { addresses, servesAlone }: Pick<Host, 'addresses' | 'servesAlone'>,
  { config, locate }: LocatedConfig,
): readonly CodedProblem[] => {
  const { enabled, interfaces: wanted } = config.dhcp;
  if (!enabled) return [];
  const present = [...new Set(addresses().map(({ interface: name }) => name))];
  return wanted.flatMap((name, index): CodedProblem[] => {
    const place = { code: 'dhcp.interface', ...locate(['dhcp', 'interface', index]), key: 'dhcp.interface' };
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

/** The directories that the daemon writes to and this user cannot. Leaves nothing behind. */
export const directoryFaults = async (
  { whyUnwritable }: Pick<Host, 'whyUnwritable'>,
  { config, locate }: LocatedConfig,
): Promise<readonly CodedProblem[]> => {
  const faults: CodedProblem[] = [];
  for (const section of ['state', 'trace'] as const) {
    const { directory } = config[section];
    const why = await whyUnwritable(directory);
    if (why === undefined) continue;
    const key = `${section}.directory`;
    faults.push({
      code: 'ops.disk',
      ...locate([section, 'directory']),
      key,
      found: `${why} (${directory})`,
      wanted: `a directory that can be written to; let this user write there, or set ${key} to another`,
    });
  }
  return faults;
};
