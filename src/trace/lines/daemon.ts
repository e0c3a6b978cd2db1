// How the daemon's own life is told.

import type { DaemonEvent, ListenerChanged, TraceDropped } from '../../events.js';
import type { Row, Rows } from '../row.js';

const daemon = {
  component: 'CCM',
  level: 'special',
  text: ({ type, detail }) => `labcm ${type.slice('daemon.'.length)}${detail === '' ? '' : `: ${detail}`}`,
  summary: ({ type, detail }) => ({
    tone: 'plain',
    about: '',
    text: `labcm ${type.slice('daemon.'.length)} ${detail}`.trimEnd(),
  }),
} as const satisfies Row<DaemonEvent>;

const listener = {
  component: 'CCM',
  level: 'special',
  text: ({ type, service, transport, address, port }) =>
    `${service} listener ${type.slice('listener.'.length)}: ${transport} ${address}:${port}`,
  summary: ({ type, service, transport, address, port }) => ({
    tone: 'plain',
    about: '',
    text: `${service} ${type === 'listener.opened' ? 'listens' : 'no longer listens'} on ${transport} ${address}:${port}`,
  }),
} as const satisfies Row<ListenerChanged>;

export const daemonLines = {
  'daemon.started': daemon,
  'daemon.reloaded': daemon,
  'daemon.stopping': daemon,
  'daemon.stopped': daemon,
  'listener.opened': listener,
  'listener.closed': listener,
  'trace.dropped': {
    component: 'CCM',
    level: 'error',
    text: ({ sink, lines, reason }) => `Trace ${sink}: ${lines} lines dropped: ${reason}`,
    summary: ({ sink, lines, reason }) => ({
      tone: 'bad',
      about: '',
      text: `the trace ${sink} could not keep up and lost ${lines} lines: ${reason}`,
    }),
  },
} as const satisfies Rows<DaemonEvent['type'] | ListenerChanged['type'] | TraceDropped['type']>;
