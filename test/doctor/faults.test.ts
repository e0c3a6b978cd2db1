// Each fault of the table planted by itself in a sound lab: exactly its line appears.

import { describe, expect, it } from 'vitest';
import { wallTime } from '../../src/core/time.js';
import type { FindingState } from '../../src/doctor/check.js';
import { DOCTOR_TABLE } from '../../src/doctor/table.js';
import { systemClock } from '../../src/net/system-clock.js';
import { deviceFile, findingsIn, type Planted, SOUND, STARTED, troubles } from './harness.js';
import { ETH1, LOOPBACK } from './memory-host.js';
import { GOOD_OFFER, OFFER_CASES } from './offer-cases.js';

/** The code, how bad it is, the sentence, the first line of the fix, and the fault. */
interface FaultCase extends Planted {
  readonly code: string;
  readonly state: FindingState;
  readonly found: RegExp;
  readonly fix: RegExp | undefined;
}

const edit = (from: string, to: string): string => {
  if (!SOUND.includes(from)) throw new Error(`the sound configuration has no ${from}`);
  return SOUND.replace(from, to);
};

const udpTable = (address: string, port: number, inode: number): string => {
  const hex = address
    .split('.')
    .reverse()
    .map((one) => Number(one).toString(16).padStart(2, '0'))
    .join('')
    .toUpperCase();
  return `  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
  1: ${hex}:${port.toString(16).toUpperCase().padStart(4, '0')} 00000000:0000 07 00000000:00000000 00:00000000 00000000   109        0 ${inode} 2 0000000000000000 0
`;
};

const OWNER = {
  '/proc/812/comm': 'in.tftpd\n',
  '/proc/812/cgroup': '0::/system.slice/tftpd-hpa.service\n',
};

const COUNTS = (rcvbuf: number, overflows: number): Record<string, string> => ({
  '/proc/net/snmp': `Udp: InDatagrams NoPorts InErrors OutDatagrams RcvbufErrors\nUdp: 1 900 0 1 ${rcvbuf}\n`,
  '/proc/net/netstat': `TcpExt: SyncookiesSent ListenOverflows\nTcpExt: 0 ${overflows}\n`,
});

const arp = (...rows: readonly (readonly [string, string])[]): Record<string, string> => ({
  '/proc/net/arp': `IP address       HW type     Flags       HW address            Mask     Device
${rows.map(([address, mac]) => `${address}     0x1         0x2         ${mac}     *        eth1`).join('\n')}\n`,
});

const NFT = JSON.stringify({
  nftables: [
    { chain: { family: 'inet', table: 'filter', name: 'input', hook: 'input', policy: 'accept' } },
    {
      rule: {
        family: 'inet',
        table: 'filter',
        chain: 'input',
        expr: [
          { match: { op: '==', left: { payload: { protocol: 'udp', field: 'dport' } }, right: 69 } },
          { drop: null },
        ],
      },
    },
  ],
});

const CASES: readonly FaultCase[] = [
  // ── config
  {
    code: 'config.certificate',
    state: 'bad',
    found: /sccp\.certificate/,
    fix: /./,
    yaml: `${SOUND}sccp: { tls: 2443, certificate: ./lab.yaml, key: ./lab.yaml }\n`,
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
  // ── addresses
  {
    code: 'connect.node-not-ours',
    state: 'bad',
    found: /^lab\.yaml:1: nodes\.0\.address: 10\.9\.9\.9, which this machine does not have/,
    fix: /10\.10\.210\.10 \(eth1\)/,
    yaml: edit('address: 10.10.210.10 }]', 'address: 10.9.9.9 }]').replace(
      'option150: [10.10.210.10]',
      'option150: [10.10.210.10]',
    ),
    view: { tftp: servedElsewhere, http: servedElsewhere },
  },
  {
    code: 'connect.loopback-only',
    state: 'bad',
    found: /tftp\.listen: 127\.0\.0\.1, while phones are sent to 10\.10\.210\.10/,
    fix: /0\.0\.0\.0/,
    yaml: edit('tftp: {', 'tftp: { listen: 127.0.0.1,'),
  },
  {
    code: 'connect.port-elsewhere',
    state: 'warning',
    found: /nodes\.0\.sccpPort: 2001, while sccp\.port is 2000/,
    fix: /the port that this daemon listens on/,
    yaml: edit('address: 10.10.210.10 }]', 'address: 10.10.210.10, sccpPort: 2001 }]'),
    view: { tftp: servedOn2001, http: servedOn2001 },
  },
  {
    code: 'connect.node-loopback',
    state: 'bad',
    found: /127\.0\.0\.1, while phones get their address on eth1/,
    fix: /^10\.10\.210\.10: each phone/,
    yaml: edit('address: 10.10.210.10 }]', 'address: 127.0.0.1 }]'),
    only: ['addresses'],
  },
  {
    code: 'dhcp.option-150-elsewhere',
    state: 'bad',
    found: /option150: 10\.7\.7\.7, neither an address of this machine nor of a node/,
    fix: /phones ask there for their files/,
    yaml: edit('option150: [10.10.210.10]', 'option150: [10.7.7.7]'),
  },
  {
    code: 'connect.node-down',
    state: 'warning',
    found: /^CM2 does not answer on TCP 2000 \(SCCP\) of 10\.10\.210\.11: refused$/,
    fix: /^start CM2/,
    yaml: edit(
      'nodes: [{ name: CM1, address: 10.10.210.10 }]',
      'nodes: [{ name: CM1, address: 10.10.210.10 }, { name: CM2, address: 10.10.210.11 }]\nself: CM1\ngroups: [{ name: Default, members: [CM1] }]',
    ),
    host: { connects: { '10.10.210.11:2000': 'refused' } },
  },
  {
    code: 'connect.never',
    state: 'bad',
    found: /^SCCP: 10\.10\.210\.10:2000 does not answer 10\.10\.210\.10 \(eth1\): silent/,
    fix: /^nft add rule inet filter input tcp dport 2000 accept$/,
    host: { connects: { '10.10.210.10:2000': 'silent' } },
  },
  {
    code: 'connect.answered-by-another',
    state: 'bad',
    found: /takes SCCP connections that this daemon does not see/,
    fix: /^see who answers/,
    daemon: {
      events: async (_types, _within, { listening } = {}) => {
        listening?.();
        return [];
      },
    },
  },
  // ── dhcp
  {
    code: 'dhcp.pool-empty',
    state: 'bad',
    found: /^all 100 addresses of 10\.10\.210\.0\/24 are taken$/,
    fix: /^wider pools: lab\.yaml:7$/,
    daemon: {
      metrics: async () =>
        new Map([
          ['labcm_dhcp_addresses{subnet="10.10.210.0/24",state="size"}', 100],
          ['labcm_dhcp_addresses{subnet="10.10.210.0/24",state="bound"}', 100],
        ]),
    },
  },
  {
    code: 'dhcp.pool-small',
    state: 'warning',
    found: /^the pools have 1 place for 2 devices$/,
    fix: /^wider pools/,
    yaml: edit('10.10.210.100-10.10.210.199', '10.10.210.100-10.10.210.100'),
  },
  {
    code: 'dhcp.no-router',
    state: 'warning',
    found: /^10\.20\.0\.0\/24 gives no router/,
    fix: /^routers: /,
    yaml: edit(
      'tftp:',
      '    - { subnet: 10.20.0.0/24, pools: [10.20.0.10-10.20.0.20], option150: [10.10.210.10] }\ntftp:',
    ),
    daemon: (sound) => ({ facts: async () => ({ ...(await factsOf(sound)), relays: ['10.20.0.1'] }) }),
  },
  {
    code: 'dhcp.relay-missing',
    state: 'warning',
    found: /^nothing ever came from a relay of 10\.20\.0\.0\/24/,
    fix: /ip helper-address 10\.10\.210\.10$/,
    yaml: edit(
      'tftp:',
      '    - { subnet: 10.20.0.0/24, pools: [10.20.0.10-10.20.0.20], routers: [10.20.0.1], option150: [10.10.210.10] }\ntftp:',
    ),
  },
  {
    code: 'dhcp.interface',
    state: 'bad',
    found: /dhcp\.interface: eth1, which labcm cannot make sure to answer alone/,
    fix: /koffi/,
    host: { shared: ['eth1'] },
  },
  // ── files
  {
    code: 'files.no-root',
    state: 'bad',
    found: /tftp\.root: nothing there/,
    fix: /make it/,
    yaml: edit('./files', './none'),
  },
  {
    code: 'files.broken',
    state: 'warning',
    found: /the name of .* but for its case/,
    fix: /one of them/,
    files: { 'files/a.xml': 'one', 'files/A.xml': 'other' },
  },
  {
    code: 'files.shadowed',
    state: 'warning',
    found: /a file that no phone gets/,
    fix: /vendorConfig/,
    files: { 'files/SEP001122334455.cnf.xml': '<device/>' },
  },
  {
    code: 'files.load-missing',
    state: 'warning',
    found: /SCCP42\.9-4-2SR3-1S, of which tftp\.root holds no file/,
    fix: /SCCP42\.9-4-2SR3-1S\.loads/,
    yaml: edit('protocol: SCCP,', 'protocol: SCCP, load: SCCP42.9-4-2SR3-1S,'),
  },
  {
    code: 'files.load-part-missing',
    state: 'warning',
    found: /a manifest whose apps42\.9\.sbn is not there/,
    fix: /the whole of the firmware package/,
    yaml: edit('protocol: SCCP,', 'protocol: SCCP, load: SCCP42.9,'),
    files: { 'files/SCCP42.9.loads': 'jar42.9.sbn\r\napps42.9.sbn\r\n', 'files/jar42.9.sbn': 'x' },
  },
  {
    code: 'files.load-part-size',
    state: 'warning',
    found: /3 octets, while sip78xx\.12\.loads says 2048/,
    fix: /the same firmware package, whole/,
    files: {
      'files/sip78xx.12.loads': '[PLATFORM_1]\nrootfs=rootfs78xx.sbn size=2048\n',
      'files/rootfs78xx.sbn': 'abc',
    },
  },
  {
    code: 'files.wrong-protocol-load',
    state: 'warning',
    found: /SIP42\.9, which speaks SIP, for SEP001122334455/,
    fix: /protocol: SIP/,
    yaml: edit('protocol: SCCP,', 'protocol: SCCP, load: SIP42.9,'),
    files: { 'files/SIP42.9.loads': 'a.sbn\n', 'files/a.sbn': 'x' },
  },
  {
    code: 'files.load-wrong-family',
    state: 'warning',
    found: /SCCP45\.9, which is firmware of another model than Cisco 7962/,
    fix: /a load of a Cisco 7962/,
    yaml: edit('protocol: SCCP,', 'protocol: SCCP, load: SCCP45.9,'),
    files: { 'files/SCCP45.9.loads': 'a.sbn\n', 'files/a.sbn': 'x' },
  },
  {
    code: 'files.named-file-missing',
    state: 'warning',
    found: /dialplan-lab\.xml, which tftp\.root does not hold/,
    fix: /that file in tftp\.root/,
    yaml: edit('protocol: SIP,', 'protocol: SIP, dialTemplate: dialplan-lab.xml,'),
  },
  {
    code: 'files.locale-missing',
    state: 'warning',
    found: /German_Germany, of which tftp\.root holds no folder/,
    fix: /German_Germany\//,
    yaml: `${SOUND}phones: { locale: { user: German_Germany } }\n`,
  },
  {
    code: 'files.trust-list-served',
    state: 'warning',
    found: /^ITLFile\.tlv is served/,
    fix: /^take it out of tftp\.root/,
    files: { 'files/ITLFile.tlv': 'x' },
  },
  {
    code: 'files.not-served',
    state: 'bad',
    found: /^SEP001122334455\.cnf\.xml does not come by TFTP: no answer$/,
    fix: /^labcm timeline SEP001122334455$/,
    view: {
      tftp: async (file) =>
        file.startsWith('SEP0011')
          ? { kind: 'missed', why: 'no answer' }
          : { kind: 'fetched', bytes: deviceFile('SEP0050564F6E88') },
    },
  },
  {
    code: 'files.not-xml',
    state: 'bad',
    found: /^SEP001122334455\.cnf\.xml cannot be read as a phone reads it/,
    fix: /tftp\.root/,
    view: {
      device: 'sep001122334455',
      http: async () => ({ kind: 'fetched', bytes: Buffer.from('<device><a></device>') }),
    },
  },
  {
    code: 'files.differs',
    state: 'warning',
    found:
      /^SEP001122334455\.cnf\.xml is not what the configuration says: it names 10\.9\.9\.9:2000, not 10\.10\.210\.10:2000/,
    fix: /^SIGHUP/,
    view: {
      device: 'SEP001122334455',
      ...both(async () => ({ kind: 'fetched', bytes: deviceFile('SEP001122334455', { address: '10.9.9.9' }) })),
    },
  },
  // ── firewall
  {
    code: 'firewall.port-dropped',
    state: 'bad',
    found: /^UDP 69 does not come in: nft chain input: udp 69 drop$/,
    fix: /^nft insert rule inet filter input udp dport 69 accept$/,
    host: { programs: { nft: { out: NFT } } },
  },
  {
    code: 'firewall.port-dropped',
    state: 'bad',
    found: /^TCP 2000 does not come in: iptables: -A INPUT -p tcp/,
    fix: /^iptables -I INPUT -p tcp --dport 2000 -j ACCEPT$/,
    host: {
      programs: {
        'iptables-save': {
          out: '*filter\n:INPUT ACCEPT [0:0]\n-A INPUT -p tcp -m tcp --dport 2000 -j REJECT\nCOMMIT\n',
        },
      },
    },
  },
  {
    code: 'firewall.not-readable',
    state: 'skipped',
    found: /^not permitted to read the rules: run once as root/,
    fix: undefined,
    host: { programs: { nft: { code: 1, out: '' } } },
  },
  {
    code: 'files.http-dropped',
    state: 'warning',
    found: /^TCP 6970 of 10\.10\.210\.10 neither answers nor refuses/,
    fix: /^http: /,
    host: { connects: { '10.10.210.10:6970': 'silent' } },
  },
  {
    code: 'firewall.helper',
    state: 'warning',
    found: /^nf_conntrack_sip: this machine may rewrite/,
    fix: /^modprobe -r nf_conntrack_sip$/,
    host: { files: { '/proc/modules': 'nf_tables 1 0\nnf_conntrack_sip 40960 0 - Live\n' } },
  },
  {
    code: 'connect.banned',
    state: 'warning',
    found: /^fail2ban shuts out 10\.10\.210\.104$/,
    fix: /^fail2ban-client unban 10\.10\.210\.104$/,
    host: { programs: { 'fail2ban-client banned': { out: "[{'sip': ['10.10.210.104']}]" } } },
  },
  // ── path
  {
    code: 'connect.small-mtu',
    state: 'warning',
    found: /^eth1 has an MTU of 1400/,
    fix: /^ip link set dev eth1 mtu 1500$/,
    host: { files: { '/sys/class/net/eth1/mtu': '1400\n' } },
  },
  {
    code: 'connect.small-mtu',
    state: 'warning',
    found: /^the route to 10\.10\.210\.100 has an MTU of 1380/,
    fix: /adjust-mss/,
    host: {
      programs: { 'ip -j route get 10.10.210.100': { out: '[{"dst":"10.10.210.100","metrics":[{"mtu":1380}]}]' } },
    },
  },
  {
    code: 'ops.overloaded',
    state: 'warning',
    found: /^9 datagrams were lost because nobody read them in time since labcm was started/,
    fix: /rmem_max/,
    host: { files: COUNTS(12, 0) },
  },
  {
    code: 'stays.duplicate-address',
    state: 'warning',
    found: /^0A0000000001 answers for 10\.10\.210\.100, which is leased to 001122334455$/,
    fix: /^exclusions: \[10\.10\.210\.100\]$/,
    daemon: { leases: async () => [{ address: '10.10.210.100', mac: '00:11:22:33:44:55', state: 'bound' }] },
    host: { files: arp(['10.10.210.100', '0a:00:00:00:00:01']) },
  },
  {
    code: 'stays.proxy-arp',
    state: 'warning',
    found: /^0A0000000001 answers for 3 addresses of phones/,
    fix: /^no ip proxy-arp/,
    host: {
      files: arp(...['100', '101', '102'].map((one): [string, string] => [`10.10.210.${one}`, '0a:00:00:00:00:01'])),
    },
  },
  // ── host
  {
    code: 'ops.host-clock',
    state: 'warning',
    found: /^this machine's clock is not synchronised/,
    fix: /^timedatectl set-ntp true$/,
    host: { programs: { timedatectl: { out: 'no\n' } } },
  },
  {
    code: 'ops.host-clock',
    state: 'warning',
    found: /^this machine is 90 s behind 10\.10\.210\.1/,
    fix: /^timedatectl set-ntp true$/,
    yaml: `${SOUND}phones: { dateTime: { ntp: [10.10.210.1] } }\n`,
    host: { ntp: { '10.10.210.1': 90_000 } },
  },
  {
    code: 'ops.descriptors',
    state: 'bad',
    found: /^a process may have 64 descriptors here, and 2 phones need/,
    fix: /^ulimit -n \d+$/,
    host: { descriptors: 64 },
  },
  {
    code: 'ops.disk',
    state: 'warning',
    found: /has room for 3 MiB/,
    fix: /^free space there$/,
    host: { space: { freeOctets: 3 * 1_048_576, freeInodes: undefined } },
  },
  {
    code: 'ops.disk',
    state: 'bad',
    found: /state\.directory: no permission/,
    fix: /let this user write there/,
    yaml: `${SOUND}state: { directory: /var/lib/labcm }\n`,
    host: { unwritable: { '/var/lib/labcm': 'no permission to write' } },
  },
  {
    code: 'ops.degraded',
    state: 'bad',
    found: /^trace files does not work: no space left$/,
    fix: /./,
    daemon: ({ health }) => ({
      health: { ...health, degradations: [{ part: 'trace files', reason: 'no space left' }] },
    }),
  },
  {
    code: 'ops.overloaded',
    state: 'warning',
    found: /^labcm is late by 400 ms$/,
    fix: /^fewer phones at once$/,
    daemon: { metrics: async () => new Map([['labcm_event_loop_lag_seconds{quantile="0.99"}', 0.4]]) },
  },
  {
    code: 'ops.overloaded',
    state: 'warning',
    found: /^labcm has 900 MiB of the 1024 MiB of this machine$/,
    fix: /memory/,
    daemon: { metrics: async () => new Map([['process_resident_memory_bytes', 900 * 1_048_576]]) },
    host: { files: { '/proc/meminfo': 'MemTotal:        1048576 kB\n' } },
  },
  {
    code: 'ops.node-version',
    state: 'bad',
    found: /^node is v18\.20\.0/,
    fix: /newer node/,
    host: { version: 'v18.20.0' },
  },
  {
    code: 'ops.system',
    state: 'bad',
    found: /works on Linux alone, and this is darwin/,
    fix: /labcm snippet/,
    host: { platform: 'darwin' },
  },
  // ── names
  {
    code: 'names.node-elsewhere',
    state: 'warning',
    found: /^CM1 is 10\.7\.7\.7 in the DNS, and the configuration says 10\.10\.210\.10$/,
    fix: /^CM1 = 10\.10\.210\.10 in the DNS/,
    host: { dns: { CM1: ['10.7.7.7'] } },
  },
  {
    code: 'names.ciscocm1-elsewhere',
    state: 'warning',
    found: /^CiscoCM1 is 10\.10\.210\.10 and 10\.7\.7\.7 in the DNS/,
    fix: /^CiscoCM1 = 10\.10\.210\.10 in the DNS/,
    host: { dns: { CiscoCM1: ['10.10.210.10', '10.7.7.7'] } },
  },
  {
    code: 'power.wrong-mac',
    state: 'warning',
    found: /^SEP001122334456 was never seen, and differs from SEP001122334455 by one digit$/,
    fix: /^take SEP001122334456 out/,
    yaml: `${SOUND}  - { name: SEP001122334456, model: 7962, lines: [{ dn: 5010 }] }\n`,
    daemon: ({ devices, health }) => ({
      health: { ...health, startedAt: wallTime(systemClock.wallTime(systemClock.now())) },
      devices: async () => [...(await devices()), { name: 'SEP001122334456', status: 'Unknown', address: null }],
    }),
  },
  // ── devices
  {
    code: 'register.wrong-model',
    state: 'bad',
    found: /^SEP001122334455: It says that it is a Cisco 7941 \(115\)/,
    fix: /^model: 7941 {2}\(lab\.yaml:31\)$/,
    daemon: {
      verdicts: async () => ({
        groups: [
          {
            code: 'register.wrong-model',
            severity: 'blocking',
            confidence: 'certain',
            count: 1,
            sentence: 'It is another model.',
            devices: ['SEP001122334455'],
          },
          {
            code: 'harmless.tones',
            severity: 'harmless',
            count: 2,
            sentence: 'Without it tones are the American ones.',
            devices: [],
          },
        ],
        devices: [
          {
            device: 'SEP001122334455',
            verdict: {
              code: 'register.wrong-model',
              severity: 'blocking',
              sentence: 'It says that it is a Cisco 7941 (115); it is configured as a Cisco 7962 (404).',
              remedy: [{ do: 'config', file: 'lab.yaml', line: 31, text: 'model: 7941' }],
            },
          },
        ],
      }),
    },
  },
  {
    code: 'ops.no-verdicts',
    state: 'skipped',
    found: /^this daemon gives no verdicts/,
    fix: undefined,
    daemon: { verdicts: async () => undefined },
  },
  {
    code: 'power.never-seen',
    state: 'warning',
    found: /^nothing was ever heard of SEP0050564F6E88$/,
    fix: /^labcm doctor --listen 60s --device SEP0050564F6E88/,
    daemon: {
      devices: async () => [
        { name: 'SEP001122334455', status: 'Registered', address: null },
        { name: 'SEP0050564F6E88', status: 'Unknown', address: null },
      ],
    },
  },
  {
    code: 'files.unknown-device',
    state: 'warning',
    found: /^SEP001122334466 was seen and is not configured; SEP001122334455 is/,
    fix: /^- name: SEP001122334466$/,
    daemon: {
      strangers: async () => ({
        total: 2,
        phones: [
          {
            name: 'SEP001122334466',
            nearest: 'SEP001122334455',
            advice: 'add it',
            snippet: '- name: SEP001122334466\n  model: 7962\n',
          },
          { name: '10.10.210.10', nearest: null, advice: 'it gave no name', snippet: null },
        ],
      }),
    },
  },
  {
    code: 'power.never-seen',
    state: 'bad',
    found: /^nothing was heard of SEP001122334455 in 1 s$/,
    fix: /^its power and switch port/,
    only: ['listen'],
    options: ['listen'],
    view: { device: 'SEP001122334455' },
    daemon: { events: async () => [{ type: 'tftp.request', file: 'SEP0050564F6E88.cnf.xml' }] },
  },
  // ── api
  {
    code: 'api.off',
    state: 'warning',
    found: /^the API is off/,
    fix: /^http: /,
    yaml: `${SOUND}http: { api: { enabled: false } }\n`,
  },
  // ── dhcp, with --offer
  ...OFFER_CASES.map((one): FaultCase => ({ ...one, only: ['other-servers'], options: ['offer'] })),
];

const factsOf = async (sound: { facts(): Promise<unknown> }) =>
  (await sound.facts()) as never as object as {
    pid: number;
    file: string;
    readAt: typeof STARTED;
    refused: undefined;
    realm: string;
    relays: readonly string[];
    counters: object;
  };

function both<F>(fetch: F): { readonly tftp: F; readonly http: F } {
  return { tftp: fetch, http: fetch };
}

const nameOf = (file: string): string => file.replace('.cnf.xml', '');

async function served5002(file: string) {
  const bytes = Buffer.from(deviceFile(nameOf(file)).toString().replace('<name>5005</name>', '<name>5002</name>'));
  return { kind: 'fetched', bytes } as const;
}

async function servedElsewhere(file: string) {
  return { kind: 'fetched', bytes: deviceFile(nameOf(file), { address: '10.9.9.9' }) } as const;
}

async function servedOn2001(file: string) {
  return { kind: 'fetched', bytes: deviceFile(nameOf(file), { sccp: 2001 }) } as const;
}

describe('a sound lab', () => {
  it('has no trouble, with a daemon', async () => {
    expect(troubles(await findingsIn({ options: ['offer', 'listen'] }))).toEqual([]);
  });

  it('without a daemon is missing only what a daemon says', async () => {
    const found = troubles(await findingsIn({ daemon: 'none' }));
    expect(new Set(found.map(({ code }) => code))).toEqual(new Set(['ops.no-daemon']));
    expect(found.map(({ check }) => check)).toEqual(
      DOCTOR_TABLE.filter(({ asksDaemon, option }) => asksDaemon === true && option === undefined).map(
        ({ name }) => name,
      ),
    );
  });
});

describe('each fault, planted by itself', () => {
  it.each(CASES.map((one, index) => [`${one.code} (${index})`, one] as const))(
    '%s: exactly its line',
    async (_, planted) => {
      const { code, state, found, fix } = planted;
      const seen = troubles(await findingsIn(planted));
      expect(seen.map((finding) => `${finding.state} ${finding.code}`)).toEqual([`${state} ${code}`]);
      const [finding] = seen;
      expect(finding?.found).toMatch(found);
      if (fix === undefined) expect(finding?.fix).toEqual([]);
      else expect(finding?.fix[0]).toMatch(fix);
    },
  );

  it('covers every code of the table', () => {
    const planted = new Set(CASES.map(({ code }) => code));
    const withoutFault = new Set(['harmless.locale-jar', 'power.heard', 'api.reached', '(the code of the verdict)']);
    const codes = DOCTOR_TABLE.flatMap(({ finds }) => Object.keys(finds));
    expect(codes.filter((code) => !planted.has(code) && !withoutFault.has(code))).toEqual([]);
  });

  it('names of checks differ', () => {
    const names = DOCTOR_TABLE.map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
  });
});

describe('what is well is said with --all', () => {
  it.each([
    ['harmless.locale-jar', /mk-sccp\.jar|menus are English/, {}],
    [
      'power.heard',
      /^SEP001122334455 was heard: tftp\.request$/,
      {
        options: ['listen'],
        view: { device: 'SEP001122334455' },
        daemon: { events: async () => [{ type: 'tftp.request', file: 'CTLSEP001122334455.tlv' }] },
      },
    ],
    ['api.reached', /http:\/\/127\.0\.0\.1:8088/, {}],
    [
      'dhcp.other-server',
      /answers on eth1, too/,
      {
        options: ['offer'],
        only: ['other-servers'],
        yaml: SOUND.replace('enabled: true', 'enabled: false'),
        view: { discover: async () => ({ kind: 'heard', interface: 'eth1', offers: [GOOD_OFFER] }) },
      },
    ],
  ] satisfies readonly (readonly [string, RegExp, Planted])[])('%s', async (code, text, planted) => {
    const found = await findingsIn(planted);
    expect(found.find((finding) => finding.code === code)).toMatchObject({
      state: 'well',
      found: expect.stringMatching(text),
    });
  });
});

describe('addresses of a machine without the network', () => {
  it('loopback alone has nothing to fear of a firewall', async () => {
    const host = { addresses: [LOOPBACK], programs: { nft: { code: 1, out: '' } } };
    const seen = troubles(await findingsIn({ host, only: ['firewall'] }));
    expect(seen).toEqual([]);
    expect(
      troubles(await findingsIn({ host: { ...host, addresses: [LOOPBACK, ETH1] }, only: ['firewall'] })),
    ).toHaveLength(1);
  });
});
