// What the snippets of all kinds have in common: the comment, the addresses of option 150, names that are used once, and
// remarks on whatever is left out.

import { describe, expect, it } from 'vitest';
import { phoneSubnets } from '../../src/snippets/content.js';
import {
  findSnippetKind,
  SNIPPET_KIND_NAMES,
  SNIPPET_KINDS,
  snippetHint,
  snippetOf,
} from '../../src/snippets/index.js';
import { aSubnet, ipText, reservedFor } from '../dhcp/harness.js';
import { aRequest, BARE_SUBNET, BRANCH_SUBNET, CALL_MANAGERS, FULL_SUBNET, GOLDEN } from './harness.js';

/** The lines that are no comment. */
const linesOf = (kind: (typeof SNIPPET_KIND_NAMES)[number], text: string): readonly string[] =>
  text.split('\n').filter((line) => line !== '' && !line.startsWith(SNIPPET_KINDS[kind].comment));

describe.each(SNIPPET_KIND_NAMES)('the snippet for %s', (kind) => {
  const { comment, traps } = SNIPPET_KINDS[kind];

  it('begins with a comment that names the version, the file and the subnets', () => {
    const [first] = snippetOf(kind, GOLDEN.full).text.split('\n');
    expect(first).toBe(`${comment} labcm 1.2.3, from lab.yaml, for the phones of 10.10.210.0/24`);
  });

  it.each(['a\nb.yaml', 'a\u2028b.yaml', '%PATH%^&"$(id)`?;*/.yaml', 'C:\\lab\\'])(
    'has one comment line at the top for a file called %j',
    (file) => {
      const text = snippetOf(kind, { ...GOLDEN.bare, file }).text;
      const [first = '', ...rest] = text.split('\n');
      expect(first).toMatch(/^(?:#|\/\/|!|rem) labcm 1\.2\.3, from [\p{L}\p{N} ._:/\\@+=,()~-]+, for the phones of /u);
      expect(rest).toEqual(snippetOf(kind, GOLDEN.bare).text.split('\n').slice(1));
    },
  );

  it('tells of its traps', () => {
    expect(traps.length).toBeGreaterThan(0);
    expect(snippetOf(kind, GOLDEN.bare).remarks).toEqual(traps);
  });

  it('has the first address in 66 and siaddr, and all in 150, in their order', () => {
    const [one, two] = CALL_MANAGERS;
    const both = linesOf(kind, snippetOf(kind, aRequest([BARE_SUBNET], [two, one])).text).join('\n');
    expect(both).toMatch(/10\.10\.210\.11,? ?"?,?10\.10\.210\.10|0a0ad20b0a0ad20a|0a:0a:d2:0b:0a:0a:d2:0a/);
    const alone = linesOf(kind, snippetOf(kind, aRequest([BARE_SUBNET], [two])).text).join('\n');
    expect(alone).not.toMatch(/10\.10\.210\.10(?!\d)|0a0ad20a/);
  });

  it('defines option 150 at most once, however many subnets there are', () => {
    const text = snippetOf(kind, aRequest([FULL_SUBNET, { ...BRANCH_SUBNET, option150: FULL_SUBNET.option150 }])).text;
    const definitions = /code 150 =|"code": 150|code=150|add optiondef 150|OptionDefinition -OptionId 150 -Name/g;
    expect(text.match(definitions)?.length ?? 0).toBeLessThanOrEqual(1);
  });

  it('leaves out, with a remark, a domain that it cannot write', () => {
    const domain = 'lab\u00e4.example';
    const { text, remarks } = snippetOf(kind, aRequest([{ ...BARE_SUBNET, domain }]));
    expect(text).toBe(snippetOf(kind, GOLDEN.bare).text);
    expect(remarks).toContain(
      '10.10.210.0/24: its domain has characters that cannot be written here: enter it by hand',
    );
  });

  it('writes a reservation for a client identifier, or has a remark on it', () => {
    const reservations = [reservedFor({ clientId: 'ff00aa' }, '10.10.210.203')];
    const { text, remarks } = snippetOf(kind, aRequest([{ ...BARE_SUBNET, reservations }]));
    const remarked = remarks.some((remark) =>
      remark.endsWith('for a client identifier, which this kind has not: 10.10.210.203'),
    );
    expect([text.includes('10.10.210.203'), remarked]).toEqual(
      SNIPPET_KINDS[kind].clientIds ? [true, false] : [false, true],
    );
  });

  it('is whole for a subnet of reservations alone', () => {
    const reservations = [reservedFor({ mac: '005056A1033D' }, '10.10.210.201')];
    const { text } = snippetOf(kind, aRequest([{ ...BARE_SUBNET, pools: [], reservations }]));
    expect(text).toContain('10.10.210.201');
    expect(text).not.toMatch(/undefined|NaN|Infinity/);
  });
});

describe('remarks', () => {
  const remarksOn = (changes: object, callManagers = CALL_MANAGERS as readonly unknown[]) =>
    snippetOf('kea', aRequest([{ ...BARE_SUBNET, ...changes }], callManagers as never)).remarks;

  it('tell of an address that no phone can reach', () => {
    expect(remarksOn({ option150: [ipText('127.0.0.1')] })[0]).toMatch(/^option 150 has 127\.0\.0\.1, which is every/);
  });

  it('tell of servers that no phone keeps', () => {
    const three = [...CALL_MANAGERS, ipText('10.10.210.12')];
    expect(remarksOn({}, three)[0]).toBe('option 150 has 3 addresses, of which phones keep the first 2');
    expect(remarksOn({})[0]).not.toContain('option 150 has');
  });

  it('tell of options that are left out', () => {
    const options = [{ code: 43, bytes: Buffer.from([1, 0]) }];
    expect(remarksOn({ options })).toContain('10.10.210.0/24: left out are its other options: 43 (vendor-specific)');
    const reservations = [{ ...reservedFor({ mac: '005056A1033D' }, '10.10.210.201'), options }];
    expect(remarksOn({ reservations })).toContain(
      '10.10.210.0/24: left out are the own options of the reservations of 10.10.210.201',
    );
  });
});

describe('very many reservations', () => {
  it('are all written, and remarked on in one line', () => {
    const reservations = Array.from({ length: 60_000 }, (_, index) =>
      reservedFor({ clientId: `ff${index.toString(16).padStart(6, '0')}` }, `10.0.${index >> 8}.${index & 255}`),
    );
    const subnet = { ...aSubnet('10.0.0.0', 8), reservations, pools: BARE_SUBNET.pools };
    expect(snippetOf('isc-dhcpd', aRequest([subnet])).text.match(/fixed-address/g)).toHaveLength(60_000);
    expect(snippetOf('windows', aRequest([subnet])).remarks[0]).toMatch(/, 10\.0\.0\.7 and 59992 more$/);
  });
});

describe('a reservation', () => {
  const reserved = (...list: ReturnType<typeof reservedFor>[]) =>
    phoneSubnets(aRequest([{ ...BARE_SUBNET, reservations: list }]))[0]?.reservations;

  it('has the name of the device whose address it is, whichever way it was written', () => {
    for (const client of [{ mac: '005056A1033D' }, { clientId: '01005056a1033d' }, { device: 'IPCTEST2' }])
      expect(reserved(reservedFor(client, '10.10.210.201'))).toMatchObject([
        { name: expect.stringMatching(/^ipctest2$/i), client: { mac: '005056A1033D' }, address: '10.10.210.201' },
      ]);
  });

  it('has the name of its address, if no device is known or the name is taken', () => {
    expect(
      reserved(
        reservedFor({ device: 'ipctest2' }, '10.10.210.201'),
        reservedFor({ clientId: '01005056A1033D' }, '10.10.210.202'),
        reservedFor({ mac: '0000000000AA' }, '10.10.210.203'),
      )?.map(({ name }) => name),
    ).toEqual(['ipctest2', 'phone-10-10-210-202', 'phone-10-10-210-203']);
  });

  it('of one device in two subnets has two names', () => {
    const text = snippetOf('isc-dhcpd', GOLDEN.several).text;
    expect([...text.matchAll(/^host (\S+)/gm)].map(([, name]) => name)).toEqual([
      'SEP001122334455',
      'ipctest2',
      'phone-10-10-210-202',
      'phone-10-10-210-203',
      'phone-10-20-0-50',
    ]);
  });
});

describe('a kind', () => {
  it('is found in any case', () => {
    expect(findSnippetKind('KEA')).toBe('kea');
    expect(findSnippetKind('toString')).toBeUndefined();
  });

  it('has a command that prints it, for other parts of labcm', () => {
    expect([snippetHint('windows'), snippetHint()]).toEqual(['labcm snippet windows', 'labcm snippet KIND']);
  });
});

it.each(['-', '-lab.example', '.example'])('IOS gets no domain %s, which begins as none does', (domain) => {
  const { text, remarks } = snippetOf('ios', aRequest([{ ...BARE_SUBNET, domain }]));
  expect(text).toBe(snippetOf('ios', GOLDEN.bare).text);
  expect(remarks).toContain('10.10.210.0/24: its domain has characters that cannot be written here: enter it by hand');
});
