// Whether the addresses and ports that phones are sent to are this machine's, and lead to it.

import { milliseconds } from '../../core/time.js';
import type { MachineAddress } from '../../net/ports.js';
import { type AddressCode, addressWarnings } from '../address-warnings.js';
import { bad, type DoctorCheck, type DoctorFinding, type FindingState, problemFinding, warning } from '../check.js';
import type { DoctorView } from '../view.js';

/** The warnings of one code; `fix`: the line to paste, ahead of what is wanted. */
const told = (view: DoctorView, code: AddressCode, state: FindingState, fix?: string): readonly DoctorFinding[] =>
  addressWarnings(view.host, view.located)
    .filter((problem) => problem.code === code)
    .map(problemFinding(state, view))
    .map((finding) => (fix === undefined ? finding : { ...finding, fix: [fix, ...finding.fix] }));

/** This node at the first address of this machine that phones can reach. */
const ownNode = ({ host, located }: DoctorView): string | undefined => {
  const address = host.addresses().find(({ loopback }) => !loopback)?.address;
  return address === undefined ? undefined : `nodes: [{ name: ${located.config.self.name}, address: ${address} }]`;
};

const own: DoctorCheck = {
  group: 'addresses',
  name: 'own-node',
  looksAt: 'the address of this node',
  finds: { 'connect.node-not-ours': '`nodes: [{ name: …, address: … }]` with an address of this machine' },
  // Behind a translated address it is right, and `sip.advertised` says that there is one.
  run: (view) =>
    told(
      view,
      'connect.node-not-ours',
      view.located.config.sip.advertised === undefined ? 'bad' : 'warning',
      ownNode(view),
    ),
};

const listening: DoctorCheck = {
  group: 'addresses',
  name: 'listening',
  looksAt: 'where services listen against where phones are sent',
  finds: {
    'connect.loopback-only': '`listen: 0.0.0.0`',
    'connect.port-elsewhere': 'the port that this daemon listens on',
  },
  run: (view) => [...told(view, 'connect.loopback-only', 'bad'), ...told(view, 'connect.port-elsewhere', 'warning')],
};

const loopbackNode: DoctorCheck = {
  group: 'addresses',
  name: 'loopback-node',
  looksAt: 'a node on loopback while DHCP serves a network',
  finds: { 'connect.node-loopback': 'the address of this machine on that network' },
  run: (view) => told(view, 'connect.node-loopback', 'bad', ownNode(view)),
};

const fileServers: DoctorCheck = {
  group: 'addresses',
  name: 'file-servers',
  looksAt: 'option 150, and with it option 66 and the next server, against the nodes and this machine',
  finds: { 'dhcp.option-150-elsewhere': 'the address of this machine, or no `option150`' },
  run: (view) => told(view, 'dhcp.option-150-elsewhere', 'bad'),
};

const otherNodes: DoctorCheck = {
  group: 'addresses',
  name: 'other-nodes',
  looksAt: 'the SCCP and SIP ports of the other nodes, by connecting',
  finds: { 'connect.node-down': 'start that node, or let the port through' },
  run: async ({ located, host }) => {
    const { nodes, self, devices } = located.config;
    const others = nodes.filter(({ name }) => name !== self.name);
    const protocols = new Set(devices.map(({ protocol }) => protocol));
    const places = others.flatMap(({ name, address, sccpPort, sipPort }) => [
      ...(protocols.has('SCCP') || devices.length === 0 ? [{ name, address, port: sccpPort, protocol: 'SCCP' }] : []),
      ...(protocols.has('SIP') ? [{ name, address, port: sipPort, protocol: 'SIP' }] : []),
    ]);
    const answers = await Promise.all(places.map(({ address, port }) => host.connect({ address, port })));
    return places.flatMap(({ name, address, port, protocol }, index) => {
      const answer = answers[index] ?? 'silent';
      return answer === 'open'
        ? []
        : [
            warning(
              'connect.node-down',
              `${name} does not answer on TCP ${port} (${protocol}) of ${address}: ${answer}`,
              {
                wanted: 'a call manager that phones can fail over to',
                fix: [
                  answer === 'refused'
                    ? `start ${name}, or take it out of groups`
                    : `let TCP ${port} to ${address} through, or start ${name}`,
                ],
                facts: { node: name, address, port, answer },
              },
            ),
          ];
    });
  },
};

/** How long the daemon is given to tell that it saw a connection. */
const SEEN_WITHIN = milliseconds(400);

interface Knock {
  readonly service: string;
  readonly port: number;
  readonly from: MachineAddress;
  readonly answer: string;
}

/** Connects to the places in the files for phones, from every address of this machine that could be on their network. */
const knock = async ({ located, host, daemon }: DoctorView): Promise<readonly Knock[]> => {
  const { self } = located.config;
  const machine = host.addresses();
  const isLoopback = self.address.startsWith('127.');
  // A place that is not ours is another check's finding.
  if (!isLoopback && machine.every(({ address }) => address !== self.address)) return [];
  const listens = (service: string): boolean =>
    daemon?.health.listeners.some((one) => one.service === service && one.transport === 'tcp') ?? false;
  const places = [
    { service: 'SCCP', port: self.sccpPort },
    { service: 'SIP', port: self.sipPort },
  ].filter(({ service, port }) => port !== 0 && listens(service));
  const sources = machine.filter(({ loopback }) => loopback === isLoopback);
  return Promise.all(
    places.flatMap((place) =>
      sources.map(async (from) => ({
        ...place,
        from,
        answer: await host.connect({ address: self.address, port: place.port }, from.address),
      })),
    ),
  );
};

const reachable: DoctorCheck = {
  group: 'addresses',
  name: 'reachable',
  looksAt:
    'the TCP ports that phones are sent to, from each other address of this machine, and whether the daemon sees it; the switch it cannot prove',
  finds: {
    'connect.never': 'let the port through',
    'connect.answered-by-another': 'the rule or program that takes the connection',
  },
  asksDaemon: true,
  run: async (view) => {
    const { daemon, located } = view;
    if (daemon === undefined) return [];
    const { address } = located.config.self;
    let knocking: Promise<readonly Knock[]> = Promise.resolve([]);
    const seen = await daemon.events(['sccp.link-opened'], SEEN_WITHIN, {
      listening: () => {
        knocking = knock(view);
      },
      enough: () => true,
    });
    const knocks = await knocking;
    const opened = knocks.filter(({ service, answer }) => service === 'SCCP' && answer === 'open');
    return [
      ...knocks
        .filter(({ answer }) => answer !== 'open')
        .map(({ service, port, from, answer }) =>
          bad(
            'connect.never',
            `${service}: ${address}:${port} does not answer ${from.address} (${from.interface}): ${answer}; this is from this host`,
            {
              wanted: 'phones that reach the place that their file names',
              fix: [`nft add rule inet filter input tcp dport ${port} accept`],
              facts: { service, address, port, from: from.address, answer },
            },
          ),
        ),
      ...opened.slice(0, seen.length > 0 ? 0 : 1).map(({ port }) =>
        bad('connect.answered-by-another', `${address}:${port} takes SCCP connections that this daemon does not see`, {
          wanted: 'connections that reach labcm',
          fix: [`see who answers:  sudo ss -ltnp 'sport = :${port}'; sudo nft list ruleset`],
          facts: { address, port },
        }),
      ),
    ];
  },
};

/** The group `addresses`. */
export const ADDRESS_CHECKS: readonly DoctorCheck[] = [
  own,
  listening,
  loopbackNode,
  fileServers,
  otherNodes,
  reachable,
];
