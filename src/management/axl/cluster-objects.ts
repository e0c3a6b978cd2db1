// What AXL reads of the cluster: nodes, groups, pools, and the names with which provisioning tools fill their menus
// (`docs/protocols/apis.md` §5.4). Tools drop the first node by its name.

import { MODELS } from '../../devices/index.js';
import { shortNameOf } from '../../devices/models.js';
import type { RowKind } from '../row-uuid.js';
import { type ProfileValues, profilesOf, securityProfileName } from '../security-profiles.js';
import { type AxlField, constant, each, group, named, reference, text, value } from './fields.js';
import { type AxlObject, type AxlOperation, getting, listing } from './operation.js';
import { COMMON_PHONE_CONFIG, LOCATION, type PhoneKind, phoneTemplateName, REGION } from './phone-usual.js';
import type { AxlView } from './sources.js';

interface Named {
  readonly name: string;
}

/** Objects that have names, whose UUIDs follow from them. */
const objects = <T extends Named>(
  element: string,
  kind: RowKind,
  fields: readonly AxlField<T>[],
  all: (view: AxlView) => readonly T[],
): AxlObject<T> => ({
  ...{ element, fields, keys: ['name'] },
  title: `${element.charAt(0).toUpperCase()}${element.slice(1)}`,
  uuidOf: ({ name }, view) => view.rowUuid(kind, name),
  all: async ({ view }) => all(view),
  byKey: ({ view }, name) => all(view).find((object) => object.name.toLowerCase() === name.toLowerCase()),
});

const name = text<Named>('name', (object) => object.name);

/** The row of the whole cluster among its nodes, and its UUID. */
const WHOLE = { name: 'EnterpriseWideData', uuid: '00000000-1111-0000-0000-000000000000' };

interface Node extends Named {
  readonly address: string;
  readonly description: string;
}

/** The node at whose address a client finds it is called as RisPort70 calls it. */
const PROCESS_NODE: AxlObject<Node> = {
  ...objects<Node>(
    'processNode',
    'processNode',
    [
      name,
      text('description', ({ description }) => description),
      constant('mac', ''),
      constant('ipv6Name', ''),
      text('nodeUsage', (node, { cluster }) =>
        node.name === WHOLE.name || node.name === cluster.nodes[0]?.name ? 'Publisher' : 'Subscriber',
      ),
      reference('lbmHubGroup', () => undefined),
      constant('processNodeRole', 'CUCM Voice/Video'),
    ],
    ({ cluster }) => [{ name: WHOLE.name, address: '', description: '' }, ...cluster.nodes],
  ),
  uuidOf: (node, view) => (node.name === WHOLE.name ? WHOLE.uuid : view.rowUuid('processNode', node.name)),
};

interface Group extends Named {
  readonly members: readonly string[];
}

interface Member extends Named {
  readonly priority: number;
}

const GROUP = objects<Group>(
  'callManagerGroup',
  'callManagerGroup',
  [
    name,
    value('tftpDefault', 'boolean', (each, { cluster }) => each.name === cluster.defaultGroup),
    {
      ...group<Group>('members', 'RCallManagerMembers', [
        each<Group, Member>(
          'member',
          'RCallManagerMember',
          [
            named('callManagerName', 'callManager', (member) => member.name),
            value('priority', 'integer', ({ priority }) => priority),
          ],
          ({ members }) => members.map((member, at) => ({ name: member, priority: at })),
        ),
      ]),
      isListed: false,
    },
  ],
  ({ cluster }) => cluster.groups,
);

/** One for each group, called like it. */
const POOL = objects<Named>(
  'devicePool',
  'devicePool',
  [
    name,
    reference('autoSearchSpaceName', () => undefined),
    named('dateTimeSettingName', 'other', () => 'CMLocal'),
    named('callManagerGroupName', 'callManagerGroup', (pool) => pool.name),
    reference('mediaResourceListName', () => undefined),
    named('regionName', 'region', () => REGION),
    constant('networkLocale', ''),
    named('srstName', 'other', () => 'Disable'),
    constant('connectionMonitorDuration', ''),
    ...['automatedAlternateRoutingCssName', 'aarNeighborhoodName'].map((element) =>
      reference<Named>(element, () => undefined),
    ),
    named('locationName', 'location', () => LOCATION),
  ],
  ({ cluster }) => cluster.groups,
);

/** Each model with each protocol that it speaks. */
const KINDS: readonly PhoneKind[] = MODELS.filter(({ kind }) => kind === 'phone' || kind === 'software').flatMap(
  (model) => model.protocols.map((protocol) => ({ model, protocol })),
);

interface NamedKind extends Named {
  readonly kind: PhoneKind;
}

const kindsBy = (nameOf: (kind: PhoneKind) => string): readonly NamedKind[] =>
  KINDS.map((kind) => ({ name: nameOf(kind), kind })).sort((one, other) => (one.name < other.name ? -1 : 1));

const TEMPLATES = kindsBy(phoneTemplateName);
interface NamedProfile extends NamedKind {
  readonly security: ProfileValues;
}

const PROFILES: readonly NamedProfile[] = KINDS.flatMap((kind) =>
  profilesOf(kind).map((security) => ({ name: securityProfileName({ ...kind, security }), kind, security })),
).sort((one, other) => (one.name < other.name ? -1 : 1));

const MODE_TEXTS = {
  none: ['Non Secure', 'not encrypted'],
  authenticated: ['Authenticated', 'authenticated'],
  encrypted: ['Encrypted', 'encrypted'],
} as const;

const SECURITY_PROFILE = objects<NamedProfile>(
  'phoneSecurityProfile',
  'securityProfile',
  [
    text('phoneType', ({ kind }) => kind.model.name),
    text('protocol', ({ kind }) => kind.protocol),
    name,
    text(
      'description',
      ({ kind, security }) => `${shortNameOf(kind.model)} ${kind.protocol}, ${MODE_TEXTS[security.mode][1]}`,
    ),
    text('deviceSecurityMode', ({ security }) => MODE_TEXTS[security.mode][0]),
    value('tftpEncryptedConfig', 'boolean', ({ security }) => security.encryptedConfig === true),
  ],
  () => PROFILES,
);

const only =
  (...names: readonly string[]) =>
  (): readonly Named[] =>
    names.map((each) => ({ name: each }));

/** The operations that read the cluster. */
export const CLUSTER_READS: readonly AxlOperation[] = [
  listing(PROCESS_NODE),
  listing(GROUP),
  getting(GROUP),
  listing(POOL),
  getting(POOL),
  listing(
    objects('phoneButtonTemplate', 'phoneTemplate', [name, constant('isUserModifiable', false)], () => TEMPLATES),
  ),
  listing(SECURITY_PROFILE),
  listing(objects('location', 'location', [name], only(LOCATION))),
  listing(objects('region', 'region', [name, constant('defaultCodec', '')], only(REGION))),
  listing(objects('commonDeviceConfig', 'commonDeviceConfig', [name], only('Default Common Device Configuration'))),
  listing(objects('commonPhoneConfig', 'commonPhoneConfig', [name], only(COMMON_PHONE_CONFIG))),
  listing(objects('softKeyTemplate', 'softkeyTemplate', [name, constant('description', '')], only('Standard User'))),
  // labcm has one numbering plan, so nobody searches in a part of it.
  listing(objects('css', 'css', [constant('description', ''), constant('clause', ''), name], only())),
];
