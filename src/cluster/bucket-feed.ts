import type { BucketName, BucketWatcher, Entry } from './ports.js';

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
/** So many idle signs in a row show that nothing is left to tell, though the engine has counted more: it has removed them. */
const IDLE_SIGNS = 2;

/**
 * Tells the watchers of a bucket what the engine sends: the last value of each key, and then every change. The engine numbers
 * what it sends, so that nothing is lost unnoticed.
 */
export class BucketFeed {
  readonly #dependencies: BucketFeedDependencies;
  /** The number of the last message. */
  #last = 0;
  #revision = 0;
  /** The last revision that the bucket had when the watch was made. */
  #latest = 0;
  /** How many entries the engine says that follow. It is wrong where entries were overwritten meanwhile. */
  #pending = 0;
  /** Idle signs since the last entry. */
  #idleSigns = 0;
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

  /** The last revision that was told; 0: none was. */
  get revision(): number {
    return this.#revision;
  }

  /** Whether everything that the bucket held was told. */
  get isWhole(): boolean {
    return this.#isWhole;
  }

  /** `pending`: how many entries follow that are there already. `latest`: the last revision of the bucket. */
  begin(pending: number, latest: number): void {
    this.#pending = pending;
    this.#latest = latest;
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
    const isStalled = headers.has('Nats-Consumer-Stalled');
    if (isStalled) confirm(headers.get('Nats-Consumer-Stalled'));
    if (reply !== undefined && reply !== '') {
      confirm(reply); // a request of flow control
      return;
    }
    const last = headers.get('Nats-Last-Consumer');
    if (last !== '' && Number(last) !== this.#last) broken(`the watch of ${name} has lost messages`);
    else if (!isStalled) this.#idle();
  }

  /** The engine has sent nothing for a while. */
  #idle(): void {
    this.#idleSigns += 1;
    if (this.#pending === 0 || this.#idleSigns >= IDLE_SIGNS) this.#becomeWhole();
  }

  #entry(message: FeedMessage): void {
    const { prefix, watchers, call, broken, name } = this.#dependencies;
    const place = placeOf(message.reply ?? '');
    if (place === undefined || place.number !== this.#last + 1) {
      broken(`the watch of ${name} has lost messages`);
      return;
    }
    if (place.revision <= this.#revision) {
      broken(`the engine has lost what ${name} held`);
      return;
    }
    this.#last = place.number;
    this.#revision = place.revision;
    this.#pending = place.pending;
    this.#idleSigns = 0;
    if (message.subject.startsWith(prefix)) {
      const entry = new FeedEntry(message.subject.slice(prefix.length), place.revision, message);
      for (const watcher of watchers) call(() => watcher.entry(entry));
    }
    if (place.pending === 0 || place.revision >= this.#latest) this.#becomeWhole();
  }

  #becomeWhole(): void {
    if (this.#isWhole) return;
    this.#isWhole = true;
    const { watchers, call } = this.#dependencies;
    for (const watcher of watchers) call(() => watcher.whole());
    this.#resolve();
  }
}

/** An entry whose text is made when it is asked for: nobody asks for that of a value that this node wrote itself. */
class FeedEntry implements Entry {
  readonly key: string;
  readonly revision: number;
  readonly #message: FeedMessage;

  constructor(key: string, revision: number, message: FeedMessage) {
    this.key = key;
    this.revision = revision;
    this.#message = message;
  }

  get value(): string | undefined {
    const { headers } = this.#message;
    return headers?.has('KV-Operation') === true ? undefined : this.#message.string();
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
