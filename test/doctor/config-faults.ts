// Faults of the configuration and of ports.

import { edit, type FaultCase, factsOf, OWNER, served5002, udpTable } from './fault-case.js';
import { SOUND, STARTED } from './harness.js';

export const CONFIG_FAULTS: readonly FaultCase[] = [
  // ── config
  {
    code: 'config.certificate',
    state: 'bad',
    found: /sccp\.certificate/,
    fix: /./,
    yaml: `${SOUND}sccp: { tls: 2443, certificate: ./pair.pem, key: ./pair.pem }\n`,
    files: { 'pair.pem': '-----BEGIN NOTHING-----' },
  },
  {
    code: 'config.value',
    state: 'warning',
    found: /lab\.yaml:14: devices\.2\.mac|SEP0011/,
    fix: /which the name says/,
    yaml: `${SOUND}  - { name: SEP00AABBCCDDEE, mac: "00:AA:BB:CC:DD:EF", model: 7962, lines: [{ dn: 5010 }] }\n`,
    daemon: (sound) => ({
      devices: async () => [
        ...(await sound.devices()),
        { name: 'SEP00AABBCCDDEE', status: 'Registered', address: null },
      ],
    }),
  },
  {
    code: 'ops.other-configuration',
    state: 'warning',
    found: /uses \/etc\/other\.yaml/,
    fix: /^labcm doctor -c \/etc\/other\.yaml$/,
    daemon: (sound) => ({ facts: async () => ({ ...(await factsOf(sound)), file: '/etc/other.yaml' }) }),
  },
  {
    code: 'ops.reload-refused',
    state: 'warning',
    found: /is not in force: lab\.yaml:3: sccp\.port/,
    fix: /^labcm check$/,
    daemon: (sound) => ({
      facts: async () => ({
        ...(await factsOf(sound)),
        refused: { at: STARTED, faults: ['lab.yaml:3: sccp.port: found 70000'] },
      }),
    }),
  },
  {
    code: 'ops.not-reloaded',
    state: 'warning',
    found: /was changed at .* and is not in force$/,
    fix: /^kill -HUP 4711$/,
    host: (file) => ({ modified: { [file]: STARTED + 60_000 } }),
  },
  {
    code: 'lines.shared',
    state: 'warning',
    found: /^5002 is a line of SEP001122334455, SEP0050564F6E88/,
    fix: /lab\.yaml:/,
    yaml: edit('dn: 5005', 'dn: 5002'),
    view: { tftp: served5002, http: served5002 },
  },
  {
    code: 'lines.dn-in-auto-range',
    state: 'warning',
    found: /^5002 of SEP001122334455 lies in the range/,
    fix: /another autoRegistration\.range/,
    yaml: `${SOUND}autoRegistration: { enabled: true, range: 5000-5003 }\n`,
  },
  {
    code: 'lines.none',
    state: 'warning',
    found: /^SEP001122334455 has no line/,
    fix: /^lines: \[\{ dn: … \}\]/,
    yaml: edit('protocol: SCCP, lines: [{ dn: 5002 }]', 'protocol: SCCP'),
  },
  {
    code: 'power.same-mac',
    state: 'bad',
    found: /^SEP001122334455, other have one hardware address, 001122334455/,
    fix: /lab\.yaml/,
    yaml: `${SOUND}  - { name: other, mac: "00:11:22:33:44:55", model: CIPC, protocol: SCCP, lines: [{ dn: 5011 }] }\n`,
    daemon: (sound) => ({
      devices: async () => [...(await sound.devices()), { name: 'other', status: 'Registered', address: null }],
    }),
  },
  {
    code: 'register.wrong-realm',
    state: 'warning',
    found: /^the realm in force is old/,
    fix: /^restart labcm/,
    yaml: edit('dn: 5005 }]', 'dn: 5005 }], digest: { user: lab, password: secret-1 }'),
    daemon: (sound) => ({ facts: async () => ({ ...(await factsOf(sound)), realm: 'old' }) }),
  },
  // ── ports
  {
    code: 'ops.port-taken',
    state: 'bad',
    found: /^TFTP: UDP 69 is held by in\.tftpd \(process 812\)$/,
    fix: /^systemctl disable --now tftpd-hpa\.service$/,
    daemon: 'none',
    only: ['ports'],
    host: {
      unbindable: { 'udp 69': 'EADDRINUSE' },
      files: { '/proc/net/udp': udpTable('0.0.0.0', 69, 5151), ...OWNER },
      links: { '/proc/812/fd/4': 'socket:[5151]' },
    },
  },
  {
    code: 'ops.port-forbidden',
    state: 'bad',
    found: /^UDP 67, UDP 69: this user may open ports from 1024 on alone/,
    fix: /^sudo setcap cap_net_bind_service\+ep \/usr\/bin\/node$/,
    host: {
      unbindable: { 'udp 69': 'EACCES', 'udp 67': 'EACCES' },
      files: {
        '/proc/self/status': 'Name:\tnode\nCapEff:\t0000000000000000\n',
        '/proc/sys/net/ipv4/ip_unprivileged_port_start': '1024\n',
      },
    },
  },
  {
    code: 'ops.address-missing',
    state: 'bad',
    found: /SIP is to listen on 10\.9\.9\.9, which this machine does not have/,
    fix: /one of its addresses/,
    yaml: `${SOUND}sip: { listen: 10.9.9.9 }\n`,
    host: { unbindable: { 'udp 10.9.9.9:5060': 'EADDRNOTAVAIL', 'tcp 10.9.9.9:5060': 'EADDRNOTAVAIL' } },
  },
  {
    code: 'ops.port-shared',
    state: 'warning',
    found: /^UDP 67 at 192\.168\.122\.1 is held by dnsmasq \(process 901\)$/,
    fix: /^virsh net-destroy default$/,
    host: {
      files: {
        '/proc/net/udp': udpTable('192.168.122.1', 67, 6262),
        '/proc/901/comm': 'dnsmasq\n',
        '/proc/901/cgroup': '0::/system.slice/libvirtd.service\n',
      },
      links: { '/proc/901/fd/4': 'socket:[6262]' },
    },
  },
];
