// What the daemon needs of its machine besides ports: time, descriptors, disks, room to breathe.

import { KEPT_FOR_FILES } from '../../net/sockets/connection-places.js';
import { bad, counted, type DoctorCheck, type DoctorFinding, problemFinding, warning } from '../check.js';
import { directoryFaults } from '../machine-faults.js';
import type { DoctorView } from '../view.js';

const LARGEST_OFFSET_MS = 2_000;

const clock: DoctorCheck = {
  group: 'host',
  name: 'clock',
  looksAt: 'whether the clock is synchronised, and how far it is from the NTP servers that phones are told',
  finds: { 'ops.host-clock': '`timedatectl set-ntp true`' },
  run: async ({ host, located }) => {
    const { ntp: servers } = located.config.provisioning.dateTime;
    const [system, ...offsets] = await Promise.all([
      host.run('timedatectl', ['show', '--property=NTPSynchronized', '--value']),
      ...servers.map(async (server) => ({ server, offset: await host.ntpOffset(server) })),
    ]);
    const apart = offsets.flatMap(({ server, offset }) =>
      offset !== undefined && Math.abs(offset) > LARGEST_OFFSET_MS ? [{ server, offset }] : [],
    );
    if (apart.length > 0)
      return apart.map(({ server, offset }) =>
        warning(
          'ops.host-clock',
          `this machine is ${Math.round(Math.abs(offset) / 1000)} s ${offset > 0 ? 'behind' : 'ahead of'} ${server}, and phones take the time from both`,
          { wanted: 'one time', fix: ['timedatectl set-ntp true'], facts: { server, offset } },
        ),
      );
    return system?.code === 0 && system.out.trim() === 'no' && offsets.every(({ offset }) => offset === undefined)
      ? [
          warning('ops.host-clock', "this machine's clock is not synchronised, and phones take theirs from it", {
            wanted: 'a clock that is set by NTP',
            fix: ['timedatectl set-ntp true'],
          }),
        ]
      : [];
  },
};

const descriptors: DoctorCheck = {
  group: 'host',
  name: 'descriptors',
  looksAt: 'the limit of open files and sockets, how many the daemon has, and how many the phones need',
  finds: { 'ops.descriptors': '`ulimit -n`, or `LimitNOFILE=` of the unit' },
  run: async ({ host, located, daemon }) => {
    const { devices, policy, sip } = located.config;
    const streams = sip.enabled && (sip.tcp !== undefined || sip.tls !== undefined);
    const phones = devices.filter(({ protocol }) => protocol === 'SCCP' || streams).length;
    const needed = Math.min(phones, policy.maxDevices) + KEPT_FOR_FILES;
    const pid = (await daemon?.facts())?.pid;
    const limits = pid === undefined ? undefined : await host.text(`/proc/${pid}/limits`);
    const [, soft] = /^Max open files\s+(\d+)/m.exec(limits ?? '') ?? [];
    const limit = soft === undefined ? host.descriptorLimit() : Number(soft);
    if (limit === undefined) return [];
    const used = pid === undefined ? 0 : (await host.names(`/proc/${pid}/fd`)).length;
    const most = Math.max(needed, used + KEPT_FOR_FILES);
    return limit >= needed && used < limit * NEARLY_ALL
      ? []
      : [
          bad(
            'ops.descriptors',
            `a process may have ${counted(limit, 'descriptor')} here, ${used > 0 ? `labcm has ${used}, ` : ''}and ${counted(phones, 'phone')} need ${needed}`,
            {
              wanted: `${most} or more`,
              fix: [`ulimit -n ${most}`, `LimitNOFILE=${most}`],
              facts: { limit, used, needed },
            },
          ),
        ];
  },
};

const NEARLY_ALL = 0.9;

const LEAST_FREE_OCTETS = 64 * 1024 * 1024;
const LEAST_FREE_INODES = 1_000;

const disks: DoctorCheck = {
  group: 'host',
  name: 'disks',
  looksAt: 'room and rights in the directories of state and trace',
  finds: { 'ops.disk': 'free space, or another directory that can be written to' },
  run: async (view) => {
    const { host, located, daemon } = view;
    const faults = await directoryFaults(host, located);
    const full = await Promise.all(
      (['state', 'trace'] as const).map(async (section): Promise<readonly DoctorFinding[]> => {
        const { directory } = located.config[section];
        const space = await host.spaceOf(directory);
        if (space === undefined || faults.some(({ key }) => key.startsWith(section))) return [];
        const { freeOctets, freeInodes = Number.MAX_SAFE_INTEGER } = space;
        if (freeOctets >= LEAST_FREE_OCTETS && freeInodes >= LEAST_FREE_INODES) return [];
        const left =
          freeInodes < LEAST_FREE_INODES ? `${freeInodes} files` : `${Math.floor(freeOctets / 1_048_576)} MiB`;
        return [
          warning('ops.disk', `${directory} has room for ${left}: leases and traces are lost when it is full`, {
            wanted: '64 MiB and 1,000 files or more',
            fix: ['free space there', `${section}.directory: another one`],
            facts: { directory, freeOctets, freeInodes },
          }),
        ];
      }),
    );
    const broken = (daemon?.health.degradations ?? []).map(({ part, reason }) =>
      bad('ops.degraded', `${part} does not work: ${reason}`, {
        fix: ['mend it; labcm tries again by itself'],
        facts: { part },
      }),
    );
    return [...faults.map(problemFinding('bad', view)), ...once(full.flat()), ...broken];
  },
};

/** Both directories are often on one disk. */
const once = (findings: readonly DoctorFinding[]): readonly DoctorFinding[] => findings.slice(0, 1);

const LARGEST_LAG_SECONDS = 0.25;
const LARGEST_MEMORY = 0.5;

const load: DoctorCheck = {
  group: 'host',
  name: 'load',
  looksAt: 'the lateness of the daemon’s event loop, and its memory',
  finds: { 'ops.overloaded': 'fewer phones at once, `trace.console: off`' },
  asksDaemon: true,
  run: async ({ daemon, host }) => {
    const metrics = await daemon?.metrics();
    if (metrics === undefined) return [];
    const lag = metrics.get('labcm_event_loop_lag_seconds{quantile="0.99"}') ?? 0;
    const memory = metrics.get('process_resident_memory_bytes') ?? 0;
    const [, kibibytes] = /^MemTotal:\s+(\d+) kB/m.exec((await host.text('/proc/meminfo')) ?? '') ?? [];
    const total = kibibytes === undefined ? Number.POSITIVE_INFINITY : Number(kibibytes) * 1024;
    return [
      ...(lag > LARGEST_LAG_SECONDS
        ? [
            warning('ops.overloaded', `labcm is late by ${Math.round(lag * 1000)} ms`, {
              wanted: 'less than 250 ms',
              fix: ['fewer phones at once', 'trace: { console: off }'],
              facts: { lag },
            }),
          ]
        : []),
      ...(memory > LARGEST_MEMORY * total
        ? [
            warning(
              'ops.overloaded',
              `labcm has ${Math.round(memory / 1_048_576)} MiB of the ${Math.round(total / 1_048_576)} MiB of this machine`,
              {
                wanted: 'less than half',
                fix: ['a machine with more memory, or fewer phones'],
                facts: { memory, total },
              },
            ),
          ]
        : []),
    ];
  },
};

const LEAST_NODE = [20, 19] as const;

const runtime: DoctorCheck = {
  group: 'host',
  name: 'runtime',
  looksAt: 'the version of node, and the system',
  finds: {
    'ops.node-version': 'Node 20.19 or newer',
    'ops.system': 'Linux, or another DHCP server with option 150',
  },
  run: ({ host, located }: DoctorView) => {
    const [major = 0, minor = 0] = host.node.version.replace(/^v/, '').split('.').map(Number);
    const isOld = major < LEAST_NODE[0] || (major === LEAST_NODE[0] && minor < LEAST_NODE[1]);
    const { dhcp } = located.config;
    const beyond = host
      .addresses()
      .some(({ loopback, interface: name }) => !loopback && dhcp.interfaces.includes(name));
    return [
      ...(isOld
        ? [
            bad('ops.node-version', `node is ${host.node.version} (${host.node.path})`, {
              wanted: `${LEAST_NODE.join('.')} or newer`,
              fix: ['install a newer node'],
              facts: { version: host.node.version },
            }),
          ]
        : []),
      ...(host.platform === 'linux' || !dhcp.enabled || !beyond
        ? []
        : [
            bad('ops.system', `DHCP for a network works on Linux alone, and this is ${host.platform}`, {
              wanted: 'Linux',
              fix: ['dhcp: { enabled: false }, and option 150 from another server: labcm snippet KIND'],
              facts: { platform: host.platform },
            }),
          ]),
    ];
  },
};

/** The group `host`. */
export const HOST_CHECKS: readonly DoctorCheck[] = [clock, descriptors, disks, load, runtime];
