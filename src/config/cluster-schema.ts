// The `cluster` key: the name of the cluster, or that with the bus through which its nodes share what they know
// (`docs/protocols/cluster.md` §2).

import * as z from 'zod';
import type { BusSettings } from '../cluster/settings.js';
import { field, listOf, text } from './fields.js';
import { FORM, FORMS, textOf } from './forms.js';
import type { Check, KeyProblem } from './key-problem.js';
import type { Sections } from './schema.js';

const DEFAULT_NAME = 'StandAloneCluster';
const MOST_SERVERS = 16;
const BUS_PORT = 4222;

const busServer = () =>
  field<string, string>(
    'the address of a NATS server, such as nats://10.10.210.5:4222',
    { ...FORM.text, pattern: '^((nats|tls)://)?[^/@\\s]+$' },
    (value) => {
      const [, scheme = 'nats', host, port = String(BUS_PORT)] =
        typeof value === 'string' ? (/^(?:(nats|tls):\/\/)?([A-Za-z0-9.-]+)(?::(\d{1,5}))?\/?$/.exec(value) ?? []) : [];
      return host === undefined || Number(port) < 1 || Number(port) > 65_535
        ? undefined
        : `${scheme}://${host}:${port}`;
    },
  );

const REPLICAS = [1, 3, 5] as const;

const path = () => text(4096, 1);

const mapping = z.strictObject({
  name: text(64, 1).default(DEFAULT_NAME).describe('The name of the cluster, `<CLID::…>` in the trace.'),
  bus: listOf(busServer(), MOST_SERVERS)
    .optional()
    .describe(
      'The NATS servers through which the nodes share registrations, numbers, leases and devices. Absent: this daemon is alone.',
    ),
  replicas: field<1 | 3 | 5, number>('1, 3 or 5', { enum: [1, 3, 5] }, (value) =>
    REPLICAS.find((one) => one === Number(value)),
  )
    .default(1)
    .describe('How many of the servers hold each value: 3 with three servers, so that one may die.'),
  credentials: path().optional().describe('A file of NATS credentials (`.creds`), with which this node signs in.'),
  user: text(256, 1).optional().describe('The user with which this node signs in.'),
  password: text(256, 1).optional().describe('The password of `cluster.user`.'),
  token: text(256, 1).optional().describe('The token with which this node signs in.'),
  tls: z
    .strictObject({
      ca: path().optional().describe('A PEM file of the authority that signed the certificates of the servers.'),
      cert: path().optional().describe('A PEM file with the certificate of this node.'),
      key: path().optional().describe('A PEM file with its key.'),
    })
    .optional()
    .describe('TLS to the servers. An empty mapping takes the authorities that Node knows.'),
});

/** A text stands for the name alone. */
export const clusterSchema = z
  .preprocess((value) => (typeof value === 'string' || typeof value === 'number' ? { name: value } : value), mapping)
  .prefault({});
FORMS.add(clusterSchema, { form: (of) => ({ anyOf: [textOf(1, 64), of] }) });

/** The settings of the bus; `undefined`: none is configured. `resolved` makes a path absolute. */
export const busSettings = (
  { cluster }: Pick<Sections, 'cluster'>,
  resolved: (written: string) => string,
): BusSettings | undefined => {
  const { bus, replicas, credentials, user, password, token, tls } = cluster;
  if (bus === undefined) return undefined;
  const file = (written: string | undefined) => (written === undefined ? undefined : resolved(written));
  return {
    servers: bus,
    replicas,
    credentials: file(credentials),
    user,
    password,
    token,
    tls: tls === undefined ? undefined : { ca: file(tls.ca), certificate: file(tls.cert), key: file(tls.key) },
  };
};

/** Rules over the keys of the bus. */
export const BUS_CHECKS: readonly Check[] = [
  ({ cluster }) => {
    if (cluster === undefined) return [];
    const { bus, credentials, user, password, token, tls } = cluster;
    const problems: KeyProblem[] = [];
    if (bus === undefined) {
      const alone = (['credentials', 'user', 'password', 'token', 'tls'] as const).filter(
        (key) => cluster[key] !== undefined,
      );
      for (const key of alone) problems.push([['cluster', key], 'it without cluster.bus', 'cluster.bus beside it']);
    }
    if ((user === undefined) !== (password === undefined))
      problems.push([
        ['cluster', user === undefined ? 'password' : 'user'],
        'one of user and password',
        'both cluster.user and cluster.password',
      ]);
    if ([credentials, user, token].filter((one) => one !== undefined).length > 1)
      problems.push([['cluster'], 'several ways to sign in', 'one of credentials, user with password, and token']);
    if ((tls?.cert === undefined) !== (tls?.key === undefined))
      problems.push([
        ['cluster', 'tls', tls?.cert === undefined ? 'key' : 'cert'],
        'one of cert and key',
        'both cluster.tls.cert and cluster.tls.key',
      ]);
    return problems;
  },
];

/** Warnings about a bus that others can reach, too. */
export const clusterWarnings = ({ cluster }: Pick<Sections, 'cluster'>): readonly KeyProblem[] => {
  const { bus, credentials, user, token, tls } = cluster;
  if (bus === undefined) return [];
  const hasCredentials = (credentials ?? user ?? token) !== undefined;
  const isEncrypted = tls !== undefined || bus.every((server) => server.startsWith('tls:'));
  const far = bus.find((server) => !/^[a-z]+:\/\/(127\.|localhost:)/.test(server));
  if (far === undefined || (hasCredentials && isEncrypted)) return [];
  const missing = [hasCredentials ? '' : 'credentials', isEncrypted ? '' : 'TLS'].filter((one) => one !== '');
  return [
    [
      ['cluster', 'bus'],
      `${far} without ${missing.join(' and without ')}: whoever reaches it reads and writes what the nodes share`,
      `cluster.${hasCredentials ? 'tls' : 'credentials'}, or servers that listen on 127.0.0.1 alone (nats-server -a 127.0.0.1)`,
    ],
  ];
};
