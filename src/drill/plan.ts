// Reads a drill's file: every fault at once, with its place and its remedy.

import * as z from 'zod';
import { faultsOf } from '../config/schema-errors.js';
import { type Path, readYaml, type Source } from '../config/yaml-source.js';
import type { ConfigurationProblem } from '../core/errors.js';
import { type Duration, formatDuration, milliseconds, seconds } from '../core/time.js';
import type { WantedKeys } from './expectations.js';
import { fleetProblems } from './fleet-checks.js';
import { wantedOfToken } from './node-token.js';
import { type DrillFile, drillSchema, type StepOfFile } from './schema.js';
import { type DrilledNodeState, STEP_NAMES, type StepName, stepRow } from './steps.js';

/** A step with its time. */
export interface PlannedStep {
  readonly at: Duration;
  readonly step: StepName;
  readonly argument: unknown;
  /** `kill CM1`, or the name that the file gives it. */
  readonly title: string;
  readonly expect: WantedKeys;
}

/** A node of the drill. */
export type PlannedNode = DrillFile['nodes'][number];

/** A drill that can be run. */
export interface DrillPlan {
  readonly name: string;
  readonly nodes: readonly PlannedNode[];
  /** Whether the drill starts the daemons. */
  readonly startsNodes: boolean;
  readonly ports: DrillFile['ports'];
  readonly configuration: DrillFile['configuration'];
  readonly phones: DrillFile['phones'];
  readonly steps: readonly PlannedStep[];
  readonly lasts: Duration;
  readonly expect: WantedKeys;
  /** By node: what the schema of `labcm assert` has read. */
  readonly nodeExpectations: Readonly<Record<string, unknown>>;
}

/** A plan, or why there is none. */
export type ReadPlan =
  | { readonly plan: DrillPlan; readonly faults: readonly [] }
  | { readonly plan: undefined; readonly faults: readonly ConfigurationProblem[] };

const USUAL_END = seconds(60);

/** What a file is read with. */
export interface PlanSetting {
  /** The schema of `labcm assert`. */
  readonly nodeExpectations: z.ZodType;
  /** The environment, for tokens. */
  readonly variables: Readonly<Record<string, string | undefined>>;
  /** How many simulated phones there are; absent: as the file says. */
  readonly phones?: number | undefined;
}

/** Reads the text of a file. Does not throw. */
export const readPlan = (text: string, file: string, setting: PlanSetting): ReadPlan => {
  const { nodeExpectations, variables, phones: count } = setting;
  const source = readYaml(text, file);
  if (source.faults.length > 0) return { plan: undefined, faults: source.faults };
  const schema = drillSchema(nodeExpectations);
  const value = source.value ?? {};
  const parsed = z.safeParse(schema, value);
  if (!parsed.success) {
    const { issues } = parsed.error;
    return { plan: undefined, faults: faultsOf({ issues, schema, value, path: [], source }) };
  }
  const { phones } = parsed.data;
  const written = count === undefined ? parsed.data : { ...parsed.data, phones: { ...phones, count } };
  const faults = new PlanChecks(written, source, variables).all();
  return faults.length > 0 ? { plan: undefined, faults } : { plan: planOf(written, file), faults: [] };
};

const planOf = (written: DrillFile, file: string): DrillPlan => {
  const { nodes: nodeExpectations = {}, ...expect } = written.expect;
  const { nodes, ports, configuration, phones } = written;
  const steps = written.steps.flatMap((step) => plannedStep(step) ?? []);
  const last = steps.at(-1)?.at ?? milliseconds(0);
  return {
    ...{ nodes, ports, configuration, phones, steps, expect },
    name: written.name ?? file,
    startsNodes: nodes.every(({ api }) => api === undefined),
    lasts: written.lasts ?? milliseconds(last + USUAL_END),
    nodeExpectations: nodeExpectations as Readonly<Record<string, unknown>>,
  };
};

const stepsIn = (step: StepOfFile): readonly StepName[] =>
  STEP_NAMES.filter((name) => (step as Readonly<Record<string, unknown>>)[name] !== undefined);

const plannedStep = (written: StepOfFile): PlannedStep | undefined => {
  const [step] = stepsIn(written);
  if (step === undefined) return undefined;
  const argument = (written as Readonly<Record<string, unknown>>)[step];
  const title = written.name ?? stepRow(step).title(argument);
  return { at: written.at, step, argument, title, expect: (written.expect ?? {}) as WantedKeys };
};

/** The checks that look at more than one value. */
class PlanChecks {
  readonly #file: DrillFile;
  readonly #source: Pick<Source, 'locate'>;
  readonly #variables: PlanSetting['variables'];
  readonly #faults: ConfigurationProblem[] = [];
  readonly #states = new Map<string, DrilledNodeState>();

  constructor(file: DrillFile, source: Pick<Source, 'locate'>, variables: PlanSetting['variables']) {
    this.#file = file;
    this.#variables = variables;
    this.#source = source;
    for (const { name } of file.nodes) this.#states.set(name, 'running');
  }

  all(): readonly ConfigurationProblem[] {
    this.#checkNodes();
    this.#checkPhones();
    for (const [index, step] of this.#file.steps.entries()) this.#checkStep(step, index);
    const { steps, lasts, expect } = this.#file;
    const last = steps.at(-1)?.at;
    if (last !== undefined && lasts !== undefined && lasts <= last)
      this.#fault(['lasts'], formatDuration(lasts), `more than the ${formatDuration(last)} of the last step`);
    if (steps.length === 0) this.#fault(['steps'], 'none', `at least one, such as \`{ at: 10s, kill: CM1 }\``);
    this.#checkNames(['expect', 'at'], Object.keys((expect as WantedKeys).at ?? {}));
    this.#checkNames(['expect', 'nodes'], Object.keys(expect.nodes ?? {}));
    return this.#faults;
  }

  #checkNodes(): void {
    const { nodes, configuration } = this.#file;
    const foreign = nodes.filter(({ api }) => api !== undefined).length;
    const names = new Set<string>();
    for (const [index, { name, api, token, configuration: patch }] of nodes.entries()) {
      const at = ['nodes', index];
      if (names.has(name)) this.#fault([...at, 'name'], name, 'a name that no other node of the drill has');
      names.add(name);
      if (foreign > 0 && api === undefined)
        this.#fault(
          at,
          `${name} without \`api\``,
          'the address of its API, as other nodes have it; or none for all nodes',
        );
      if (api !== undefined && !/^https?:$/.test(URL.canParse(api) ? new URL(api).protocol : ''))
        this.#fault([...at, 'api'], JSON.stringify(api), 'an address such as http://10.10.210.10:8088');
      if (api !== undefined && patch !== undefined)
        this.#fault([...at, 'configuration'], 'one', 'none: a node with `api` is run by somebody else');
      if (api === undefined && token !== undefined) this.#fault([...at, 'token'], 'one', 'none: it belongs to `api`');
      const wanted = token === undefined ? undefined : wantedOfToken(token, this.#variables);
      if (wanted !== undefined) this.#fault([...at, 'token'], token ?? '', wanted);
    }
    if (nodes.length === 0) this.#fault(['nodes'], 'none', 'at least one, such as CM1');
    if (foreign > 0 && Object.keys(configuration).length > 0)
      this.#fault(['configuration'], 'one', 'none: nodes with `api` are run by somebody else');
  }

  #checkPhones(): void {
    const { real, boot, calls } = this.#file.phones;
    const isForeign = this.#file.nodes.some(({ api }) => api !== undefined);
    if (real === undefined)
      for (const { key, found, wanted } of fleetProblems(this.#file.phones))
        this.#fault(['phones', key], found, wanted);
    if (boot === 'full' && isForeign)
      this.#fault(
        ['phones', 'boot'],
        'full',
        'tftp or register: where DHCP is, a node that somebody else runs does not say',
      );
    if (real !== undefined && calls !== undefined)
      this.#fault(['phones', 'calls'], 'calls of real phones', 'none: the users of real phones make them');
  }

  #checkStep(step: StepOfFile, index: number): void {
    const at = ['steps', index];
    const names = stepsIn(step);
    const [name] = names;
    if (name === undefined || names.length > 1) {
      const found = name === undefined ? 'no step' : names.join(' and ');
      this.#fault(at, found, `one of ${STEP_NAMES.join(', ')}`);
      return;
    }
    const before = this.#file.steps[index - 1]?.at;
    if (before !== undefined && step.at < before)
      this.#fault(
        [...at, 'at'],
        formatDuration(step.at),
        `no less than the ${formatDuration(before)} of the step before`,
      );
    const { needs, changes, nodesOf } = stepRow(name);
    const isForeign = this.#file.nodes.some(({ api }) => api !== undefined);
    if (needs === 'started-nodes' && isForeign)
      this.#fault(
        [...at, name],
        `${name} of nodes with \`api\``,
        'another step: the drill has not started these nodes',
      );
    if (needs === 'simulated-phones' && this.#file.phones.real !== undefined)
      this.#fault([...at, name], `${name} of real phones`, 'another step: only simulated phones have a switch');
    const argument = (step as Readonly<Record<string, unknown>>)[name];
    const named = nodesOf?.(argument) ?? [];
    this.#checkNames([...at, name], named);
    for (const node of named) this.#change([...at, name], name, node, changes);
    this.#checkNames([...at, 'expect', 'at'], Object.keys((step.expect?.at as object | undefined) ?? {}));
  }

  /** Follows what each node does: nobody can kill one that is dead, or ask it for anything. */
  #change(path: Path, step: StepName, node: string, changes: ReturnType<typeof stepRow>['changes']): void {
    const state = this.#states.get(node);
    if (state === undefined) return;
    const { from, to } = changes ?? { from: ['running'], to: state };
    if (!from.includes(state))
      this.#fault(path, `${step} of ${node}, which is ${state} then`, `a node that is ${from.join(' or ')}`);
    this.#states.set(node, to);
  }

  #checkNames(path: Path, names: readonly string[]): void {
    const known = this.#file.nodes.map(({ name }) => name);
    for (const name of names)
      if (!known.includes(name)) this.#fault(path, JSON.stringify(name), `one of the nodes ${known.join(', ')}`);
  }

  #fault(path: Path, found: string, wanted: string): void {
    this.#faults.push({ ...this.#source.locate(path), key: path.map(String).join('.'), found, wanted });
  }
}
