// The trace lines of the cluster.

import type { ClusterEvent } from '../../cluster/events.js';
import type { Rows } from '../row.js';

const named = (names: readonly string[], all: number): string =>
  `${names.join(', ')}${all > names.length ? ', …' : ''}`;

export const clusterLines = {
  'cluster.devices-refused': {
    component: 'CCM',
    level: 'error',
    text: ({ node, devices, names, reason }) =>
      `Cluster bus: ${devices} devices that node ${node} has written are left out here (${named(names, devices)}): ${reason}`,
    summary: ({ node, devices, names, reason }) => ({
      tone: 'bad',
      about: '',
      text: `${devices} devices that ${node} has written are left out here (${named(names, devices)}): ${reason}`,
    }),
  },
  'cluster.secrets-withheld': {
    component: 'CCM',
    level: 'error',
    text: ({ devices, names }) =>
      `Cluster bus: ${devices} devices with a password stay at this node, since the bus has no TLS or no credentials (${named(names, devices)})`,
    summary: ({ devices, names }) => ({
      tone: 'bad',
      about: '',
      text: `${devices} devices with a password stay at this node, since the bus has no TLS or no credentials (${named(names, devices)})`,
    }),
  },
  'cluster.node-alive': {
    component: 'CCM',
    level: 'special',
    text: ({ node, address, version }) => `Cluster node ${node} is alive: ${address}, version ${version}`,
    summary: ({ node, address }) => ({ tone: 'good', about: node, text: `is alive, at ${address}` }),
  },
  'cluster.node-dead': {
    component: 'CCM',
    level: 'error',
    text: ({ node, address, reason }) =>
      `Cluster node ${node} (${address}) ${reason === 'silent' ? 'is dead: it has not been heard for 6 s' : 'has stopped'}`,
    summary: ({ node, reason }) => ({
      tone: reason === 'silent' ? 'bad' : 'plain',
      about: node,
      text: reason === 'silent' ? 'is dead: it has not been heard for 6 s' : 'has stopped',
    }),
  },
  'cluster.registered-elsewhere': {
    component: 'CCM',
    level: 'state-transition',
    text: ({ device, node, address, protocol }) =>
      `${device} has registered with node ${node} over ${protocol} from ${address}: its registration here ends`,
    summary: ({ device, node, address }) => ({
      tone: 'plain',
      about: device,
      text: `has registered with ${node}, from ${address}`,
    }),
  },
  'cluster.value-broken': {
    component: 'CCM',
    level: 'error',
    text: ({ bucket, key }) => `Cluster bus: what ${bucket} holds under ${key} cannot be read; it is left out`,
    summary: ({ bucket, key }) => ({
      tone: 'bad',
      about: '',
      text: `what the cluster bus holds under ${bucket} ${key} cannot be read; it is left out`,
    }),
  },
  'cluster.values-lost': {
    component: 'CCM',
    level: 'error',
    text: ({ bucket, keys }) =>
      `Cluster bus: ${bucket} has lost ${keys} values that were written; they are written again`,
    summary: ({ bucket, keys }) => ({
      tone: 'bad',
      about: '',
      text: `the cluster bus has lost ${keys} values of ${bucket} that were written; they are written again`,
    }),
  },
  'cluster.news-broken': {
    component: 'CCM',
    level: 'error',
    text: ({ kind, count }) => `Cluster bus: news of ${kind} cannot be read, Count=${count}`,
    summary: ({ kind, count }) => ({
      tone: 'bad',
      about: '',
      text: `news of ${kind} over the cluster bus cannot be read${count > 1 ? `, ${count} of them` : ''}`,
    }),
  },
  'cluster.value-unwritten': {
    component: 'CCM',
    level: 'error',
    text: ({ bucket, key, reason }) => `Cluster bus: ${bucket} ${key} cannot be written: ${reason}`,
    summary: ({ bucket, key, reason }) => ({
      tone: 'bad',
      about: '',
      text: `${bucket} ${key} cannot be written to the cluster bus: ${reason}`,
    }),
  },
} as const satisfies Rows<ClusterEvent['type']>;
