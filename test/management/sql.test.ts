import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { DeviceName } from '../../src/core/identifiers.js';
import { aDevice } from '../support/devices.js';
import { capturedText, describeCaptured } from '../support/fixtures.js';
import { PHONES } from './harness.js';
import { deviceUuid, SqlHarness } from './sql-harness.js';

const ONE = 'SEP000000000001';
const SEEN = '1700000000';
const THREAD_STARTS = 60_000;

const devices = [
  ...PHONES,
  aDevice('SEP000000000006', {
    ...{ model: '7962', lines: ['1001'] },
    speedDials: [
      { number: '1002', label: 'Anna', busyLampField: false },
      { number: '1003', label: 'Lobby', busyLampField: true },
    ],
  }),
];

describeCaptured('what scripts ask', () => {
  let harness: SqlHarness;
  beforeAll(async () => {
    harness = new SqlHarness(devices).seenPhones();
    await harness.query('select 1'); // its thread starts from the sources, which takes a while
  }, THREAD_STARTS);
  afterAll(() => harness.close());

  const asked: { readonly sql: string }[] = JSON.parse(capturedText('apis/sql-queries.json'));
  const numbers: readonly (readonly [string, string])[] = [
    [ONE, '1001'],
    ['SEP000000000002', '1002'],
    ['SEP000000000002', '1003'],
    ['SEP000000000003', '1004'],
    ['SEP000000000004', '1005'],
    ['SEP000000000005', '1006'],
    ['SEP000000000006', '1001'],
  ];

  /** What is expected of the statement that begins so. */
  const EXPECTED: readonly (readonly [string, (rows: Record<string, string | null>[]) => void])[] = [
    ['select name, description from device where tkclass', (rows) => expect(rows).toHaveLength(6)],
    [
      'select d.name, d.description, n.dnorpattern as DN',
      (rows) => expect(rows.map(({ name, dn }) => [name, dn])).toEqual(numbers),
    ],
    ['SELECT d.name devicename', (rows) => expect(rows[0]).toEqual({ devicename: ONE, model: 'Cisco 7962' })],
    [
      'SELECT t.name, count(*) AS num',
      (rows) =>
        expect(rows).toEqual([
          { name: 'Cisco 7962', num: '3' },
          { name: 'Cisco 7841', num: '2' },
          { name: 'Cisco 8845', num: '1' },
        ]),
    ],
    [
      'SELECT UPPER(fkdevice) as uuid',
      (rows) =>
        expect(rows).toEqual([
          { uuid: deviceUuid(ONE).toUpperCase(), lastactive: SEEN, lastseen: '0', lastknownucm: 'CM1' },
          { uuid: deviceUuid('SEP000000000003').toUpperCase(), lastactive: SEEN, lastseen: SEEN, lastknownucm: 'CM1' },
        ]),
    ],
    ['SELECT rd.lastknownipaddress', (rows) => expect(rows).toEqual([{ lastknownipaddress: '127.0.1.11' }])],
    [
      'select d.name,rd.lastknownipaddress',
      (rows) => {
        expect(rows.map(({ name }) => name)).toEqual(devices.map(({ name }) => name));
        expect(rows[1]).toMatchObject({ lastknownipaddress: null, lastseen: null });
      },
    ],
    ['SELECT D.Name FROM NumPlan NP', (rows) => expect(rows).toEqual([{ name: ONE }, { name: 'SEP000000000006' }])],
    [
      'select name from processnode',
      (rows) => expect(rows.map(({ name }) => name)).toEqual(['EnterpriseWideData', 'CM1', 'CM2']),
    ],
    ['select version from componentversion', (rows) => expect(rows).toEqual([{ version: '14.0.1.10000-20' }])],
    [
      'select enduser.userid, device.name',
      (rows) => expect(rows).toEqual([{ userid: 'anna', name: 'SEP000000000002' }]),
    ],
    [
      'select userid, firstname',
      (rows) => expect(rows).toEqual([{ userid: 'anna', firstname: null, lastname: null, displayname: null }]),
    ],
    ['select pkid from device', (rows) => expect(rows).toEqual([{ pkid: deviceUuid(ONE) }])],
    [
      'select first 2 *',
      (rows) =>
        expect(rows.map(({ name, tkmodel }) => [name, tkmodel])).toEqual([
          [ONE, '404'],
          ['SEP000000000002', '36224'],
        ]),
    ],
    ['select enum, name from typemodel', (rows) => expect(rows).toContainEqual({ enum: '404', name: 'Cisco 7962' })],
    [
      'select name,tkmodel from TypeProduct',
      (rows) => expect(rows).toContainEqual({ name: 'Cisco 7962', tkmodel: '404' }),
    ],
    ['SELECT FIRST 5 name, description FROM routepartition', (rows) => expect(rows).toEqual([])],
    [
      'SELECT n.dnorpattern, n.description',
      (rows) =>
        expect(rows.map(({ dnorpattern, routepartition }) => [dnorpattern, routepartition])).toEqual(
          ['1001', '1002', '1003', '1004', '1005', '1006'].map((dn) => [dn, null]),
        ),
    ],
    ['SELECT cmg.name AS CMG_Group', (rows) => expect(rows).toEqual([{ cmg_group: 'Default', ip_phones: '6' }])],
    [
      'select d.name, d.description, sd.speeddialindex',
      (rows) =>
        expect(rows).toEqual([
          { name: 'SEP000000000006', description: '', speeddialindex: '1', label: 'Anna', speeddialnumber: '1002' },
        ]),
    ],
    ['SELECT COUNT(*) AS cnt', (rows) => expect(rows).toEqual([{ cnt: '6' }])],
    ['select tabname from systables', (rows) => expect(rows).toContainEqual({ tabname: 'devicenumplanmap' })],
    ['SELECT name FROM device d WHERE NOT EXISTS', (rows) => expect(rows).toEqual([])],
    [
      'select * from device where description like',
      (rows) => expect(rows.map(({ name }) => name)).toEqual([ONE, 'SEP000000000002']),
    ],
  ];

  it.each(asked.map(({ sql }) => sql))('%s', async (sql) => {
    const expected = EXPECTED.find(([begin]) => sql.startsWith(begin));
    if (expected === undefined) throw new Error('nothing is expected of it');
    expected[1](await harness.rows(sql));
  });
});

describe('rows', () => {
  let harness: SqlHarness;
  beforeAll(async () => {
    harness = new SqlHarness(devices).seenPhones();
    await harness.query('select 1'); // its thread starts from the sources, which takes a while
  }, THREAD_STARTS);
  afterAll(() => harness.close());

  it.each([
    ['are found with the case of LIKE', "select name from device where name like 'sep%'", []],
    [
      'have names that XML has for expressions',
      "select count(*), name || 'x', Max(tkmodel), 'a' as Two from device where name matches '*1'",
      [{ count: '1', expr2: `${ONE}x`, max: '404', two: 'a' }],
    ],
    [
      'have texts for times',
      "select dbinfo('utc_to_datetime', lastactive) at from registrationdynamic where lastseen = 0",
      [{ at: '2023-11-14 22:13:20' }],
    ],
    ['have t and f for booleans', 'select count(*) from device where isactive = t', [{ count: '6' }]],
    ['compare numbers in quotes', "select name from device where tkmodel = '36224'", [{ name: 'SEP000000000002' }]],
    ['have braces nowhere', "select count(*) from device where pkid like '{%'", [{ count: '0' }]],
    [
      'of lamps are rows of their own',
      'select blfdestination, blfindex from blfspeeddial',
      [{ blfdestination: '1003', blfindex: '1' }],
    ],
    [
      'name the members of groups in their order',
      'select cm.name, m.priority from callmanagergroupmember m join callmanager cm on m.fkcallmanager = cm.pkid order by m.priority',
      [
        { name: 'CM1', priority: '0' },
        { name: 'CM2', priority: '1' },
      ],
    ],
    [
      'name what a phone refers to',
      `select p.name, t.name tname, c.name cname, s.name sname from device d join devicepool p on p.pkid = d.fkdevicepool join phonetemplate t on t.pkid = d.fkphonetemplate join typeclass c on c.enum = d.tkclass join securityprofile s on s.pkid = d.fksecurityprofile where d.name = '${ONE}'`,
      [
        {
          name: 'Default',
          tname: 'Standard 7962 SCCP',
          cname: 'Phone',
          sname: 'Cisco 7962 - Standard SCCP Non-Secure Profile',
        },
      ],
    ],
    [
      'name the state of a registration',
      'select r.name from registrationdynamic d join typerisstatus r on d.tkrisstatus = r.enum order by r.name',
      [{ name: 'Registered' }, { name: 'UnRegistered' }],
    ],
  ])('%s', async (_title, sql, expected) => {
    expect(await harness.rows(sql)).toEqual(expected);
  });

  it.each([
    ['select * from nosuch', -206, 'The specified table (nosuch) is not in the database.'],
    ['select nosuch from device', -217, 'Column (nosuch) not found in any table in the query (or SLV is undefined).'],
    ['select name from device, typemodel', -324, 'Ambiguous column (name).'],
    ['select decode(name) from device', -674, 'Routine (decode) can not be resolved.'],
    ['select name name name from device', -201, 'A syntax error has occurred.'],
    ['select from where', -201, 'A syntax error has occurred.'],
    [
      'select length(randomblob(900000000)) from device',
      -1,
      'Maximum AXL Memory Allocation Consumed. Please retry once requests in progress have completed',
    ],
    ["select load_extension('/etc/passwd')", -674, 'Routine (load_extension) can not be resolved.'],
    ["select readfile('/etc/passwd')", -674, 'Routine (readfile) can not be resolved.'],
  ])('%s is a fault of Informix', async (sql, code, message) => {
    expect(await harness.query(sql)).toEqual({ fault: { code, message } });
  });

  it('tell the users of the configuration, also those without a device', { timeout: THREAD_STARTS }, async () => {
    const own = new SqlHarness(devices);
    const common = { password: 'bo-secret-1', email: 'bo@lab.example' };
    own.users.push(
      { ...common, id: 'bo', first: 'Bo', last: 'Lab', devices: [ONE, 'SEP00000000FFFF'] as DeviceName[] },
      { ...common, id: 'carl', first: '', last: '', email: '', devices: [] },
    );
    const map =
      'select u.userid, u.displayname, u.mailid, d.name from enduser u left outer join enduserdevicemap m on m.fkenduser = u.pkid left outer join device d on d.pkid = m.fkdevice order by u.userid';
    expect(await own.rows(map)).toEqual([
      { userid: 'anna', displayname: null, mailid: null, name: 'SEP000000000002' },
      { userid: 'bo', displayname: 'Bo Lab', mailid: 'bo@lab.example', name: ONE },
      { userid: 'carl', displayname: null, mailid: null, name: null },
    ]);
    own.close();
  });

  it('are of this moment', async () => {
    harness.register('SEP000000000005', '127.0.1.15', 5);
    harness.clock.advance(1_000);
    const sql = `select lastknownipaddress from registrationdynamic r, device d where r.fkdevice = d.pkid and d.name = 'SEP000000000005'`;
    expect(await harness.rows(sql)).toEqual([{ lastknownipaddress: '127.0.1.15' }]);
  });

  it('cannot be changed by a statement that looks like a SELECT', async () => {
    expect(await harness.query('select 1 from device; drop table device')).toHaveProperty('fault.code', -201);
    expect(await harness.rows('select count(*) from device')).toEqual([{ count: '6' }]);
  });
});

it(
  'what AXL wrote of numbers and partitions is there',
  async () => {
    const harness = new SqlHarness(devices);
    const partition = 'aaaaaaaa-0000-5000-8000-000000000001';
    harness.kept.routePartition.push({ name: 'PT', uuid: partition, values: { description: 'R &amp; D' } });
    harness.kept.line.push(
      {
        name: '1001',
        uuid: 'bbbbbbbb-0000-5000-8000-000000000001',
        values: { description: 'Desk &lt;1&gt;', routePartition: partition },
      },
      { name: '4711', uuid: 'bbbbbbbb-0000-5000-8000-000000000002', values: { alertingName: 'Nobody' } },
    );
    const sql =
      "select n.dnorpattern, n.description, n.alertingname, rp.name, rp.description d, m.fkdevice from numplan n left join routepartition rp on rp.pkid = n.fkroutepartition left join devicenumplanmap m on m.fknumplan = n.pkid where n.pkid like 'bbbb%' order by n.dnorpattern";
    expect((await harness.rows(sql)).map(({ fkdevice, ...row }) => [fkdevice === null, row])).toEqual([
      ...[0, 1].map(() => [
        false,
        { dnorpattern: '1001', description: 'Desk <1>', alertingname: null, name: 'PT', d: 'R & D' },
      ]),
      [true, { dnorpattern: '4711', description: null, alertingname: 'Nobody', name: null, d: null }],
    ]);
    harness.close();
  },
  THREAD_STARTS,
);

describe('a statement without end', () => {
  it('is ended, does no harm to others, and the next one is answered', { timeout: 2 * THREAD_STARTS }, async () => {
    const harness = new SqlHarness(devices);
    const product = `select count(*) from ${Array.from({ length: 8 }, (_, n) => `syscolumns s${n}`).join(', ')}`;
    let turns = 0;
    const tick = (): void => {
      turns += 1;
      if (harness.troubles.length === 0) setImmediate(tick);
    };
    expect(await harness.rows('select count(*) from device')).toEqual([{ count: '6' }]);
    const endless = harness.query(product);
    const waiting = harness.rows('select count(*) from device');
    setImmediate(tick);
    while (turns < 100) await new Promise((done) => setImmediate(done)); // this thread is free meanwhile
    harness.clock.advance(5_000);
    expect(await endless).toHaveProperty('fault.message', expect.stringContaining('Maximum AXL Memory Allocation'));
    expect(await waiting).toEqual([{ count: '6' }]);
    expect(harness.troubles).toMatchObject([{ reason: 'too-long', detail: expect.stringContaining('syscolumns s7') }]);
    harness.close();
  });

  it('of too many rows says how many there are, and how many fit', { timeout: 2 * THREAD_STARTS }, async () => {
    const harness = new SqlHarness(devices);
    const result = await harness.query('select a.colname, b.colname from syscolumns a, syscolumns b, typeclass c');
    expect(result).toHaveProperty('fault.code', -1);
    const [, rows, fit] = /Total rows matched: (\d+) rows\. Suggestive Row Fetch: less than (\d+) rows$/.exec(
      'fault' in result ? result.fault.message : '',
    ) ?? ['', '0', '0'];
    expect(Number(rows)).toBeGreaterThan(Number(fit));
    expect(Number(fit)).toBeGreaterThan(50_000);
    harness.close();
  });
});
