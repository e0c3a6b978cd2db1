import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { aDevice } from '../support/devices.js';
import { items, ManagementHarness, namesIn, SEEN_AT, selectRequest } from './harness.js';

const [ONE, TWO, THREE, FOUR] = [1, 2, 3, 4].map((number) => `SEP00000000000${number}`) as [
  string,
  string,
  string,
  string,
];

const TOO_LONG = 'An item has more than 128 characters';

/** The text of an element in the entry of a device. */
const element = (reply: string, device: string, name: string): string | undefined => {
  const entry = reply.split('<ns1:item><ns1:Name>').find((text) => text.startsWith(`${device}<`));
  return new RegExp(`<ns1:${name}>([^<]*)</ns1:${name}>`).exec(entry ?? '')?.[1];
};

describe('which devices RisPort selects', () => {
  let harness: ManagementHarness;
  beforeAll(async () => {
    harness = (await ManagementHarness.open()).seenPhones();
  });
  afterAll(() => harness.close());

  it.each<[string, Readonly<Record<string, string>>, readonly string[]]>([
    ['everything that was seen', {}, [ONE, TWO, THREE, FOUR]],
    ['everything without items', { SelectItems: '' }, [ONE, TWO, THREE, FOUR]],
    ['everything for an empty item', { SelectItems: items('') }, [ONE, TWO, THREE, FOUR]],
    ['one by name, in any case', { SelectItems: items(ONE.toLowerCase()) }, [ONE]],
    ['two items', { SelectItems: items(ONE, TWO) }, [ONE, TWO]],
    ['a comma list in one item', { SelectItems: items(`${ONE}, ${TWO}`) }, [ONE, TWO]],
    [
      'items with commas between them',
      { SelectItems: items(ONE, TWO).replace('</soap:item><', '</soap:item>,<') },
      [ONE, TWO],
    ],
    ['a pattern', { SelectItems: items('*0003') }, [THREE]],
    [
      'a pattern for one character, and a name',
      { SelectItems: items('SEP00000000000?', ONE) },
      [ONE, TWO, THREE, FOUR],
    ],
    ['nobody by a name of none', { SelectItems: items('SEPNOSUCHPHONE0') }, []],
    ['nobody that only was configured', { SelectItems: items('SEP000000000005') }, []],
    ['by address', { SelectBy: 'IPV4Address', SelectItems: items('127.0.1.12') }, [TWO]],
    ['by number', { SelectBy: 'DirNumber', SelectItems: items('1003') }, [TWO]],
    ['by a pattern of numbers', { SelectBy: 'DirNumber', SelectItems: items('100?') }, [ONE, TWO, THREE, FOUR]],
    ['by description', { SelectBy: 'Description', SelectItems: items('*WINDOW') }, [TWO]],
    ['nobody by a key that labcm has not', { SelectBy: 'SIPStatus', SelectItems: items('x') }, []],
    ['registered ones', { Status: 'Registered' }, [ONE, TWO]],
    ['unregistered ones', { Status: 'UnRegistered' }, [THREE]],
    ['rejected ones', { Status: 'Rejected' }, [FOUR]],
    ['no unknown ones', { Status: 'Unknown' }, []],
    ['those of a model', { Model: '622' }, [THREE, FOUR]],
    ['nobody of a model that is no number', { Model: 'Cisco 7841' }, []],
    ['phones', { DeviceClass: 'Phone' }, [ONE, TWO, THREE, FOUR]],
    ['no gateways', { DeviceClass: 'Gateway' }, []],
    ['nobody of a class that nobody knows', { DeviceClass: 'Toaster' }, []],
    ['those of SCCP', { Protocol: 'SCCP' }, [ONE]],
    ['those of SIP', { Protocol: 'SIP' }, [TWO, THREE, FOUR]],
    ['those that said nothing of downloads', { DownloadStatus: 'Unknown' }, [ONE, TWO, THREE, FOUR]],
    ['nobody that is upgrading', { DownloadStatus: 'Upgrading' }, []],
    ['as many as are wanted', { MaxReturnedDevices: '2' }, [ONE, TWO]],
    ['all for a number beyond the limit', { MaxReturnedDevices: '10000' }, [ONE, TWO, THREE, FOUR]],
    ['all for 0', { MaxReturnedDevices: '0' }, [ONE, TWO, THREE, FOUR]],
    ['this node by its name', { NodeName: 'cm1' }, [ONE, TWO, THREE, FOUR]],
    ['this node by its address', { NodeName: '10.0.0.1' }, [ONE, TWO, THREE, FOUR]],
  ])('%s', async (_title, criteria, names) => {
    const { status, body } = await harness.ris(selectRequest(criteria));
    expect(status).toBe(200);
    expect(namesIn(body)).toEqual(names);
    expect(body).toContain(`<ns1:TotalDevicesFound>${names.length}</ns1:TotalDevicesFound>`);
    expect(body).toContain(`<ns1:ReturnCode>${names.length === 0 ? 'NotFound' : 'Ok'}</ns1:ReturnCode>`);
  });

  it.each([
    ['another node of the configuration', 'CM2', 'NodeNotResponding', 'CM2'],
    ['a node of nobody', 'CM9', 'InvalidNodeName', 'cm9'],
  ])('%s is told as such', async (_title, NodeName, code, name) => {
    const { body } = await harness.ris(selectRequest({ NodeName }));
    expect(body).toContain(`<ns1:ReturnCode>${code}</ns1:ReturnCode><ns1:Name>${name}</ns1:Name>`);
    expect(namesIn(body)).toEqual([]);
  });

  it.each([
    ['by exact names', items(ONE, THREE), [ONE, THREE]],
    ['by a comma list', items(`${ONE},${TWO}`), [ONE, TWO]],
    ['nobody by a pattern', items('*'), []],
    ['nobody without items', '', []],
  ])('selectCmDeviceExt selects %s, and answers under the plain name', async (_title, SelectItems, names) => {
    const { body } = await harness.ris(selectRequest({ SelectItems }, { operation: 'selectCmDeviceExt' }));
    expect(namesIn(body)).toEqual(names);
    expect(body).toContain('<ns1:selectCmDeviceResponse xmlns:ns1="http://schemas.cisco.com/ast/soap">');
    expect(body).not.toContain('Ext');
  });

  it.each([
    [
      'too many items',
      { SelectItems: items(Array.from({ length: 2_001 }, (_, n) => `SEP${n}`).join(',')) },
      'More than 2000 items are selected',
    ],
    [
      'too many patterns',
      { SelectItems: items(...Array.from({ length: 101 }, (_, n) => `SEP${n}*`)) },
      'More than 100 items with * or ? are selected',
    ],
    ['a pattern that is too long', { SelectItems: items(ONE, `${'*'.repeat(128)}1`) }, TOO_LONG],
    ['a name that is too long, in a list', { SelectItems: items(`${ONE},${'A'.repeat(129)}`) }, TOO_LONG],
  ])('%s: a fault', async (_title, criteria, words) => {
    const { status, body } = await harness.ris(selectRequest(criteria));
    expect(status).toBe(500);
    expect(body).toContain(`<faultcode>soapenv:Client</faultcode><faultstring>${words}</faultstring>`);
  });

  it('takes an item of 128 characters, and a longer list of shorter ones', async () => {
    const { body } = await harness.ris(selectRequest({ SelectItems: items(`${'A'.repeat(128)}, ${ONE}`) }));
    expect(namesIn(body)).toEqual([ONE]);
  });

  it('takes the elements in any order, in any namespace and without one', async () => {
    const plain = selectRequest({ SelectItems: items(TWO) }).replaceAll(/<(\/?)soap:/g, '<$1');
    expect(namesIn((await harness.ris(plain)).body)).toEqual([TWO]);
  });

  it('takes nil for absent', async () => {
    const nil =
      '<soap:Protocol xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:nil="true">SCCP</soap:Protocol>';
    const request = selectRequest().replace('<soap:Protocol>Any</soap:Protocol>', nil);
    expect(namesIn((await harness.ris(request)).body)).toHaveLength(4);
  });
});

describe('what RisPort tells of a device', () => {
  let harness: ManagementHarness;
  let reply: string;
  beforeAll(async () => {
    harness = (await ManagementHarness.open()).seenPhones();
    ({ body: reply } = await harness.ris(selectRequest()));
  });
  afterAll(() => harness.close());

  it.each<[string, string, string | undefined]>([
    [ONE, 'DirNumber', '1001-Registered'],
    [ONE, 'DeviceClass', 'Phone'],
    [ONE, 'Model', '404'],
    [ONE, 'Product', '404'],
    [ONE, 'Httpd', 'Yes'],
    [ONE, 'IsCtiControllable', 'true'],
    [ONE, 'LoginUserId', undefined],
    [ONE, 'Status', 'Registered'],
    [ONE, 'StatusReason', '0'],
    [ONE, 'Description', 'Desk 1'],
    [ONE, 'TimeStamp', String(SEEN_AT / 1000)],
    [ONE, 'Protocol', 'SCCP'],
    [ONE, 'NumOfLines', '1'],
    [ONE, 'ActiveLoadID', 'SCCP42.9-4-2SR3-1S'],
    [ONE, 'DownloadStatus', 'Unknown'],
    [ONE, 'IP', '127.0.1.11'],
    [TWO, 'DirNumber', '1002-Registered,1003-Registered'],
    [TWO, 'Description', 'Desk &amp; window'],
    [TWO, 'LoginUserId', 'anna'],
    [TWO, 'Httpd', 'No'],
    [TWO, 'NumOfLines', '2'],
    [THREE, 'Status', 'UnRegistered'],
    [THREE, 'StatusReason', '13'],
    [THREE, 'DirNumber', '1004-UnRegistered'],
    [THREE, 'IP', '127.0.1.13'],
    [FOUR, 'Status', 'Rejected'],
    [FOUR, 'StatusReason', '14'],
    [FOUR, 'Description', ''],
    [FOUR, 'IP', '127.0.1.14'],
  ])('%s: %s is %s', (device, name, value) => {
    expect(element(reply, device, name)).toBe(value);
  });

  it('has one address for each device, as scripts count them', () => {
    expect(reply.match(/<ns1:IPAddress><ns1:item><ns1:IP>/g)).toHaveLength(4);
    expect(reply.match(/<ns1:IP>/g)).toHaveLength(4);
  });

  it('tells a phone with a line in service as partially registered', async () => {
    harness.end(TWO);
    harness.register(TWO, '127.0.1.12');
    const [first] = harness.database.byName(TWO)?.configured.lines ?? [];
    if (first === undefined) throw new Error('no line');
    harness.bind(TWO, [first.dn]);
    const { body } = await harness.ris(selectRequest({ SelectItems: items(TWO) }));
    expect(element(body, TWO, 'Status')).toBe('PartiallyRegistered');
    expect(element(body, TWO, 'DirNumber')).toBe('1002-Registered,1003-UnRegistered');
  });

  it('writes nothing that XML forbids', async () => {
    const text = 'a\u0000\u0008<b>"&\u{1F600}';
    const odd = await ManagementHarness.open({}, [aDevice(ONE, { model: '7962', description: text })]);
    odd.register(ONE, '127.0.1.11');
    const { body } = await odd.ris(selectRequest());
    await odd.close();
    expect(element(body, ONE, 'Description')).toBe('a&lt;b&gt;&quot;&amp;\u{1F600}');
  });
});

describe('StateInfo', () => {
  let harness: ManagementHarness;
  afterEach(() => harness.close());
  const stateIn = (body: string): string => /<ns1:StateInfo>(.*)<\/ns1:StateInfo>/.exec(body)?.[1] ?? '';
  const unescaped = (text: string): string =>
    text.replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&quot;', '"');

  it('stays while nothing changes, whatever is asked', async () => {
    harness = (await ManagementHarness.open()).seenPhones();
    const all = stateIn((await harness.ris(selectRequest())).body);
    harness.clock.advance(90_000);
    const none = stateIn((await harness.ris(selectRequest({ Status: 'Unknown' }))).body);
    expect(none).toBe(all);
    expect(unescaped(all)).toMatch(
      /^<StateInfo ClusterWide="1"><Node Name="CM1" SubsystemStartTime="1700000000" StateId="\d+" TotalItemsFound="4" TotalItemsReturned="4"\/><\/StateInfo>$/,
    );
  });

  it.each([
    ['as text', (text: string) => text],
    ['as elements, as one client pastes it', unescaped],
  ])('says that nothing changed if it comes back %s', async (_title, form) => {
    harness = (await ManagementHarness.open()).seenPhones();
    const stateInfo = form(stateIn((await harness.ris(selectRequest())).body));
    const { body } = await harness.ris(selectRequest({}, { stateInfo }));
    expect(body).toContain(
      '<ns1:ReturnCode>Ok</ns1:ReturnCode><ns1:Name>CM1</ns1:Name><ns1:NoChange>true</ns1:NoChange>',
    );
    expect(namesIn(body)).toEqual([]);
    harness.end(ONE);
    const later = await harness.ris(selectRequest({}, { stateInfo }));
    expect(later.body).toContain('<ns1:NoChange>false</ns1:NoChange>');
    expect(namesIn(later.body)).toHaveLength(4);
  });

  it.each(['nonsense', '&lt;StateInfo', '<a/>', '<a><b/></a>'])('counts %s as nothing', async (stateInfo) => {
    harness = (await ManagementHarness.open()).seenPhones();
    expect(namesIn((await harness.ris(selectRequest({}, { stateInfo }))).body)).toHaveLength(4);
  });
});

describe('the other answers of RisPort', () => {
  let harness: ManagementHarness;
  afterEach(() => harness.close());

  it('has no CTI items', async () => {
    harness = await ManagementHarness.open();
    const { status, body } = await harness.ris(selectRequest({}, { operation: 'selectCtiItem' }));
    expect(status).toBe(200);
    expect(body).toContain('<ns1:TotalItemsFound>0</ns1:TotalItemsFound><ns1:CtiNodes></ns1:CtiNodes>');
  });

  it('knows no other operation', async () => {
    harness = await ManagementHarness.open();
    const { status, body } = await harness.ris(selectRequest({}, { operation: 'nosuch' }));
    expect(status).toBe(500);
    expect(body).toContain(
      '<soapenv:Fault><faultcode>soapenv:Client</faultcode><faultstring>There is no operation nosuch</faultstring><detail></detail></soapenv:Fault>',
    );
  });

  it('limits the requests of a minute with the words that tools look for, and counts no refused one', async () => {
    harness = await ManagementHarness.open({ rates: { ris: 2, perfmon: undefined } });
    const ask = async () => (await harness.ris(selectRequest())).status;
    expect([await ask(), await ask()]).toEqual([200, 200]);
    harness.clock.advance(30_000);
    const { status, body } = await harness.ris(selectRequest());
    expect(status).toBe(500);
    expect(body).toContain(
      '<soapenv:Fault xmlns:ns1="http://schemas.cisco.com/ast/soap"><faultcode>ns1:Server.RateControl',
    );
    expect(body).toContain(
      '<faultstring>AxisFault: Exceeded allowed rate for Reatime information. Current allowed rate for realtime information is 2 requests per minute.</faultstring>',
    );
    harness.clock.advance(30_000);
    expect([await ask(), await ask(), await ask()]).toEqual([200, 200, 500]);
  });

  it('sends a long reply in pieces, with turns for others between them', async () => {
    const many = Array.from({ length: 1_200 }, (_, n) =>
      aDevice(`SEP${String(n).padStart(12, '0')}`, { model: '7962', lines: [String(10_000 + n)] }),
    );
    harness = await ManagementHarness.open({}, many);
    for (const { name } of many) harness.register(name, `10.1.${name.slice(-4, -2)}.${Number(name.slice(-2))}`);
    const { body, headers } = await harness.ris(selectRequest());
    expect(namesIn(body)).toHaveLength(1_000);
    expect(headers['transfer-encoding']).toBe('chunked');
    expect(harness.pauses).toBeGreaterThan(30);
    const ext = await harness.ris(
      selectRequest(
        { SelectItems: items(many.map(({ name }) => name).join(',')), MaxReturnedDevices: '1100' },
        { operation: 'selectCmDeviceExt' },
      ),
    );
    expect(namesIn(ext.body)).toHaveLength(1_100);
  });
});
