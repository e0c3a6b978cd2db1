// What RisPort and AXL say where a bus tells of phones at other nodes.

import { afterEach, beforeEach, expect, it } from 'vitest';
import type { DeviceRecord } from '../../src/devices/index.js';
import { AXL_PATH, items, ManagementHarness, selectRequest } from './harness.js';

const [ONE, TWO, THREE] = [1, 2, 3].map((number) => `SEP00000000000${number}`) as [string, string, string];
const FIVE = 'SEP000000000005';

/** What the other nodes tell, by device. */
let told: Map<string, { readonly node: string; readonly state: DeviceRecord['state']; readonly address?: string }>;
let alive: Set<string>;
let changed: () => void;
let harness: ManagementHarness;

beforeEach(async () => {
  told = new Map();
  alive = new Set(['CM2']);
  harness = await ManagementHarness.open({}, undefined, false, ({ clock }) => ({
    shown: (record) => {
      const of = told.get(record.configured.name);
      if (of === undefined) return record;
      const { state, address = '' } = of;
      const at = clock.now();
      const isRegistered = state === 'registered';
      const registration = { protocol: 'SCCP', address, startedAt: at, registeredAt: at, lines: [], load: 'x' };
      return Object.create(record, {
        state: { value: state },
        registration: { value: isRegistered ? registration : undefined },
        reason: { value: isRegistered ? undefined : { at, reason: 'node-gone' } },
      }) as DeviceRecord;
    },
    nodeOf: ({ configured: { name } }) =>
      told.get(name)?.node ?? (harness.database.byName(name)?.registration === undefined ? undefined : 'CM1'),
    isAlive: (node) => alive.has(node),
    onChanged: (listener) => {
      changed = listener;
      return () => {};
    },
  }));
  harness.register(ONE, '127.0.1.11');
  told.set(FIVE, { node: 'CM2', state: 'registered', address: '127.0.2.55' });
});
afterEach(() => harness.close());

/** Each node with its code and its devices. */
const nodesIn = (reply: string): readonly string[] =>
  [
    ...reply.matchAll(
      /<ns1:ReturnCode>(\w+)<\/ns1:ReturnCode><ns1:Name>(\w+)<.*?<ns1:CmDevices>(.*?)<\/ns1:CmDevices>/gs,
    ),
  ].map(([, code, node, devices = '']) => {
    const names = [...devices.matchAll(/<ns1:item><ns1:Name>([^<]*)</g)].map(([, name]) => name);
    return [node, code, ...names].join(' ');
  });

const asked = async (criteria: Readonly<Record<string, string>> = {}): Promise<readonly string[]> =>
  nodesIn((await harness.ris(selectRequest(criteria))).body);

it('RisPort lists every node with the phones that it holds', async () => {
  const { body } = await harness.ris(selectRequest());
  expect(nodesIn(body)).toEqual([`CM1 Ok ${ONE}`, `CM2 Ok ${FIVE}`]);
  expect(body).toContain('<ns1:TotalDevicesFound>2</ns1:TotalDevicesFound>');
  expect(body).toContain('127.0.2.55');
});

it('RisPort answers for another node that is alive, and says of none more than it holds', async () => {
  expect(await asked({ NodeName: 'cm2' })).toEqual([`CM2 Ok ${FIVE}`]);
  expect(await asked({ NodeName: '10.0.0.1' })).toEqual([`CM1 Ok ${ONE}`]);
  expect(await asked({ NodeName: 'CM2', SelectItems: items(ONE) })).toEqual(['CM2 NotFound']);
  expect(await asked({ SelectItems: items(FIVE) })).toEqual(['CM1 NotFound', `CM2 Ok ${FIVE}`]);
  expect(await asked({ NodeName: 'CM9' })).toEqual(['cm9 InvalidNodeName']);
});

it('of a dead node RisPort tells what was heard last, and that it does not respond', async () => {
  alive.clear();
  told.set(FIVE, { node: 'CM2', state: 'unregistered' });
  expect(await asked()).toEqual([`CM1 Ok ${ONE}`, `CM2 Ok ${FIVE}`]);
  expect(await asked({ Status: 'Registered' })).toEqual([`CM1 Ok ${ONE}`, 'CM2 NodeNotResponding']);
  expect(await asked({ NodeName: 'CM2' })).toEqual(['CM2 NodeNotResponding']);
});

it('a change at another node is another state', async () => {
  const stateIn = (reply: string): string => /StateId=&quot;(\d+)/.exec(reply)?.[1] ?? reply;
  const before = stateIn((await harness.ris(selectRequest())).body);
  expect(stateIn((await harness.ris(selectRequest())).body)).toBe(before);
  changed();
  expect(stateIn((await harness.ris(selectRequest())).body)).not.toBe(before);
});

it('the old port lists the same nodes', async () => {
  const body = `<soapenv:Envelope xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/"><soapenv:Body><SelectCmDevice><StateInfo/><CmSelectionCriteria><MaxReturnedDevices>10</MaxReturnedDevices><SelectItems><item><Item>*</Item></item></SelectItems></CmSelectionCriteria></SelectCmDevice></soapenv:Body></soapenv:Envelope>`;
  const reply = await harness.ask({ path: '/realtimeservice/services/RisPort', body });
  const nodes = [...reply.body.matchAll(/<ReturnCode[^>]*>(\w+)<\/ReturnCode><Name[^>]*>(\w+)</g)];
  expect(nodes.map(([, code, node]) => `${node} ${code}`)).toEqual(['CM1 Ok', 'CM2 Ok']);
  expect(reply.body).toContain(FIVE);
});

it('AXL says with which node a phone was last', async () => {
  const operation = `<ns:listRegistrationDynamic><searchCriteria><device>%</device></searchCriteria><returnedTags><device/><lastKnownUcm/><risStatus/></returnedTags></ns:listRegistrationDynamic>`;
  const body = `<soapenv:Envelope xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/" xmlns:ns="http://www.cisco.com/AXL/API/14.0"><soapenv:Body>${operation}</soapenv:Body></soapenv:Envelope>`;
  const { body: reply } = await harness.ask({ path: AXL_PATH, body });
  const rows = [
    ...reply.matchAll(/<device[^>]*>([^<]*)<\/device><lastKnownUcm>([^<]*)<\/lastKnownUcm><risStatus>([^<]*)</g),
  ];
  expect(rows.map(([, ...row]) => row.join(' '))).toEqual([`${ONE} CM1 Registered`, `${FIVE} CM2 Registered`]);
  expect(reply).not.toContain(TWO);
  expect(reply).not.toContain(THREE);
});
