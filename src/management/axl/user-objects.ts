// Users: those that devices name as their owners, and those of the digest passwords. The userid alone is certain
// (`docs/protocols/apis.md` §5.4).

import { createHash, timingSafeEqual } from 'node:crypto';
import type { DeviceRecord } from '../../devices/index.js';
import { textIn } from './elements.js';
import { notValid } from './fault.js';
import { constant, group, text, texts, value } from './fields.js';
import { type AxlCall, type AxlObject, type AxlOperation, getting, listing } from './operation.js';

interface User {
  readonly userid: string;
  readonly devices: readonly DeviceRecord[];
}

const usersOf = async ({ index }: AxlCall): Promise<readonly User[]> => {
  const devices = new Map<string, DeviceRecord[]>();
  for (const record of await index.phones())
    for (const userid of idsOf(record)) {
      const known = devices.get(userid);
      if (known === undefined) devices.set(userid, [record]);
      else known.push(record);
    }
  return [...devices]
    .map(([userid, own]) => ({ userid, devices: own }))
    .sort((one, other) => (one.userid < other.userid ? -1 : 1));
};

const idsOf = ({ configured: { ownerUserId, digest } }: DeviceRecord): ReadonlySet<string> =>
  new Set([ownerUserId, digest?.user ?? ''].filter((userid) => userid !== ''));

const USER: AxlObject<User> = {
  element: 'user',
  title: 'User',
  fields: [
    ...['firstName', 'middleName', 'lastName'].map((name) => constant<User>(name, '')),
    text('userid', ({ userid }) => userid),
    ...['mailid', 'department', 'manager', 'userLocale'].map((name) => constant<User>(name, '')),
    {
      ...group<User>('associatedDevices', 'RUserDevices', [
        texts<User>('device', ({ devices }) => devices.map(({ configured }) => configured.name)),
      ]),
      isListed: false,
    },
    group<User>('primaryExtension', 'RUserExtension', [
      text('pattern', ({ devices: [first] }) => first?.configured.lines[0]?.dn ?? ''),
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

/** A user of the digest passwords and its password. Nobody has a PIN. */
const authenticate: AxlOperation = {
  name: 'doAuthenticateUser',
  effect: 'reads',
  request: { kind: 'texts', names: ['userid', 'password', 'pin'] },
  returns: { kind: 'texts', names: ['userAuthenticated', 'code'] },
  run: async (call) => {
    const { request, reply, index } = call;
    const userid = textIn(request, 'userid');
    const password = textIn(request, 'password');
    if (userid === '' || (password === '' && textIn(request, 'pin') === ''))
      throw notValid(['userid and password are needed']);
    const holder = (await index.phones()).find(({ configured }) => configured.digest?.user === userid);
    const wanted = holder?.configured.digest?.password;
    const isRight = wanted !== undefined && timingSafeEqual(digestOf(wanted), digestOf(password));
    reply.add(`<userAuthenticated>${isRight}</userAuthenticated><code>${isRight ? 0 : 1}</code>`);
    return { found: 0 };
  },
};

/** The operations of users. */
export const USER_READS: readonly AxlOperation[] = [listing(USER), getting(USER), authenticate];
