// Users: those of the configuration, those that devices name as their owners, and those of the digest passwords, of whom the
// userid alone is known (`docs/protocols/apis.md` §5.4).

import { createHash, timingSafeEqual } from 'node:crypto';
import type { DeviceRecord } from '../../devices/index.js';
import type { EndUser } from '../end-user.js';
import { textIn } from './elements.js';
import { notValid } from './fault.js';
import { constant, group, text, texts, value } from './fields.js';
import { type AxlCall, type AxlObject, type AxlOperation, getting, listing } from './operation.js';

interface User {
  readonly userid: string;
  /** Of the configuration. */
  readonly known: EndUser | undefined;
  readonly devices: ReadonlySet<DeviceRecord>;
}

const usersOf = async ({ index, view }: AxlCall): Promise<readonly User[]> => {
  const { users, devices } = view.sources;
  const found = new Map(
    users.map((known) => {
      const own = known.devices.flatMap((name) => devices.byName(name) ?? []);
      return [known.id, { userid: known.id, known, devices: new Set(own) }] as const;
    }) as readonly (readonly [string, User & { readonly devices: Set<DeviceRecord> }])[],
  );
  for (const record of await index.phones())
    for (const userid of idsOf(record)) {
      const user = found.get(userid);
      if (user === undefined) found.set(userid, { userid, known: undefined, devices: new Set([record]) });
      else user.devices.add(record);
    }
  return [...found.values()].sort((one, other) => (one.userid < other.userid ? -1 : 1));
};

const idsOf = ({ configured: { ownerUserId, digest } }: DeviceRecord): ReadonlySet<string> =>
  new Set([ownerUserId, digest?.user ?? ''].filter((userid) => userid !== ''));

const USER: AxlObject<User> = {
  element: 'user',
  title: 'User',
  fields: [
    text('firstName', ({ known }) => known?.first ?? ''),
    constant('middleName', ''),
    text('lastName', ({ known }) => known?.last ?? ''),
    text('userid', ({ userid }) => userid),
    text('mailid', ({ known }) => known?.email ?? ''),
    ...['department', 'manager', 'userLocale'].map((name) => constant<User>(name, '')),
    {
      ...group<User>('associatedDevices', 'RUserDevices', [
        texts<User>('device', ({ devices }) => [...devices].map(({ configured }) => configured.name)),
      ]),
      isListed: false,
    },
    group<User>('primaryExtension', 'RUserExtension', [
      text(
        'pattern',
        ({ devices }) =>
          [...devices].find(({ configured }) => configured.lines.length > 0)?.configured.lines[0]?.dn ?? '',
      ),
      constant('routePartitionName', ''),
    ]),
    value('enableCti', 'boolean', () => true),
    constant('status', 1),
  ],
  keys: ['userid'],
  uuidOf: ({ userid }, view) => view.rowUuid('user', userid),
  all: usersOf,
  byKey: async (call, wanted) => (await usersOf(call)).find(({ userid }) => userid === wanted),
};

const digestOf = (given: string): Buffer => createHash('sha256').update(given).digest();

/** A user of the configuration or of the digest passwords, and the password. Nobody has a PIN. */
const authenticate: AxlOperation = {
  name: 'doAuthenticateUser',
  effect: 'reads',
  request: { kind: 'texts', names: ['userid', 'password', 'pin'] },
  returns: { kind: 'texts', names: ['userAuthenticated', 'code'] },
  run: async (call) => {
    const { request, reply, index, view } = call;
    const userid = textIn(request, 'userid');
    const password = textIn(request, 'password');
    if (userid === '' || (password === '' && textIn(request, 'pin') === ''))
      throw notValid(['userid and password are needed']);
    const known = view.sources.users.find(({ id }) => id === userid);
    const holder =
      known ?? (await index.phones()).find(({ configured: { digest } }) => digest?.user === userid)?.configured.digest;
    const wanted = holder?.password;
    const isRight = wanted !== undefined && timingSafeEqual(digestOf(wanted), digestOf(password));
    reply.add(`<userAuthenticated>${isRight}</userAuthenticated><code>${isRight ? 0 : 1}</code>`);
    return { found: 0 };
  },
};

/** The operations of users. */
export const USER_READS: readonly AxlOperation[] = [listing(USER), getting(USER), authenticate];
