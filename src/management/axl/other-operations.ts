// The version, SQL, and what is honestly refused (`docs/protocols/apis.md` §5.4).

import { escapeXml } from '../../core/xml/entities.js';
import type { SqlRow } from '../sql/engine.js';
import { CUCM_VERSION } from '../version.js';
import { textIn } from './elements.js';
import { AxlFault, notValid, refusal } from './fault.js';
import type { AxlOperation } from './operation.js';

const version: AxlOperation = {
  name: 'getCCMVersion',
  effect: 'reads',
  request: { kind: 'texts', names: ['processNodeName'] },
  returns: { kind: 'version' },
  run: async ({ reply }) => {
    reply.add(`<componentVersion><version>${CUCM_VERSION}</version></componentVersion>`);
    return { found: 0 };
  },
};

const column = ([name, value]: SqlRow[number]): string =>
  value === null || value === '' ? `<${name}/>` : `<${name}>${escapeXml(value)}</${name}>`;

const query: AxlOperation = {
  name: 'executeSQLQuery',
  effect: 'reads',
  request: { kind: 'texts', names: ['sql'] },
  returns: { kind: 'rows' },
  run: async ({ request, reply, view: { sources } }) => {
    const sql = textIn(request, 'sql');
    if (sql === '') throw notValid(['sql is needed']);
    if (sources.sql === undefined) throw refusal('executeSQLQuery is not offered here');
    const result = await sources.sql.query(sql);
    if ('fault' in result) throw new AxlFault(result.fault.code, result.fault.message);
    for (const [at, row] of result.rows.entries()) {
      if (at > 0 && at % SLICE === 0) await sources.pause();
      reply.addRow(() => `<row>${row.map(column).join('')}</row>`);
    }
    return { found: result.rows.length };
  },
};

/** Rows that are written in one turn of the event loop. */
const SLICE = 250;

const refused = (name: string, because: string): AxlOperation => ({
  name,
  effect: 'reads',
  request: { kind: 'empty' },
  returns: { kind: 'empty' },
  run: async () => {
    throw refusal(`${name} is not offered here: ${because}`);
  },
});

/** Operations that tools of CUCM ask for and that labcm does not have, each with what to do instead. */
export const REFUSED: readonly AxlOperation[] = [
  refused('executeSQLUpdate', 'change phones with updatePhone and lines with updateLine'),
  refused('doDeviceLogin', 'labcm has no extension mobility; give the phone its lines with updatePhone'),
  refused('doDeviceLogout', 'labcm has no extension mobility; give the phone its lines with updatePhone'),
  refused('doLdapSync', 'labcm has no directory; users are the owners of phones'),
  refused('listChange', 'ask listPhone again, or read the events of labcm’s own API'),
  refused('addUser', 'users are the owners of phones; set ownerUserName with updatePhone'),
  refused('updateUser', 'users are the owners of phones; set ownerUserName with updatePhone'),
  refused('removeUser', 'users are the owners of phones; set ownerUserName with updatePhone'),
];

/** The version and SQL. */
export const OTHER_OPERATIONS: readonly AxlOperation[] = [version, query];
