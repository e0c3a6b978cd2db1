// The `management` section of the configuration: the services that tools of CUCM ask.

import * as z from 'zod';
import { TLS_VERSIONS } from '../core/tls-versions.js';
import { MANAGEMENT_LIMITS, MANAGEMENT_PORT, PERFMON_PER_MINUTE, RIS_PER_MINUTE } from '../management/settings.js';
import type { WrittenCredentials } from './credentials.js';
import { address, deviceName, flag, integer, listOf, oneOf, port, text } from './fields.js';
import { FORMS } from './forms.js';
import { httpLimits } from './http-schema.js';
import type { Check, KeyProblem } from './key-problem.js';
import type { Sections } from './schema.js';
import { BOUNDS, path } from './shared-keys.js';

/** `off`: any number. */
const perMinute = (fallback: number) => {
  const limited = z.preprocess(
    (value: unknown) => (value === 'off' || value === false ? 0 : value),
    integer(0, 100_000),
  );
  FORMS.add(limited, { form: (of) => ({ anyOf: [of, { enum: ['off', false] }] }) });
  return limited.prefault(fallback);
};

const MOST_USERS = 1_000;

/** An end user of UDS. */
const userSchema = z.strictObject({
  id: z
    .string()
    .regex(/^[^/:\s]{1,64}$/, 'a user id of 1 to 64 characters, without spaces, / and :')
    .describe('What the user signs in with. Upper and lower case are the same.'),
  passwordFile: text(4096, 1).describe(
    'A file with the password of the user on its first line: 8 characters at least.',
  ),
  first: text(64).default('').describe('The first name.'),
  last: text(64).default('').describe('The last name.'),
  email: text(255).default('').describe('The address of mail, by which `clusterUser` finds the user, too.'),
  devices: listOf(deviceName(), 100)
    .default([])
    .describe('The devices of the user. The number of the first one is that of the user.'),
});

/** The schema of the section. */
export const managementSchema = z.strictObject({
  enabled: flag()
    .default(true)
    .describe('`false` switches it off. It is on only with `user` and `passwordFile`: there is no default account.'),
  address: address().prefault('127.0.0.1').describe('The address to listen on.'),
  port: port()
    .default(MANAGEMENT_PORT)
    .describe('The TCP port, with TLS alone. The clients of CUCM have 8443 in them.'),
  user: text(64, 1).optional().describe('The user that scripts give.'),
  passwordFile: text(4096, 1)
    .optional()
    .describe(
      'A file with the password on its first line: 8 characters at least. Relative to the folder of this file.',
    ),
  tlsMinVersion: oneOf(...TLS_VERSIONS)
    .default('TLSv1.2')
    .describe('The oldest version of TLS that is spoken. Only very old tools need less.'),
  certificate: path().describe(
    'A file with your certificate, in PEM. Without one labcm makes its own and keeps it in `state.directory`.',
  ),
  key: path().describe('The file with its private key, in PEM.'),
  rates: z
    .strictObject({
      ris: perMinute(RIS_PER_MINUTE).describe(
        'The queries of RisPort70 in a minute, of all clients together. One more gets the fault of CUCM. `off`: any number.',
      ),
      perfmon: perMinute(PERFMON_PER_MINUTE).describe(
        'The requests of PerfMon in a minute, of all clients together. One more gets the fault of CUCM. `off`: any number.',
      ),
    })
    .prefault({})
    .describe('How often clients may ask, as CUCM limits them.'),
  axl: z
    .strictObject({
      writes: flag()
        .default(true)
        .describe('Whether clients of AXL may change devices, lines and route partitions, and tell phones to restart.'),
    })
    .prefault({})
    .describe('The service AXL.'),
  users: listOf(userSchema, MOST_USERS)
    .default([])
    .describe('The end users of UDS, who sign in as Jabber does. None: `clusterUser` finds nobody.'),
  limits: z.strictObject(httpLimits(MANAGEMENT_LIMITS)).prefault({}).describe(BOUNDS),
});

/** The account with its password file; `undefined`: there is none, or the interface is off. */
export const accountIn = ({ management }: Partial<Sections>): WrittenCredentials | undefined => {
  const { enabled = false, user, passwordFile } = management ?? {};
  return enabled && user !== undefined && passwordFile !== undefined ? { user, passwordFile } : undefined;
};

/** The end users with their password files; none where the interface is off. */
export const endUsersIn = (sections: Partial<Sections>): readonly WrittenCredentials[] =>
  accountIn(sections) === undefined
    ? []
    : (sections.management?.users ?? []).map(({ id, passwordFile }) => ({ user: id, passwordFile }));

/** Rules over several keys. */
export const MANAGEMENT_CHECKS: readonly Check[] = [
  ({ management }) => {
    if (management?.enabled !== true || (management.user === undefined) === (management.passwordFile === undefined))
      return [];
    const missing = management.user === undefined ? 'user' : 'passwordFile';
    return [[['management', missing], 'nothing', 'user and passwordFile together, or neither']];
  },
  ({ management }) => {
    const seen = new Set<string>();
    return (management?.users ?? []).flatMap(({ id }, index): KeyProblem[] => {
      const folded = id.toLowerCase();
      if (!seen.has(folded)) {
        seen.add(folded);
        return [];
      }
      return [[['management', 'users', index, 'id'], `${id} once more`, 'an id that no other user has']];
    });
  },
];
