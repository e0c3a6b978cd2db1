// The documents of UDS (`docs/protocols/apis.md` §10). The order of the elements is CUCM's.

import { escapeXml } from '../../core/xml/entities.js';
import { type XmlAttributes, type XmlElement, xmlDeclaration } from '../../core/xml/writer.js';
import type { DeviceRecord } from '../../devices/index.js';
import type { EndUser } from '../end-user.js';
import { CUCM_VERSION } from '../version.js';

/** What every document is written with. */
export interface DocumentView {
  /** `https://HOST:PORT/cucm-uds`, as the client named this server. */
  readonly base: string;
  /** The path below the base with its query, as it was asked. */
  readonly asked: string;
  /** The address or name by which the client reached this server. */
  readonly host: string;
  readonly nodes: readonly { readonly name: string; readonly address: string }[];
  userById(id: string): EndUser | undefined;
  readonly users: readonly EndUser[];
  device(name: string): DeviceRecord | undefined;
  /** The key of a device. */
  deviceUuid(name: string): string;
  /** The key of a user. */
  userUuid(id: string): string;
}

/** The version of UDS that the documents name. */
export const UDS_VERSION = CUCM_VERSION.split('.', 3).join('.');

const document = (root: string, view: DocumentView, attributes: Readonly<Record<string, string>>, content: Content) =>
  `${xmlDeclaration()}${written([[root, { uri: `${view.base}${view.asked}`, version: UDS_VERSION, ...attributes }, content]])}\n`;

type Content = readonly XmlElement[];

/** Writes elements as text at once: nobody signs in for a page of users, and phones wait while it is made. */
const written = (elements: Content): string => {
  let text = '';
  for (const element of elements) {
    const [name] = element;
    const [attributes, content]: readonly [XmlAttributes, XmlElement[1 | 2]] =
      element.length === 3 ? [element[1], element[2]] : [{}, element[1]];
    text += `<${name}`;
    for (const [key, value] of Object.entries(attributes)) text += ` ${key}="${escapeXml(String(value))}"`;
    text += `>${Array.isArray(content) ? written(content) : escapeXml(String(content))}</${name}>`;
  }
  return text;
};

const userUri = ({ base }: DocumentView, { id }: EndUser): string => `${base}/user/${encodeURIComponent(id)}`;

const displayName = ({ id, first, last }: EndUser): string =>
  [first, last].filter((part) => part !== '').join(' ') || id;

/** The number of the first device of his that has one. */
const phoneNumber = ({ devices }: EndUser, { device }: DocumentView): string =>
  devices.map((name) => device(name)?.configured.lines[0]?.dn).find((dn) => dn !== undefined) ?? '';

/** `/version`. */
export const versionDocument = (view: DocumentView): string =>
  document('versionInformation', view, {}, [
    ['version', UDS_VERSION],
    ['capabilities', [['usersResourceAuthEnabled', false]]],
  ]);

/** `/servers`: the nodes of the configuration. */
export const serversDocument = (view: DocumentView): string =>
  document(
    'servers',
    view,
    {},
    view.nodes.map(({ address }) => ['server', address] as const),
  );

/** `/clusterUser`: whether this cluster is the home of a user. */
export const clusterUserDocument = (view: DocumentView, user: EndUser | undefined): string =>
  document(
    'clusterUser',
    view,
    {},
    user === undefined
      ? [['result', { found: false }, '']]
      : [
          ['result', { found: true, uri: userUri(view, user), version: UDS_VERSION }, ''],
          ['homeCluster', { serversUri: `${view.base}/servers` }, view.host],
        ],
  );

/** `/user/{id}`. */
export const userDocument = (view: DocumentView, user: EndUser): string =>
  document('user', view, {}, [
    ...directoryFields(view, user),
    ['homeCluster', true],
    ['devices', { uri: `${userUri(view, user)}/devices` }, ''],
  ]);

const directoryFields = (view: DocumentView, user: EndUser): Content => [
  ['id', view.userUuid(user.id)],
  ['userName', user.id],
  ['firstName', user.first],
  ['lastName', user.last],
  ['middleName', ''],
  ['nickName', ''],
  ['displayName', displayName(user)],
  ['phoneNumber', phoneNumber(user, view)],
  ['homeNumber', ''],
  ['mobileNumber', ''],
  ['email', user.email],
  ['directoryUri', ''],
  ['msUri', ''],
  ['department', ''],
  ['manager', ''],
  ['title', ''],
  ['pager', ''],
];

/** `/user/{id}/devices`: those of his devices that are there, with their number. */
export const devicesDocument = (view: DocumentView, user: EndUser) => {
  const devices = user.devices.flatMap((name) => view.device(name)?.configured ?? []);
  const elements = devices.map(({ name, description, model, protocol }): XmlElement => {
    const id = view.deviceUuid(name);
    const fields: Content = [
      ['id', id],
      ['name', name],
      ['description', description],
      ['model', model.name],
      ['protocol', protocol],
    ];
    return ['device', { uri: `${userUri(view, user)}/device/${id}` }, fields];
  });
  return { document: document('devices', view, {}, elements), count: devices.length };
};

/** A page of `/users`. `total`: how many match in all. */
export const usersDocument = (
  view: DocumentView,
  found: readonly EndUser[],
  { total, start, requested }: { readonly total: number; readonly start: number; readonly requested: number },
): string =>
  document(
    'users',
    view,
    {
      totalCount: String(total),
      start: String(start),
      requestedCount: String(requested),
      returnedCount: String(found.length),
    },
    found.map((user) => ['user', { uri: userUri(view, user) }, directoryFields(view, user)] as const),
  );

/** What UDS answers where it cannot serve. */
export const errorDocument = (view: DocumentView, code: number, message: string): string =>
  document('errors', view, {}, [
    [
      'error',
      [
        ['code', code],
        ['description', message],
      ],
    ],
  ]);
