// Faults of the firewall, the path and the machine.

import { arp, COUNTS, type FaultCase, NFT } from './fault-case.js';
import { SOUND } from './harness.js';

export const HOST_FAULTS: readonly FaultCase[] = [
  // ── firewall
  {
    code: 'firewall.port-dropped',
    state: 'bad',
    found: /^UDP 69 does not come in: nft chain inet filter input: udp 69 drop$/,
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
    host: { space: { sizeOctets: 1_073_741_824, freeOctets: 3 * 1_048_576, freeInodes: undefined } },
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
];
