// A drill of which everything is in memory: a plan, a clock, and actors that write down what they are asked.

import * as z from 'zod';
import type { ConfigurationProblem } from '../../src/core/errors.js';
import { seconds } from '../../src/core/time.js';
import { type DrillPlan, type PlanSetting, readPlan } from '../../src/drill/plan.js';
import type { DrillActors, NodeApi, PhonePower, StartedNodes } from '../../src/drill/ports.js';

const SETTING: PlanSetting = { nodeExpectations: z.unknown(), variables: { LABCM_TOKEN: 'of the lab' } };

/** The plan of a text that has no faults. */
export const planOf = (text: string): DrillPlan => {
  const { plan, faults } = readPlan(text, 'drill.yaml', SETTING);
  if (plan === undefined) throw new Error(JSON.stringify(faults));
  return plan;
};

/** The faults of a text, as `line: key: found, wanted`. */
export const faultsOf = (text: string): readonly string[] =>
  readPlan(text, 'drill.yaml', SETTING).faults.map(
    ({ line, key, found, wanted }: ConfigurationProblem) => `${line}: ${key}: ${found}, ${wanted}`,
  );

/** What the API of every node answers: by method and path, before that by node, method and path. */
export type Answers = Readonly<Record<string, unknown>>;

export interface RecordedActors {
  readonly actors: DrillActors;
  /** In order: `kill CM1`, `CM1 POST /api/commands {…}`. */
  readonly done: string[];
}

/** A refusal of the API. */
export const refusal = (code: string): Error => Object.assign(new Error(code), { code });

export interface ActorsSetup {
  readonly nodes?: readonly string[];
  readonly answers?: Answers;
  /** Nodes that somebody else runs. */
  readonly foreign?: boolean;
  readonly real?: boolean;
}

export const recordedActors = ({
  nodes = ['CM1', 'CM2'],
  answers = {},
  foreign = false,
  real = false,
}: ActorsSetup = {}): RecordedActors => {
  const done: string[] = [];
  const running = new Set(nodes);
  const act = (word: string, runs?: boolean) => async (node: string) => {
    done.push(`${word} ${node}`);
    if (runs === true) running.add(node);
    if (runs === false) running.delete(node);
  };
  const started: StartedNodes = {
    ...{ start: act('start', true), stop: act('stop', false), kill: act('kill', false) },
    ...{ cut: act('cut', false), join: act('join', true) },
    configure: async (change) => {
      done.push(`configure ${JSON.stringify(change ?? null)}`);
      return 'CM1: the configuration was read again';
    },
  };
  const power: PhonePower = {
    off: () => void done.push('power off'),
    on: async () => void done.push('power on'),
  };
  const api = (node: string): NodeApi => ({
    ask: async (method, path, body) => {
      done.push([node, method, path, ...(body === undefined ? [] : [JSON.stringify(body)])].join(' '));
      const answer = answers[`${node} ${method} ${path}`] ?? answers[`${method} ${path}`];
      if (answer instanceof Error) throw answer;
      return answer ?? {};
    },
  });
  return {
    done,
    actors: {
      running: () => nodes.filter((node) => running.has(node)),
      started: foreign ? undefined : started,
      api,
      power: real ? undefined : power,
      installed: new Map(),
      foreignRulesHold: foreign ? seconds(90) : undefined,
    },
  };
};
