// The trace lines of trunks, and what is wrong with one in a sentence.

import type { NodeCallRefusal, SipEvent, TrunkFault, TrunkRefusal } from '../../sip/events.js';
import type { Rows } from '../row.js';

interface Place {
  readonly transport: string;
  readonly address: string;
  readonly port: number;
}

const place = ({ address, port, transport }: Place): string => `${address}:${port} by ${transport.toUpperCase()}`;

/** Why calls do not go there, and what to look at. */
export const trunkFaultText = (fault: TrunkFault, where: Place): string => {
  switch (fault.reason) {
    case 'silent':
      return `${place(where)} does not answer OPTIONS: look whether the PBX runs, whether it takes requests from this address, and whether a firewall is between`;
    case 'unavailable':
      return `${place(where)} answers OPTIONS with ${fault.status}: the PBX says that it cannot take calls now`;
    case 'unconnected':
      return `${place(where)} takes no connection (${fault.code}): look whether the PBX listens there`;
    case 'no-socket':
      return `labcm has no socket for ${where.transport.toUpperCase()}: see \`sip.${where.transport}\``;
  }
};

const REFUSALS: Readonly<Record<TrunkRefusal, string>> = {
  limit: 'as many calls stand on trunks as `calls.limits.trunkCalls` allows',
  down: 'the trunk is down',
  credentials: 'its user and password are not those of the trunk',
  hops: 'its Max-Forwards is used up',
  loop: 'it is a call of labcm itself that came back',
};

const cluster = (event: { readonly trunk: string } & Place): string =>
  `Trunk=${event.trunk}, Address=${event.address}, Port=${event.port}, Transport=${event.transport}`;

const NODE_REFUSALS: Readonly<Record<NodeCallRefusal, string>> = {
  address: 'it does not come from the address of a node over TCP',
  instance: 'it names no start of a node that is alive',
  hops: 'its Max-Forwards is used up',
};

type TrunkEventType = Extract<SipEvent['type'], `sip.trunk-${string}` | 'sip.node-call-refused'>;

export const trunkLines = {
  'sip.trunk-up': {
    component: 'CCM',
    level: 'significant',
    text: (event) => `SIPTrunk: in service. ${cluster(event)}, Status=${event.status}`,
    summary: ({ trunk, status }) => ({ tone: 'good', about: trunk, text: `is up: it answered OPTIONS with ${status}` }),
  },
  'sip.trunk-down': {
    component: 'CCM',
    level: 'error',
    text: (event) =>
      `SIPTrunk: out of service. ${cluster(event)}, Reason=${event.fault.reason}${detailOf(event.fault)}`,
    summary: (event) => ({ tone: 'bad', about: event.trunk, text: `is down: ${trunkFaultText(event.fault, event)}` }),
  },
  'sip.trunk-registration': {
    component: 'CCM',
    level: 'significant',
    text: (event) =>
      `SIPTrunk: REGISTER answered. ${cluster(event)}, Status=${event.status}, Granted=${event.granted ?? 0}`,
    summary: ({ trunk, status, granted }) =>
      granted === undefined
        ? {
            tone: 'bad',
            about: trunk,
            text: `has not registered labcm: ${status === 0 ? 'no answer to REGISTER' : `REGISTER was answered ${status}`}`,
          }
        : { tone: 'good', about: trunk, text: `has registered labcm for ${granted} s` },
  },
  'sip.trunk-refused': {
    component: 'CCM',
    level: 'error',
    text: (event) =>
      `SIPTrunk: call refused. ${cluster(event)}, Direction=${event.direction}, Reason=${event.reason}, Count=${event.count}`,
    summary: ({ trunk, direction, reason, count }) => ({
      tone: 'bad',
      about: trunk,
      text: `had a call ${direction === 'in' ? 'to labcm' : 'from labcm'} refused: ${REFUSALS[reason]}${count > 1 ? ` (${count} calls)` : ''}`,
    }),
  },
  'sip.node-call-refused': {
    component: 'CCM',
    level: 'error',
    text: ({ node, address, port, transport, reason, count }) =>
      `SIPNode: call refused. Node=${node}, Address=${address}, Port=${port}, Transport=${transport}, Reason=${reason}, Count=${count}`,
    summary: ({ node, address, reason, count }) => ({
      tone: 'bad',
      about: '',
      text: `a call from ${address} as node ${node} was refused: ${NODE_REFUSALS[reason]}${count > 1 ? ` (${count} calls)` : ''}`,
    }),
  },
} as const satisfies Rows<TrunkEventType>;

const detailOf = (fault: TrunkFault): string =>
  fault.reason === 'unavailable'
    ? `, Status=${fault.status}`
    : fault.reason === 'unconnected'
      ? `, Code=${fault.code}`
      : '';
