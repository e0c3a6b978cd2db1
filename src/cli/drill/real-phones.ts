import { after, type Clock, seconds } from '../../core/time.js';
import { anyWildcard } from '../../core/wildcards.js';
import type { Ledger } from '../../drill/ledger.js';
import { FEED_TYPES, NodeFeed } from '../../drill/node-feed.js';
import type { DrillPlan } from '../../drill/plan.js';
import type { NodesJson } from '../../http/api/shapes.js';
import type { ApiClient } from '../api-client.js';
import { answerOf, boolean, listOf, record, text } from '../api-schemas.js';
import { listedDevice } from '../device-schemas.js';
import { CommandFailure } from '../failure.js';

const READS_AGAIN = seconds(1);
const EVENTS = `/api/events?type=${FEED_TYPES.join(',')}`;

const nodesAnswer = answerOf<Pick<NodesJson, 'nodes'>>()(
  record({ nodes: listOf(record({ name: text, isSelf: boolean })) }),
);

/** What following needs. */
export interface RealPhonesOptions {
  readonly plan: Pick<DrillPlan, 'nodes' | 'phones'>;
  readonly ledger: Ledger;
  readonly clock: Clock;
  readonly client: (node: string) => Pick<ApiClient, 'ask' | 'all' | 'stream'>;
  /** Ends it. */
  readonly signal: AbortSignal;
}

/** The real phones of a drill: writes the ledger by the events of each node, and by what each lists when its events begin. */
export class RealPhones {
  readonly #options: RealPhonesOptions;
  readonly #pattern: string;

  constructor(options: RealPhonesOptions) {
    this.#options = options;
    this.#pattern = options.plan.phones.real ?? '*';
  }

  /** Follows every node until `signal`. Resolves when each has listed its phones; rejects where one does not, or has none. */
  async open(): Promise<void> {
    const { plan, ledger } = this.#options;
    for (const { name } of plan.nodes)
      await new Promise<void>((resolve, reject) => void this.#follow(name, resolve, reject));
    if (ledger.registered === 0)
      throw new CommandFailure(
        'phones.real',
        `no registered phone of ${this.#pattern}`,
        'at least one, or simulated phones',
      );
  }

  /** Reads the events of a node, again and again. */
  async #follow(node: string, onListed: () => void, onFailed: (error: unknown) => void): Promise<void> {
    const { signal, clock, ledger } = this.#options;
    const feed = new NodeFeed(node, ledger, clock, anyWildcard([this.#pattern]));
    while (!signal.aborted) {
      try {
        await this.#read(node, feed, onListed);
      } catch (error) {
        // A node that is away is a part of the drill, but not of its beginning.
        onFailed(error);
      }
      if (signal.aborted) break;
      feed.onClosed();
      await new Promise<void>((resolve) => clock.callAt(after(clock.now(), READS_AGAIN), resolve));
    }
    onFailed(signal.reason);
  }

  /** Reads until the events end. Phones that registered while nobody read them are known by a list. */
  async #read(node: string, feed: NodeFeed, onListed: () => void): Promise<void> {
    const { client, signal } = this.#options;
    const ending = new AbortController();
    const { body } = await client(node).stream(EVENTS, EVENTS, AbortSignal.any([signal, ending.signal]));
    feed.onOpened();
    const listing = this.#list(node, feed).then(onListed, (error: unknown) => {
      ending.abort();
      throw error;
    });
    listing.catch(() => {});
    const decoder = new TextDecoder();
    try {
      for await (const chunk of (body ?? []) as AsyncIterable<Uint8Array>)
        feed.take(decoder.decode(chunk, { stream: true }));
    } finally {
      await listing;
    }
  }

  async #list(node: string, feed: NodeFeed): Promise<void> {
    const api = this.#options.client(node);
    const { nodes } = await api.ask(nodesAnswer, '/api/nodes');
    const self = nodes.find(({ isSelf }) => isSelf)?.name;
    const query = { status: 'Registered', name: this.#pattern };
    const devices = await api.all(listedDevice, '/api/devices', 'devices', query);
    // Over a bus a node lists the phones of all.
    const held = devices.filter((device) => (device.node ?? self) === self);
    feed.onListed(held.map(({ name, lines }) => ({ name, lines: lines.map(({ dn }) => dn) })));
  }
}
