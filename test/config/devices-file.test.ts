// Many devices in one file: CSV or JSON Lines, streamed, with the line of every fault.

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CsvReader } from '../../src/config/csv.js';
import { readConfig } from '../../src/daemon/read-config.js';
import { faultsIn, folderWith, load } from './harness.js';

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

const CSV = 'devicesFile: ./phones.csv';
const JSONL = 'devicesFile: ./phones.jsonl';

describe('a CSV of devices', () => {
  it('has the keys of the YAML in its header, nested ones by their path, simple lists in one cell', async () => {
    const { devices } = await load(CSV, {
      'phones.csv': [
        'name,model,protocol,lines,speedDials,vendorConfig.webAccess,digest.user,digest.password,suspended',
        'SEP0011223344AA,7962,SCCP,0017;5003=Front desk,5005=Lab|5006,0,,,',
        '',
        '"SEP0011223344AB",CIPC,SIP,5005,,,u,"p,""1""",true',
      ].join('\r\n'),
    });
    expect(devices).toHaveLength(2);
    expect(devices[0]).toMatchObject({
      name: 'SEP0011223344AA',
      lines: [
        { dn: '0017', label: '0017' },
        { dn: '5003', label: 'Front desk' },
      ],
      speedDials: [
        { number: '5005', label: 'Lab', busyLampField: false },
        { number: '5006', label: '5006', busyLampField: false },
      ],
      vendorConfig: { webAccess: '0' },
      digest: undefined,
      suspended: false,
    });
    expect(devices[1]).toMatchObject({ digest: { user: 'u', password: 'p,"1"' }, suspended: true });
  });

  it('takes lines by columns of their own where a label needs it', async () => {
    const { devices } = await load(CSV, {
      'phones.csv': 'name,model,lines.0.dn,lines.0.label,lines.1.dn\nA,7962,1,"x;y=z",2\n',
    });
    expect(devices[0]?.lines.map(({ dn, label }) => [dn, label])).toEqual([
      ['1', 'x;y=z'],
      ['2', '2'],
    ]);
  });

  it.each([
    ['semicolons', ';'],
    ['tabs', '\t'],
  ])('may be separated by %s', async (_, separator) => {
    const rows = [
      ['name', 'model', 'description'],
      ['A', 'CIPC', 'one, two'],
    ];
    const { devices } = await load(CSV, { 'phones.csv': rows.map((row) => row.join(separator)).join('\n') });
    expect(devices[0]?.description).toBe('one, two');
  });

  it('may begin with a byte order mark, as spreadsheets write it', async () => {
    expect((await load(CSV, { 'phones.csv': '\uFEFFname,model\nA,CIPC\n' })).devices).toHaveLength(1);
  });

  it('stands beside the devices of the YAML', async () => {
    const { devices } = await load(`${CSV}\ndevices: [{ name: A, model: CIPC }]`, {
      'phones.csv': 'name,model\nB,CIPC',
    });
    expect(devices.map(({ name }) => name)).toEqual(['A', 'B']);
  });

  it.each([
    [
      'a column that nobody knows',
      'name,modle\nA,CIPC',
      ['phones.csv:1: modle: found an unknown key, wanted model (is that what was meant?)'],
    ],
    [
      'a column twice',
      'name,model,name\nA,CIPC,B',
      ['phones.csv:1: name: found a column for the second time, wanted every column once'],
    ],
    [
      'a row too short',
      'name,model\nA',
      ['phones.csv:2: CSV: found 1 cells, wanted 2, one for each column of the header'],
    ],
    [
      'a value after a quoted line break',
      'name,model,description\nA,CIPC,"a\nb"\nB,XYZW1,',
      [
        expect.stringContaining('phones.csv:2: description'),
        expect.stringContaining('phones.csv:4: model: found "XYZW1"'),
      ],
    ],
    [
      'a quote that is not closed',
      'name,model\nA,CIPC\nB,"CIPC\nC,CIPC\n',
      ['phones.csv:3: CSV: found a quote that is opened and not closed, wanted a second one where the text ends'],
    ],
    [
      'a name twice',
      'name,model\nA,CIPC\na,CIPC',
      ['phones.csv:3: name: found "a", wanted a name of its own: phones.csv:2 has it'],
    ],
    [
      'a line beyond the keys',
      'name,model,lines\nA,7941,1;2;3',
      ['phones.csv:2: lines: found 3 lines, wanted at most 2, as many keys as a Cisco 7941 has for them'],
    ],
    [
      'octets that are no UTF-8',
      Buffer.from('name,model\nA\xff,CIPC', 'latin1'),
      ['labcm.yaml:1: devicesFile: found octets that are no UTF-8 (phones.csv), wanted text in UTF-8'],
    ],
  ])('tells %s by its line', async (_, content, faults) => {
    expect(await faultsIn(CSV, { 'phones.csv': content })).toEqual(faults);
  });

  it('a wrong column in every row does not flood the owner', async () => {
    const rows = Array.from({ length: 5000 }, (_, index) => `D${index},nothing`);
    const faults = await faultsIn(CSV, { 'phones.csv': `name,model\n${rows.join('\n')}` });
    expect(faults).toHaveLength(1001);
    expect(faults).toContainEqual(expect.stringContaining('found 4000 more faults'));
  });
});

describe('JSON Lines of devices', () => {
  it('are one object a line', async () => {
    const lines = [
      { name: 'A', model: 7962, lines: [{ dn: '5002', label: 'Lab' }], mac: null },
      { name: 'B', model: 'CIPC', protocol: 'SIP', lines: ['5003'] },
    ];
    const { devices } = await load(JSONL, { 'phones.jsonl': lines.map((line) => JSON.stringify(line)).join('\n\n') });
    expect(devices.map(({ name, lines: [line] }) => [name, line?.dn])).toEqual([
      ['A', '5002'],
      ['B', '5003'],
    ]);
  });

  it.each([
    [
      'a line that is no JSON',
      '{"name":"A","model":"CIPC"}\n{"name":\n',
      ['phones.jsonl:2: JSON: found {"name":, wanted one JSON object on a line of its own'],
    ],
    [
      'a line that is no object',
      '{"name":"A","model":"CIPC"}\n[1]\n',
      ['phones.jsonl:2: (the whole file): found a list of 1, wanted a mapping of keys to values'],
    ],
    [
      'a key misspelt',
      '{"name":"A","model":"CIPC","line":[1]}',
      ['phones.jsonl:1: line: found an unknown key, wanted lines (is that what was meant?)'],
    ],
  ])('tell %s by its line', async (_, content, faults) => {
    expect(await faultsIn(JSONL, { 'phones.jsonl': content })).toEqual(faults);
  });
});

describe('CSV as RFC 4180 has it', () => {
  const written = (rows: readonly (readonly string[])[]): string =>
    rows.map((row) => row.map((cell) => `"${cell.replaceAll('"', '""')}"`).join(',')).join('\r\n');
  const read = (pieces: readonly string[]) => {
    const reader = new CsvReader();
    const rows = [...pieces.flatMap((piece) => reader.read(piece)), ...reader.end().rows];
    return rows.map(({ cells }) => cells);
  };

  it('is read the same however it is cut', () => {
    const text = 'a,b\r\n"1\r\n,2",3\n"",""""\n\n4,5';
    const whole = read([text]);
    expect(whole).toEqual([
      ['a', 'b'],
      ['1\r\n,2', '3'],
      ['', '"'],
      ['4', '5'],
    ]);
    for (let at = 0; at <= text.length; at += 1) expect(read([text.slice(0, at), text.slice(at)])).toEqual(whole);
    expect(read([...text])).toEqual(whole);
  });

  it('brings back any cells', () => {
    const cell = fc
      .string({ unit: fc.constantFrom('a', '"', ',', '\n', ';', 'é', '\r\n', '=') })
      .map((text) => text.trim());
    fc.assert(
      fc.property(fc.array(fc.tuple(cell, cell), { minLength: 1 }), (rows) => {
        const all = [['h1', 'h2'], ...rows];
        expect(read([written(all)])).toEqual(all);
      }),
    );
  });
});

describe('forty thousand devices', () => {
  it('keep less than 80 MiB of heap', { timeout: 120_000 }, async () => {
    const folder = folderWith({ 'labcm.yaml': CSV });
    const rows = Array.from({ length: 40_000 }, (_, index) => {
      const name = `SEP${(0x1000000000 + index).toString(16).padStart(12, '0').toUpperCase()}`;
      return `${name},7962,${index % 2 === 0 ? 'SCCP' : 'SIP'},${10_000 + index}=Desk ${index},Floor ${index % 9}`;
    });
    writeFileSync(join(folder, 'phones.csv'), `name,model,protocol,lines,description\n${rows.join('\n')}\n`);
    collectGarbage();
    const before = process.memoryUsage().heapUsed;
    const { devices } = await readConfig(join(folder, 'labcm.yaml'));
    expect(devices).toHaveLength(40_000);
    expect(devices.at(-1)?.lines[0]).toMatchObject({ dn: '49999', label: 'Desk 39999' });
    // Without what is no more than garbage, which is as much as this process lets come together.
    collectGarbage();
    expect((process.memoryUsage().heapUsed - before) / 1_048_576).toBeLessThan(80);
  });
});
