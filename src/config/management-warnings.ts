import type { Config } from './config.js';
import type { KeyProblem } from './key-problem.js';

/** One warning for each device of an end user that is not configured: it may still be added while the daemon runs. */
export const managementWarnings = ({ management, devices }: Pick<Config, 'management' | 'devices'>) => {
  const { users } = management;
  if (users.length === 0) return [];
  const known = new Set(devices.map(({ name }) => name.toUpperCase()));
  return users.flatMap(({ id, devices: names }, at) =>
    names.flatMap((name, index): KeyProblem[] =>
      known.has(name.toUpperCase())
        ? []
        : [
            [
              ['management', 'users', at, 'devices', index],
              `${name}, which is not configured: ${id} has no such device until it is added`,
              'the name of a device',
            ],
          ],
    ),
  );
};
