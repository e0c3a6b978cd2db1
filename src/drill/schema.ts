// The schema of a drill's file. `plan.ts` reads it and checks what a schema cannot.

import * as z from 'zod';
import { address, duration, flag, integer, listOf, oneOf, port, text } from '../config/fields.js';
import { expectationKeys } from './expectations.js';
import { DRILL_STEPS, STEP_NAMES } from './steps.js';

const mapping = () => z.record(z.string(), z.unknown());

const node = z.preprocess(
  (value: unknown) => (typeof value === 'string' ? { name: value } : value),
  z.strictObject({
    name: text(64, 1).describe('The name by which the drill mentions it.'),
    address: address().describe('Where phones reach it. Without one: an address of loopback of its own.').optional(),
    api: text(512, 1).describe('The address of its API: the node is run by somebody else.').optional(),
    token: text(512, 1)
      .describe('The token of that API. `$LABCM_NAME` is the environment variable LABCM_NAME; others are not read.')
      .optional(),
    configuration: mapping().describe('Laid over the configuration of this node.').optional(),
  }),
);

const times = z.strictObject({
  refused: duration('100ms', '1d').describe('Before another try after a refusal.').optional(),
  allFailed: duration('100ms', '1d').describe('Before another try when no node answered.').optional(),
  standby: duration('100ms', '1d').describe('Before the link to a standby is opened again.').optional(),
  monitor: duration('100ms', '1d')
    .describe('How long a better node must be up before a phone asks to return.')
    .optional(),
});

const calls = z.strictObject({
  perSecond: integer(1, 1_000).describe('Calls that begin in a second.'),
  talk: duration('0s', '1d').describe('How long each lasts.').prefault('5s'),
});

const phones = z.strictObject({
  count: integer(1, 60_000).describe('How many. `--phones` replaces it.').default(200),
  real: text(64, 1)
    .describe('Real phones: those of the nodes whose name fits, `SEP*`. Nothing is simulated.')
    .optional(),
  mix: text(512, 1).describe('Models and protocols with their shares.').default('7962/sccp=1,7975/sip=1'),
  boot: oneOf('register', 'tftp', 'full')
    .describe('From the registration, from the files or from DHCP on.')
    .default('tftp'),
  name: text(15, 1).describe('The pattern of their names.').default('SEP02%010X'),
  line: text(24, 1).describe('The pattern of their numbers.').default('1%05d'),
  rate: integer(1, 10_000).describe('How many begin to boot in a second.').default(100),
  within: duration('1s', '1h').describe('How long all may take before the first step.').prefault('1m'),
  spread: flag().describe('Whether they begin with different nodes, in turn; else all with the first.').default(false),
  times: times.describe('How patient they are.').prefault({}),
  calls: calls.describe('The calls that they make; absent: none.').optional(),
});

const ports = z.strictObject({
  tftp: port().default(69).describe('Where phones ask for files over TFTP.'),
  http: port().default(6970).describe('Where they ask over HTTP; 0: nowhere.'),
  sccp: port().default(2000).describe('Of SCCP, where phones boot from the registration on.'),
  sip: port().default(5060).describe('Of SIP, where phones boot from the registration on.'),
});

const step = z.strictObject({
  at: duration('0s', '1d').describe('When, after all phones have registered.'),
  name: text(64, 1).describe('What the report calls it.').optional(),
  expect: z.strictObject(expectationKeys()).describe('What is expected of it.').optional(),
  ...Object.fromEntries(
    STEP_NAMES.map((name) => [
      name,
      (DRILL_STEPS[name].schema as z.ZodType).optional().describe(DRILL_STEPS[name].about),
    ]),
  ),
});

/** The schema. `nodeExpectations`: what `labcm assert` expects of one daemon. */
export const drillSchema = (nodeExpectations: z.ZodType) =>
  z.strictObject({
    name: text(128, 1).describe('The title of the report.').optional(),
    nodes: listOf(node, 16)
      .describe('The call managers, the first one first.')
      .prefault([{ name: 'CM1' }]),
    ports: ports.describe('The ports of nodes that somebody else runs.').prefault({}),
    configuration: mapping().describe('Laid over the configuration of every node that the drill starts.').default({}),
    phones: phones.describe('Who is drilled.').prefault({}),
    steps: z.array(step).max(1_000, 'at most 1000 steps').describe('What happens, in the order of time.'),
    lasts: duration('1s', '1d').describe('When the drill is over; without it a minute after the last step.').optional(),
    expect: z
      .strictObject({
        ...expectationKeys(),
        nodes: z.record(z.string(), nodeExpectations).describe('What `labcm assert` expects, by node.').optional(),
      })
      .describe('What is expected of the whole.')
      .prefault({}),
  });

/** The file as the schema has read it. */
export type DrillFile = z.output<ReturnType<typeof drillSchema>>;
/** A step of it. */
export type StepOfFile = DrillFile['steps'][number];
