// The trace lines of the daemon itself.

import type { DegradationEvent } from '../../core/degradations.js';
import { dateOf } from '../../core/time.js';
import type {
  ConfigChangedOnDisk,
  DaemonEvent,
  DaemonReloaded,
  DevicesWritten,
  ListenerChanged,
  ListenerFailed,
  TraceDropped,
  TraceRenewed,
  TraceUntraced,
} from '../../events.js';
import type { Row, Rows, SummaryLine } from '../row.js';

const plain = (text: string): SummaryLine => ({ tone: 'plain', about: '', text });

const seconds = (milliseconds: number): string => `${Math.round(milliseconds / 1000)} s`;

/** `2 changed (ipctest2, SEP005056A1033D)`; of many the first few. */
const counted = ({ devices, names }: DaemonReloaded, kind: 'added' | 'changed' | 'removed'): string => {
  const [count, first] = [devices[kind], names[kind]];
  const more = count > first.length ? ', …' : '';
  return `${count} ${kind}${first.length === 0 ? '' : ` (${first.join(', ')}${more})`}`;
};

const changes = (event: DaemonReloaded): string => {
  const { devices, settings, afterRestart } = event;
  const kinds = (['added', 'changed', 'removed'] as const).map((kind) => counted(event, kind));
  const waiting = afterRestart.length === 0 ? '' : `; after a restart: ${afterRestart.join(', ')}`;
  return `devices: ${kinds.join(', ')}, ${devices.unchanged} unchanged; settings: ${settings.join(', ') || 'none'}${waiting}`;
};

/** `added 1, changed 2: SEP001122334455, …`. */
const writtenOf = ({ devices, names }: DevicesWritten): string => {
  const counts = (['added', 'changed', 'removed', 'restored'] as const).filter((kind) => devices[kind] > 0);
  const all = counts.reduce((sum, kind) => sum + devices[kind], 0);
  const what = counts.map((kind) => `${kind} ${devices[kind]}`).join(', ');
  return `${what}: ${names.join(', ')}${all > names.length ? ', …' : ''}`;
};

const askerOf = ({ by, address, token, node }: DevicesWritten): string =>
  node === undefined ? `${by} from ${address} ${token ? 'with' : 'without'} the token` : `${by} node ${node}`;

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
  'daemon.started': {
    component: 'CCM',
    level: 'special',
    text: ({ devices, file }) => `labcm started: ${devices} devices from ${file}`,
    summary: ({ devices, file }) => plain(`labcm started with ${devices} devices from ${file}`),
  },
  'daemon.reloaded': {
    component: 'CCM',
    level: 'special',
    text: (event) => `labcm reloaded: ${changes(event)}`,
    summary: (event) => plain(`labcm read its configuration again: ${changes(event)}`),
  },
  'daemon.reload-refused': {
    component: 'CCM',
    level: 'error',
    text: ({ faults }) => `labcm reload refused, everything stays as it was: ${faults.join('; ')}`,
    summary: ({ faults }) => ({
      tone: 'bad',
      about: '',
      text: `the configuration has faults, everything stays as it was: ${faults.join('; ')}`,
    }),
  },
  'daemon.devices-written': {
    component: 'CCM',
    level: 'special',
    text: (event) => `Devices changed at runtime|${writtenOf(event)}|Keys=${event.keys.join(',')}|By=${askerOf(event)}`,
    summary: (event) => plain(`devices ${writtenOf(event)}, as ${askerOf(event)} asked`),
  },
  'daemon.devices-laid': {
    component: 'CCM',
    level: 'special',
    text: ({ file, put, dropped, ended, cut }) =>
      `Devices of the layer|File=${file}|Put=${put}|Dropped=${dropped}|Ended=${ended.join(',')}|Cut=${cut ?? ''}`,
    summary: ({ file, put, dropped, ended, cut }) => ({
      tone: cut === undefined ? 'plain' : 'bad',
      about: '',
      text: [
        `${file} adds or changes ${put} devices and removes ${dropped}`,
        ...(ended.length === 0 ? [] : [`what it said of ${ended.join(', ')} has ended: the files have changed`]),
        ...(cut === undefined ? [] : [`its last line ${cut} was cut and is left out`]),
      ].join('; '),
    }),
  },
  'daemon.clock-set': {
    component: 'CCM',
    level: 'special',
    text: ({ ahead, address }) => `Clock set|Ahead=${ahead} ms|By=${address}`,
    summary: ({ ahead, address }) =>
      plain(
        ahead === 0
          ? `the clock is that of the machine again, as ${address} asked`
          : `the clock is ${seconds(Math.abs(ahead))} ${ahead < 0 ? 'behind' : 'ahead of'} that of the machine, as ${address} asked`,
      ),
  },
  'daemon.registrations-expired': {
    component: 'CCM',
    level: 'special',
    text: ({ registrations, address }) => `Registrations expired|Count=${registrations}|By=${address}`,
    summary: ({ registrations, address }) =>
      plain(`all ${registrations} registrations end at once, as ${address} asked`),
  },
  'daemon.stood-still': {
    component: 'CCM',
    level: 'error',
    text: ({ milliseconds }) =>
      `labcm stood still for ${seconds(milliseconds)}: devices have so much longer to be heard`,
    summary: ({ milliseconds }) => ({
      tone: 'bad',
      about: '',
      text: `labcm stood still for ${seconds(milliseconds)}, as a process that is stopped or a machine that is overloaded does`,
    }),
  },
  // On the console these are said by `labcm run` itself, whatever the trace shows there.
  'daemon.degraded': {
    component: 'CCM',
    level: 'error',
    text: ({ part, reason }) => `labcm degraded: ${part}: ${reason}`,
  },
  'daemon.recovered': {
    component: 'CCM',
    level: 'special',
    text: ({ part, lasted }) => `labcm recovered: ${part}: after ${seconds(lasted)}`,
  },
  'daemon.stopping': {
    component: 'CCM',
    level: 'special',
    text: () => 'labcm stopping: listeners close in reverse',
    summary: () => plain('labcm stops'),
  },
  'daemon.stopped': {
    component: 'CCM',
    level: 'special',
    text: ({ lasted }) => `labcm stopped: after ${seconds(lasted)}`,
    summary: ({ lasted }) => plain(`labcm has stopped after ${seconds(lasted)}`),
  },
  'config.changed-on-disk': {
    component: 'CCM',
    level: 'special',
    text: ({ file, changedAt }) =>
      `Configuration changed on disk|File=${file}|ChangedAt=${dateOf(changedAt).toISOString()}`,
    summary: ({ file }) =>
      plain(`${file} was changed and is not in force: \`labcm check ${file}\`, then kill -HUP makes labcm read it`),
  },
  'listener.opened': listener,
  'listener.closed': listener,
  'listener.failed': {
    component: 'CCM',
    level: 'error',
    text: ({ service, transport, address, port, code }) =>
      `${service} listener failed: ${transport} ${address}:${port}, Reason=${code}`,
    summary: ({ service, transport, address, port, code }) => ({
      tone: 'bad',
      about: '',
      text: `${service} cannot listen on ${transport} ${address}:${port}: ${code === 'EADDRINUSE' ? 'another program holds the port' : `the system refuses (${code})`}`,
    }),
  },
  'trace.dropped': {
    component: 'CCM',
    level: 'error',
    text: ({ sink, lines, reason }) => `Trace ${sink}: ${lines} lines dropped: ${reason}`,
    summary: ({ sink, lines, reason, degraded }) =>
      degraded
        ? undefined
        : { tone: 'bad', about: '', text: `the trace ${sink} could not keep up and lost ${lines} lines: ${reason}` },
  },
  'trace.renewed': {
    component: 'CCM',
    level: 'special',
    text: ({ sink }) => `Trace ${sink}: the file had been moved or removed; this is another one`,
    summary: ({ sink }) => plain(`the trace file ${sink} had been moved or removed: another one has been begun`),
  },
  'trace.untraced': {
    component: 'CCM',
    level: 'special',
    text: ({ facts }) => `Device Report: ${facts} facts of the last second are not in this trace`,
    summary: ({ facts }) => ({
      tone: 'quiet',
      about: '',
      text: `${facts} facts of devices were not traced: more came in a second than the trace takes`,
    }),
  },
} as const satisfies Rows<
  | ConfigChangedOnDisk['type']
  | DaemonEvent['type']
  | DegradationEvent['type']
  | ListenerChanged['type']
  | ListenerFailed['type']
  | TraceDropped['type']
  | TraceRenewed['type']
  | TraceUntraced['type']
>;
