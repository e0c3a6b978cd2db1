// Phones at other nodes: what is asked of the node that holds one, and what all nodes know of one.

import { textIn } from '../cluster/values.js';
import type { DeviceName } from '../core/identifiers.js';
import { type Clock, NEVER, seconds } from '../core/time.js';
import type { DeviceCommand } from '../devices/index.js';
import type {
  ApiPhoneAtNode,
  ApiPhoneEverywhere,
  ApiPush,
  ApiPushResult,
  CommandAnswer,
  CommandOutcome,
} from '../http/index.js';
import type { ClusterService } from './cluster-service.js';
import { readPart, writtenPart } from './phone-parts.js';

/** A phone has five seconds to answer a push. */
const PUSH_WITHIN = seconds(7);

const COMMANDS = ['reset', 'restart', 'apply'] as const satisfies readonly DeviceCommand[];
const OUTCOMES = ['sent', 'not-registered', 'unsupported'] as const satisfies readonly CommandOutcome[];
const TRANSPORTS = ['HTTP', 'SCCP', 'SIP'] as const;
const PUSH_REFUSALS = ['unknown-device', 'not-registered', 'too-many-pushes'] as const;
const LONGEST_NAME = 64;
const LONGEST_PUSH = 16_384;
const MOST_URIS = 8;

/** What it needs of this node. */
export interface ClusterPhonesDependencies {
  readonly clock: Clock;
  readonly self: string;
  readonly cluster: Pick<ClusterService, 'questions' | 'nodes'>;
  /** The node with which a device is registered, other than this one. */
  holderElsewhere(device: string): string | undefined;
  /** What this node knows of a device. */
  partOf(device: string): Omit<ApiPhoneAtNode, 'node'>;
  command(device: DeviceName, command: DeviceCommand): CommandOutcome;
  push(device: string, push: ApiPush): Promise<ApiPushResult>;
}

/** Asks other nodes about phones, and answers what they ask. */
export class ClusterPhones {
  readonly #dependencies: ClusterPhonesDependencies;

  constructor(dependencies: ClusterPhonesDependencies) {
    this.#dependencies = dependencies;
    const { cluster, clock, partOf, command, push } = dependencies;
    const { questions } = cluster;
    questions.on('phone', (question) => writtenPart(partOf(deviceIn(question)), clock.now()));
    questions.on('command', (question) => {
      const asked = COMMANDS.find((one) => one === question.command);
      if (asked === undefined) throw new Error('this node does not know the command');
      return { outcome: command(deviceIn(question) as DeviceName, asked) };
    });
    questions.on('push', async (question) => {
      const result = await push(deviceIn(question), pushIn(question.push));
      // `refused` is how a question itself is refused.
      return 'refused' in result ? { ...result, refused: undefined, refusedPush: result.refused } : result;
    });
  }

  /** Sends a phone a command, from the node that holds it. Never rejects. */
  command(device: DeviceName, command: DeviceCommand): CommandOutcome | Promise<CommandAnswer> {
    const { holderElsewhere, cluster } = this.#dependencies;
    const node = holderElsewhere(device);
    if (node === undefined) return this.#dependencies.command(device, command);
    return cluster.questions.ask(node, 'command', { device, command }).then(
      ({ outcome }) => OUTCOMES.find((one) => one === outcome) ?? { silent: node },
      () => ({ silent: node }),
    );
  }

  /** Pushes to a phone, from the node that holds it. Never rejects. */
  async push(device: string, push: ApiPush): Promise<ApiPushResult> {
    const { holderElsewhere, cluster } = this.#dependencies;
    const node = holderElsewhere(device);
    if (node === undefined) return this.#dependencies.push(device, push);
    try {
      const answer = await cluster.questions.ask(node, 'push', { device, push }, PUSH_WITHIN);
      return resultIn(answer) ?? { refused: 'node-silent', node };
    } catch {
      return { refused: 'node-silent', node };
    }
  }

  /** Asks all nodes about a device. Never rejects. */
  async everywhere(device: string): Promise<ApiPhoneEverywhere> {
    const { cluster, clock, self, partOf, holderElsewhere } = this.#dependencies;
    const others = cluster.nodes.others();
    const alive = others.filter(({ isAlive }) => isAlive).map(({ node }) => node);
    const { answers, silent } = await cluster.questions.askAll(alive, 'phone', { device });
    const now = clock.now();
    const parts: readonly ApiPhoneAtNode[] = [
      { node: self, ...partOf(device) },
      ...Array.from(answers, ([node, answer]) => ({ node, ...readPart(answer, now) })),
    ];
    const holder = holderElsewhere(device);
    const speaker = parts.find(({ node }) => node === holder) ?? parts.reduce(heardLast);
    const dead = others.filter(({ isAlive }) => !isAlive).map(({ node }) => node);
    return {
      steps: parts
        .flatMap(({ node, steps }) => steps.map((step) => ({ ...step, node })))
        .sort((one, other) => one.at - other.at),
      speaker,
      silent: [...silent, ...dead].sort(),
    };
  }
}

/** Of one age, the first one: this node. */
const heardLast = (one: ApiPhoneAtNode, other: ApiPhoneAtNode): ApiPhoneAtNode =>
  (other.steps.at(-1)?.at ?? -NEVER) > (one.steps.at(-1)?.at ?? -NEVER) ? other : one;

const deviceIn = (question: Readonly<Record<string, unknown>>): string => {
  const device = textIn(question, 'device', LONGEST_NAME);
  if (device === undefined) throw new Error('the question names no device');
  return device;
};

const pushIn = (value: unknown): ApiPush => {
  const fields = (typeof value === 'object' && value !== null ? value : {}) as Readonly<Record<string, unknown>>;
  const [text, title] = [textIn(fields, 'text', LONGEST_PUSH), textIn(fields, 'title', LONGEST_PUSH)];
  if (text !== undefined && title !== undefined) return { text, title };
  const { uris, priority } = fields;
  const known = ([0, 1, 2] as const).find((one) => one === priority);
  const isList = Array.isArray(uris) && uris.length <= MOST_URIS;
  if (known === undefined || !isList || !uris.every((uri) => typeof uri === 'string' && uri.length <= LONGEST_PUSH))
    throw new Error('this node does not know such a push');
  return { uris, priority: known };
};

const resultIn = (answer: Readonly<Record<string, unknown>>): ApiPushResult | undefined => {
  const { milliseconds, transport, refusedPush } = answer;
  const refused = PUSH_REFUSALS.find((one) => one === refusedPush);
  if (refused !== undefined) return { refused };
  const text = (key: string): string => textIn(answer, key, LONGEST_PUSH) ?? '';
  if (refusedPush === 'faults')
    return { refused: 'faults', key: text('key'), found: text('found'), wanted: text('wanted') };
  const by = TRANSPORTS.find((one) => one === transport);
  if (by === undefined || typeof milliseconds !== 'number' || !Number.isFinite(milliseconds)) return undefined;
  return {
    ...{ device: text('device'), address: text('address'), transport: by },
    ...{ outcome: text('outcome'), answer: text('answer'), milliseconds },
  };
};
