// What a drill can do: one row per step, with its argument, its words, what it refuses and what it does.

import * as z from 'zod';
import { field, integer, listOf, oneOf, text } from '../config/fields.js';
import { FORM } from '../config/forms.js';
import { days, formatDuration, milliseconds, parseDuration } from '../core/time.js';
import { install, uninstall } from './installed-faults.js';
import type { DrillActors, RolledOut, StartedNodes } from './ports.js';

/** What a step needs: daemons that the drill started, or phones that it simulates. */
export type StepNeed = 'started-nodes' | 'simulated-phones';

/** How the state of a node changes by a step, for the check of the whole file. */
export interface NodeChange {
  readonly from: readonly DrilledNodeState[];
  readonly to: DrilledNodeState;
}

/** What a node does at some time of the drill. */
export type DrilledNodeState = 'running' | 'stopped' | 'cut off';

/** A step: its argument, its words and what it does. */
export interface StepRow<W> {
  readonly schema: z.ZodType<W>;
  /** One sentence, for the documentation. */
  readonly about: string;
  readonly example: string;
  readonly needs?: StepNeed;
  readonly changes?: NodeChange;
  /** The nodes that it names; absent: none. */
  readonly nodesOf?: (wanted: W) => readonly string[];
  /** In the report: `kill CM1`. */
  readonly title: (wanted: W) => string;
  /** Resolves with a remark, empty if there is nothing to say. Rejects with an `Error` that says why it could not be done. */
  readonly act: (wanted: W, actors: DrillActors, at: number) => Promise<string>;
}

const row = <W>(of: StepRow<W>): StepRow<W> => of;

const nodes = () => listOf(text(64, 1), 64);

/** A step for one or more nodes that the drill has started, one after the other. */
const nodeStep = (
  name: string,
  about: string,
  changes: NodeChange,
  act: (started: StartedNodes, node: string) => Promise<void>,
): StepRow<string[]> =>
  row({
    schema: nodes(),
    about,
    example: `${name}: CM1`,
    needs: 'started-nodes',
    changes,
    nodesOf: (names) => names,
    title: (names) => `${name} ${names.join(', ')}`,
    act: async (names, { started }) => {
      if (started !== undefined) await Promise.all(names.map((node) => act(started, node)));
      return '';
    },
  });

/** Whom a command is for. */
const whom = () =>
  z.preprocess(
    (value: unknown) => (typeof value === 'string' ? { devices: value } : value),
    z.strictObject({
      devices: text(64, 1).describe('All, or those whose name fits: `SEP02*`.').default('all'),
      perSecond: integer(1, 1000).describe('How many each node commands in a second.').default(50),
    }),
  );

const commandStep = (command: 'reset' | 'restart' | 'apply', does: string) =>
  row({
    schema: whom(),
    about: `Every registered phone, or those of a pattern, ${does}.`,
    example: `${command}: { devices: all, perSecond: 1000 }`,
    title: ({ devices }) => `${command} ${devices}`,
    act: async ({ devices, perSecond }, actors) => {
      const filter = { status: 'Registered', ...(devices === 'all' ? {} : { name: devices }) };
      let sum = 0;
      for (const node of await askedNodes(actors)) {
        const run = await actors.api(node).ask('POST', '/api/commands', { command, filter, perSecond });
        sum += numberAt(run, 'devices');
      }
      return `${sum} phones`;
    },
  });

/** Over a bus any node knows the phones of all, and commands each. */
const askedNodes = async ({ running, api }: DrillActors): Promise<readonly string[]> => {
  const names = running();
  const [first] = names;
  if (first === undefined) throw new Error('found no node that runs, wanted one to give the command');
  const answer = (await api(first).ask('GET', '/api/nodes')) as { readonly bus?: unknown };
  return (answer.bus ?? null) === null ? names : [first];
};

const numberAt = (answer: unknown, key: string): number =>
  Number((answer as Readonly<Record<string, unknown>> | null)?.[key] ?? 0);

/** A service that is silent for a while at all nodes, by fault rules. */
const serviceStep = (service: string, about: string, places: readonly string[]) =>
  row({
    schema: oneOf('away', 'back'),
    about,
    example: `${service}: away`,
    title: (state) => `${service} ${state}`,
    act: async (state, actors) => {
      for (const where of places) {
        const name = `drill-${where}-away`;
        if (state === 'back') await uninstall(actors, name);
        else await install(actors, name, { where, fault: 'silence' }, actors.running());
      }
      return '';
    },
  });

const faultRule = z.looseObject({
  id: text(64, 1).describe('By which `clear` finds it.').optional(),
  nodes: nodes().describe('The nodes that have it; absent: all.').optional(),
});

/** The farthest that `PUT /api/clock` takes. */
const FARTHEST = days(3650);

const span = () =>
  field<number, string>('a step of the clock such as +1h, -5m or 0s, of at most 3650d', FORM.text, (value) => {
    const [, sign = '+', length = ''] = /^([+-]?)(.+)$/.exec(String(value).trim()) ?? [];
    const parsed = parseDuration(length);
    if (parsed === undefined || parsed > FARTHEST) return undefined;
    return sign === '-' ? -parsed : parsed;
  });

const patch = () => z.record(z.string(), z.unknown());

/** All steps by name. */
export const DRILL_STEPS = {
  stop: nodeStep(
    'stop',
    'A node stops in order (SIGTERM).',
    { from: ['running', 'cut off'], to: 'stopped' },
    (started, node) => started.stop(node),
  ),
  start: nodeStep(
    'start',
    'A node that was stopped or killed starts again, with the state that it kept on disk.',
    { from: ['stopped'], to: 'running' },
    (started, node) => started.start(node),
  ),
  kill: nodeStep(
    'kill',
    'A node dies without a chance to tidy up (SIGKILL).',
    { from: ['running', 'cut off'], to: 'stopped' },
    (started, node) => started.kill(node),
  ),
  cut: nodeStep(
    'cut',
    'A node neither hears nor says anything (SIGSTOP): links stay open and are silent, and new ones open without an answer.',
    { from: ['running'], to: 'cut off' },
    (started, node) => started.cut(node),
  ),
  join: nodeStep('join', 'Ends `cut`.', { from: ['cut off'], to: 'running' }, (started, node) => started.join(node)),
  reset: commandStep('reset', 'is reset: it boots'),
  restart: commandStep('restart', 'is restarted'),
  apply: commandStep('apply', 'applies its configuration'),
  expire: row({
    schema: z.preprocess((value) => (value === 'all' ? [] : value), nodes()),
    about: 'Every registration of all nodes, or of some, ends as if its phone had fallen silent.',
    example: 'expire: all',
    nodesOf: (names) => names,
    title: (names) => `expire ${names.length === 0 ? 'all' : names.join(', ')}`,
    act: async (names, actors) => {
      let sum = 0;
      for (const node of names.length === 0 ? actors.running() : names)
        sum += numberAt(await actors.api(node).ask('POST', '/api/registrations/expire'), 'ended');
      return `${sum} registrations`;
    },
  }),
  fault: row({
    schema: faultRule,
    about: 'Adds a fault rule to all nodes, or to some. The keys are those of a rule of `POST /api/faults`.',
    example: 'fault: { id: loss, where: all, fault: drop, chance: 0.3 }',
    nodesOf: ({ nodes: names = [] }) => names,
    title: ({ where, fault, id }) =>
      `fault ${[fault, where].filter((one) => one !== undefined).join(' ') || (id ?? '')}`,
    act: async ({ id, nodes: names, ...rule }, actors, at) => {
      await install(actors, id ?? `drill-${at + 1}`, rule, names ?? actors.running());
      return '';
    },
  }),
  clear: row({
    schema: text(64, 1),
    about: 'Clears a fault of this drill by its id, or all of them.',
    example: 'clear: loss',
    title: (name) => `clear ${name}`,
    act: async (name, actors) => {
      for (const one of name === 'all' ? [...actors.installed.keys()] : [name]) await uninstall(actors, one);
      return '';
    },
  }),
  dhcp: serviceStep('dhcp', 'DHCP does not answer (`away`), or answers again (`back`).', ['dhcp']),
  files: serviceStep('files', 'Neither TFTP nor HTTP gives files (`away`), or both do again (`back`).', [
    'tftp',
    'http',
  ]),
  clock: row({
    schema: span(),
    about:
      'What people read of the time is so far ahead of the clock of the machine, or behind it; `0s`: right again. What is measured goes on.',
    example: 'clock: +1h',
    title: (ahead) => `clock ${ahead < 0 ? '-' : '+'}${formatDuration(milliseconds(Math.abs(ahead)))}`,
    act: async (ahead, actors) => {
      for (const node of actors.running()) await actors.api(node).ask('PUT', '/api/clock', { ahead });
      return '';
    },
  }),
  power: row({
    schema: oneOf('off', 'on', 'cycle'),
    about: 'All simulated phones lose their power, get it, or both.',
    example: 'power: cycle',
    needs: 'simulated-phones',
    title: (state) => `power ${state}`,
    act: async (state, { power }) => {
      if (state !== 'on') power?.off();
      if (state !== 'off') await power?.on();
      return '';
    },
  }),
  configuration: row({
    schema: z.preprocess(
      (value: unknown) => (value === 'back' ? {} : value),
      z.strictObject({
        keys: patch().describe('Laid over the configuration of every node (RFC 7396).').optional(),
        device: patch().describe('Laid over the device of every simulated phone.').optional(),
      }),
    ),
    about: 'Rolls a changed configuration out to every node, which reads it (SIGHUP); `back`: the one of before.',
    example: 'configuration: { device: { model: "7940" } }',
    needs: 'started-nodes',
    title: (change) => `configuration ${Object.keys(change).length === 0 ? 'back' : 'rolled out'}`,
    act: async ({ keys, device }, { started }) => {
      const change: RolledOut | undefined =
        keys === undefined && device === undefined ? undefined : { keys: keys ?? {}, device: device ?? {} };
      return (await started?.configure(change)) ?? '';
    },
  }),
};

/** The name of a step. */
export type StepName = keyof typeof DRILL_STEPS;

/** All names, in the order of the table. */
export const STEP_NAMES = Object.keys(DRILL_STEPS) as readonly StepName[];

/** The row of a step, whatever its argument is. */
export const stepRow = (name: StepName): StepRow<unknown> => DRILL_STEPS[name] as unknown as StepRow<unknown>;
