import type { BucketName, BucketWatcher } from './ports.js';

/** A message of the engine: an entry, or a status alone. */
export interface FeedMessage {
  readonly subject: string;
  readonly reply?: string | undefined;
  readonly headers?:
    | { readonly code: number; readonly description: string; get(name: string): string; has(name: string): boolean }
    | undefined;
  string(): string;
}

/** What a feed is made of. */
export interface BucketFeedDependencies {
  readonly name: BucketName;
  /** Where the entries are: the subject of a key without the key. */
  readonly prefix: string;
  readonly watchers: readonly BucketWatcher[];
  /** Calls a watcher; what it throws is reported. */
  call(act: () => void): void;
  /** Answers a message of the engine that wants to know whether this node keeps up. */
  confirm(subject: string): void;
  /** Something was lost: everything must be told again. */
  broken(reason: string): void;
}

const IDLE = 100;

/**
 * Tells the watchers of a bucket what the engine sends: the last value of each key, and then every change. The engine numbers
 * what it sends, so that nothing is lost unnoticed.
 */
export class BucketFeed {
  readonly #dependencies: BucketFeedDependencies;
  /** The number of the last message. */
  #last = 0;
  #isWhole = false;
  #isEnded = false;
  #resolve: () => void = () => {};
  /** Resolves when everything that the bucket held was told. */
  readonly whole = new Promise<void>((resolve) => {
    this.#resolve = resolve;
  });

  /** When the engine was last heard; the owner of the feed looks at it. */
  wasHeard = true;

  constructor(dependencies: BucketFeedDependencies) {
    this.#dependencies = dependencies;
  }

  get name(): BucketName {
    return this.#dependencies.name;
  }

  /** `pending`: how many entries follow that are there already. */
  begin(pending: number): void {
    const { watchers, call } = this.#dependencies;
    for (const watcher of watchers) call(() => watcher.begin());
    if (pending === 0) this.#becomeWhole();
  }

  end(): void {
    this.#isEnded = true;
  }

  message(message: FeedMessage): void {
    if (this.#isEnded) return;
    this.wasHeard = true;
    const { headers } = message;
    if (headers !== undefined && headers.code >= IDLE) this.#status(message, headers);
    else this.#entry(message);
  }

  #status({ reply }: FeedMessage, headers: NonNullable<FeedMessage['headers']>): void {
    const { confirm, broken, name } = this.#dependencies;
    if (headers.code !== IDLE) {
      broken(`the watch of ${name} ended: ${headers.description} (${headers.code})`);
      return;
    }
    if (headers.has('Nats-Consumer-Stalled')) confirm(headers.get('Nats-Consumer-Stalled'));
    if (reply !== undefined && reply !== '') {
      confirm(reply); // a request of flow control
      return;
    }
    const last = headers.get('Nats-Last-Consumer');
    if (last !== '' && Number(last) !== this.#last) broken(`the watch of ${name} has lost messages`);
    else this.#becomeWhole(); // the engine is idle: nothing is left to tell
  }

  #entry(message: FeedMessage): void {
    const { prefix, watchers, call, broken, name } = this.#dependencies;
    const place = placeOf(message.reply ?? '');
    if (place === undefined || place.number !== this.#last + 1) {
      broken(`the watch of ${name} has lost messages`);
      return;
    }
    this.#last = place.number;
    if (message.subject.startsWith(prefix)) {
      const key = message.subject.slice(prefix.length);
      const isRemoved = message.headers?.has('KV-Operation') ?? false;
      const value = isRemoved ? undefined : message.string();
      const entry = { key, value, revision: place.revision };
      for (const watcher of watchers) call(() => watcher.entry(entry));
    }
    if (place.pending === 0) this.#becomeWhole();
  }

  #becomeWhole(): void {
    if (this.#isWhole) return;
    this.#isWhole = true;
    const { watchers, call } = this.#dependencies;
    for (const watcher of watchers) call(() => watcher.whole());
    this.#resolve();
  }
}

/**
 * What the reply subject of a message says: `$JS.ACK.<stream>.<consumer>.<tries>.<revision>.<number>.<time>.<pending>`, later
 * engines with a domain and an account before the stream, and a random token at the end.
 */
const placeOf = (
  reply: string,
): { readonly revision: number; readonly number: number; readonly pending: number } | undefined => {
  if (!reply.startsWith('$JS.ACK.')) return undefined;
  const tokens = reply.split('.');
  const from = tokens.length === 9 ? 5 : 7;
  const [revision, number, pending] = [Number(tokens[from]), Number(tokens[from + 1]), Number(tokens[from + 3])];
  return Number.isSafeInteger(revision) && Number.isSafeInteger(number) && Number.isSafeInteger(pending)
    ? { revision, number, pending }
    : undefined;
};
