// Tables of devices as people have them: from spreadsheets, from Cisco's bulk tool, from scripts; and one slip is one fault.

import { describe, expect, it } from 'vitest';
import { capturedBytes, capturedText, describeCaptured } from '../support/fixtures.js';
import { faultsIn, load, warningsIn } from './harness.js';

const CSV = 'devicesFile: ./phones.csv';
const JSON_FILE = 'devicesFile: ./phones.json';

const named = async (content: string | Buffer, yaml = CSV, file = 'phones.csv') =>
  (await load(yaml, { [file]: content })).devices.map(({ name }) => name);

const TABLE = 'name,model,description\nA,CIPC,Käse\nB,7962,"x, y"\n';

describe('the text of a table', () => {
  const utf16 = Buffer.from(`\ufeff${TABLE}`, 'utf16le');

  it.each([
    ['UTF-16, as spreadsheets export Unicode text', utf16],
    ['UTF-16 with its octets the other way', Buffer.from(utf16).swap16()],
    ['UTF-16 without a byte order mark', utf16.subarray(2)],
    ['the same the other way', Buffer.from(utf16.subarray(2)).swap16()],
    ['UTF-8', Buffer.from(TABLE)],
  ])('may be %s', async (_, content) => {
    const { devices } = await load(CSV, { 'phones.csv': content });
    expect(devices.map(({ name }) => name).slice(0, 1)).toEqual(['A']);
    expect(devices[0]?.description).toBe('Käse');
  });

  it('is no spreadsheet itself', async () => {
    expect(await faultsIn(CSV, { 'phones.csv': Buffer.from('PK\x03\x04\x14\0', 'latin1') })).toEqual([
      'labcm.yaml:1: devicesFile: found a spreadsheet or another archive (phones.csv), wanted text; a spreadsheet saves it as CSV UTF-8',
    ]);
  });

  it('a configuration may be in UTF-16 as well', async () => {
    const yaml = Buffer.from('\ufeffdevices: [{ name: A, model: CIPC }]', 'utf16le');
    expect((await load('', { 'labcm.yaml': yaml })).devices).toHaveLength(1);
  });

  it.each(['\n', '\r\n', '\r'])('may end its rows by %j, and names the line of a fault', async (end) => {
    const rows = ['name,model', 'A,CIPC', '', 'B,7962'];
    expect(await named(rows.join(end))).toEqual(['A', 'B']);
    expect(await named(`${rows.join(end)}${end}`)).toEqual(['A', 'B']);
    expect(await faultsIn(CSV, { 'phones.csv': [...rows, 'C,XYZW1'].join(end) })).toEqual([
      expect.stringContaining('phones.csv:5: model: found "XYZW1"'),
    ]);
  });
});

describe('what spreadsheets leave behind', () => {
  it('columns without a name and without cells are none', async () => {
    expect(await named('name,model,,\nA,CIPC,,\nB,CIPC,,\n,,,\n')).toEqual(['A', 'B']);
    expect(await named('name,,model\nA,,CIPC\n')).toEqual(['A']);
  });

  it('a cell below no name is told', async () => {
    expect(await faultsIn(CSV, { 'phones.csv': 'name,model,,\nA,CIPC,,x\n' })).toEqual([
      'phones.csv:2: CSV: found "x" in column 4, which has no name, wanted a name above it',
    ]);
  });

  it('more cells than columns are told, unless they are empty', async () => {
    expect(await named('name,model\nA,CIPC,,\n')).toEqual(['A']);
    expect(await faultsIn(CSV, { 'phones.csv': 'name,model\nA,CIPC,x\n' })).toEqual([
      'phones.csv:2: CSV: found 3 cells, wanted 2, one for each column of the header',
    ]);
  });

  it('a first line that names the separator', async () => {
    expect(await named('sep=;\nname;model\nA;CIPC\n')).toEqual(['A']);
  });

  it('keys in any case and with blanks', async () => {
    const { devices } = await load(CSV, {
      'phones.csv': 'Name,MODEL,Speed Dials,Digest.User,digest.password\nA,CIPC,1=x,u,p\n',
    });
    expect(devices[0]).toMatchObject({ name: 'A', speedDials: [{ number: '1', label: 'x' }], digest: { user: 'u' } });
  });
});

describe('a table of Cisco’s bulk tool', () => {
  it('has its usual columns read', async () => {
    const { devices } = await load(CSV, {
      'phones.csv': [
        'MAC Address,Description,Device Type,Device Protocol,Directory Number 1,Line Text Label 1,Display 1,External Phone Number Mask 1,Directory Number  2,Line Text Label  2,Speed Dial Number 1,Speed Dial Label 1,Owner User ID',
        '005056A1033D,Front desk,Cisco 7962,SCCP,5001,Front,Front desk,40855550XX,5002,,5003,Lab,jdoe',
        '0050.56a1.033e,,Cisco 7962,SIP,5004,,,,,,,,',
      ].join('\r\n'),
    });
    expect(devices).toMatchObject([
      {
        name: 'SEP005056A1033D',
        mac: '005056A1033D',
        protocol: 'SCCP',
        description: 'Front desk',
        ownerUserId: 'jdoe',
        lines: [
          { dn: '5001', label: 'Front', displayName: 'Front desk', externalMask: '40855550XX' },
          { dn: '5002', label: '5002' },
        ],
        speedDials: [{ number: '5003', label: 'Lab' }],
      },
      { name: 'SEP005056A1033E', protocol: 'SIP', lines: [{ dn: '5004' }] },
    ]);
  });

  it('keeps the tool’s device name, and the address beside it', async () => {
    const { devices } = await load(CSV, {
      'phones.csv': 'Device Name,MAC Address,Device Type\nLAB1,005056A1033D,Cisco IP Communicator\n',
    });
    expect(devices[0]).toMatchObject({ name: 'LAB1', mac: '005056A1033D' });
  });

  it('tells once of all columns that labcm has no use for, and loads', async () => {
    const content = 'MAC Address,Device Type,CSS,Location,AAR Group,Directory Number 1\n005056A1033D,7962,a,b,c,5001\n';
    expect(await named(content)).toEqual(['SEP005056A1033D']);
    expect(await warningsIn(CSV, { 'phones.csv': content })).toEqual([
      'phones.csv:1: warning: CSV: found columns that labcm has no key for: CSS, Location, AAR Group, wanted none of them: they are not read',
    ]);
  });

  it('leaves out a line that has no number in this row', async () => {
    const { devices } = await load(CSV, {
      'phones.csv':
        'MAC Address,Device Type,Directory Number 1,Directory Number 2,Directory Number 3\n005056A1033D,7962,5001,,5003\n',
    });
    expect(devices[0]?.lines.map(({ dn }) => dn)).toEqual(['5001', '5003']);
  });
});

describe('one slip of a table is one fault', () => {
  const rows = Array.from({ length: 50 }, (_, index) => `SEP00112233${4400 + index},7962,${5000 + index}`).join('\n');

  it.each([
    [
      'a column misspelt',
      `name,modle,lines\n${rows}`,
      'phones.csv:1: modle: found an unknown key, wanted model (is that what was meant?)',
    ],
    [
      'a column that is missing',
      `name,load,lines\n${rows.replaceAll(',7962,', ',,')}`,
      'phones.csv:1: model: found no such column, wanted a column `model`, such as 7962 (or Device Type, such as Cisco 7962)',
    ],
    [
      'no header',
      rows,
      expect.stringMatching(
        /^phones\.csv:1: CSV: found SEP001122334400, 7962, 5000…, none of which is a column, wanted a header such as name,model,protocol,lines/,
      ),
    ],
    [
      'columns of another program',
      `name,model,colour,weight,height\n${rows.replace(/$/gm, ',,')}`,
      expect.stringMatching(
        /^phones\.csv:1: CSV: found unknown columns: colour, weight, height, wanted some of name, mac, /,
      ),
    ],
  ])('%s', async (_, content, fault) => {
    expect(await faultsIn(CSV, { 'phones.csv': content })).toEqual([fault]);
  });
});

describe('devices in JSON', () => {
  const DEVICES = [
    { name: 'A', model: 7962, lines: [{ dn: '5001', label: 'a, [b] {c} "d"' }] },
    { name: 'B', model: 'CIPC', lines: ['5002'] },
  ];

  it.each([
    ['an array on one line', JSON.stringify(DEVICES)],
    ['an array on many', JSON.stringify(DEVICES, undefined, 2)],
    ['an array with a comma too many', JSON.stringify(DEVICES).replace(/\]$/, ',\n]\n')],
    ['objects on several lines each', DEVICES.map((one) => JSON.stringify(one, undefined, 2)).join('\n')],
    ['an object a line, by CRLF', DEVICES.map((one) => JSON.stringify(one)).join('\r\n')],
  ])('may be %s', async (_, content) => {
    const { devices } = await load(JSON_FILE, { 'phones.json': content });
    expect(devices.map(({ name, lines: [line] }) => [name, line?.label])).toEqual([
      ['A', 'a, [b] {c} "d"'],
      ['B', '5002'],
    ]);
  });

  it('an array is read the same however long it is', async () => {
    const many = Array.from({ length: 5000 }, (_, index) => ({
      name: `D${index}`,
      model: 'CIPC',
      description: 'x'.repeat(100),
    }));
    expect(await named(JSON.stringify(many, undefined, 1), JSON_FILE, 'phones.json')).toHaveLength(5000);
  });

  it.each([
    [
      'an item with a fault, at its line',
      '[\n  { "name": "A", "model": "CIPC" },\n  { "name": "B", "modle": "CIPC", "model": 1234567 }\n]',
      [
        expect.stringMatching(/^phones\.json:3: model: found 1234567/),
        expect.stringMatching(/^phones\.json:3: modle: found an unknown key, wanted model/),
      ],
    ],
    [
      'an item that is no JSON',
      '[\n  { "name": "A", "model": "CIPC" },\n  { name: "B" },\n  { "name": "C", "model": "CIPC" }\n]',
      ['phones.json:3: JSON: found { name: "B" }, wanted a JSON object'],
    ],
    [
      'an array that does not end',
      '[\n  { "name": "A", "model": "CIPC" },\n  { "name": "B", "model": "CIPC" \n',
      [
        'phones.json:3: JSON: found { "name": "B", "model": "CIPC", wanted an array that ends: a bracket, a brace or a quote is open here',
      ],
    ],
    [
      'something behind the array',
      '[{ "name": "A", "model": "CIPC" }]\nx',
      ['phones.json:2: JSON: found x, wanted nothing behind the end of the array'],
    ],
    [
      'a slip in one of several objects',
      '{ "name": "A", "model": "CIPC" }\n{ "name": "B",\n{ "name": "C", "model": "CIPC" }\n',
      ['phones.json:2: JSON: found { "name": "B",, wanted one JSON object on a line of its own'],
    ],
  ])('tells of %s once', async (_, content, faults) => {
    expect(await faultsIn(JSON_FILE, { 'phones.json': content })).toEqual(faults);
  });
});

describe('one slip of YAML is one fault, with its column and what stands there', () => {
  it.each([
    [
      'a bracket too many',
      'cluster: x\ngroups:\n  - { name: A, members: [CM1]] }\n  - { name: B, members: [CM1] }\n',
      /^labcm\.yaml:3: YAML: found .* at column 30 of "- \{ name: A, members: \[CM1\]\] \}", wanted well-formed YAML$/,
    ],
    [
      'a bracket too few',
      'cluster: x\nnodes: [{ name: A, address: 1.2.3.4 }\nself: A\nsccp: { port: 1 }\n',
      /^labcm\.yaml:\d: YAML: /,
    ],
    ['a quote that is not closed', 'cluster: "x\nself: A\n', /^labcm\.yaml:\d: YAML: /],
  ])('%s', async (_, yaml, fault) => {
    expect(await faultsIn(yaml)).toEqual([expect.stringMatching(fault)]);
  });

  it('keys that stand twice are each told', async () => {
    expect(await faultsIn('cluster: x\ncluster: y\nself: A\nself: B\n')).toHaveLength(2);
  });

  it('shows what stands around the place in a long line', async () => {
    const [fault] = await faultsIn(`cluster: { a: ${'x'.repeat(200)} ] ${'y'.repeat(200)} }`);
    expect(fault?.length).toBeLessThan(300);
    expect(fault).toMatch(/at column \d+ of "….*…"/);
  });
});

describeCaptured('tables that people reported', () => {
  const table = (name: string) => ({ 'phones.csv': capturedBytes(`reports/${name}`) });

  it('trailing-columns.csv and cr-only.csv load', async () => {
    expect(await named(capturedBytes('reports/trailing-columns.csv'))).toEqual(['SEP005056A1033D']);
    expect(await named(capturedBytes('reports/cr-only.csv'))).toEqual(['SEP005056A1033D', 'SEP005056A1033E']);
  });

  it('bat-header.csv lacks the model and nothing else', async () => {
    expect(await faultsIn(CSV, table('bat-header.csv'))).toEqual([
      expect.stringMatching(/^phones\.csv:1: model: found no such column, wanted /),
    ]);
  });

  it('devices-array.json loads', async () => {
    expect(await named(capturedBytes('reports/devices-array.json'), JSON_FILE, 'phones.json')).toHaveLength(2);
  });

  it('stray-bracket.yaml has one fault, at line 4', async () => {
    expect(await faultsIn(capturedText('reports/stray-bracket.yaml'))).toEqual([
      expect.stringMatching(/^labcm\.yaml:4: YAML: .*5004\]\] \}/),
    ]);
  });
});
