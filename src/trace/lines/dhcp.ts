// The trace lines of DHCP, in the style of CUCM: one line per message received and one per message sent.

import type { DhcpEvent, DhcpInterface, DhcpPool, DhcpReceived, DhcpSent, LeaseFileEvent } from '../../dhcp/events.js';
import { MALFORMED, REASONS } from '../../dhcp/reasons.js';
import type { Row, Rows, SummaryLine } from '../row.js';

const bracketed = (name: string, value: string | undefined): string =>
  value === undefined || value === '' ? '' : ` ${name}[${value}]`;

const kindOf = ({ kind, state }: Pick<DhcpReceived, 'kind' | 'state'>): string =>
  state === undefined ? kind : `${kind}(${state})`;

/** The messages that matter to people: refusals, and phones that ask us and get nothing. */
const received = (event: DhcpReceived): SummaryLine | undefined => {
  const { device, mac, kind, state, address, decision, reason } = event;
  const about = device ?? mac;
  const message = kindOf({ kind, state });
  if (decision === 'noted')
    return {
      tone: reason === 'declined' ? 'bad' : 'plain',
      about,
      text: `${kind} of ${address ?? ''}: ${REASONS[reason]}`,
    };
  if (decision !== 'silent' || (device === undefined && REPORTED_ELSEWHERE.has(reason))) return undefined;
  return {
    tone: 'bad',
    about,
    text: GOT_NOTHING[reason]?.(event) ?? `${message} was not answered: ${REASONS[reason]}`,
  };
};

/** What happened to the client. */
const GOT_NOTHING: { readonly [R in DhcpReceived['reason']]?: (event: DhcpReceived) => string } = {
  'pool-empty': ({ pool }) =>
    `asked for an address and got none: the pool is empty${pool === undefined ? '' : ` (${pool.taken} of ${pool.addresses} taken)`}`,
  'other-server': ({ address, server }) =>
    `took ${address ?? 'an address'} from another DHCP server, ${server ?? 'unnamed'}`,
};

/** Reported once by an event of their own, or not important, if no configured device is concerned. */
const REPORTED_ELSEWHERE: ReadonlySet<string> = new Set([
  'not-allowed',
  'weak-class',
  'other-server',
  'pool-empty',
  'kept-for-devices',
  'too-many-new-clients',
  'too-many-open-offers',
  'a-reply',
  'not-to-us',
]);

const sent = ({ device, mac, kind, address, leaseTime, reason }: DhcpSent): SummaryLine | undefined => {
  const about = device ?? mac;
  if (kind === 'NAK') return { tone: 'bad', about, text: `was told NAK by DHCP: ${REASONS[reason]}` };
  if (kind === 'ACK' && address !== undefined)
    return { tone: 'good', about, text: `has ${address} by DHCP for ${leaseTime ?? 0} s: ${REASONS[reason]}` };
  return undefined;
};

const POOL = {
  'dhcp.pool-empty': {
    trace: (addresses: number) => `Empty, all ${addresses} addresses are taken`,
    summary: (addresses: number) => `has no free address: all ${addresses} are taken`,
  },
  'dhcp.pool-kept': {
    trace: (addresses: number) => `Kept, the rest of ${addresses} addresses is for configured devices`,
    summary: (addresses: number) =>
      `has no address for unknown clients: the rest of its ${addresses} is kept for configured devices`,
  },
  'dhcp.pool-recovered': {
    trace: () => 'has a free address again',
    summary: () => 'has a free address again',
  },
} as const;

const pool = {
  component: 'DHCP',
  level: 'special',
  text: ({ type, subnet, addresses }) => `DHCPServer::Pool subnet[${subnet}] ${POOL[type].trace(addresses)}`,
  summary: ({ type, subnet, addresses }) => ({
    tone: type === 'dhcp.pool-recovered' ? 'good' : 'bad',
    about: subnet,
    text: POOL[type].summary(addresses),
  }),
} as const satisfies Row<DhcpPool>;

const ranOut = {
  component: 'DHCP',
  level: 'significant',
  text: ({ type, address, mac, device }) =>
    `DHCPServer::Lease mac[${mac}]${bracketed('device', device)} address[${address}] ${type === 'lease.expired' ? 'Expired' : 'Fit for use again'}`,
  summary: ({ type, address, mac, device }) =>
    type === 'lease.expired'
      ? { tone: 'plain', about: device ?? mac, text: `has let its lease of ${address} run out` }
      : { tone: 'plain', about: address, text: 'was declined and has rested; it may be given again' },
} as const satisfies Row<Extract<DhcpEvent, { type: 'lease.expired' | 'lease.rested' }>>;

/** A file that was read without damage does not matter to people. */
const toneOf = (type: LeaseFileEvent['type'], detail: string) =>
  type !== 'lease.file-read' ? 'good' : / 0 of them damaged$/.test(detail) ? 'quiet' : 'bad';

const file = {
  component: 'DHCP',
  level: 'special',
  text: ({ type, detail }) => `DHCPServer::Leases ${type.slice('lease.file-'.length)} detail[${detail}]`,
  summary: ({ type, detail }) =>
    type === 'lease.file-failed'
      ? { tone: 'bad', about: '', text: `leases cannot be written down, so none is given: ${detail}` }
      : { tone: toneOf(type, detail), about: '', text: `leases: ${detail}` },
} as const satisfies Row<LeaseFileEvent>;

const INTERFACE = {
  'dhcp.interface-lost': { trace: 'Lost', summary: (detail: string) => `is not served by DHCP any more: ${detail}` },
  'dhcp.interface-served': { trace: 'Served', summary: (detail: string) => `is served by DHCP again, at ${detail}` },
  'dhcp.interface-failed': { trace: 'Failed', summary: (detail: string) => `cannot be served: ${detail}` },
} as const;

const served = {
  component: 'DHCP',
  level: 'special',
  text: ({ type, interface: name, detail }) =>
    `DHCPServer::Interface ${name} ${INTERFACE[type].trace} detail[${detail}]`,
  summary: ({ type, interface: name, detail }) => ({
    tone: type === 'dhcp.interface-served' ? 'good' : 'bad',
    about: name,
    text: INTERFACE[type].summary(detail),
  }),
} as const satisfies Row<DhcpInterface>;

export const dhcpLines = {
  'dhcp.received': {
    component: 'DHCP',
    level: 'significant',
    text: (event) => {
      const {
        interface: wire,
        from,
        xid,
        mac,
        device,
        relay,
        address,
        hostName,
        vendorClass,
        decision,
        reason,
      } = event;
      return `DHCPServer::recvMessage xid[${xid}] mac[${mac}]${bracketed('device', device)} ${kindOf(event)}${bracketed('address', address)} from[${from}] on[${wire}]${bracketed('relay', relay)}${bracketed('host', hostName)}${bracketed('class', vendorClass)} Decision[${decision}] Reason[${reason}: ${REASONS[reason]}]`;
    },
    summary: received,
  },
  'dhcp.sent': {
    component: 'DHCP',
    level: 'significant',
    text: ({ interface: wire, to, port, xid, mac, device, kind, address, leaseTime, octets, decision, reason }) =>
      `DHCPServer::sendMessage xid[${xid}] mac[${mac}]${bracketed('device', device)} ${kind}${bracketed('address', address)}${leaseTime === undefined ? '' : ` lease[${leaseTime}]`} to[${to}:${port}] on[${wire}] octets[${octets}] Decision[${decision}] Reason[${reason}: ${REASONS[reason]}]`,
    summary: sent,
  },
  'dhcp.malformed': {
    component: 'DHCP',
    level: 'error',
    text: ({ interface: wire, address, port, reason, offset, octets, bytes }) =>
      `DHCPServer::recvMessage from[${address}:${port}] on[${wire}] Malformed[${reason}: ${MALFORMED[reason]}] offset[${offset}] octets[${octets}] Bytes[${bytes}]`,
    summary: ({ address, reason }) => ({
      tone: 'bad',
      about: address,
      text: `sent what is not DHCP: ${MALFORMED[reason]}`,
    }),
  },
  'dhcp.untraced': {
    component: 'DHCP',
    level: 'special',
    text: ({ messages }) => `DHCPServer::Untraced ${messages} messages of the last second are not in this trace`,
    summary: ({ messages }) => ({
      tone: 'quiet',
      about: '',
      text: `${messages} DHCP messages were dealt with and not traced: more came in a second than the trace takes`,
    }),
  },
  'dhcp.stranger': {
    component: 'DHCP',
    level: 'detailed',
    text: ({ interface: wire, mac, hostName, vendorClass, reason }) =>
      `DHCPServer::Stranger mac[${mac}] on[${wire}]${bracketed('host', hostName)}${bracketed('class', vendorClass)} Reason[${reason}: ${REASONS[reason]}]`,
    summary: ({ mac, hostName, vendorClass, reason }) => ({
      tone: 'quiet',
      about: mac,
      text: `asks for an address and is not answered: ${REASONS[reason]} (${[hostName, vendorClass].filter((text) => text !== '').join(', ') || 'it says nothing of itself'})`,
    }),
  },
  'dhcp.throttled': {
    component: 'DHCP',
    level: 'special',
    text: ({ link, limit, count }) => `DHCPServer::Busy link[${link}] Limit[${limit}] Messages(${count})`,
    summary: ({ link, limit, count }) => ({
      tone: 'bad',
      about: link,
      text: `${count} new clients over the limit of ${limit} were not answered`,
    }),
  },
  'dhcp.other-server': {
    component: 'DHCP',
    level: 'special',
    text: ({ interface: wire, server, mac, seen }) =>
      `DHCPServer::OtherServer server[${server}] on[${wire}] ${seen === 'heard' ? 'Heard' : 'Named'} mac[${mac}]`,
    summary: ({ interface: wire, server, mac, seen }) => ({
      tone: 'bad',
      about: server,
      text: `is another DHCP server on ${wire}: ${seen === 'heard' ? 'it was heard' : `${mac} took its offer`}`,
    }),
  },
  'dhcp.other-offer': {
    component: 'DHCP',
    level: 'significant',
    text: ({ interface: wire, server, kind, relay, mac, device, yiaddr, siaddr, options }) =>
      `DHCPServer::OtherOffer server[${server}] ${kind} on[${wire}]${bracketed('relay', relay)} mac[${mac}]${bracketed('device', device)} address[${yiaddr}] next[${siaddr}] ${Object.entries(
        options,
      )
        .map(([code, value]) => `${code}[${value}]`)
        .join(' ')}`,
    summary: ({ server, kind, mac, device, yiaddr, options }) => ({
      tone: 'bad',
      about: device ?? mac,
      text: `was ${kind === 'ACK' ? 'given' : 'offered'} ${yiaddr} by another DHCP server, ${server}, ${'150' in options ? 'with' : 'without'} option 150`,
    }),
  },
  'dhcp.offer-lapsed': {
    component: 'DHCP',
    level: 'detailed',
    text: ({ mac, device, address, after }) =>
      `DHCPServer::Offer mac[${mac}]${bracketed('device', device)} address[${address}] Lapsed after[${after}]`,
    summary: ({ device, address, after }) =>
      device === undefined
        ? undefined
        : {
            tone: 'bad',
            about: device,
            text: `did not take ${address}, which it was offered ${after / 1000} s before`,
          },
  },
  'dhcp.unsaved': {
    component: 'DHCP',
    level: 'error',
    text: ({ mac, device, address }) =>
      `DHCPServer::Lease mac[${mac}]${bracketed('device', device)} address[${address}] Not saved`,
    summary: ({ mac, device, address }) => ({
      tone: 'bad',
      about: device ?? mac,
      text: `was not given ${address}: its lease could not be written down`,
    }),
  },
  'dhcp.pool-empty': pool,
  'dhcp.pool-kept': pool,
  'dhcp.pool-recovered': pool,
  'dhcp.interface-lost': served,
  'dhcp.interface-served': served,
  'dhcp.interface-failed': served,
  'lease.expired': ranOut,
  'lease.rested': ranOut,
  'lease.file-read': file,
  'lease.file-failed': file,
  'lease.file-recovered': file,
} as const satisfies Rows<DhcpEvent['type']>;
