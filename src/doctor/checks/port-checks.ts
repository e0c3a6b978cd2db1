// Whether the daemon can have its ports, and who has them otherwise.

import type { Config } from '../../config/index.js';
import { type BoundSocket, boundSockets, mayBindAnyPort, type SocketOwner, socketOwners } from '../../net/host/proc.js';
import { bad, type DoctorCheck, type DoctorFinding, warning } from '../check.js';
import type { DoctorView } from '../view.js';
import { type WantedListener, wantedListeners } from '../wanted-listeners.js';

const ANY = '0.0.0.0';
const SERVICES: Readonly<Record<string, string>> = {
  dhcp: 'DHCP',
  tftp: 'TFTP',
  http: 'HTTP',
  management: 'Management',
  sccp: 'SCCP',
  sip: 'SIP',
};

const portName = ({ transport, port }: Pick<WantedListener, 'transport' | 'port'>): string =>
  `${transport.toUpperCase()} ${port}`;

const serviceOf = ({ path: [section = '', part] }: WantedListener): string =>
  part === 'api' ? 'API' : (SERVICES[section] ?? section);

interface Refusal {
  readonly listener: WantedListener;
  readonly code: string;
}

/** By view: two checks that try one port at a time would find each other there. */
const tried = new WeakMap<DoctorView, Promise<readonly Refusal[]>>();

/** Why each wanted port that is not free cannot be bound. */
const refusals = (view: DoctorView): Promise<readonly Refusal[]> => {
  const found = tried.get(view) ?? tryPorts(view);
  tried.set(view, found);
  return found;
};

const tryPorts = async ({ host, located }: DoctorView): Promise<readonly Refusal[]> => {
  const wanted = wantedListeners(host, located.config);
  const codes = await Promise.all(
    wanted.map(({ transport, address, port }) => host.whyUnbindable(transport, address, port)),
  );
  return wanted.flatMap((listener, index) => {
    const code = codes[index];
    return code === undefined ? [] : [{ listener, code }];
  });
};

/** Whether the running daemon listens there: its API says so. */
const isDaemons = ({ daemon }: DoctorView, { transport, port }: Pick<WantedListener, 'transport' | 'port'>): boolean =>
  daemon?.health.listeners.some((one) => one.port === port && (one.transport === 'udp') === (transport === 'udp')) ??
  false;

const overlaps = (socket: BoundSocket, { transport, address, port }: WantedListener): boolean =>
  socket.transport === transport &&
  socket.port === port &&
  (socket.address === address || socket.address === ANY || address === ANY);

const named = (owner: SocketOwner | undefined): string =>
  owner === undefined ? 'another program' : `${owner.name} (process ${owner.pid})`;

/** How to end who holds a port, the surest way first. */
const stopping = (owner: SocketOwner | undefined, listener: WantedListener): readonly string[] => {
  const { transport, port, path } = listener;
  const other = `or another ${path.join('.')}`;
  if (owner === undefined)
    return [`see whose it is:  sudo ss -lpn${transport === 'udp' ? 'u' : 't'} 'sport = :${port}'`, other];
  if (owner.name === 'dnsmasq' && owner.unit?.startsWith('libvirt') === true)
    return ['virsh net-destroy default', other];
  return [owner.unit === undefined ? `stop it:  kill ${owner.pid}` : `systemctl disable --now ${owner.unit}`, other];
};

const wantedPorts: DoctorCheck = {
  group: 'ports',
  name: 'wanted-ports',
  looksAt: 'each port of the configuration: free, of the running daemon, or whose it is',
  finds: {
    'ops.port-taken': 'stop the program that holds it, by its unit where it has one, or another port',
    'ops.address-missing': 'an address of this machine, or 0.0.0.0',
  },
  run: async (view) => {
    const { host, located, place } = view;
    const refused = await refusals(view);
    const taken = refused.filter(({ listener, code }) => code === 'EADDRINUSE' && !isDaemons(view, listener));
    const sockets = taken.length === 0 ? [] : await boundSockets(host);
    const holding = taken.map(({ listener }) => sockets.filter((socket) => overlaps(socket, listener)));
    const owners = await socketOwners(host, new Set(holding.flat().map(({ inode }) => inode)));
    const missing = new Map(
      refused
        .filter(({ code }) => code === 'EADDRNOTAVAIL')
        .map(({ listener }) => [`${listener.path[0]} ${listener.address}`, listener]),
    );
    return [
      ...taken.map(({ listener }, index): DoctorFinding => {
        const owner = holding[index]?.flatMap(({ inode }) => owners.get(inode) ?? [])[0];
        return bad('ops.port-taken', `${serviceOf(listener)}: ${portName(listener)} is held by ${named(owner)}`, {
          wanted: 'a port that is free',
          fix: stopping(owner, listener),
          facts: {
            ...{ transport: listener.transport, port: listener.port },
            ...(owner === undefined ? {} : { program: owner.name, pid: owner.pid }),
            ...(owner?.unit === undefined ? {} : { unit: owner.unit }),
          },
        });
      }),
      ...[...missing.values()].map((listener) =>
        bad(
          'ops.address-missing',
          `${place(located.locate(listener.path))}: ${serviceOf(listener)} is to listen on ${listener.address}, which this machine does not have`,
          { wanted: 'one of its addresses', fix: ['one of its addresses, or 0.0.0.0 for all of them'] },
        ),
      ),
    ];
  },
};

const privileges: DoctorCheck = {
  group: 'ports',
  name: 'privileges',
  looksAt: 'the right to open ports below 1024',
  finds: { 'ops.port-forbidden': 'the capability for the real path of node, or root, or a higher port' },
  run: async (view) => {
    const { host } = view;
    const refused = (await refusals(view)).filter(({ code }) => code === 'EACCES' || code === 'EPERM');
    if (refused.length === 0) return [];
    const listeners = refused.map(({ listener }) => listener);
    const ports = listeners.map(portName);
    const lowest = Math.min(...listeners.map(({ port }) => port));
    const limit = Number((await host.text('/proc/sys/net/ipv4/ip_unprivileged_port_start')) ?? 1024);
    const capable = await mayBindAnyPort(host);
    return [
      bad(
        'ops.port-forbidden',
        `${ports.join(', ')}: this user may open ports from ${limit} on alone, and has no capability for others`,
        {
          wanted: 'the right to open them',
          fix: [
            `sudo setcap cap_net_bind_service+ep ${host.node.path}`,
            `or: sudo sysctl net.ipv4.ip_unprivileged_port_start=${lowest}`,
          ],
          facts: { ports, unprivilegedFrom: limit, capable: capable ?? false },
        },
      ),
    ];
  },
};

/** The ports on which another program beside labcm takes phones away: it is asked at its own address. */
const askedByPhones = ({ dhcp, tftp }: Config): readonly number[] => [
  ...(dhcp.enabled ? [dhcp.port] : []),
  ...(tftp.enabled ? [tftp.port] : []),
];

const beside: DoctorCheck = {
  group: 'ports',
  name: 'beside',
  looksAt: 'others on the ports of DHCP and TFTP at other addresses of this machine: dnsmasq, libvirt',
  finds: { 'ops.port-shared': 'stop that program, or keep it to interfaces without phones' },
  run: async (view) => {
    const { host, located } = view;
    const ports = askedByPhones(located.config);
    const wanted = wantedListeners(host, located.config).filter(({ transport }) => transport === 'udp');
    const strangers = (await boundSockets(host)).filter(
      (socket) =>
        socket.transport === 'udp' &&
        ports.includes(socket.port) &&
        !isOwn(view, socket) &&
        // At a wanted address it is found as taken.
        !wanted.some(({ address, port }) => port === socket.port && address === socket.address),
    );
    const owners = await socketOwners(host, new Set(strangers.map(({ inode }) => inode)));
    const pid = (await view.daemon?.facts())?.pid;
    return strangers
      .filter(({ inode }) => pid === undefined || owners.get(inode)?.pid !== pid)
      .map((socket) => {
        const owner = owners.get(socket.inode);
        const listener = { ...socket, path: [socket.port === located.config.tftp.port ? 'tftp' : 'dhcp', 'port'] };
        return warning('ops.port-shared', `${portName(socket)} at ${socket.address} is held by ${named(owner)}`, {
          wanted: 'phones that ask labcm alone',
          fix: stopping(owner, listener).slice(0, 1),
          facts: {
            ...{ address: socket.address, port: socket.port },
            ...(owner === undefined ? {} : { program: owner.name, pid: owner.pid }),
          },
        });
      });
  },
};

/** A listener for DHCP has the name of its interface, where it has a socket for each address and one for broadcasts. */
const isOwn = ({ daemon, host }: DoctorView, { address, port }: BoundSocket): boolean =>
  daemon?.health.listeners.some(
    (one) =>
      one.transport === 'udp' &&
      one.port === port &&
      (one.address === address ||
        address === BROADCAST ||
        host.addresses().some((local) => local.interface === one.address && local.address === address)),
  ) ?? false;

const BROADCAST = '255.255.255.255';

/** The group `ports`. */
export const PORT_CHECKS: readonly DoctorCheck[] = [wantedPorts, privileges, beside];
