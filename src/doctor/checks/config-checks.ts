// What is wrong with the configuration by itself, and whether it is the one in force.

import { dateOf } from '../../core/time.js';
import { bad, type DoctorCheck, type DoctorFinding, problemFinding, some, warning } from '../check.js';
import { identityFaults } from '../identity-faults.js';

const written: DoctorCheck = {
  group: 'config',
  name: 'written',
  looksAt: 'values and certificates, as `labcm check` does',
  finds: {
    'config.certificate': 'a certificate in force and the key that belongs to it',
    'config.value': 'the value that is wanted, or leave it if it is meant',
  },
  run: async (view) => [
    ...(await identityFaults(view.located)).map(problemFinding('bad', view)),
    ...view.located.warnings.map((problem) => problemFinding('warning', view)({ code: 'config.value', ...problem })),
  ],
};

const inForce: DoctorCheck = {
  group: 'config',
  name: 'in-force',
  looksAt: 'the file against what the running daemon read of it',
  finds: {
    'ops.other-configuration': 'doctor -c with the file that the daemon runs on',
    'ops.reload-refused': 'mend the fault, then SIGHUP',
    'ops.not-reloaded': 'SIGHUP',
  },
  asksDaemon: true,
  run: async ({ daemon, host, located }) => {
    const facts = await daemon?.facts();
    if (facts === undefined) return [];
    const { pid, file, readAt, refused } = facts;
    const asked = located.config.file;
    if (file !== asked)
      return [
        warning('ops.other-configuration', `the running labcm (${pid}) uses ${file}, not ${asked}`, {
          fix: [`labcm doctor -c ${file}`],
          facts: { running: file, asked },
        }),
      ];
    if (refused !== undefined)
      return [
        warning(
          'ops.reload-refused',
          `the change of ${clockTime(refused.at)} is not in force: ${refused.faults[0] ?? 'it is faulty'}`,
          { fix: ['labcm check', `kill -HUP ${pid}`], facts: { faults: refused.faults } },
        ),
      ];
    const modified = await host.modifiedAt(asked);
    return modified === undefined || modified <= readAt
      ? []
      : [
          warning('ops.not-reloaded', `${asked} was changed at ${clockTime(modified)} and is not in force`, {
            fix: [`kill -HUP ${pid}`],
            facts: { file: asked, pid },
          }),
        ];
  },
};

const clockTime = (wall: Parameters<typeof dateOf>[0]): string => dateOf(wall).toTimeString().slice(0, 8);

/** The names that share a key, where there are two and more. */
const shared = <T>(
  items: readonly T[],
  keysOf: (item: T) => readonly string[],
): readonly (readonly [string, readonly T[]])[] => {
  const byKey = new Map<string, T[]>();
  for (const item of items) for (const key of new Set(keysOf(item))) byKey.set(key, [...(byKey.get(key) ?? []), item]);
  return [...byKey].filter(([, sharing]) => sharing.length > 1);
};

const names = (devices: readonly { readonly name: string }[]): string => some(devices.map(({ name }) => name));

const numbers: DoctorCheck = {
  group: 'config',
  name: 'numbers',
  looksAt: 'lines and hardware addresses of devices; what else is impossible is a fault of the configuration',
  finds: {
    'lines.shared': 'another dn, if a shared line is not wanted',
    'lines.dn-in-auto-range': 'another `autoRegistration.range`, or another dn',
    'lines.none': '`lines: [{ dn: … }]`',
    'power.same-mac': 'the hardware address of each phone',
  },
  run: ({ located, place }) => {
    const { devices, policy } = located.config;
    const where = (name: string, within: readonly PropertyKey[]): string => place(located.locateDevice(name, within));
    const range = policy.autoRegistration;
    return [
      ...shared(devices, ({ lines }) => lines.map(({ dn }) => dn)).map(([dn, sharing]) =>
        warning('lines.shared', `${dn} is a line of ${names(sharing)}: calls go to all of them`, {
          fix: [`another dn, if that is not meant: ${where(sharing[1]?.name ?? '', ['lines'])}`],
          facts: { dn, devices: sharing.map(({ name }) => name) },
        }),
      ),
      ...devices.flatMap(({ name, lines, model }): readonly DoctorFinding[] => {
        const inside = range === undefined ? [] : lines.filter(({ dn }) => isWithin(dn, range));
        return [
          ...inside.map(({ dn }) =>
            warning('lines.dn-in-auto-range', `${dn} of ${name} lies in the range for auto-registration`, {
              fix: [`another autoRegistration.range, or another dn: ${where(name, ['lines'])}`],
              facts: { device: name, dn },
            }),
          ),
          ...(lines.length > 0 || (model.kind !== 'phone' && model.kind !== 'software')
            ? []
            : [
                warning('lines.none', `${name} has no line: no number is configured for it`, {
                  fix: [`lines: [{ dn: … }]  (${where(name, ['name'])})`],
                  facts: { device: name },
                }),
              ]),
        ];
      }),
      // A phone of each protocol on one computer is how soft phones are used; two of one protocol are a mistake.
      ...shared(devices, ({ mac, protocol }) => (mac === undefined ? [] : [`${mac} ${protocol}`])).map(
        ([key, sharing]) => {
          const [mac = ''] = key.split(' ');
          return bad('power.same-mac', `${names(sharing)} have one hardware address, ${mac}`, {
            fix: [`the hardware address of each: ${where(sharing[1]?.name ?? '', ['mac'])}`],
            facts: { mac, devices: sharing.map(({ name }) => name) },
          });
        },
      ),
    ];
  },
};

const isWithin = (dn: string, { first, last }: { readonly first: number; readonly last: number }): boolean =>
  /^\d+$/.test(dn) && Number(dn) >= first && Number(dn) <= last;

const realm: DoctorCheck = {
  group: 'config',
  name: 'realm',
  looksAt: 'the realm that passwords are asked for',
  finds: { 'register.wrong-realm': 'restart labcm, then reset the phones that have a password' },
  asksDaemon: true,
  run: async ({ located, daemon }) => {
    const { devices, sip } = located.config;
    const facts = await daemon?.facts();
    return facts === undefined || facts.realm === sip.realm || devices.every((device) => device.digest === undefined)
      ? []
      : [
          warning(
            'register.wrong-realm',
            `the realm in force is ${facts.realm}, and the file says ${sip.realm}: phones answer for the one that their server asks for`,
            { fix: ['restart labcm, then reset the phones that have a password'], facts: { inForce: facts.realm } },
          ),
        ];
  },
};

/** The group `config`. */
export const CONFIG_CHECKS: readonly DoctorCheck[] = [written, inForce, numbers, realm];
