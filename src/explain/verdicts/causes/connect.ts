// Causes on the way from the files to the call manager: where the phone is sent, and what listens there
// (`docs/protocols/explain.md` §2.4).

import { parseIpv4Address } from '../../../core/identifiers.js';
import { minutes } from '../../../core/time.js';
import { cause, causes } from '../cause.js';
import { shell, writtenYaml, yaml } from '../pasted-text.js';
import type { PhoneView } from '../phone-view.js';
import { command, look, network, or, type RemedyStep, setting } from '../remedies.js';
import { retryOf } from '../stage-times.js';
import {
  addressOf,
  FILE_ANSWERS,
  hasItsFile,
  isConfiguration,
  isLoopback,
  isSentHere,
  newest,
  nodePortKey,
  nodesWith,
  type PortTransport,
  portKey,
  portOf,
  SECTION,
  type Service,
  waitsInVain,
} from './connect-facts.js';

/** Standby keepalives over SIP after which it is no phone that only looks around. */
const STANDBY_REQUESTS = 2;
/** So long a refused connection is of interest. */
const REFUSED_LATELY = minutes(10);
/** Refusals after which a ban tool acts, and of how many retries the silence after them must be. */
const BAN = { refusals: 5, retries: 3 } as const;

/** A port on which nothing listens; `undefined`: that of the phone's file. `isOff`: its service is off altogether. */
interface PortOff {
  readonly [name: string]: string | number | boolean | undefined;
  readonly service: Service;
  readonly transport: PortTransport;
  readonly port: number | undefined;
  readonly isOff: boolean;
}

/** What listens on addresses that only this host reaches. `undefined`: nothing that the phone needs now. */
const unreachable = (
  view: PhoneView,
): { readonly service: string; readonly section: string; readonly at: string } | undefined => {
  const { config, configured } = view;
  if (configured === undefined) return undefined;
  const section = SECTION[configured.protocol];
  const { enabled, address } = config[section];
  if (enabled && isLoopback(address) && isSentHere(view) && hasItsFile(view))
    return { service: configured.protocol, section, at: address };
  const { tftp } = config;
  const asksInVain = tftp.enabled && isLoopback(tftp.address) && view.awaited === 'first-file' && view.isOverdue;
  return asksInVain ? { service: 'TFTP', section: 'tftp', at: tftp.address } : undefined;
};

/** The refused connections of its address, over either protocol: too many at once, or too many handshakes. */
const refusedLink = (view: PhoneView) => {
  const address = addressOf(view);
  if (address === undefined || view.record?.registration !== undefined) return undefined;
  const isLate = (at: number): boolean => at >= (view.boot.began ?? at) && view.now - at <= REFUSED_LATELY;
  for (const service of ['SCCP', 'SIP'] as const) {
    // Of several phones at one address the event is none's own.
    const event = view.surroundings.daemonEvent(`${SECTION[service]}.link-refused`);
    if (event === undefined || event.limit === 'links') continue;
    if (event.address === address && isLate(event.at)) return { event, service };
  }
  return undefined;
};

/** How people try from another machine whether a port is reached, with what each system has. */
const reachTests = (transport: string, address: string, port: string): readonly RemedyStep[] =>
  transport === 'udp'
    ? [network(`from a machine of its VLAN: nc -uvz ${address} ${port}`), ...or(network(`there: labcm doctor`))]
    : [
        network(`from a machine of its VLAN: nc -vz ${address} ${port}`),
        ...or(network(`without nc, in bash: timeout 3 bash -c '</dev/tcp/${address}/${port}' && echo open`)),
        ...or(network(`from Windows, in PowerShell: Test-NetConnection ${address} -Port ${port}`)),
      ];

/** Whether another phone of its network of 256 addresses was heard after `since`. */
const hasLivelyNeighbour = ({ surroundings, record }: PhoneView, address: string, since: number): boolean => {
  const network = address.slice(0, address.lastIndexOf('.') + 1);
  for (const { registration } of surroundings.devices())
    if (
      registration !== undefined &&
      registration.device !== record?.configured.name &&
      registration.lastSeenAt > since &&
      registration.address.startsWith(network)
    )
      return true;
  return false;
};

export const connectCauses = causes({
  'connect.node-not-ours': cause({
    stage: 'connect',
    severity: 'blocking',
    confidence: 'certain',
    shows: 'Registering',
    evidence: FILE_ANSWERS,
    overBoots: true,
    fits: (view) => {
      const { config, host } = view;
      const { address } = config.self;
      const from = addressOf(view);
      if (from === undefined || !isSentHere(view) || !hasItsFile(view)) return undefined;
      // On loopback, loopback is right.
      if (isLoopback(from) && isLoopback(address)) return undefined;
      const own = isLoopback(from) ? '127.0.0.1' : host.addresses.find((one) => !isLoopback(one));
      if (own === undefined || parseIpv4Address(address) === undefined) return undefined;
      // With a translated address only the phone's silence shows that it is a mistake.
      const isItself = isLoopback(address);
      if (!isItself && (host.addresses.includes(address) || config.sip.advertised !== undefined || !waitsInVain(view)))
        return undefined;
      return { address, own, nodes: nodesWith(config, yaml`address: ${own}`).text, isItself };
    },
    counts: isConfiguration,
    sentence: ({ address, isItself }) =>
      isItself
        ? `Its file sends it to ${address}, which is the phone itself, not this host.`
        : `Its file sends it to ${address}, which is not an address of this host.`,
    remedy: ({ nodes }, place) => [
      setting(place, writtenYaml(nodes)),
      look('then power the phone off and on, so that it reads its file again'),
    ],
    example: {
      address: '10.9.9.9',
      own: '10.2.0.1',
      nodes: 'nodes: [{ name: CM1, address: 10.2.0.1 }]',
      isItself: false,
    },
  }),
  'connect.loopback-only': cause({
    stage: 'connect',
    severity: 'blocking',
    confidence: 'certain',
    shows: 'Registering, or TFTP timeout',
    evidence: ['device.leased', ...FILE_ANSWERS],
    fits: (view) => {
      const from = addressOf(view);
      if (from === undefined || isLoopback(from) || view.record?.registration !== undefined) return undefined;
      return unreachable(view);
    },
    counts: (event) => event.type === 'device.leased' || isConfiguration(event),
    sentence: ({ service, at }) => `${service} listens on ${at} only, where a phone cannot reach it.`,
    remedy: ({ section }, place) => [setting(place, yaml`${section}: { listen: 0.0.0.0 }`)],
    example: { service: 'SCCP', section: 'sccp', at: '127.0.0.1' },
  }),
  'connect.port-off': cause({
    stage: 'connect',
    severity: 'blocking',
    confidence: 'certain',
    shows: 'Registering',
    evidence: ['net.knock', ...FILE_ANSWERS],
    fits: (view): PortOff | undefined => {
      const { config, configured } = view;
      const knock = newest(
        view,
        'net.knock',
        ({ service, transport }) => portOf(config, service, transport) === undefined,
      );
      if (knock !== undefined) {
        const { service, transport, port } = knock;
        return { service, transport, port, isOff: !config[SECTION[service]].enabled };
      }
      if (configured === undefined || config[SECTION[configured.protocol]].enabled) return undefined;
      return isSentHere(view, 'alone') && hasItsFile(view)
        ? { service: configured.protocol, transport: 'tcp', port: undefined, isOff: true }
        : undefined;
    },
    excludedBy: ({ record }) => record?.registration !== undefined,
    counts: (event) => event.type === 'net.knock' || isConfiguration(event),
    sentence: ({ service, transport, port }) =>
      port === undefined
        ? `It is to register over ${service}, and ${service} is off here.`
        : `It knocks at ${transport} ${port}, where nothing listens: ${service} is off there.`,
    remedy: ({ service, transport, port, isOff }, place) => [
      setting(
        place,
        yaml`${service.toLowerCase()}: { ${[
          ...(isOff ? [yaml`enabled: true`] : []),
          ...(port === undefined ? [] : [yaml`${portKey(service, transport)}: ${port}`]),
        ]} }`,
      ),
    ],
    example: { service: 'SIP', transport: 'tcp', port: 5060, isOff: false },
  }),
  'connect.wrong-port': cause({
    stage: 'connect',
    severity: 'blocking',
    confidence: 'likely',
    shows: 'Registering',
    evidence: ['net.knock'],
    fits: (view) => {
      const { config, configured, surroundings } = view;
      const knock = newest(
        view,
        'net.knock',
        ({ service, transport }) => portOf(config, service, transport) !== undefined,
      );
      if (knock === undefined) return undefined;
      const { service, transport, port } = knock;
      const isNamed =
        configured !== undefined &&
        isSentHere(view) &&
        surroundings.registersAt(configured)[0]?.endsWith(`:${port}`) === true;
      const own = portOf(config, service, transport) ?? 0;
      const place = yaml`address: ${config.self.address}, ${nodePortKey(service, transport)}: ${own}`;
      return { service, key: portKey(service, transport), port, own, isNamed, nodes: nodesWith(config, place).text };
    },
    sentence: ({ port, own, isNamed, service }) =>
      `It knocks at ${port}; labcm's port of ${service} is ${own}. ${isNamed ? 'Its file names the wrong one.' : 'Its file is of before the change.'}`,
    remedy: ({ service, key, port, isNamed, nodes }, place) =>
      isNamed
        ? [setting(place, writtenYaml(nodes))]
        : [
            look('power it off and on, so that it reads its file again'),
            ...or(setting(place, yaml`${service.toLowerCase()}: { ${key}: ${port} }   # the usual one`)),
          ],
    example: { service: 'SCCP', key: 'port', port: 2000, own: 2001, isNamed: false, nodes: '' },
  }),
  'connect.too-many': cause({
    stage: 'connect',
    severity: 'blocking',
    confidence: 'certain',
    shows: 'some phones of a site fail',
    evidence: ['sccp.link-refused', 'sip.link-refused'],
    fits: (view) => {
      const found = refusedLink(view);
      if (found === undefined) return undefined;
      const section = SECTION[found.service];
      const isHandshakes = found.event.limit === 'handshakes-per-source';
      const { secureMode } = view.config;
      return {
        service: found.service,
        section,
        address: found.event.address,
        isHandshakes,
        most: isHandshakes ? secureMode.unproven.perSecond : view.config[section].limits.linksPerSource,
      };
    },
    moreEvidence: (view) => {
      const event = refusedLink(view)?.event;
      const text = event === undefined || view.facts.has(event.type) ? undefined : view.textOf(event);
      return event === undefined || text === undefined ? [] : [{ at: event.at, type: event.type, text }];
    },
    sentence: ({ service, section, address, isHandshakes, most }) =>
      isHandshakes
        ? `The one address ${address} begins more than ${most} TLS handshakes a second with ${service} that prove nothing, which \`security.unproven.perSecond\` does not allow, and one more was refused.`
        : `${most} ${service} connections come from the one address ${address}, as many as \`${section}.limits.connectionsPerSource\` allows, and one more was refused.`,
    remedy: ({ section, isHandshakes, most }, place) => [
      isHandshakes
        ? setting(place, yaml`security: { unproven: { perSecond: ${Math.min(most * 2, 10_000)} } }`)
        : setting(place, yaml`${section}: { limits: { connectionsPerSource: ${Math.min(most * 2, 65_000)} } }`),
    ],
    example: { service: 'SCCP', section: 'sccp', address: '10.2.0.254', isHandshakes: false, most: 1000 },
  }),
  'connect.elsewhere': cause({
    stage: 'connect',
    severity: 'attention',
    confidence: 'certain',
    shows: 'it works',
    evidence: ['sccp.standby', 'sip.standby'],
    fits: (view) => {
      if (newest(view, 'sccp.standby') === undefined) {
        const requests = newest(view, 'sip.standby') === undefined ? 0 : view.facts.count('sip.standby');
        if (requests < STANDBY_REQUESTS) return undefined;
      }
      return { self: view.config.self.name };
    },
    sentence: ({ self }) => `It is registered with another node of its group; ${self} is its standby.`,
    remedy: ({ self }, place) => [
      look('nothing, if the order of its group is meant so'),
      ...or(setting(place, yaml`groups: [{ name: …, members: [${self}, …] }]   # ${self} first`)),
    ],
    example: { self: 'CM2' },
  }),
  'connect.banned': cause({
    stage: 'connect',
    severity: 'blocking',
    confidence: 'possible',
    shows: 'Registering',
    evidence: ['device.rejected', 'sip.register-answered'],
    fits: (view) => {
      const { facts, configured, now } = view;
      const address = facts.last('device.rejected')?.address ?? addressOf(view);
      if (configured === undefined || address === undefined || view.record?.registration !== undefined)
        return undefined;
      const last = Math.max(
        facts.last('device.rejected')?.at ?? Number.NEGATIVE_INFINITY,
        facts.last('sip.register-answered', isRefusal)?.at ?? Number.NEGATIVE_INFINITY,
      );
      if (now - last <= BAN.retries * retryOf(view.family)) return undefined;
      const times = facts.count('device.rejected') + facts.count('sip.register-answered', isRefusal);
      if (times < BAN.refusals || facts.all(({ type, at }) => at > last && type !== 'device.changed').length > 0)
        return undefined;
      return hasLivelyNeighbour(view, address, last) ? { times, address } : undefined;
    },
    sentence: ({ times, address }) =>
      `After ${times} refusals nothing comes from ${address} any more: a ban tool has probably shut it out.`,
    remedy: ({ address }) => [
      command(shell`fail2ban-client status`),
      command(shell`nft list ruleset | grep -F ${address}`),
      network('exempt the network of the phones from the ban tool'),
    ],
    example: { times: 6, address: '10.2.0.14' },
  }),
  'connect.never': cause({
    stage: 'connect',
    severity: 'blocking',
    confidence: 'possible',
    shows: 'Registering, Unified CM down',
    evidence: FILE_ANSWERS,
    overBoots: true,
    fits: (view) => {
      const { configured, config, surroundings } = view;
      if (configured === undefined || !config[SECTION[configured.protocol]].enabled) return undefined;
      if (!isSentHere(view) || !waitsInVain(view)) return undefined;
      const place = surroundings.registersAt(configured)[0] ?? config.self.address;
      // The file names no port for SCCP over TLS.
      const [address, port = config.sccp.tls?.port ?? 2443] = place.split(':');
      const isDatagram = configured.protocol === 'SIP' && config.sip.tcp === undefined;
      return { place, address: String(address), port: String(port), transport: isDatagram ? 'udp' : 'tcp' };
    },
    counts: isConfiguration,
    sentence: ({ place }) =>
      `It has its file and never opens a connection to ${place}; something between refuses or drops it.`,
    remedy: ({ address, port, transport }) => [
      ...reachTests(transport, address, port),
      network(`let ${transport} ${port} from its network to this host pass`),
      command(shell`labcm doctor`),
    ],
    example: { place: '10.2.0.1:2000', address: '10.2.0.1', port: '2000', transport: 'tcp' },
  }),
});

/** A challenge that was not answered rightly. */
function isRefusal({ status, credentials }: { readonly status: number; readonly credentials: string }): boolean {
  return status === 401 && credentials !== 'right';
}
