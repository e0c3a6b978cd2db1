// What this machine does not have and the configuration asks for, told before anything opens, with the line that asks for
// it: an interface, a directory to write to.

import type { LocatedConfig } from '../config/index.js';
import type { Fault } from '../core/errors.js';
import type { World } from './world.js';

/** For `run` and `check`. Leaves nothing behind. */
export const machineFaults = async (
  world: Pick<World, 'interfaces' | 'whyUnwritable'>,
  located: LocatedConfig,
): Promise<readonly Fault[]> => [...interfaceFaults(world, located), ...(await directoryFaults(world, located))];

const interfaceFaults = ({ interfaces }: Pick<World, 'interfaces'>, { config, locate }: LocatedConfig): Fault[] => {
  const { enabled, interfaces: wanted } = config.dhcp;
  if (!enabled) return [];
  const own = interfaces();
  return wanted.flatMap((name, index): Fault[] =>
    own.includes(name)
      ? []
      : [
          {
            ...locate(['dhcp', 'interface', index]),
            key: 'dhcp.interface',
            found: `${name}, which this machine does not have with an IPv4 address`,
            wanted: `one of ${own.join(', ') || 'its interfaces, of which none has one'}; name one of them, or give ${name} an address`,
          },
        ],
  );
};

const directoryFaults = async (
  { whyUnwritable }: Pick<World, 'whyUnwritable'>,
  { config, locate }: LocatedConfig,
): Promise<Fault[]> => {
  const faults: Fault[] = [];
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
