import { afterEach, describe, expect, it } from 'vitest';
import { instant } from '../../src/core/time.js';
import type { DeviceRecord } from '../../src/devices/device.js';
import { findModel } from '../../src/devices/models.js';
import { callJson } from '../../src/http/api/call-json.js';
import { deviceSummary, leaseJson } from '../../src/http/api/device-json.js';
import { CALL_LIST, DEVICE_LIST, LEASE_LIST, UNKNOWN_LIST, VERDICT_LIST } from '../../src/http/api/list-keys.js';
import { unknownSummary } from '../../src/http/api/unknown-json.js';
import type { ApiFinding, ApiLease, ApiSources, ApiStandingCall, ApiUnknownPhone } from '../../src/http/index.js';
import { systemClock } from '../../src/net/system-clock.js';
import { aDevice, anAttempt } from '../support/devices.js';
import { type ApiHarness, apiHarness, ask, NO_TIMELINES, NOW } from './api-harness.js';

const at = (second: number) => instant(NOW + second * 1_000);

const aFinding = (code: string, severity: string, since: number): ApiFinding => ({
  code,
  severity,
  confidence: 'certain',
  since: at(since),
  sentence: `it has ${code}`,
  values: {},
  evidence: [],
  remedy: [],
});

const FINDINGS: ReadonlyMap<string, ApiFinding> = new Map([
  ['SEP000000000001', aFinding('dhcp.pool-empty', 'blocking', 30)],
  ['SEP000000000003', aFinding('dhcp.no-subnet', 'degraded', 10)],
  ['SEP000000000004', aFinding('dhcp.pool-empty', 'attention', 20)],
]);

const findingOf = ({ configured: { name } }: DeviceRecord) => FINDINGS.get(name);

const group = (code: string) => {
  const devices = [...FINDINGS].filter(([, finding]) => finding.code === code).map(([name]) => name);
  const finding = FINDINGS.get(devices[0] ?? '') as ApiFinding;
  return { code, finding, devices, since: finding.since, sentence: 'so it is', common: [] };
};

const VERDICTS: ApiSources['verdicts'] = {
  daemon: () => [],
  of: () => undefined,
  verdictOf: findingOf,
  lastVerdictOf: findingOf,
  unknown: () => [],
  groups: () => [group('dhcp.pool-empty'), group('dhcp.no-subnet')],
};

const LEASES: readonly ApiLease[] = [
  ['10.0.0.10', '000000000001', 'SEP000000000001', 'bound'],
  ['10.0.0.9', '000000000002', 'SEP000000000002', 'bound'],
  ['10.0.0.100', '0000000000AA', undefined, 'offered'],
].map(([address = '', mac = '', device, state = ''], index) => ({
  address,
  mac,
  clientId: undefined,
  device,
  state,
  startedAt: at(index),
  until: at(100 - index),
}));

const CALLS: readonly ApiStandingCall[] = ['5002', '10001', '5001'].map((dialled, index) => ({
  id: index + 1,
  dialled,
  startedAt: at(index),
  answeredAt: index === 1 ? undefined : at(10 - index),
  codec: index === 1 ? undefined : 'PCMU',
  conference: index === 2 ? '*50' : undefined,
  legs: [
    {
      ci: index,
      role: 'caller',
      device: 'SEP000000000001',
      dn: `600${index}`,
      state: index === 1 ? 'ring-out' : 'connected',
      receive: undefined,
    },
  ],
}));

const UNKNOWN: readonly ApiUnknownPhone[] = ['SEPB', 'SEPA', 'ATAC'].map((name, index) => ({
  name,
  mac: `00000000000${index}`,
  address: `10.1.0.${10 - index}`,
  since: at(index),
  lastSeenAt: at(10 - index),
  refusal: undefined,
  model: index === 2 ? undefined : findModel('7962'),
  protocol: index === 0 ? 'SIP' : 'SCCP',
  nearest: undefined,
  advice: 'add it',
  snippet: undefined,
  steps: [],
}));

let lab: ApiHarness;
afterEach(() => lab.api.close());

/** Four devices besides the two of the harness, of which two are registered. */
const opened = async (more: Partial<ApiSources> = {}): Promise<void> => {
  lab = await apiHarness(
    {},
    {
      verdicts: VERDICTS,
      leases: () => LEASES,
      calls: {
        calls: () => CALLS,
        callsOf: (name) => CALLS.filter(({ legs }) => legs.some(({ device }) => device === name)),
        dial: () => {
          throw new Error('nobody dials here');
        },
      },
      timelines: { ...NO_TIMELINES, unknown: UNKNOWN.length, newestUnknown: (most) => UNKNOWN.slice(0, most) },
      ...more,
    },
  );
  lab.database.configure(
    [
      aDevice('SEP000000000002', { lines: ['10001'], model: '7962', group: 'East' }),
      aDevice('SEP000000000001', { lines: ['5001', '5009'], model: '7962', group: 'West', protocol: 'SIP' }),
      aDevice('SEP000000000003', { lines: [], model: '7940' }),
      aDevice('sep000000000004', { lines: ['5001'] }),
    ].map((device) => ({ ...device, name: device.name.toUpperCase() as typeof device.name })),
    NOW,
  );
  for (const [name, address, load, protocol] of [
    ['SEP000000000002', '10.0.0.10', 'SCCP42.9-4-2', 'SCCP'],
    ['SEP000000000001', '10.0.0.9', 'SIP42.9-4-2', 'SIP'],
  ] as const) {
    const typeId = findModel('7962')?.id ?? 0;
    const attempt = anAttempt(name, protocol, { address, load, typeId });
    if (!lab.database.register(attempt, NOW).accepted) throw new Error('refused');
  }
};

const json = async (path: string, headers: Record<string, string> = {}) => {
  const { status, body } = await ask(lab, path, { headers });
  return { status, body: JSON.parse(body) };
};

const LISTS = {
  devices: { key: 'devices', name: 'name' },
  leases: { key: 'leases', name: 'address' },
  calls: { key: 'calls', name: 'id' },
  verdicts: { key: 'devices', name: 'device' },
  'unknown-phones': { key: 'phones', name: 'name' },
} as const;

/** What the list has, by the last character of each item's name. */
const found = async (list: keyof typeof LISTS, query: string): Promise<string> => {
  const { key, name } = LISTS[list];
  const { status, body } = await json(`/api/${list}?${query}`);
  expect(status, JSON.stringify(body)).toBe(200);
  return body[key].map((item: Record<string, unknown>) => String(item[name]).at(-1)).join('');
};

describe('lists', () => {
  it.each([
    ['devices', 'model=*7962*', '21'],
    ['devices', 'model=30016', '4'],
    ['devices', 'group=west', '1'],
    ['devices', 'dn=5001', '14'],
    ['devices', 'dn=500?', '14'],
    ['devices', 'dn=5009', '1'],
    ['devices', 'address=10.0.0.9', '1'],
    ['devices', 'address=10.0.*', '21'],
    ['devices', 'load=sip42*', '1'],
    ['devices', 'verdict=dhcp.pool-empty', '14'],
    ['devices', 'verdict=*', '134'],
    ['devices', 'origin=configured', '2134'],
    ['devices', 'origin=RUNTIME', ''],
    ['devices', 'protocol=sccp&dn=5001', '4'],
    ['devices', 'name=*3&status=unknown', '3'],
    ['leases', 'address=10.0.0.10*', '00'],
    ['leases', 'mac=00:00:00:00:00:02', '9'],
    ['leases', 'mac=*aa', '0'],
    ['leases', 'device=*1', '0'],
    ['leases', 'state=OFFERED', '0'],
    ['calls', 'dn=6001', '2'],
    ['calls', 'dialled=500?', '13'],
    ['calls', 'state=connected', '13'],
    ['calls', 'codec=pcmu', '13'],
    ['verdicts', 'code=dhcp.no-subnet', '3'],
    ['verdicts', 'severity=attention', '4'],
    ['verdicts', 'device=*1', '1'],
    ['unknown-phones', 'name=sep?', 'BA'],
    ['unknown-phones', 'protocol=sccp', 'AC'],
    ['unknown-phones', 'model=7962', ''],
    ['unknown-phones', 'model=*7962', 'BA'],
    ['unknown-phones', 'mac=0000.0000.0002', 'C'],
    ['unknown-phones', 'address=10.1.0.9', 'A'],
    ['unknown-phones', 'status=rejected', ''],
  ] as const)('of %s are filtered by %s', async (list, query, wanted) => {
    await opened();
    expect(await found(list, query)).toBe(wanted);
  });

  it.each([
    ['devices', 'name', '1234', '4321'],
    // Equal ones keep the order of configuration, and those without a value come last, either way.
    ['devices', 'protocol', '2341', '1234'],
    ['devices', 'dn', '1423', '2143'],
    ['devices', 'address', '1234', '2134'],
    ['devices', 'verdict', '3142', '1432'],
    ['devices', 'group', '3421', '1234'],
    ['leases', 'address', '900', '009'],
    ['leases', 'until', '090', '090'],
    ['calls', 'dialled', '312', '213'],
    ['calls', 'answeredAt', '312', '132'],
    ['verdicts', 'since', '341', '143'],
    ['verdicts', 'severity', '134', '431'],
    ['unknown-phones', 'name', 'CAB', 'BAC'],
    ['unknown-phones', 'heardAt', 'CAB', 'BAC'],
    ['unknown-phones', 'address', 'CAB', 'BAC'],
  ] as const)('of %s are sorted by %s', async (list, key, rising, falling) => {
    await opened();
    expect(await found(list, `sort=${key}`)).toBe(rising);
    expect(await found(list, `sort=-${key}`)).toBe(falling);
  });

  it('are filtered before they are sorted, and sorted before they are cut into pages', async () => {
    await opened();
    const { body } = await json('/api/devices?verdict=*&sort=-name&limit=1&offset=1&fields=name');
    expect(body).toEqual({ total: 3, offset: 1, limit: 1, devices: [{ name: 'SEP000000000003' }] });
    expect((await json('/api/unknown-phones?limit=1&offset=1')).body).toMatchObject({
      total: 3,
      offset: 1,
      phones: [{ name: 'SEPA' }],
    });
    expect((await json('/api/unknown-phones?name=SEP*&limit=1')).body.total).toBe(2);
  });

  it.each(Object.entries(LISTS))('of %s have the wanted fields alone', async (list, { key, name }) => {
    await opened();
    const { body } = await json(`/api/${list}?fields=${name}`);
    expect(body[key].length).toBeGreaterThan(2);
    for (const item of body[key]) expect(Object.keys(item)).toEqual([name]);
  });

  it('may have every field that their items have, and no other', async () => {
    await opened();
    const [record] = lab.database.devices();
    const ended = { ...(LEASES[0] as ApiLease), ended: 'expired' };
    for (const [{ fields }, item] of [
      [DEVICE_LIST, deviceSummary(systemClock, record as DeviceRecord, { node: null })],
      [LEASE_LIST, leaseJson(systemClock, ended)],
      [CALL_LIST, callJson(systemClock, CALLS[0] as ApiStandingCall)],
      [UNKNOWN_LIST, unknownSummary(systemClock, UNKNOWN[0] as ApiUnknownPhone)],
      [VERDICT_LIST, { device: '', verdict: {} }],
    ] as const)
      expect(fields.toSorted()).toEqual(Object.keys(item).sort());
  });

  it.each([
    ['devices', 'sort=colour', /^sort: found colour, wanted one of name, status, .*, or - and one of them$/],
    ['devices', 'sort=--name', /^sort: found --name, wanted/],
    ['devices', 'sort=', /^sort: found , wanted/],
    ['devices', 'sort=constructor', /^sort: found constructor, wanted/],
    ['devices', 'fields=name,__proto__', /^fields: found __proto__, wanted some of name, status, /],
    ['devices', 'fields=', /^fields: found , wanted some of /],
    ['devices', 'origin=heaven', /^origin: found heaven, wanted one of configured, auto-registered, runtime$/],
    ['devices', `name=${'*'.repeat(201)}`, /^name: found 201 characters, wanted at most 200$/],
    ['leases', 'model=7962', /^found model, wanted one of address, mac, device, state, sort, fields, limit, offset$/],
    ['leases', 'sort=clientId', /^sort: found clientId, wanted one of address, mac, /],
    ['calls', 'sort=legs', /^sort: found legs, wanted one of id, /],
    ['verdicts', 'sort=verdict', /^sort: found verdict, wanted one of device, /],
    ['verdicts', 'severity=mild', /^severity: found mild, wanted one of blocking, degraded, attention$/],
    ['unknown-phones', 'sort=group', /^sort: found group, wanted one of name, /],
  ] as const)('of %s refuse %s, and say what they take', async (list, query, message) => {
    await opened();
    const { status, body } = await json(`/api/${list}?${query}`);
    expect([status, body.error.code]).toEqual([400, 'query']);
    expect(body.error.message).toMatch(message);
  });

  it('of verdicts leave out the groups that the filters leave out', async () => {
    await opened();
    const codes = async (query: string) =>
      (await json(`/api/verdicts?${query}`)).body.groups.map(({ code }: { code: string }) => code);
    expect(await codes('code=*pool*')).toEqual(['dhcp.pool-empty']);
    expect(await codes('severity=degraded')).toEqual(['dhcp.no-subnet']);
    expect(await codes('device=*1')).toEqual(['dhcp.pool-empty', 'dhcp.no-subnet']);
  });

  it('do not have advice worked out for phones that nobody asks for', async () => {
    const asked: number[] = [];
    await opened({
      timelines: {
        ...NO_TIMELINES,
        unknown: 1_000,
        newestUnknown: (most) => {
          asked.push(most);
          return UNKNOWN.slice(0, most);
        },
      },
    });
    expect((await json('/api/unknown-phones?limit=2&fields=name')).body.total).toBe(1_000);
    await json('/api/unknown-phones?limit=2&sort=name');
    expect(asked).toEqual([2, 1_000]);
  });
});

describe('an answer that has not changed', () => {
  const PATHS = [
    '/healthz',
    '/api/devices',
    '/api/devices?sort=name&fields=name',
    '/api/devices/SEP000000000001',
    '/api/leases',
    '/api/calls',
    '/api/verdicts',
    '/api/unknown-phones',
    '/api/doctor',
    '/api/session',
  ];

  it.each(PATHS)('is not sent again where the client has it: %s', async (path) => {
    await opened();
    const first = await ask(lab, path);
    const tag = String(first.headers.etag);
    expect([first.status, tag]).toEqual([200, expect.stringMatching(/^W\/"[\w.-]+"$/)]);
    const strong = tag.replace('W/', '');
    for (const named of [tag, strong, `"other", ${tag}`, '*']) {
      const again = await ask(lab, path, { headers: { 'If-None-Match': named } });
      expect([again.status, again.body, again.headers.etag]).toEqual([304, '', tag]);
    }
    expect(await ask(lab, path, { headers: { 'If-None-Match': 'W/"other"' } })).toMatchObject({
      status: 200,
      body: first.body,
    });
    expect((await ask(lab, path, { method: 'HEAD', headers: { 'If-None-Match': tag } })).status).toBe(304);
  });

  it('is sent when it has changed', async () => {
    await opened();
    const tag = String((await ask(lab, '/api/devices?name=*3')).headers.etag);
    const asked = () => ask(lab, '/api/devices?name=*3', { headers: { 'If-None-Match': tag } });
    expect((await asked()).status).toBe(304);
    lab.database.register(anAttempt('SEP000000000003', 'SIP'), NOW);
    const changed = await asked();
    expect([changed.status, JSON.parse(changed.body).devices[0].status]).toEqual([200, 'Rejected']);
    expect(changed.headers.etag).not.toBe(tag);
  });

  it('is no error, and an error has no tag', async () => {
    await opened();
    const refused = await ask(lab, '/api/devices?sort=colour', { headers: { 'If-None-Match': '*' } });
    expect([refused.status, refused.headers.etag]).toEqual([400, undefined]);
  });
});
