// What a lab with phones is asked over its API: a question for each answer that is no failure.

import type { Asked } from './api-contract.js';

export const DESK = 'SEP001122334455';
export const WALL = 'SEP001122334466';
/** A device whose phone is off. */
export const OFF = 'SEP001122334477';
/** A phone that nobody configured. */
export const STRANGER = 'SEP0000000000FF';

export const TOKEN = 'a token of sixteen or more';
export const BEARER = { Authorization: `Bearer ${TOKEN}` };

export const LIST = '/api/devices';
export const one = (name: string) => `/api/devices/${name}`;
const NEW = { name: 'SEP0000000000A1', model: '7962', lines: ['6001'] };

/** In this order: each changes what the next one finds. */
export const ASKED: readonly (readonly [operation: string, path: string, status: number, more?: Partial<Asked>])[] = [
  ['GET /healthz', '/healthz', 200],
  ['GET /api/openapi.json', '/api/openapi.json', 200],
  ['GET /api/devices', LIST, 200],
  ['GET /api/devices', `${LIST}?status=registered&sort=-dn&limit=1&offset=1`, 200],
  ['GET /api/devices/{name}', one(DESK), 200],
  ['GET /api/devices/{name}', one(WALL), 200],
  ['GET /api/devices/{name}', one(OFF), 200],
  ['GET /api/devices/{name}', one(STRANGER), 200],
  ['GET /api/devices/{name}/timeline', `${one(DESK)}/timeline`, 200],
  ['GET /api/devices/{name}/timeline', `${one(STRANGER)}/timeline`, 200],
  ['GET /api/devices/{name}/verdict', `${one(WALL)}/verdict`, 200],
  ['GET /api/devices/{name}/verdict', `${one(STRANGER)}/verdict`, 200],
  ['GET /api/devices/{name}/pcap', `${one(DESK)}/pcap`, 200, { headers: BEARER }],
  ['GET /api/devices/{name}/messages', `${one(DESK)}/messages`, 200],
  ['GET /api/devices/{name}/messages', `${one(DESK)}/messages?protocols=sccp,tftp&until=2037-01-01T00:00:00Z`, 200],
  ['GET /api/devices/{name}/changes', `${one(WALL)}/changes`, 200, { until: ['device'] }],
  ['GET /api/devices/{name}/changes', `${one(STRANGER)}/changes`, 200, { until: ['device'] }],
  ['GET /api/devices/{name}/config.xml', `${one(WALL)}/config.xml`, 200, { headers: BEARER }],
  ['POST /api/devices/{name}/push', `${one(DESK)}/push`, 200, { headers: BEARER, body: { text: 'Lunch is ready' } }],
  ['POST /api/devices/{name}/push', `${one(WALL)}/push`, 200, { headers: BEARER, body: { execute: 'Key:Services' } }],
  ['GET /api/unknown-phones', '/api/unknown-phones', 200],
  ['GET /api/leases', '/api/leases', 200],
  ['GET /api/calls', `/api/calls?device=${DESK}`, 200],
  ['GET /api/verdicts', '/api/verdicts', 200],
  ['GET /api/files', '/api/files?sort=-devices', 200],
  ['GET /api/nodes', '/api/nodes', 200],
  ['GET /api/pools', '/api/pools', 200],
  ['GET /api/history', '/api/history?since=10m', 200],
  ['GET /api/lines/{dn}/messages', '/api/lines/5001/messages', 200],
  [
    'PUT /api/lines/{dn}/messages',
    '/api/lines/5001/messages',
    200,
    { headers: BEARER, body: { waiting: true, new: 2, old: 1 } },
  ],
  ['GET /api/trunks', '/api/trunks', 200],
  ['GET /api/dial', `/api/dial?number=5002&from=${DESK}`, 200],
  ['GET /api/doctor', '/api/doctor', 200],
  ['POST /api/doctor/discover', '/api/doctor/discover', 200, { headers: BEARER }],
  ['GET /api/clock', '/api/clock', 200],
  ['PUT /api/clock', '/api/clock', 200, { headers: BEARER, body: { ahead: 0 } }],
  ['GET /api/session', '/api/session', 200],
  ['POST /api/session', '/api/session', 200, { headers: BEARER }],
  ['GET /api/fleet', '/api/fleet', 200],
  ['GET /api/events', '/api/events', 200, { headers: { 'Last-Event-ID': '1' }, until: ['missed'] }],
  ['GET /metrics', '/metrics', 200],
  ['POST /api/devices', `${LIST}?check=yes`, 200, { headers: BEARER, body: NEW }],
  ['POST /api/devices', LIST, 201, { headers: BEARER, body: [NEW] }],
  ['PUT /api/devices/{name}', one(NEW.name), 200, { headers: BEARER, body: { ...NEW, description: 'Lab' } }],
  ['PUT /api/devices/{name}', one('SEP0000000000A2'), 201, { headers: BEARER, body: { model: '7962' } }],
  ['PUT /api/lines/{dn}/forward', '/api/lines/5003/forward', 200, { headers: BEARER, body: { all: '5001' } }],
  ['PUT /api/lines/{dn}/forward', '/api/lines/5003/forward', 200, { headers: BEARER, body: { all: null } }],
  ['PUT /api/devices/{name}/dnd', `${one(OFF)}/dnd`, 200, { headers: BEARER, body: { doNotDisturb: 'off' } }],
  ['PATCH /api/devices/{name}', one(NEW.name), 200, { headers: BEARER, body: { description: null } }],
  ['GET /api/devices/{name}', one(NEW.name), 200],
  ['DELETE /api/devices/{name}', one(NEW.name), 200, { headers: BEARER }],
  [
    'PUT /api/devices/{name}/capf',
    `${one(OFF)}/capf`,
    200,
    {
      headers: BEARER,
      body: { operation: 'install', authentication: 'string', string: '471100', key: 'P-384', days: 3 },
    },
  ],
  [
    'PUT /api/devices/{name}/capf',
    `${one(OFF)}/capf`,
    200,
    { headers: BEARER, body: { operation: 'fetch', authentication: 'lsc' } },
  ],
  ['GET /api/capf', '/api/capf', 200],
  ['DELETE /api/devices/{name}/capf', `${one(OFF)}/capf`, 200, { headers: BEARER }],
  ['POST /api/devices/{name}/restart', `${one(DESK)}/restart`, 202, { headers: BEARER }],
  ['POST /api/devices/{name}/reset', `${one(WALL)}/reset`, 202, { headers: BEARER }],
  ['POST /api/commands', '/api/commands', 202, { headers: BEARER, body: { command: 'apply', devices: [WALL, OFF] } }],
  ['GET /api/commands', '/api/commands', 200],
  ['GET /api/commands/{id}', '/api/commands/1', 200],
  ['DELETE /api/commands/{id}', '/api/commands/1', 200, { headers: BEARER }],
  [
    ...(['POST /api/faults', '/api/faults', 201] as const),
    {
      headers: BEARER,
      body: { id: 'lost', where: 'tftp', fault: 'delay', delay: { from: '1ms', to: '2ms' }, times: 1 },
    },
  ],
  ['GET /api/faults', '/api/faults', 200],
  ['DELETE /api/faults/{id}', '/api/faults/lost', 200, { headers: BEARER }],
  ['DELETE /api/faults', '/api/faults', 200, { headers: BEARER }],
  ['POST /api/registrations/expire', '/api/registrations/expire', 200, { headers: BEARER }],
];
