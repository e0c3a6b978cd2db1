// A drill with everything that it needs: the daemons, the simulated phones or the events of real ones, and the runner.

import { join } from 'node:path';
import { EventBus } from '../../core/event-bus.js';
import { type Clock, formatDuration, milliseconds, minutes } from '../../core/time.js';
import { Ledger } from '../../drill/ledger.js';
import { tokenFor } from '../../drill/node-token.js';
import type { DrillPlan, PlannedStep } from '../../drill/plan.js';
import type { DrillActors, NodeApi } from '../../drill/ports.js';
import { type DrillRun, DrillRunner, type StepRun } from '../../drill/runner.js';
import { SimulatedPhones } from '../../drill/simulated-phones.js';
import { nodeDatagrams, nodeRandom } from '../../net/sockets/node-datagrams.js';
import { nodeStreams } from '../../net/sockets/node-streams.js';
import { addressesOf, DEFAULT_PORTS, PhoneEnvironment, type PhoneStep } from '../../phone/index.js';
import { ApiClient } from '../api-client.js';
import type { CliEnvironment } from '../environment.js';
import { CommandFailure } from '../failure.js';
import { DRILL_PORTS } from './node-files.js';
import { NodeProcesses } from './node-processes.js';
import { RealPhones } from './real-phones.js';

/** Linux accepts any address of 127.0.0.0/8 without configuration. */
const PHONES_AT = '127.10.0.0/16';
const FILE_SOURCES = 256;
/** How much longer than the drill its rules hold at nodes of somebody else: steps may take their time. */
const RULES_OUTLAST = minutes(5);

/** What a session needs. */
export interface SessionOptions {
  readonly environment: CliEnvironment;
  readonly plan: DrillPlan;
  /** Where the daemons have their files. */
  readonly folder: string;
  readonly clock: Clock;
  readonly onStep: (step: PlannedStep, done: StepRun | undefined) => void;
}

/** One run of a drill. Call `open`, `run` and, whatever happens, `close`. */
export class DrillSession {
  readonly ledger: Ledger;
  readonly #options: SessionOptions;
  readonly #clients: ReadonlyMap<string, ApiClient>;
  readonly #runner: DrillRunner;
  readonly #started: NodeProcesses | undefined;
  readonly #feeds = new AbortController();
  readonly #installed: DrillActors['installed'] = new Map();
  /** Whether a step has set the clock of nodes. */
  #hasSetClock = false;
  #environment: PhoneEnvironment | undefined;
  #phones: SimulatedPhones | undefined;

  constructor(options: SessionOptions) {
    const { plan, clock, environment, folder } = options;
    this.#options = options;
    this.ledger = new Ledger(clock.now());
    const addressOf = addressesFor(plan);
    this.#clients = new Map(
      plan.nodes.map((node) => {
        const base = node.api ?? `http://${addressOf(node.name)}:${DRILL_PORTS.api}`;
        return [node.name, new ApiClient(environment, base, tokenFor(node, environment.variables))];
      }),
    );
    this.#started = plan.startsNodes
      ? new NodeProcesses({
          ...{ plan, addressOf, clock },
          folder: join(folder, 'nodes'),
          program: environment.program,
          onEnded: (node, why) => this.#runner.fail(`${node} has ended by itself: ${why}`),
        })
      : undefined;
    if (plan.phones.real === undefined) this.#phones = this.#simulated(addressOf);
    this.#runner = new DrillRunner({
      ...{ plan, clock, ledger: this.ledger, onStep: options.onStep },
      actors: this.#actors(),
    });
  }

  /** Starts the daemons and the phones. Resolves when the drill can begin. */
  async open(): Promise<void> {
    const { plan, environment } = this.#options;
    if (this.#started !== undefined) {
      await checkAddresses(environment, plan, addressesFor(plan));
      await this.#started.startAll();
    } else for (const client of this.#clients.values()) await client.ask(anything, '/healthz');
    if (this.#phones !== undefined) await this.#startPhones(this.#phones);
    else {
      const { plan, clock } = this.#options;
      const client = (node: string) => this.client(node);
      await new RealPhones({ plan, clock, client, ledger: this.ledger, signal: this.#feeds.signal }).open();
    }
  }

  /** A drill of phones of which none has a registration shows nothing. */
  async #startPhones(phones: SimulatedPhones): Promise<void> {
    await phones.start();
    if (this.ledger.registered > 0) return;
    const { within, count } = this.#options.plan.phones;
    throw new CommandFailure(
      'phones',
      `none of ${count} that registered within ${formatDuration(within)}`,
      'phones that do',
      'run one of them by `labcm phone`, or have the drill `--keep` its files',
    );
  }

  /** Runs it to its end. */
  run(): Promise<DrillRun> {
    return this.#runner.run();
  }

  /** Ends it early. */
  stop(): void {
    this.#runner.stop();
  }

  /** The client of a node's API. */
  client(node: string): ApiClient {
    const client = this.#clients.get(node);
    if (client === undefined) throw new Error(`no node ${node}`);
    return client;
  }

  /** Stops the phones and the daemons. Never rejects. */
  async close(): Promise<void> {
    this.ledger.close();
    this.#feeds.abort();
    await this.#clearFaults();
    await this.#phones?.stop();
    await this.#environment?.close();
    await this.#started?.stopAll();
  }

  #actors(): DrillActors {
    const names = this.#options.plan.nodes.map(({ name }) => name);
    return {
      running: () => this.#started?.running() ?? names,
      started: this.#started,
      api: (node) => this.#apiOf(node),
      power: this.#phones,
      installed: this.#installed,
      foreignRulesHold:
        this.#started === undefined ? milliseconds(this.#options.plan.lasts + RULES_OUTLAST) : undefined,
    };
  }

  #apiOf(node: string): NodeApi {
    const client = this.client(node);
    return {
      ask: (method, path, body) => {
        this.#hasSetClock ||= path === '/api/clock';
        return client.ask(anything, path, method, `${node} ${path}`, body);
      },
    };
  }

  /** Nodes of somebody else are left as they were. */
  async #clearFaults(): Promise<void> {
    if (this.#started !== undefined) return;
    const clients = [...this.#clients.values()];
    const ignore = (): undefined => undefined;
    for (const [id, nodes] of this.#installed)
      for (const node of nodes)
        await this.client(node)
          .ask(anything, `/api/faults/${encodeURIComponent(id)}`, 'DELETE')
          .catch(ignore);
    if (this.#hasSetClock)
      for (const client of clients)
        await client.ask(anything, '/api/clock', 'PUT', '/api/clock', { ahead: 0 }).catch(ignore);
  }

  #simulated(addressOf: (node: string) => string): SimulatedPhones {
    const { plan, clock } = this.#options;
    const bus = new EventBus<PhoneStep>((error) => this.#runner.fail(String(error)));
    const onLoopback =
      process.platform === 'linux' && plan.nodes.every(({ name }) => addressOf(name).startsWith('127.'));
    const addressAt = onLoopback ? addressesOf(PHONES_AT) : undefined;
    const { count } = plan.phones;
    this.#environment = new PhoneEnvironment({
      ...{ clock, bus, datagrams: nodeDatagrams, streams: nodeStreams, random: nodeRandom },
      ...(addressAt === undefined
        ? {}
        : { sources: Array.from({ length: Math.min(count, FILE_SOURCES) }, (_, at) => addressAt(at)) }),
    });
    return new SimulatedPhones({
      ...{ plan, bus, addressOf, ledger: this.ledger, environment: this.#environment },
      ports: plan.startsNodes ? { ...DRILL_PORTS } : { ...DEFAULT_PORTS, ...plan.ports },
      ...(addressAt === undefined ? {} : { localAddress: addressAt }),
    });
  }
}

const anything = (value: unknown): unknown => value ?? null;

/** Addresses of loopback that no other drill of this machine has, else those of the file. */
const addressesFor = ({ nodes }: DrillPlan): ((node: string) => string) => {
  const block = `127.${64 + (process.pid % 64)}.${(process.pid >> 6) % 256}`;
  const addresses = new Map(
    nodes.map(({ name, address, api }, index): [string, string] => {
      const asked = api === undefined ? undefined : new URL(api).hostname;
      return [name, address ?? asked ?? `${block}.${index + 1}`];
    }),
  );
  return (node) => addresses.get(node) ?? '';
};

/** Nothing is started where an address cannot be had, since half a drill is none. */
const checkAddresses = async (
  environment: CliEnvironment,
  { nodes }: DrillPlan,
  addressOf: (node: string) => string,
): Promise<void> => {
  for (const { name } of nodes) {
    const address = addressOf(name);
    const why = await environment.whyUnbindable('tcp', address, DRILL_PORTS.sccp);
    if (why !== undefined)
      throw new CommandFailure(
        `nodes: ${name}`,
        `${address}:${DRILL_PORTS.sccp}, which cannot be listened on (${why})`,
        'an address of this machine whose ports are free',
        'give the node an `address` of this machine',
      );
  }
};
