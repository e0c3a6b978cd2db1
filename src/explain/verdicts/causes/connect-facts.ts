// What the rows of the stage `connect` ask: what came of a phone since it got through last, and where it is sent.

import type { Config } from '../../../config/index.js';
import { parseIpv4Address } from '../../../core/identifiers.js';
import type { LabcmEvent } from '../../../events.js';
import type { EventOf } from '../../../trace/index.js';
import { type YamlText, yaml } from '../pasted-text.js';
import type { PhoneView } from '../phone-view.js';

type Type = LabcmEvent['type'];

/** Events that show that it got through to labcm. */
const GOT_THROUGH: ReadonlySet<Type> = new Set([
  'device.registering',
  'device.registered',
  'device.rejected',
  'device.unregistered',
  'sip.register-answered',
]);

/** The newest event of a type in this boot. `undefined`: there is none, or the phone got through since. */
export const newest = <T extends Type>(
  view: PhoneView,
  type: T,
  where?: (event: EventOf<T>) => boolean,
): EventOf<T> | undefined => {
  const event = view.facts.last(type, where);
  if (event === undefined || view.record?.registration !== undefined) return undefined;
  const isOver = view.facts.all(({ type: other, at }) => at > event.at && GOT_THROUGH.has(other)).length > 0;
  return isOver ? undefined : event;
};

/** Whether it is an answer with the phone's own configuration. */
export const isConfiguration = (event: LabcmEvent): boolean =>
  (event.type === 'tftp.completed' || (event.type === 'http.file' && event.outcome === 'served')) &&
  /\.cnf\.xml(?:\.sgn)?$/i.test(event.file) &&
  !/XMLDefault/i.test(event.file);

/** Events that such a row shows as evidence: with `counts: isConfiguration`. */
export const FILE_ANSWERS = ['tftp.completed', 'http.file'] as const;

/** Whether it has its file since it got through last, in this boot or an earlier one. */
export const hasItsFile = (view: PhoneView): boolean => configurationsOf(view).length > 0;

/**
 * Whether it has had its file for so long that it must have opened a connection, and none came. A phone that gives up
 * begins anew, so earlier boots count.
 */
export const waitsInVain = (view: PhoneView): boolean => {
  const { record, awaited, isOverdue, silence, now } = view;
  if (record === undefined || record.registration !== undefined || silence === undefined) return false;
  if (awaited === 'load' && !isOverdue) return false;
  const files = configurationsOf(view);
  const [first] = files;
  if (first === undefined || now - first.at < view.timeOfVerdict('connection')) return false;
  return files.length > 1 || silence >= view.slowAfter('connection');
};

/** Answers with its file since it got as far as a connection last, the oldest first. */
const configurationsOf = ({ history }: PhoneView): readonly LabcmEvent[] => {
  const all = history.all((event) => isConfiguration(event) || isConnection(event));
  return all.slice(all.findLastIndex((event) => !isConfiguration(event)) + 1);
};

const CONNECTIONS: ReadonlySet<Type> = new Set<Type>([
  ...GOT_THROUGH,
  'net.knock',
  'net.tls-failed',
  'sccp.link-closed',
  'sccp.link-refused',
  'sccp.malformed',
  'sccp.standby',
  'sccp.token',
  'sip.link-closed',
  'sip.link-refused',
  'sip.malformed',
  'sip.standby',
  'sip.token',
]);

const isConnection = ({ type }: LabcmEvent): boolean => CONNECTIONS.has(type);

/** The address from which it was heard last, or that it has by its lease. */
export const addressOf = ({ record, unknown }: PhoneView): string | undefined =>
  record?.address ?? record?.lease?.address ?? unknown?.address;

/** Whether it is an address by which a machine reaches itself alone. */
export const isLoopback = (address: string): boolean => parseIpv4Address(address)?.startsWith('127.') === true;

/** Whether its file names this node first. `alone`: and no other. */
export const isSentHere = ({ config, configured }: PhoneView, alone: 'alone' | 'first' = 'first'): boolean => {
  const members = config.provisioning.groups.get(configured?.group ?? '')?.members ?? [];
  return members[0]?.name === config.self.name && (alone === 'first' || members.length === 1);
};

/** Each protocol, by the key of its section in the configuration. */
export const SECTION = { SCCP: 'sccp', SIP: 'sip' } as const;

/** A protocol of call managers. */
export type Service = keyof typeof SECTION;
/** How a port is listened on. */
export type PortTransport = 'udp' | 'tcp' | 'tls';

/** The key of a port in the section of its protocol. */
export const portKey = (service: Service, transport: PortTransport): string =>
  service === 'SCCP' && transport === 'tcp' ? 'port' : transport;

/** The key of the same port in a node, by which the files for phones have it. SCCP over TLS has none. */
export const nodePortKey = (service: Service, transport: PortTransport): string =>
  service === 'SCCP' ? 'sccpPort' : transport === 'tls' ? 'sipTlsPort' : 'sipPort';

/** The port on which labcm listens for a protocol. `undefined`: it does not. */
export const portOf = (
  { sccp, sip }: Pick<Config, 'sccp' | 'sip'>,
  service: Service,
  transport: PortTransport,
): number | undefined => {
  if (service === 'SIP') return sip.enabled ? { udp: sip.udp, tcp: sip.tcp, tls: sip.tls?.port }[transport] : undefined;
  if (!sccp.enabled || transport === 'udp') return undefined;
  return transport === 'tls' ? sccp.tls?.port : sccp.port;
};

/** The nodes as the configuration has them, with `changed` for this one, as text to paste. */
export const nodesWith = ({ nodes, self }: Pick<Config, 'nodes' | 'self'>, changed: YamlText): YamlText =>
  yaml`nodes: [${nodes.map(({ name, address }) => yaml`{ name: ${name}, ${name === self.name ? changed : yaml`address: ${address}`} }`)}]`;
