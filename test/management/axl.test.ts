// AXL: what scripts ask for and what they get, over the database and the layer of devices that the daemon has.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { DeviceName } from '../../src/core/identifiers.js';
import { ENDINGS, type EndReason } from '../../src/devices/index.js';
import { AXL_VERSIONS } from '../../src/management/axl/versions.js';
import { aDevice } from '../support/devices.js';
import { type Answer, AXL_PATH, ManagementHarness } from './harness.js';

let harness: ManagementHarness;
beforeEach(async () => {
  harness = (await ManagementHarness.open()).seenPhones();
});
afterEach(() => harness.close());

interface AskAxlOptions {
  readonly version?: string;
  readonly action?: string;
  readonly attributes?: string;
}

const ask = (operation: string, body = '', { version = '12.5', action = '', attributes = '' }: AskAxlOptions = {}) =>
  harness.ask({
    path: AXL_PATH,
    headers: action === '' ? {} : { SOAPAction: action },
    body: `<soapenv:Envelope xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/" xmlns:ns="http://www.cisco.com/AXL/API/${version}"><soapenv:Body><ns:${operation}${attributes}>${body}</ns:${operation}></soapenv:Body></soapenv:Envelope>`,
  });

const returned = async (...request: Parameters<typeof ask>): Promise<string> => {
  const { status, body } = await ask(...request);
  expect(status, body).toBe(200);
  return /<return>(.*)<\/return>/s.exec(body)?.[1] ?? '';
};

const faultIn = ({ status, body }: Answer): readonly [code: string, message: string] => {
  expect(status, body).toBe(500);
  expect(body).toContain('<faultcode>soapenv:');
  const [, message = ''] = /<faultstring>(.*?)<\/faultstring>/s.exec(body) ?? [];
  expect(body).toContain(`<axlmessage>${message}</axlmessage>`);
  return [/<axlcode>(.*?)<\/axlcode>/.exec(body)?.[1] ?? '', message];
};

const names = (content: string): string[] =>
  [...content.matchAll(/<name>([^<]*)<\/name>/g)].map(([, name = '']) => name);

const NEW = '<class>Phone</class><protocol>SCCP</protocol><devicePoolName>Default</devicePoolName>';
const addPhone = (name: string, rest = '', kind = `<product>Cisco 7962</product>${NEW}`): Promise<Answer> =>
  ask('addPhone', `<phone><name>${name}</name>${kind}${rest}</phone>`);
const line = (index: number, pattern: string, rest = '', partition = ''): string =>
  `<line><index>${index}</index>${rest}<dirn><pattern>${pattern}</pattern><routePartitionName>${partition}</routePartitionName></dirn></line>`;

describe('versions', () => {
  it.each(AXL_VERSIONS)('%s is answered in its own namespace', async (version) => {
    const { body } = await ask('getCCMVersion', '', { version });
    expect(body).toContain(`<ns:getCCMVersionResponse xmlns:ns="http://www.cisco.com/AXL/API/${version}"><return>`);
  });

  it('another one is a fault that lists what is served', async () => {
    const [code, message] = faultIn(await ask('getCCMVersion', '', { version: '7.1' }));
    expect(code).toBe('5003');
    expect(message).toContain('8.5, 9.0, 9.1');
  });

  it('the namespace holds where SOAPAction says otherwise', async () => {
    const { body } = await ask('getCCMVersion', '', { version: '14.0', action: '"CUCM:DB ver=8.5 listPhone"' });
    expect(body).toContain('getCCMVersionResponse xmlns:ns="http://www.cisco.com/AXL/API/14.0"');
  });

  it('SOAPAction says it where the element has no namespace', async () => {
    const { body } = await harness.ask({
      path: '/axl',
      headers: { SOAPAction: 'CUCM:DB ver=11.5 getCCMVersion' },
      body: '<e:Envelope xmlns:e="http://schemas.xmlsoap.org/soap/envelope/"><e:Body><getCCMVersion/></e:Body></e:Envelope>',
    });
    expect(body).toContain('xmlns:ns="http://www.cisco.com/AXL/API/11.5"');
  });

  it('the number of a request comes back', async () => {
    const { body } = await ask('getCCMVersion', '', { attributes: ' sequence="4711"' });
    expect(body).toContain('/12.5" sequence="4711"><return>');
  });
});

describe('lists', () => {
  it.each([
    ['%', 5],
    ['SEP%', 5],
    ['sep%1', 1],
    ['%0000004', 1],
    ['SEP00000000000_', 5],
    ['SEP00000000000?', 0],
    ['.*', 0],
    ['SEP000000000002', 1],
  ])('a name like %s', async (pattern, count) => {
    const found = await returned(
      'listPhone',
      `<searchCriteria><name>${pattern}</name></searchCriteria><returnedTags><name/></returnedTags>`,
    );
    expect(names(found)).toHaveLength(count);
  });

  it('all criteria must match', async () => {
    const both = (name: string, description: string) =>
      returned(
        'listPhone',
        `<searchCriteria><name>${name}</name><description>${description}</description></searchCriteria><returnedTags><name/></returnedTags>`,
      );
    expect(names(await both('SEP%', 'Desk%'))).toEqual(['SEP000000000001', 'SEP000000000002']);
    expect(names(await both('%3', 'Desk%'))).toEqual([]);
    expect(names(await both('%', ''))).toHaveLength(5);
  });

  it('by what others are called', async () => {
    const found = await returned(
      'listPhone',
      '<searchCriteria><protocol>SIP</protocol><devicePoolName>def%</devicePoolName></searchCriteria><returnedTags><name/></returnedTags>',
    );
    expect(names(found)).toEqual(['SEP000000000002', 'SEP000000000003', 'SEP000000000004']);
  });

  it('a criterion that there is not is a fault, since it would find too much', async () => {
    expect(faultIn(await ask('listPhone', '<searchCriteria><nmae>x</nmae></searchCriteria>'))).toEqual([
      '5007',
      'Item not valid: nmae is no search criterion here',
    ]);
  });

  it('only the wanted elements come, in the order of the schema, with the UUID', async () => {
    expect(
      await returned(
        'listPhone',
        '<searchCriteria><name>%1</name></searchCriteria><returnedTags><nothing/><protocol/><description/><name/></returnedTags>',
      ),
    ).toMatch(
      /^<phone uuid="\{[0-9A-F]{8}-[0-9A-F]{4}-5[0-9A-F]{3}-[89AB][0-9A-F]{3}-[0-9A-F]{12}\}"><name>SEP000000000001<\/name><description>Desk 1<\/description><protocol>SCCP<\/protocol><\/phone>$/,
    );
  });

  it('pages follow each other without a gap, whatever the order of configuration', async () => {
    await addPhone('SEP000000000000');
    const page = async (skip: number, first: number) =>
      names(
        await returned(
          'listPhone',
          `<searchCriteria><name>%</name></searchCriteria><returnedTags><name/></returnedTags><skip>${skip}</skip><first>${first}</first>`,
        ),
      );
    const all = [...(await page(0, 4)), ...(await page(4, 4)), ...(await page(8, 4))];
    expect(all).toEqual([0, 1, 2, 3, 4, 5].map((number) => `SEP00000000000${number}`));
  });

  it('a list that is too large is a fault with both numbers', async () => {
    await harness.close();
    const devices = Array.from({ length: 9_000 }, (_, at) => phoneNumbered(at, { description: 'x'.repeat(120) }));
    harness = await ManagementHarness.open({}, devices);
    const [code, message] = faultIn(await ask('listPhone', '<searchCriteria><name>%</name></searchCriteria>'));
    expect(code).toBe('-1');
    const [, total, fitting] =
      /^Query request too large\. Total rows matched: (\d+) rows\. Suggestive Row Fetch: less than (\d+) rows$/.exec(
        message,
      ) ?? [];
    expect(total).toBe('9000');
    const found = await returned(
      'listPhone',
      `<searchCriteria><name>%</name></searchCriteria><first>${fitting}</first>`,
    );
    expect(names(found)).toHaveLength(Number(fitting));
    expect(harness.pauses).toBeGreaterThan(20);
  });

  it('of nodes, groups, pools and menus', async () => {
    const list = (operation: string) => returned(operation, '<searchCriteria><name>%</name></searchCriteria>');
    expect(names(await list('listProcessNode'))).toEqual(['EnterpriseWideData', 'CM1', 'CM2']);
    expect(await list('listCallManagerGroup')).toContain('<name>Default</name><tftpDefault>true</tftpDefault>');
    expect(await returned('getCallManagerGroup', '<name>Default</name>')).toMatch(
      /<members><member><callManagerName uuid="\{.*?\}">CM1<\/callManagerName><priority>0<\/priority><\/member>/,
    );
    expect(names(await list('listDevicePool'))).toEqual(['Default']);
    expect(names(await list('listPhoneButtonTemplate'))).toContain('Standard 7962 SCCP');
    expect(names(await list('listPhoneSecurityProfile'))).toContain('Cisco 8845 - Standard SIP Non-Secure Profile');
    expect(names(await list('listLocation'))).toEqual(['Hub_None']);
    for (const menu of ['Region', 'CommonDeviceConfig', 'CommonPhoneConfig', 'SoftkeyTemplate'])
      expect(names(await list(`list${menu}`))).toHaveLength(1);
    expect(await list('listCss')).toBe('');
  });

  it('the names of a phone are those of the lists', async () => {
    const phone = await returned('getPhone', '<name>SEP000000000001</name>');
    for (const [element, operation] of [
      ['devicePoolName', 'listDevicePool'],
      ['locationName', 'listLocation'],
      ['phoneTemplateName', 'listPhoneButtonTemplate'],
      ['securityProfileName', 'listPhoneSecurityProfile'],
      ['commonPhoneConfigName', 'listCommonPhoneConfig'],
    ] as const) {
      const [, uuid = '', name = ''] = new RegExp(`<${element} uuid="(.*?)">(.*?)<`).exec(phone) ?? [];
      expect(
        await returned(
          operation,
          `<searchCriteria><name>${name}</name></searchCriteria><returnedTags><name/></returnedTags>`,
        ),
      ).toContain(`uuid="${uuid}"><name>${name}</name>`);
    }
  });

  it('of the users of the configuration, with what devices say of them', async () => {
    await harness.close();
    const bo = { id: 'bo', password: 'bo-secret-1', first: 'Bo', last: 'Lab', email: 'bo@lab.example' };
    const anna = { id: 'anna', password: 'anna-secret', first: 'Anna', last: 'Lind', email: '' };
    harness = await ManagementHarness.open({
      users: [
        { ...bo, devices: ['SEP000000000001', 'SEP00000000FFFF'] as DeviceName[] },
        { ...anna, devices: ['SEP000000000003'] as DeviceName[] },
      ],
    });
    const list = await returned('listUser', '<searchCriteria><userid>%</userid></searchCriteria>');
    expect([...list.matchAll(/<userid>(.*?)<\/userid>/g)].map(([, id]) => id)).toEqual(['anna', 'bo']);
    const user = await returned('getUser', '<userid>bo</userid>');
    expect(user).toContain('<firstName>Bo</firstName><middleName/><lastName>Lab</lastName>');
    expect(user).toContain('<associatedDevices><device>SEP000000000001</device></associatedDevices>');
    expect(user).toContain('<pattern>1001</pattern>');
    expect(user).not.toContain('bo-secret-1');
    // A device names her as its owner, too.
    expect(await returned('getUser', '<userid>anna</userid>')).toContain(
      '<device>SEP000000000003</device><device>SEP000000000002</device>',
    );
    const prove = (password: string) =>
      returned('doAuthenticateUser', `<userid>bo</userid><password>${password}</password>`);
    expect(await prove('bo-secret-1')).toContain('<userAuthenticated>true</userAuthenticated>');
    expect(await prove('bo-secret-2')).toContain('<userAuthenticated>false</userAuthenticated>');
  });

  it('of users, and of registrations', async () => {
    expect(await returned('listUser', '<searchCriteria><userid>%</userid></searchCriteria>')).toContain(
      '<userid>anna</userid>',
    );
    expect(await returned('getUser', '<userid>anna</userid>')).toContain(
      '<associatedDevices><device>SEP000000000002</device></associatedDevices>',
    );
    const found = await returned('listRegistrationDynamic', '<searchCriteria><device>%</device></searchCriteria>');
    expect([...found.matchAll(/<risStatus>(.*?)<\/risStatus>/g)].map(([, word]) => word)).toEqual([
      'Registered',
      'Registered',
      'Unregistered',
      'Rejected',
    ]);
    expect(found).toMatch(/SEP000000000001<\/device><lastKnownIpAddress>127\.0\.1\.11<.*?<lastSeen>0</);
    expect(found).toMatch(/SEP000000000003<\/device>.*?<lastSeen>1700000000</);
  });
});

const phoneNumbered = (at: number, more: Parameters<typeof aDevice>[1] = {}) =>
  aDevice(`SEP1${String(at).padStart(11, '0')}`, { model: '7962', lines: [String(20_000 + at)], ...more });

describe('phones', () => {
  it('get everything that was written back, and labcm takes what it can use', async () => {
    const { status, body } = await addPhone(
      'sep0000000000f1',
      [
        '<description>Lobby &amp; bar</description><callingSearchSpaceName>CSS1</callingSearchSpaceName>',
        '<loadInformation special="true">SCCP42.9-4-2SR3-1S</loadInformation>',
        '<vendorConfig><webAccess>0</webAccess></vendorConfig><ownerUserName>bob</ownerUserName>',
        `<lines>${line(2, '7002', '<label>Two</label><display>Bob</display>')}${line(1, '7001', '<ringSetting>Ring</ringSetting>')}</lines>`,
        '<speeddials><speeddial><dirn>5555</dirn><label>Taxi</label><index>1</index></speeddial></speeddials>',
        '<busyLampFields><busyLampField><blfDest>1001</blfDest><label>Desk</label><index>1</index></busyLampField></busyLampFields>',
        '<services><service><telecasterServiceName>Menu</telecasterServiceName><name>Menu</name><url>http://10.0.0.1/menu</url></service></services>',
        '<confidentialAccess><confidentialAccessMode>Fixed</confidentialAccessMode></confidentialAccess>',
        '<mlppDomainId/><sshPwd>hush</sshPwd>',
      ].join(''),
    );
    expect(status, body).toBe(200);
    const added = harness.database.byName('SEP0000000000F1');
    expect(added?.origin).toBe('runtime');
    expect(added?.configured).toMatchObject({
      ...{ description: 'Lobby & bar', load: 'SCCP42.9-4-2SR3-1S', vendorConfig: { webAccess: '0' } },
      ...{ ownerUserId: 'bob', group: 'Default', serviceUrls: [{ name: 'Menu', url: 'http://10.0.0.1/menu' }] },
      lines: [
        { dn: '7001', label: '7001' },
        { dn: '7002', label: 'Two', displayName: 'Bob' },
      ],
      speedDials: [
        { number: '5555', label: 'Taxi', busyLampField: false },
        { number: '1001', label: 'Desk', busyLampField: true },
      ],
    });
    const got = await returned('getPhone', '<name>SEP0000000000F1</name>');
    for (const part of [
      /<callingSearchSpaceName uuid="\{.*?\}">CSS1<\/callingSearchSpaceName>/,
      /<loadInformation special="true">SCCP42.9-4-2SR3-1S<\/loadInformation>/,
      /<vendorConfig><webAccess>0<\/webAccess><\/vendorConfig>/,
      /<index>1<\/index><label\/><display\/><dirn uuid="\{.*?\}"><pattern>7001<\/pattern><routePartitionName\/><\/dirn><ringSetting>Ring<\/ringSetting>/,
      /<index>2<\/index><label>Two<\/label><display>Bob<\/display>/,
      /<busyLampField><blfDest>1001<\/blfDest><label>Desk<\/label><index>1<\/index><\/busyLampField>/,
      /<confidentialAccess><confidentialAccessMode>Fixed<\/confidentialAccessMode><\/confidentialAccess>/,
      /<ownerUserName uuid="\{.*?\}">bob<\/ownerUserName>/,
      /<phoneTemplateName uuid="\{.*?\}">Standard 7962 SCCP<\/phoneTemplateName>/,
      /<directoryUrl>http:\/\/10.0.0.1:6970\/directory<\/directoryUrl>/,
    ])
      expect(got).toMatch(part);
    expect(got).not.toContain('hush');
  });

  it('what is usual is not remembered', async () => {
    await addPhone(
      'SEP0000000000F1',
      '<locationName>Hub_None</locationName><phoneTemplateName>Standard 7962 SCCP</phoneTemplateName>',
    );
    expect(readFileSync(join(harness.directory, 'devices.jsonl'), 'utf8')).not.toContain('extra');
  });

  it('every fault is told at once, by the names of AXL', async () => {
    const [code, message] = faultIn(
      await addPhone(
        'SEP0000000000F1',
        `<lines>${line(1, 'a b')}</lines>`,
        '<product>Cisco 9999</product><class>Gateway</class><devicePoolName>Nowhere</devicePoolName>',
      ),
    );
    expect(code).toBe('5007');
    for (const part of [
      'protocol is needed',
      'class: found',
      'product: found',
      'devicePoolName: found',
      'lines/line 1/dirn/pattern: found',
    ])
      expect(message).toContain(part);
    expect(harness.database.byName('SEP0000000000F1')).toBeUndefined();
  });

  it('a model that does not speak the protocol is refused as check would', async () => {
    const [code, message] = faultIn(await addPhone('SEP0000000000F1', '', `<product>Cisco 8845</product>${NEW}`));
    expect([code, message]).toEqual(['5007', expect.stringContaining('protocol: found')]);
  });

  it('a name is there once', async () => {
    expect(faultIn(await addPhone('SEP000000000001'))[0]).toBe('-239');
  });

  it('an update changes what it names, and an empty element clears', async () => {
    const uuid = await returned('updatePhone', '<name>SEP000000000002</name><description/>');
    const { configured } = harness.database.byName('SEP000000000002') ?? {};
    expect(configured).toMatchObject({ description: '', ownerUserId: 'anna', protocol: 'SIP' });
    expect(configured?.lines).toHaveLength(2);
    expect(await returned('updatePhone', `<uuid>${uuid.toLowerCase()}</uuid><description>again</description>`)).toBe(
      uuid,
    );
    expect(harness.database.byName('SEP000000000002')?.configured.description).toBe('again');
    expect(harness.events.findLast(({ type }) => type === 'daemon.devices-written')).toMatchObject({
      by: 'axl',
      address: '127.0.0.1',
      names: ['SEP000000000002'],
    });
    expect(harness.events.at(-1)).toMatchObject({
      type: 'management.asked',
      service: 'AXL',
      operation: 'updatePhone',
      user: 'labadmin',
      wrote: 'phone SEP000000000002',
    });
  });

  it('lines are replaced, added and taken away, and where a number forwards stays', async () => {
    const numbers = () => harness.database.byName('SEP000000000001')?.configured.lines.map(({ dn }) => dn);
    await returned(
      'updateLine',
      '<pattern>1001</pattern><callForwardAll><destination>1004</destination></callForwardAll>',
    );
    await returned('updatePhone', `<name>SEP000000000001</name><lines>${line(1, '1002')}${line(2, '1001')}</lines>`);
    expect(numbers()).toEqual(['1002', '1001']);
    expect(harness.database.byName('SEP000000000001')?.configured.lines[1]?.forward.all).toBe('1004');
    await returned('updatePhone', `<name>SEP000000000001</name><addLines>${line(1, '1009')}</addLines>`);
    expect(numbers()).toEqual(['1009', '1002', '1001']);
    await returned('updatePhone', `<name>SEP000000000001</name><removeLines>${line(2, '1002')}</removeLines>`);
    expect(numbers()).toEqual(['1009', '1001']);
    await returned('updatePhone', '<name>SEP000000000001</name><lines/>');
    expect(numbers()).toEqual([]);
  });

  it('a phone keeps its UUID under another name, and the old name gets another', async () => {
    const uuid = /<phone[^>]* uuid="(.*?)"/.exec(await returned('getPhone', '<name>SEP000000000002</name>'))?.[1] ?? '';
    expect(await returned('updatePhone', '<name>SEP000000000002</name><newName>SEP0000000000AB</newName>')).toBe(uuid);
    expect(harness.database.byName('SEP000000000002')).toBeUndefined();
    expect(names(await returned('getPhone', `<uuid>${uuid}</uuid>`))).toContain('SEP0000000000AB');
    const again = await addPhone('SEP000000000002');
    expect(again.body).not.toContain(uuid);
    expect(faultIn(await ask('updatePhone', '<name>SEP000000000002</name><newName>SEP000000000001</newName>'))[0]).toBe(
      '-239',
    );
  });

  it('a registered phone that is removed ends with reason 14', async () => {
    const ended: unknown[] = [];
    harness.bus.on('device.unregistered', ({ reason }) => ended.push(reason));
    await returned('removePhone', '<name>SEP000000000001</name>');
    expect(ended.map((reason) => ENDINGS[reason as EndReason].number)).toEqual([14]);
    expect(harness.database.byName('SEP000000000001')).toBeUndefined();
    for (const operation of ['getPhone', 'updatePhone', 'removePhone', 'resetPhone'])
      expect(faultIn(await ask(operation, '<name>SEP000000000001</name>'))).toEqual([
        '5007',
        'Item not valid: The specified Phone was not found',
      ]);
  });

  it('are told to reset, to restart and to read their configuration, registered or not', async () => {
    const name = 'SEP000000000005';
    const [, uuid] = /<phone[^>]* uuid="(.*?)"/.exec(await returned('getPhone', `<name>${name}</name>`)) ?? [];
    for (const verb of ['apply', 'restart', 'reset'])
      expect(await returned(`${verb}Phone`, `<name>${name}</name>`)).toBe(uuid);
    await returned('doDeviceReset', `<deviceName>${name}</deviceName><isHardReset>true</isHardReset>`);
    await returned('doDeviceReset', `<deviceName>${uuid}</deviceName><deviceResetType>Restart</deviceResetType>`);
    expect(harness.commands).toEqual(
      ['apply', 'restart', 'reset', 'reset', 'restart'].map((verb) => `${verb} ${name}`),
    );
  });

  it('more than is remembered of a phone is refused', async () => {
    const [code, message] = faultIn(await addPhone('SEP0000000000F1', `<sshUserId>${'x'.repeat(9_000)}</sshUserId>`));
    expect(code).toBe('5003');
    expect(message).toContain('8192');
  });

  it('a digest user without its password is refused with what to do', async () => {
    expect(faultIn(await ask('updatePhone', '<name>SEP000000000002</name><digestUser>eve</digestUser>'))[1]).toContain(
      'digestUser',
    );
  });
});

describe('lines', () => {
  it('a number may be there before its phone, with what belongs to it', async () => {
    const uuid = await returned(
      'addLine',
      '<line><pattern>7001</pattern><description>Bar</description><usage>Device</usage><alertingName>Bar</alertingName><callForwardBusy><destination>1001</destination></callForwardBusy></line>',
    );
    const got = () => returned('getLine', '<pattern>7001</pattern>');
    expect(await got()).toContain(`<line uuid="${uuid}"><pattern>7001</pattern><description>Bar</description>`);
    expect(await got()).toMatch(/<callForwardBusy>.*?<destination>1001<\/destination><\/callForwardBusy>/);
    expect(faultIn(await ask('addLine', '<line><pattern>7001</pattern></line>'))[0]).toBe('-239');
    await addPhone('SEP0000000000F1', `<lines>${line(1, '7001')}</lines>`);
    expect(harness.database.byName('SEP0000000000F1')?.configured.lines[0]?.forward.busy).toBe('1001');
    expect(await got()).toContain('<associatedDevices><device>SEP0000000000F1</device></associatedDevices>');
    expect(await returned('getPhone', '<name>SEP0000000000F1</name>')).toContain(`<dirn uuid="${uuid}">`);
    await returned('removePhone', '<name>SEP0000000000F1</name>');
    expect(await got()).toContain('<description>Bar</description>');
  });

  it('are listed by pattern and description', async () => {
    await returned('addLine', '<line><pattern>7001</pattern><description>Bar</description></line>');
    const list = async (criteria: string) =>
      [
        ...(
          await returned(
            'listLine',
            `<searchCriteria>${criteria}</searchCriteria><returnedTags><pattern/></returnedTags>`,
          )
        ).matchAll(/<pattern>(.*?)<\/pattern>/g),
      ].map(([, pattern]) => pattern);
    expect(await list('<pattern>%</pattern>')).toEqual(['1001', '1002', '1003', '1004', '1005', '1006', '7001']);
    expect(await list('<pattern>100_</pattern><description>%</description>')).toHaveLength(6);
    expect(await list('<description>ba%</description>')).toEqual(['7001']);
  });

  it('a number changes on every phone and keeps its UUID', async () => {
    const [, uuid = ''] = /<line uuid="(.*?)"/.exec(await returned('getLine', '<pattern>1001</pattern>')) ?? [];
    expect(
      await returned(
        'updateLine',
        '<pattern>1001</pattern><newPattern>1111</newPattern><description>New</description>',
      ),
    ).toBe(uuid);
    expect(harness.database.byName('SEP000000000001')?.configured.lines[0]?.dn).toBe('1111');
    expect(await returned('getLine', `<uuid>${uuid}</uuid>`)).toContain(
      '<pattern>1111</pattern><description>New</description>',
    );
    expect(faultIn(await ask('updateLine', '<pattern>1111</pattern><newPattern>1002</newPattern>'))[0]).toBe('-239');
    expect(faultIn(await ask('getLine', '<pattern>1001</pattern>'))).toEqual([
      '5007',
      'Item not valid: The specified Line was not found',
    ]);
  });

  it('a number that is removed is no line of any phone', async () => {
    await returned('removeLine', '<pattern>1002</pattern>');
    expect(harness.database.byName('SEP000000000002')?.configured.lines.map(({ dn }) => dn)).toEqual(['1003']);
  });

  it('are in one route partition each', async () => {
    for (const name of ['PT1', 'PT2'])
      await returned('addRoutePartition', `<routePartition><name>${name}</name></routePartition>`);
    expect((await addPhone('SEP0000000000F1', `<lines>${line(1, '7001', '', 'PT1')}</lines>`)).status).toBe(200);
    expect(await returned('getPhone', '<name>SEP0000000000F1</name>')).toMatch(
      /<routePartitionName uuid="\{.*?\}">PT1<\/routePartitionName>/,
    );
    for (const partition of ['PT2', 'PT3'])
      expect(
        faultIn(await addPhone('SEP0000000000F2', `<lines>${line(1, '7001', '', partition)}</lines>`))[1],
      ).toContain('routePartitionName');
    expect(
      faultIn(await ask('getLine', '<pattern>7001</pattern><routePartitionName>PT2</routePartitionName>'))[0],
    ).toBe('5007');
    await returned('updateRoutePartition', '<name>PT1</name><newName>PT9</newName>');
    expect(await returned('getLine', '<pattern>7001</pattern><routePartitionName>PT9</routePartitionName>')).toContain(
      '7001',
    );
    expect(faultIn(await ask('removeRoutePartition', '<name>PT9</name>'))[1]).toContain('1 lines');
    await returned('removeRoutePartition', '<name>PT2</name>');
    expect(names(await returned('listRoutePartition', '<searchCriteria><name>%</name></searchCriteria>'))).toEqual([
      'PT9',
    ]);
  });
});

describe('everything else', () => {
  it.each([
    ['doDeviceLogin', 'extension mobility'],
    ['executeSQLUpdate', 'updatePhone'],
    ['listChange', 'not offered'],
    ['addGatekeeper', 'docs/apis.md'],
  ])('%s is refused by name', async (operation, word) => {
    const answer = await ask(operation);
    expect(faultIn(answer)).toEqual(['5003', expect.stringContaining(word)]);
    expect(answer.body).toContain(`<request>${operation}</request>`);
  });

  it('writes can be switched off, and reads go on', async () => {
    await harness.close();
    harness = await ManagementHarness.open({ axl: { writes: false } });
    expect(faultIn(await addPhone('SEP0000000000F1'))[1]).toContain('management.axl.writes');
    expect(faultIn(await ask('resetPhone', '<name>SEP000000000001</name>'))[0]).toBe('5003');
    expect(names(await returned('getPhone', '<name>SEP000000000001</name>'))).toContain('SEP000000000001');
  });

  it('a user of a digest password proves it', async () => {
    await harness.close();
    harness = await ManagementHarness.open({}, [
      aDevice('SEP000000000001', { model: '8845', protocol: 'SIP', digest: { user: 'anna', password: 'right-1' } }),
    ]);
    const prove = (password: string) =>
      returned('doAuthenticateUser', `<userid>anna</userid><password>${password}</password>`);
    expect(await prove('right-1')).toBe('<userAuthenticated>true</userAuthenticated><code>0</code>');
    expect(await prove('wrong-1')).toBe('<userAuthenticated>false</userAuthenticated><code>1</code>');
    expect(await returned('getPhone', '<name>SEP000000000001</name>')).not.toContain('right-1');
  });

  it('names of JavaScript are only names', async () => {
    for (const name of ['__proto__', 'constructor', 'toString', 'hasOwnProperty']) {
      expect(faultIn(await ask(name))[0]).toBe('5003');
      expect(faultIn(await ask('getPhone', `<name>${name}</name>`))[0]).toBe('5007');
      expect(faultIn(await ask('getLine', `<pattern>${name}</pattern>`))[0]).toBe('5007');
    }
    expect(
      await returned('getPhone', '<name>SEP000000000001</name><returnedTags><__proto__/><name/></returnedTags>'),
    ).toContain('<name>SEP000000000001</name></phone>');
  });

  it('as many requests as a script has connections wait for their turns', async () => {
    const asked: (() => void)[] = [];
    harness.sql = { query: () => new Promise((resolve) => asked.push(() => resolve({ rows: [] }))) };
    let left = 30;
    const answers = Array.from({ length: left }, async () => {
      const answer = await ask('executeSQLQuery', '<sql>select 1</sql>');
      left -= 1;
      return answer;
    });
    const turn = () => new Promise((done) => setImmediate(done));
    while (asked.length < 8 || harness.connections < 8) await turn();
    for (let turns = 0; turns < 200; turns += 1) await turn(); // the others come meanwhile
    while (left > 0) {
      for (const answerOne of asked.splice(0)) answerOne();
      await turn();
    }
    expect((await Promise.all(answers)).map(({ status }) => status)).toEqual(answers.map(() => 200));
  });

  it('many writes at once are done one after the other', async () => {
    const answers = await Promise.all(
      [1, 2, 3, 4, 5, 6].map(() => ask('addLine', '<line><pattern>7001</pattern></line>')),
    );
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 500, 500, 500, 500, 500]);
  });
});
