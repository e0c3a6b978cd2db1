// Whether names lead to the right machine, and the right phone.

import { macOfName } from '../../core/identifiers.js';
import type { ConfiguredDevice } from '../../devices/index.js';
import { type DoctorCheck, type DoctorFinding, warning } from '../check.js';

const WELL_KNOWN = 'CiscoCM1';

const resolved: DoctorCheck = {
  group: 'names',
  name: 'resolved',
  looksAt: `the names of nodes, and ${WELL_KNOWN}, which phones without a TFTP server ask for, in the DNS`,
  finds: {
    'names.node-elsewhere': 'the address of the node in the DNS',
    'names.ciscocm1-elsewhere': `${WELL_KNOWN} = this machine in the DNS, or no such name`,
  },
  run: async ({ host, located }) => {
    const { nodes } = located.config;
    const names = [...nodes.map(({ name }) => name), WELL_KNOWN];
    const answers = await Promise.all(names.map((name) => host.resolve(name)));
    return names.flatMap((name, index): readonly DoctorFinding[] => {
      const found = answers[index] ?? [];
      const node = nodes[index];
      const wanted = node === undefined ? nodes.map(({ address }) => address) : [node.address];
      if (found.length === 0 || found.every((address) => wanted.includes(address))) return [];
      const code = node === undefined ? 'names.ciscocm1-elsewhere' : 'names.node-elsewhere';
      return [
        warning(code, `${name} is ${found.join(' and ')} in the DNS, and the configuration says ${wanted.join(', ')}`, {
          wanted: wanted.join(', '),
          fix: [`${name} = ${wanted[0]} in the DNS, or no such name`],
          facts: { name, found, wanted },
        }),
      ];
    });
  },
};

/** More names than this that differ by one digit are a row of phones, not a slip. */
const LARGEST_PAIR = 2;

/** Names by hardware address that differ by one digit, together: each group is those that share the other eleven. */
const lookAlikes = (devices: readonly ConfiguredDevice[]): readonly (readonly ConfiguredDevice[])[] => {
  const groups = new Map<string, ConfiguredDevice[]>();
  for (const device of devices) {
    const mac = macOfName(device.name);
    if (mac === undefined) continue;
    for (let at = 0; at < mac.length; at += 1) {
      const key = `${mac.slice(0, at)}?${mac.slice(at + 1)}`;
      groups.set(key, [...(groups.get(key) ?? []), device]);
    }
  }
  return [...groups.values()].filter((group) => group.length === LARGEST_PAIR);
};

const similar: DoctorCheck = {
  group: 'names',
  name: 'look-alikes',
  looksAt:
    'pairs of devices whose names differ by one digit, of which one was never seen; names that differ by case are faults of the configuration',
  finds: { 'power.wrong-mac': 'take the one out that is no phone' },
  asksDaemon: true,
  run: async ({ located, daemon }) => {
    const pairs = lookAlikes(located.config.devices);
    if (pairs.length === 0 || daemon === undefined) return [];
    const unseen = new Set(
      (await daemon.devices()).flatMap(({ name, status }) => (status === 'Unknown' ? [name] : [])),
    );
    return pairs.flatMap((pair): readonly DoctorFinding[] => {
      const missing = pair.filter(({ name }) => unseen.has(name));
      const [absent] = missing;
      const seen = pair.find(({ name }) => !unseen.has(name));
      return missing.length !== 1 || absent === undefined || seen === undefined
        ? []
        : [
            warning('power.wrong-mac', `${absent.name} was never seen, and differs from ${seen.name} by one digit`, {
              wanted: 'the name of a phone',
              fix: [`take ${absent.name} out, if it is a misreading of ${seen.name}`],
              facts: { device: absent.name, like: seen.name },
            }),
          ];
    });
  },
};

/** The group `names`. */
export const NAME_CHECKS: readonly DoctorCheck[] = [resolved, similar];
