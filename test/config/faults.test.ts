// What an owner may get wrong, and what is then said: each row is one mistake and the whole of what is told of it.

import { describe, expect, it } from 'vitest';
import { faultsIn, load } from './harness.js';

type Row = readonly [mistake: string, yaml: string, faults: readonly string[]];

const DEVICE = '\n  - { name: SEP1, model: CIPC, lines: [5002] }';

const SINGLE: readonly Row[] = [
  [
    'a key that nobody knows',
    'sccp:\n  prot: 2000',
    ['labcm.yaml:2: sccp.prot: found an unknown key, wanted port (is that what was meant?)'],
  ],
  [
    'a section that nobody knows',
    'sipp: {}',
    ['labcm.yaml:1: sipp: found an unknown key, wanted sip (is that what was meant?)'],
  ],
  [
    'a key that is like no other',
    'state: { whatever: 1 }',
    ['labcm.yaml:1: state.whatever: found an unknown key, wanted one of directory'],
  ],
  [
    'a key of an inherited name',
    'sccp: { constructor: 1 }',
    [expect.stringContaining('sccp.constructor: found an unknown key') as unknown as string],
  ],
  [
    'a port beyond the last',
    'sccp: { port: 65536 }',
    ['labcm.yaml:1: sccp.port: found 65536, wanted a whole number from 0 to 65535'],
  ],
  [
    'a port that is text',
    'sip: { udp: sixty }',
    ['labcm.yaml:1: sip.udp: found "sixty", wanted a port from 0 to 65535, or off'],
  ],
  [
    'a quote in the digest realm',
    `sip: { realm: 'a"b' }`,
    [
      'labcm.yaml:1: sip.realm: found "a\\"b", wanted a text of 1 to 64 ASCII characters without quotes and backslashes',
    ],
  ],
  [
    'words where a mapping or off belongs',
    'sip: { lockout: soon }',
    ['labcm.yaml:1: sip.lockout: found "soon", wanted a mapping of keys to values'],
  ],
  [
    'a duration without a unit',
    'sccp: { keepAlive: 30 }',
    ['labcm.yaml:1: sccp.keepAlive: found 30, wanted a duration such as 30s, 2m or 1d, from 1s to 1h'],
  ],
  [
    'a duration with a unit that is none',
    'sccp: { keepAlive: 3 constructor }',
    [expect.stringContaining('found "3 constructor", wanted a duration') as unknown as string],
  ],
  [
    'a size without a unit',
    'trace: { rotate: { size: 2000000 } }',
    ['labcm.yaml:1: trace.rotate.size: found 2000000, wanted a size such as 2MB or 64KiB, from 64KiB to 4GiB'],
  ],
  [
    'a word that is not one of them',
    'sip: { trying: maybe }',
    ['labcm.yaml:1: sip.trying: found "maybe", wanted always or streams'],
  ],
  [
    'a flag that is none',
    'tftp: { enabled: constructor }',
    ['labcm.yaml:1: tftp.enabled: found "constructor", wanted true or false'],
  ],
  [
    'a list where a mapping belongs',
    'sccp: [1]',
    ['labcm.yaml:1: sccp: found a list of 1, wanted a mapping of keys to values'],
  ],
  ['a mapping where a list belongs', 'nodes: { name: CM1 }', ['labcm.yaml:1: nodes: found a mapping, wanted a list']],
  [
    'text where the whole file belongs',
    'just words',
    ['labcm.yaml: (the whole file): found "just words", wanted a mapping of keys'],
  ],
  [
    'an address out of range',
    'nodes:\n  - name: CM1\n    address: 10.0.0.256',
    ['labcm.yaml:3: nodes.0.address: found "10.0.0.256", wanted an IPv4 address such as 10.10.210.10'],
  ],
  [
    'a node without an address',
    'nodes:\n  - name: CM1',
    ['labcm.yaml:2: nodes.0.address: found nothing, wanted an IPv4 address such as 10.10.210.10'],
  ],
  ['no node at all', 'nodes: []', ['labcm.yaml:1: nodes: found an empty list, wanted at least one call manager']],
  [
    'two nodes of one name',
    'self: A\nnodes:\n  - { name: A, address: 10.0.0.1 }\n  - { name: A, address: 10.0.0.2 }',
    ['labcm.yaml:4: nodes.1.name: found "A", wanted a name that no other node has'],
  ],
  ['a self that is no node', 'self: CM9', ['labcm.yaml:1: self: found "CM9", wanted one of the nodes: CM1']],
  [
    'several nodes and no self',
    'nodes:\n  - { name: A, address: 10.0.0.1 }\n  - { name: B, address: 10.0.0.2 }',
    ['labcm.yaml: self: found nothing, wanted which of the nodes this is: A, B'],
  ],
  [
    'a member that is no node',
    'groups:\n  - { name: G, members: [CM1, CM2] }',
    ['labcm.yaml:2: groups.0.members.1: found "CM2", wanted one of the nodes: CM1'],
  ],
  [
    'a member twice',
    'groups:\n  - { name: G, members: [CM1, CM1] }',
    ['labcm.yaml:2: groups.0.members.1: found "CM1", wanted every node once in a group'],
  ],
  [
    'a group of nobody',
    'groups:\n  - { name: G, members: [] }',
    ['labcm.yaml:2: groups.0.members: found no members, wanted one to three nodes, the primary first'],
  ],
  [
    'two groups of one name',
    'groups:\n  - { name: G, members: [CM1] }\n  - { name: G, members: [CM1] }',
    ['labcm.yaml:3: groups.1.name: found "G", wanted a name that no other group has'],
  ],
  [
    'a default group that is not there',
    'phones: { defaultGroup: G }',
    ['labcm.yaml:1: phones.defaultGroup: found "G", wanted one of the groups: Default'],
  ],
  [
    'firmware for a model that is none',
    'phones: { loads: { 7963: X } }',
    ['labcm.yaml:1: phones.loads.7963: found an unknown model, wanted a model by name or type id, such as 7962 or 404'],
  ],
  [
    'auto-registration without numbers',
    'autoRegistration: { enabled: true }',
    ['labcm.yaml:1: autoRegistration.range: found nothing, wanted the numbers to give, such as 1000-1999'],
  ],
  ...['1999-1000', '0100-0200', '1000-', 'off'].map(
    (range): Row => [
      `a range of numbers like ${range}`,
      `autoRegistration: { range: "${range}" }`,
      [
        `labcm.yaml:1: autoRegistration.range: found "${range}", wanted a number such as 1000 or a range such as 1000-1999, the lower number first, without leading zeros, at most 999999999`,
      ],
    ],
  ),
  [
    'patience below the keepalive',
    'sccp: { keepAlive: 30s, patience: 20s }',
    ['labcm.yaml:1: sccp.patience: found 20s, wanted more than sccp.keepAlive, 30s'],
  ],
  [
    'standby patience below its keepalive',
    'sccp: { standbyPatience: 60s }',
    ['labcm.yaml:1: sccp.standbyPatience: found 1m, wanted more than sccp.secondaryKeepAlive, 1m'],
  ],
  [
    'a lifetime above the most',
    'sip: { expires: { granted: 2h } }',
    ['labcm.yaml:1: sip.expires.granted: found 2h, wanted from 1m (min) to 1h (max)'],
  ],
  [
    'the least lifetime above the most',
    'sip: { expires: { min: 2h, max: 1h } }',
    ['labcm.yaml:1: sip.expires.min: found 2h, wanted at most sip.expires.max, 1h'],
  ],
  [
    'connections that end before a refresh',
    'sip: { idle: 2m }',
    ['labcm.yaml:1: sip.idle: found 2m, wanted more than sip.expires.granted, 2m'],
  ],
  [
    'one port for two services',
    'sccp: { port: 5060 }\nsip: { tcp: 5060 }',
    ['labcm.yaml:2: sip.tcp: found TCP port 5060, wanted another: sccp.port has it'],
  ],
  [
    'one port for TLS and TCP',
    'sip: { tls: 5060 }',
    ['labcm.yaml:1: sip.tls: found TCP port 5060, wanted another: sip.tcp has it'],
  ],
  [
    'an open API without a token',
    'http: { api: { listen: 0.0.0.0 } }',
    [
      'labcm.yaml:1: http.api.token: found nothing, wanted a token of 16 characters or more, since the API listens beyond loopback (0.0.0.0)',
    ],
  ],
  [
    'a short token, which is not shown',
    'http: { api: { token: hunter2 } }',
    ['labcm.yaml:1: http.api.token: found something secret, wanted a text of 16 to 256 characters'],
  ],
  [
    'a certificate without its key',
    'sip: { tls: 5061, certificate: a.pem }',
    ['labcm.yaml:1: sip.key: found nothing, wanted certificate and key together, or neither for a self-made one'],
  ],
  [
    'a date that no phone can show',
    'phones: { dateTime: { template: M/D } }',
    [
      'labcm.yaml:1: phones.dateTime.template: found "M/D", wanted D, M and Y with /, - or . between, such as M/D/Y, D.M.YY or M/D/YA for a 12-hour clock',
    ],
  ],
  [
    'a time zone that is nowhere',
    'phones: { dateTime: { timeZone: Europe/Bonn } }',
    ['labcm.yaml:1: phones.dateTime.timeZone: found "Europe/Bonn", wanted a time zone such as Europe/Berlin'],
  ],
  [
    'a tab in YAML',
    'sccp:\n\tport: 1',
    [expect.stringMatching(/^labcm\.yaml:2: YAML: found .*tab.*, wanted well-formed YAML$/i) as unknown as string],
  ],
  [
    'a key twice',
    'sccp: {}\nsccp: {}',
    [expect.stringMatching(/^labcm\.yaml:2: YAML: found .*unique.*, wanted well-formed YAML$/) as unknown as string],
  ],
  [
    'a file of devices that is not there',
    'devicesFile: ./none.csv',
    [
      expect.stringMatching(
        /^labcm\.yaml:1: devicesFile: found no such file \(none\.csv\), wanted a file that is there$/,
      ) as unknown as string,
    ],
  ],
];

const DEVICES: readonly Row[] = [
  ['devices that are no list', 'devices: 5', ['labcm.yaml:1: devices: found 5, wanted a list of devices']],
  [
    'a device that is no mapping',
    'devices:\n  - SEP1',
    ['labcm.yaml:2: devices.0: found "SEP1", wanted a mapping of keys to values'],
  ],
  [
    'a name too long',
    'devices:\n  - { name: SEP0050565A1033D12, model: CIPC }',
    [
      expect.stringContaining(
        'labcm.yaml:2: devices.0.name: found "SEP0050565A1033D12", wanted a device name',
      ) as unknown as string,
    ],
  ],
  [
    'a device without a model',
    'devices:\n  - name: SEP1',
    ['labcm.yaml:2: devices.0.model: found nothing, wanted a model by name or type id, such as CIPC, 7962 or 30016'],
  ],
  [
    'a model misspelt',
    'devices:\n  - { name: SEP1, model: CPIC }',
    [
      'labcm.yaml:2: devices.0.model: found "CPIC", wanted a model by name or type id, such as CIPC, 7962 or 30016; is Cisco IP Communicator meant?',
    ],
  ],
  [
    'two devices of one name in two cases',
    `devices:${DEVICE}\n  - { name: sep1, model: CIPC }`,
    ['labcm.yaml:3: devices.1.name: found "sep1", wanted a name of its own: labcm.yaml:2 has it'],
  ],
  [
    'a group that is not there',
    'devices:\n  - { name: A, model: CIPC, group: Brunch }',
    ['labcm.yaml:2: devices.0.group: found "Brunch", wanted one of the groups: Default'],
  ],
  [
    'a protocol that the model has not',
    'devices:\n  - { name: A, model: 7921, protocol: SIP }',
    ['labcm.yaml:2: devices.0.protocol: found SIP, wanted SCCP, all that a Cisco 7921 speaks'],
  ],
  [
    'a model that registers by neither',
    'devices:\n  - { name: A, model: SIP Trunk }',
    [
      'labcm.yaml:2: devices.0.model: found SIP Trunk, which registers by neither SCCP nor SIP, wanted a model that does',
    ],
  ],
  [
    'more lines than keys',
    'devices:\n  - { name: A, model: 7941, lines: [1, 2, 3] }',
    ['labcm.yaml:2: devices.0.lines: found 3 lines, wanted at most 2, as many keys as a Cisco 7941 has for them'],
  ],
  [
    'a number twice on a device',
    'devices:\n  - { name: A, model: CIPC, lines: [1, 1] }',
    ['labcm.yaml:2: devices.0.lines.1.dn: found "1", wanted a number that the device has once'],
  ],
  [
    'a number with a blank',
    'devices:\n  - name: A\n    model: CIPC\n    lines:\n      - dn: 50 02',
    [
      expect.stringContaining(
        'labcm.yaml:5: devices.0.lines.0.dn: found "50 02", wanted a directory number',
      ) as unknown as string,
    ],
  ],
  [
    'a module on a phone that takes none',
    'devices:\n  - { name: A, model: 7942, modules: [7914] }',
    ['labcm.yaml:2: devices.0.modules: found 1, wanted at most 0 expansion modules on a Cisco 7942'],
  ],
  [
    'a module that is a phone',
    'devices:\n  - { name: A, model: 7962, modules: [7942] }',
    [
      'labcm.yaml:2: devices.0.modules.0: found Cisco 7942, wanted an expansion module such as 7914, 7915-12 or 7916-24',
    ],
  ],
  [
    'a digest user twice',
    'devices:\n  - { name: A, model: CIPC, digest: { user: u, password: p } }\n  - { name: B, model: CIPC, digest: { user: u, password: q } }',
    ['labcm.yaml:3: devices.1.digest.user: found "u", wanted a digest user of its own: labcm.yaml:2 has it'],
  ],
  [
    'an empty password, which is not shown',
    'devices:\n  - { name: A, model: CIPC, digest: { user: u, password: "" } }',
    ['labcm.yaml:2: devices.0.digest.password: found something secret, wanted a text of 1 to 128 characters'],
  ],
  [
    'a URL, the password of which is not shown',
    "devices:\n  - { name: A, model: CIPC, serviceUrls: ['http://u:hunter2@h/?pin=1234'] }",
    ['labcm.yaml:2: devices.0.serviceUrls.0: found "http://u:xxx@h/?pin=xxx", wanted a mapping of keys to values'],
  ],
  [
    'a hardware address too short',
    'devices:\n  - { name: A, model: CIPC, mac: "00:50:56" }',
    ['labcm.yaml:2: devices.0.mac: found "00:50:56", wanted a hardware address such as 00:50:56:A1:03:3D'],
  ],
  [
    'a label too long for a phone',
    'devices:\n  - { name: A, model: CIPC, phoneLabel: thirteen-char }',
    ['labcm.yaml:2: devices.0.phoneLabel: found "thirteen-char", wanted a text of at most 12 characters'],
  ],
  [
    'a file outside the served directory',
    'devices:\n  - { name: A, model: CIPC, softKeyFile: ../secret }',
    ['labcm.yaml:2: devices.0.softKeyFile: found "../secret", wanted a file name below the served directory'],
  ],
  [
    'a setting that is no XML name',
    'devices:\n  - { name: A, model: CIPC, vendorConfig: { "<b>": 1 } }',
    ['labcm.yaml:2: devices.0.vendorConfig.<b>: found 1, wanted the name of an XML element'],
  ],
];

const subnet = (rest: string): string => `dhcp:\n  subnets:\n    - subnet: 10.1.0.0/24\n${rest}`;
const POOL = '      pools: [10.1.0.10-10.1.0.20]';
const S = 'dhcp.subnets.0';
const WITHIN = 'wanted addresses within 10.1.0.0/24, not 10.1.0.0 or 10.1.0.255 themselves';

const DHCP: readonly Row[] = [
  [
    'DHCP without an interface',
    `dhcp: { enabled: true, subnets: [{ subnet: 10.1.0.0/24, pools: [10.1.0.10] }] }`,
    ['labcm.yaml:1: dhcp.interface: found nothing, wanted the interface to answer on, such as eth1'],
  ],
  [
    'DHCP without a subnet',
    'dhcp: { enabled: true, interface: eth1 }',
    ['labcm.yaml:1: dhcp.subnets: found no subnets, wanted at least one subnet with a pool or reservations'],
  ],
  [
    'any free port on a real interface',
    'dhcp: { enabled: true, interface: eth1, port: 0, subnets: [{ subnet: 10.1.0.0/24, pools: [10.1.0.10] }] }',
    ['labcm.yaml:1: dhcp.port: found 0, wanted a port that clients know; any free one will do on lo alone'],
  ],
  [
    'a subnet with host bits',
    'dhcp: { subnets: [{ subnet: 10.1.0.1/24, pools: [10.1.0.10] }] }',
    [`labcm.yaml:1: ${S}.subnet: found "10.1.0.1/24", wanted a subnet such as 10.10.210.0/24, its host bits zero`],
  ],
  [
    'a pool outside its subnet',
    subnet('      pools: [10.2.0.10-10.2.0.20]'),
    [`labcm.yaml:4: ${S}.pools.0: found 10.2.0.10-10.2.0.20, ${WITHIN}`],
  ],
  [
    'a pool with the broadcast address',
    subnet('      pools: [10.1.0.250-10.1.0.255]'),
    [`labcm.yaml:4: ${S}.pools.0: found 10.1.0.250-10.1.0.255, ${WITHIN}`],
  ],
  [
    'a pool backwards',
    subnet('      pools: [10.1.0.20-10.1.0.10]'),
    [
      `labcm.yaml:4: ${S}.pools.0: found "10.1.0.20-10.1.0.10", wanted an address or a range such as 10.10.210.100-10.10.210.199`,
    ],
  ],
  [
    'pools that overlap',
    subnet('      pools:\n        - 10.1.0.10-10.1.0.20\n        - 10.1.0.20-10.1.0.30'),
    [`labcm.yaml:6: ${S}.pools.1: found 10.1.0.20-10.1.0.30, wanted no address of 10.1.0.10-10.1.0.20 again`],
  ],
  [
    'a subnet with nothing to give',
    subnet('      routers: [10.1.0.1]'),
    [`labcm.yaml:3: ${S}.pools: found neither pools nor reservations, wanted addresses to give`],
  ],
  [
    'a router elsewhere',
    subnet(`${POOL}\n      routers: [10.2.0.1]`),
    [`labcm.yaml:5: ${S}.routers.0: found 10.2.0.1, ${WITHIN}`],
  ],
  [
    'an exclusion elsewhere',
    subnet(`${POOL}\n      exclusions: [10.2.0.1]`),
    [`labcm.yaml:5: ${S}.exclusions.0: found 10.2.0.1, ${WITHIN}`],
  ],
  [
    'an option 150 that is no address',
    subnet(`${POOL}\n      option150: [tftp.example]`),
    [`labcm.yaml:5: ${S}.option150.0: found "tftp.example", wanted an IPv4 address such as 10.10.210.10`],
  ],
  [
    'an option 150 of nobody',
    subnet(`${POOL}\n      option150: []`),
    [
      `labcm.yaml:5: ${S}.option150: found an empty list, wanted at least one address, or no such key for this node alone`,
    ],
  ],
  [
    'times out of order',
    subnet(`${POOL}\n      renewAfter: 0.9`),
    [`labcm.yaml:5: ${S}.renewAfter: found 0.9, wanted less than rebindAfter, 0.875, and that less than 1`],
  ],
  [
    'a reservation outside its subnet',
    subnet(`${POOL}\n      reservations:\n        - { mac: 0050.56a1.033d, address: 10.2.0.1 }`),
    [`labcm.yaml:6: ${S}.reservations.0.address: found 10.2.0.1, ${WITHIN}`],
  ],
  [
    'a reservation for nobody',
    subnet(`${POOL}\n      reservations:\n        - { address: 10.1.0.9 }`),
    [`labcm.yaml:6: ${S}.reservations.0: found 0 of mac, clientId and device, wanted one of them: for whom it is`],
  ],
  [
    'a reservation for a device that is not there',
    subnet(`${POOL}\n      reservations:\n        - { device: SEP9, address: 10.1.0.9 }`),
    [`labcm.yaml:6: ${S}.reservations.0.device: found SEP9, wanted a device of the configuration`],
  ],
  [
    'a reservation for a device without a hardware address',
    `${subnet(`${POOL}\n      reservations:\n        - { device: ipc, address: 10.1.0.9 }`)}\ndevices:\n  - { name: ipc, model: CIPC }`,
    [`labcm.yaml:6: ${S}.reservations.0.device: found ipc, without a hardware address, wanted a device with \`mac\``],
  ],
  [
    'one address for two',
    subnet(
      `${POOL}\n      reservations:\n        - { mac: 0050.56a1.033d, address: 10.1.0.9 }\n        - { mac: 0050.56a1.033e, address: 10.1.0.9 }`,
    ),
    [`labcm.yaml:7: ${S}.reservations.1.address: found 10.1.0.9, wanted an address that is reserved once`],
  ],
  [
    'two addresses for one',
    subnet(
      `${POOL}\n      reservations:\n        - { mac: 0050.56a1.033d, address: 10.1.0.8 }\n        - { mac: 00:50:56:A1:03:3D, address: 10.1.0.9 }`,
    ),
    [`labcm.yaml:7: ${S}.reservations.1: found a second reservation for 005056A1033D, wanted one for each in a subnet`],
  ],
  [
    'an option that nobody knows',
    subnet(`${POOL}\n      options: { tfpt-servers: 1 }`),
    [
      `labcm.yaml:5: ${S}.options.tfpt-servers: found no option to set, wanted the name of an option, or its number from 1 to 254`,
    ],
  ],
  [
    'an option of the wrong kind',
    subnet(`${POOL}\n      options: { time-offset: soon }`),
    [`labcm.yaml:5: ${S}.options.time-offset: found "soon", wanted a whole number from -2147483648 to 2147483647`],
  ],
  [
    'an option that another key says',
    subnet(`${POOL}\n      options: { 150: [10.1.0.1] }`),
    [`labcm.yaml:5: ${S}.options.150: found no option to set, wanted no such option here: \`option150\` says it`],
  ],
  [
    'a subnet that no host is in',
    'dhcp:\n  subnets:\n    - { subnet: 0.0.0.0/8, pools: [0.1.1.1] }',
    [`labcm.yaml:3: ${S}.subnet: found 0.0.0.0/8, wanted a subnet that hosts may be in`],
  ],
  [
    'subnets within each other',
    'dhcp:\n  subnets:\n    - { subnet: 10.1.0.0/16, pools: [10.1.9.9] }\n    - { subnet: 10.1.1.0/24, pools: [10.1.1.9] }',
    ['labcm.yaml:4: dhcp.subnets.1.subnet: found 10.1.1.0/24, wanted a subnet apart from 10.1.0.0/16'],
  ],
];

describe.each([
  ['of the cluster and its services', SINGLE],
  ['of devices', DEVICES],
  ['of DHCP', DHCP],
])('a mistake %s', (_, rows) => {
  it.each(rows)('%s', async (_mistake, yaml, faults) => {
    expect(await faultsIn(yaml)).toEqual(faults);
  });
});

describe('mistakes', () => {
  it('are told all at once, in the order of the file, also where one section has several', async () => {
    const faults = await faultsIn(
      [
        'selv: CM1',
        'sccp: { port: 70000, keepalive: 1s }',
        'dhcp:',
        '  subnets:',
        '    - subnet: 10.1.0.0/24',
        '      pools: [10.2.0.1]',
        '      routers: [nowhere]',
        'devices:',
        '  - { name: A, model: nothing-like-it }',
        '  - { name: a, model: 7921, protocol: SIP }',
      ].join('\n'),
    );
    expect(faults.map((fault) => fault.split(': found')[0])).toEqual([
      'labcm.yaml:1: selv',
      'labcm.yaml:2: sccp.port',
      'labcm.yaml:2: sccp.keepalive',
      `labcm.yaml:6: ${S}.pools.0`,
      `labcm.yaml:7: ${S}.routers.0`,
      'labcm.yaml:9: devices.0.model',
      'labcm.yaml:10: devices.1.name',
      'labcm.yaml:10: devices.1.protocol',
    ]);
  });

  it('in a node, a group or a subnet hide none in what refers to it or stands beside it, and make none up', async () => {
    const faults = await faultsIn(
      [
        'nodes:',
        '  - { name: CM1, address: 10.0.0.300 }',
        '  - { name: CM2, colour: red }',
        'self: CM9',
        'groups:',
        '  - { name: Default, members: [CM1, CM7] }',
        '  - { name: Branch }',
        'phones: { defaultGroup: Brunch }',
        'dhcp:',
        '  enabled: true',
        '  subnets:',
        '    - subnet: 10.1.0.1/24',
        '      pools: [10.1.0.9, 10.1.0.9]',
        '      options: { time-offset: soon }',
        '      reservations: [{ mac: 0050.56a1.033d }, { address: 10.1.0.7 }]',
        '    - { subnet: 10.1.0.0/16, pools: [10.2.0.1] }',
        'devices:',
        '  - { name: A, model: 7960, group: Brunch }',
      ].join('\n'),
    );
    expect(faults.map((fault) => fault.split(': found')[0])).toEqual([
      'labcm.yaml:2: nodes.0.address',
      'labcm.yaml:3: nodes.1.address',
      'labcm.yaml:3: nodes.1.colour',
      'labcm.yaml:4: self',
      'labcm.yaml:6: groups.0.members.1',
      'labcm.yaml:7: groups.1.members',
      'labcm.yaml:8: phones.defaultGroup',
      'labcm.yaml:9: dhcp.interface',
      `labcm.yaml:12: ${S}.subnet`,
      `labcm.yaml:13: ${S}.pools.1`,
      `labcm.yaml:14: ${S}.options.time-offset`,
      `labcm.yaml:15: ${S}.reservations.0.address`,
      `labcm.yaml:15: ${S}.reservations.1`,
      'labcm.yaml:16: dhcp.subnets.1.pools.0',
      'labcm.yaml:18: devices.0.group',
    ]);
  });

  it('in one key leave the keys elsewhere in its section to be compared, and those beside it alone', async () => {
    const faults = await faultsIn(
      [
        'sip: { udp: 99999, idle: 1s, expires: { granted: 30s } }',
        'sccp: { keepAlive: often, patience: 1s }',
        'http: { provisioning: { port: x }, api: { address: 10.0.0.1 } }',
        'devices:',
        '  - { name: A, model: 7960, load: [1], group: Nowhere, lines: [1, 1] }',
        '  - { name: B, model: 9, group: Nowhere, lines: [1, 1], protocol: X }',
        '  - { name: C, model: 7962, mac: x, lines: [1, 2, 3, 4, 5, 6, 7] }',
      ].join('\n'),
    );
    expect(faults.map((fault) => fault.split(': found')[0])).toEqual([
      'labcm.yaml:1: sip.udp',
      'labcm.yaml:1: sip.expires.granted',
      'labcm.yaml:2: sccp.keepAlive',
      'labcm.yaml:3: http.provisioning.port',
      'labcm.yaml:3: http.api.token',
      'labcm.yaml:5: devices.0.load',
      'labcm.yaml:5: devices.0.group',
      'labcm.yaml:5: devices.0.lines.1.dn',
      'labcm.yaml:6: devices.1.protocol',
      'labcm.yaml:6: devices.1.group',
      'labcm.yaml:6: devices.1.lines.1.dn',
      'labcm.yaml:7: devices.2.mac',
      'labcm.yaml:7: devices.2.lines',
    ]);
  });

  it('that come by --set are told with the words of the command line', async () => {
    expect(
      await faultsIn('sccp: { port: 2000 }', {}, ['sccp.port=many', 'nonsense', 'tftp.prot=1', 'tfpt.port=1']),
    ).toEqual([
      '--set nonsense: --set: found "nonsense", wanted KEY=VALUE, such as sccp.port=2000',
      '--set tfpt.port=1: tfpt: found an unknown key, wanted tftp (is that what was meant?)',
      '--set tftp.prot=1: tftp.prot: found an unknown key, wanted port (is that what was meant?)',
      '--set sccp.port=many: sccp.port: found "many", wanted a whole number from 0 to 65535',
    ]);
  });

  it('are not made of what is left out: a key with nothing behind it is a default', async () => {
    expect((await load('sccp:\n  port:\ndevices:\n')).sccp.port).toBe(2000);
  });

  const nested = (levels: number, first: string, next: (level: number) => string): string =>
    [first, ...Array.from({ length: levels }, (_, index) => next(index + 1))].join('\n');

  it.each([
    ['an alias of the list around it', 'devices: &a\n  - *a', 2, 'the alias "*a" inside of what it stands for'],
    ['an alias of the mapping around it', 'sccp: &a { port: 1, x: { y: *a } }', 1, '"*a" inside of what it stands for'],
    ['a mapping that is merged into itself', 'sccp: &a\n  <<: *a', 2, '"*a" inside of what it stands for'],
    ['an alias as a key of itself', 'sccp: &a\n  ? *a\n  : 1', 2, '"*a" inside of what it stands for'],
    ['an alias of nothing', 'sip:\n  udp: *off', 2, 'the alias "*off", wanted the anchor &off above it'],
    ['an alias of what comes later', 'sip: *a\nsccp: &a {}', 1, 'wanted the anchor &a above it'],
    [
      'aliases that bring too many values',
      nested(
        8,
        'a0: &a0 [1,1,1,1,1,1,1,1,1,1]',
        (n) =>
          `a${n}: &a${n} [${Array(10)
            .fill(`*a${n - 1}`)
            .join(',')}]`,
      ),
      6,
      'the alias "*a4", with which aliases bring more than 1000000 values, wanted fewer aliases',
    ],
    [
      'aliases that nest too deep',
      nested(5_000, 'a0: &a0 [1]', (n) => `a${n}: &a${n} [*a${n - 1}]`),
      64,
      'the alias "*a62", with which there are more than 64 levels, wanted at most 64 levels',
    ],
    [
      'merged aliases that nest too deep',
      nested(5_000, 'a0: &a0 {x: 1}', (n) => `a${n}: &a${n} {<<: *a${n - 1}}`),
      64,
      'with which there are more than 64 levels',
    ],
    ['brackets without end', `a:\n  ${'['.repeat(100_000)}`, 2, 'more than 64 levels, wanted at most 64 levels'],
    ['dashes without end', `a:\n  ${'- '.repeat(100_000)}1`, 2, 'more than 64 levels'],
    ['deeper and deeper keys', nested(5_000, 'a:', (n) => `${' '.repeat(n)}a:`), 64, 'more than 64 levels'],
    ['a merge of no mapping', 'sccp:\n  <<: 3', 2, '<<: without a mapping, wanted an alias of a mapping'],
    ['a second document', 'sccp: {}\n---\nsip: {}', 2, 'a second document, wanted one document'],
  ])('%s, with the line and what to do', async (_what, text, line, words) => {
    const faults = await faultsIn(text);
    expect(faults).toEqual([expect.stringContaining(words)]);
    expect(faults[0]).toMatch(`labcm.yaml:${line}: YAML: found `);
  });

  it('are none in what an alias brings often: its faults are told where they stand', async () => {
    const devices = Array.from({ length: 3_000 }, (_, index) => `  - { <<: *desk, name: P${index} }`);
    const text = ['devices:', '  - &desk { name: A, model: 7962, lines: &lines [5001] }', ...devices].join('\n');
    expect((await load(text)).devices).toHaveLength(3_001);
    const faulty = `groups: [{ name: &g Default, members: [] }]\ndevices:\n  - name: A\n    lines: &l\n      - {}\n  - { name: B, lines: *l }`;
    expect((await faultsIn(faulty)).filter((fault) => fault.includes('lines.0'))).toEqual([
      expect.stringMatching(/^labcm\.yaml:5: devices\.0\.lines\.0/),
      expect.stringMatching(/^labcm\.yaml:5: devices\.1\.lines\.0/),
    ]);
  });

  it('--set takes a value or a key that nests too deep as a mistake', async () => {
    const deep = `${'a.'.repeat(99)}a=1`;
    expect(await faultsIn('', {}, [deep, `sccp.port=${'['.repeat(99)}`])).toEqual([
      expect.stringContaining('wanted KEY=VALUE'),
      expect.stringMatching(/sccp\.port: found "\[+…, wanted a whole number/),
    ]);
  });
});
