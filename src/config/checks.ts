// Checks that involve several keys, one function per rule.

import { findModel } from '../devices/index.js';
import { opensEncrypted } from '../security/list-models.js';
import { CALL_CHECKS } from './calls-schema.js';
import { CAPTURE_CHECKS } from './capture-schema.js';
import { BUS_CHECKS } from './cluster-schema.js';
import { DHCP_CHECKS } from './dhcp-checks.js';
import { writtenDuration } from './fields.js';
import type { Check, KeyProblem } from './key-problem.js';
import { accountIn, MANAGEMENT_CHECKS } from './management-schema.js';
import { NUMBER_CHECKS } from './number-checks.js';
import { PHONE_SERVICE_CHECKS } from './phone-services.js';
import type { Sections } from './schema.js';
import { SECURE_MODE_CHECKS, tlsPortOf } from './secure-mode-schema.js';
import { SECURITY_CHECKS } from './security-schema.js';
import type { Path } from './yaml-source.js';

const firstTwice = (names: readonly string[]): number => names.findIndex((name, index) => names.indexOf(name) < index);

/** The names of the configured nodes; `CM1` if there are none. */
export const nodeNames = ({ nodes = [] }: Partial<Sections>): readonly string[] =>
  nodes.length === 0 ? ['CM1'] : nodes.map(({ name }) => name);

/** Whether an IPv4 address is in 127.0.0.0/8. */
export const isLoopback = (address: string): boolean => address.startsWith('127.');

const CLUSTER_CHECKS: readonly Check[] = [
  ({ nodes = [] }) => {
    const twice = firstTwice(nodes.map(({ name }) => name));
    return twice === -1
      ? []
      : [[['nodes', twice, 'name'], quoted(nodes[twice]?.name), 'a name that no other node has']];
  },
  (sections) => {
    if (sections.nodes === undefined || !('self' in sections)) return [];
    const names = nodeNames(sections);
    const { self } = sections;
    if (self === undefined)
      return names.length === 1 ? [] : [[['self'], 'nothing', `which of the nodes this is: ${names.join(', ')}`]];
    return names.includes(self) ? [] : [[['self'], quoted(self), `one of the nodes: ${names.join(', ')}`]];
  },
  ({ groups = [] }) => {
    const twice = firstTwice(groups.map(({ name }) => name));
    return twice === -1
      ? []
      : [[['groups', twice, 'name'], quoted(groups[twice]?.name), 'a name that no other group has']];
  },
  (sections) => {
    if (sections.nodes === undefined) return [];
    const names = nodeNames(sections);
    return (sections.groups ?? []).flatMap(({ members }, index): KeyProblem[] => {
      const path = ['groups', index, 'members'];
      if (members.length === 0) return [[path, 'no members', 'one to three nodes, the primary first']];
      return members.flatMap((member, at): KeyProblem[] => {
        if (!names.includes(member)) return [[[...path, at], quoted(member), `one of the nodes: ${names.join(', ')}`]];
        return members.indexOf(member) < at ? [[[...path, at], quoted(member), 'every node once in a group']] : [];
      });
    });
  },
  ({ phones, groups }) => {
    const name = phones?.defaultGroup;
    if (name === undefined || groups === undefined) return [];
    const names = groups.length === 0 ? ['Default'] : groups.map((group) => group.name);
    return names.includes(name)
      ? []
      : [[['phones', 'defaultGroup'], quoted(name), `one of the groups: ${names.join(', ')}`]];
  },
  ({ phones }) =>
    Object.keys(phones?.loads ?? {}).flatMap((model): KeyProblem[] =>
      findModel(model) === undefined
        ? [[['phones', 'loads', model], 'an unknown model', 'a model by name or type id, such as 7962 or 404']]
        : [],
    ),
  ({ phones }) =>
    (phones?.encryptedConfig ?? []).flatMap(({ name }, index): KeyProblem[] =>
      opensEncrypted(name)
        ? []
        : [
            [
              ['phones', 'encryptedConfig', index],
              `a ${name}`,
              'models that open files with the key of their certificate',
            ],
          ],
    ),
  ({ autoRegistration }) =>
    autoRegistration?.enabled === true && autoRegistration.range === undefined
      ? [[['autoRegistration', 'range'], 'nothing', 'the numbers to give, such as 1000-1999']]
      : [],
];

const TIME_CHECKS: readonly Check[] = [
  ({ sccp }) =>
    sccp === undefined || sccp.patience > sccp.keepAlive
      ? []
      : [
          [
            ['sccp', 'patience'],
            writtenDuration(sccp.patience),
            `more than sccp.keepAlive, ${writtenDuration(sccp.keepAlive)}`,
          ],
        ],
  ({ sccp }) =>
    sccp === undefined || sccp.standbyPatience > sccp.secondaryKeepAlive
      ? []
      : [
          [
            ['sccp', 'standbyPatience'],
            writtenDuration(sccp.standbyPatience),
            `more than sccp.secondaryKeepAlive, ${writtenDuration(sccp.secondaryKeepAlive)}`,
          ],
        ],
  ({ sip }) => {
    if (sip === undefined) return [];
    const { min, granted, max } = sip.expires;
    if (min > max)
      return [[['sip', 'expires', 'min'], writtenDuration(min), `at most sip.expires.max, ${writtenDuration(max)}`]];
    return granted >= min && granted <= max
      ? []
      : [
          [
            ['sip', 'expires', 'granted'],
            writtenDuration(granted),
            `from ${writtenDuration(min)} (min) to ${writtenDuration(max)} (max)`,
          ],
        ];
  },
  ({ sip }) =>
    sip?.idle === undefined || sip.idle > sip.expires.granted
      ? []
      : [
          [
            ['sip', 'idle'],
            writtenDuration(sip.idle),
            `more than sip.expires.granted, ${writtenDuration(sip.expires.granted)}`,
          ],
        ],
];

interface Listener {
  readonly path: Path;
  readonly transport: 'TCP' | 'UDP';
  readonly address: string;
  readonly port: number | undefined;
}

const listeners = (sections: Partial<Sections>): readonly Listener[] => {
  const { dhcp, tftp, http, management, sccp, sip, security } = sections;
  const of = (section: string, enabled: boolean | undefined, address: string | undefined) => {
    return (transport: Listener['transport'], path: Path, port: number | undefined): Listener[] =>
      enabled === true && address !== undefined ? [{ path: [section, ...path], transport, address, port }] : [];
  };
  const sipAt = of('sip', sip?.enabled, sip?.listen);
  const sccpAt = of('sccp', sccp?.enabled, sccp?.listen);
  const hasLists = security !== undefined && security.itl !== 'off';
  const capfAt = of('security', hasLists && security.capf.enabled, security?.capf.listen);
  const tvsAt = of('security', hasLists && security.tvs.enabled, security?.tvs.listen);
  const { provisioning, api } = http ?? {};
  return [
    ...of('dhcp', dhcp?.enabled, '0.0.0.0')('UDP', ['port'], dhcp?.port),
    ...of('tftp', tftp?.enabled, tftp?.listen)('UDP', ['port'], tftp?.port),
    ...of('http', provisioning?.enabled, provisioning?.listen)('TCP', ['provisioning', 'port'], provisioning?.port),
    ...of('http', api?.enabled, api?.address)('TCP', ['api', 'port'], api?.port),
    ...of('management', accountIn(sections) !== undefined, management?.address)('TCP', ['port'], management?.port),
    ...sccpAt('TCP', ['port'], sccp?.port),
    ...sccpAt('TCP', ['tls'], tlsPortOf('sccp', sccp ?? {}, security)),
    ...sipAt('UDP', ['udp'], sip?.udp),
    ...sipAt('TCP', ['tcp'], sip?.tcp),
    ...sipAt('TCP', ['tls'], tlsPortOf('sip', sip ?? {}, security)),
    ...capfAt('TCP', ['capf', 'port'], security?.capf.port),
    ...tvsAt('TCP', ['tvs', 'port'], security?.tvs.port),
    ...of('security', hasLists && provisioning?.enabled, provisioning?.listen)('TCP', ['https'], security?.https),
  ].filter(({ port }) => port !== undefined && port !== 0);
};

const clash = (one: Listener, other: Listener): boolean =>
  one.transport === other.transport &&
  one.port === other.port &&
  (one.address === other.address || one.address === '0.0.0.0' || other.address === '0.0.0.0');

const SERVICE_CHECKS: readonly Check[] = [
  (sections) => {
    const all = listeners(sections);
    return all.flatMap((listener, index): KeyProblem[] => {
      const earlier = all.slice(0, index).find((other) => clash(other, listener));
      return earlier === undefined
        ? []
        : [[listener.path, `${listener.transport} port ${listener.port}`, `another: ${earlier.path.join('.')} has it`]];
    });
  },
  ({ http }) => {
    const api = http?.api;
    return api === undefined || !api.enabled || isLoopback(api.address) || api.token !== undefined
      ? []
      : [
          [
            ['http', 'api', 'token'],
            'nothing',
            `a token of 16 characters or more, since the API listens beyond loopback (${api.address})`,
          ],
        ];
  },
  ...(['sccp', 'sip', 'management'] as const).map(
    (name): Check =>
      (sections) => {
        const section = sections[name];
        if (section === undefined || (section.certificate === undefined) === (section.key === undefined)) return [];
        const missing = section.key === undefined ? 'key' : 'certificate';
        return [[[name, missing], 'nothing', 'certificate and key together, or neither for a self-made one']];
      },
  ),
];

/** All rules over several keys. Those of single devices are in `device-collector.ts`. */
export const CHECKS: readonly Check[] = [
  ...CLUSTER_CHECKS,
  ...TIME_CHECKS,
  ...SERVICE_CHECKS,
  ...DHCP_CHECKS,
  ...CALL_CHECKS,
  ...NUMBER_CHECKS,
  ...PHONE_SERVICE_CHECKS,
  ...CAPTURE_CHECKS,
  ...BUS_CHECKS,
  ...SECURITY_CHECKS,
  ...SECURE_MODE_CHECKS,
  ...MANAGEMENT_CHECKS,
];

const quoted = (text: string | undefined): string => JSON.stringify(text ?? '');
