import {
  AckPolicy,
  DeliverPolicy,
  JetStreamApiError,
  type JetStreamManager,
  jetstream,
  StorageType,
} from '@nats-io/jetstream';
import { Kvm } from '@nats-io/kv';
import {
  createInbox,
  headers,
  type Msg,
  type MsgHdrs,
  type NatsConnection,
  nanos,
  RequestError,
  TimeoutError,
} from '@nats-io/transport-node';
import { after, type Clock, type Duration, type Instant, milliseconds, seconds, type Timer } from '../core/time.js';
import { BucketFeed } from './bucket-feed.js';
import { bucketOf } from './bus-names.js';
import { BUCKET_NAMES, BUCKETS, type BucketName, type BucketWatcher, BusUnavailable } from './ports.js';
import { PublishedWrites } from './published-writes.js';

const LOOK_EVERY = seconds(1);
/** A look that comes so much too late shows that this process stood still, and says nothing of the engine. */
const LATE_LOOK = milliseconds(500);
/** The engine sends at least so often to a watcher. */
const IDLE_HEARTBEAT = seconds(1);
/** So many looks without a word from the engine end a session. */
const MOST_SILENT_LOOKS = 4;
/** A bucket to which writes have failed for so long, and none has succeeded, is not there. */
const FAILING_FOR = seconds(4);
const FORGET_WATCH_AFTER = seconds(60);
const REQUEST_WITHIN = milliseconds(1_500);
/** So long a bucket may take to be opened; then another server may do it. */
const OPENED_WITHIN = seconds(6);
const TRY_AGAIN_AFTER = milliseconds(200);

/** What a session needs of the bus. */
export interface NatsSessionDependencies {
  readonly clock: Clock;
  readonly cluster: string;
  /** How many servers hold each value. */
  readonly replicas: number;
  /** Those who are told what a bucket holds. */
  watchersOf(name: BucketName): readonly BucketWatcher[];
  /** Calls back; what that throws is reported. */
  call(act: () => void): void;
}

/** What a key holds; a removed one has a revision, too. */
interface HeldValue {
  readonly value: string | undefined;
  readonly revision: number;
}

/**
 * One connection to the engine with all buckets open, from its start until anything about it is in doubt: the connection, a
 * watch, or whether writes are answered. Then it ends, and another one begins.
 */
export class NatsSession {
  readonly connection: NatsConnection;
  /** Resolves with the reason, once. */
  readonly ended: Promise<string>;
  readonly #dependencies: NatsSessionDependencies;
  readonly #manager: JetStreamManager;
  readonly #writes: PublishedWrites<MsgHdrs>;
  /** Begin the watches, in the order of the buckets. */
  #watches: readonly (() => BucketFeed)[] = [];
  readonly #feeds: BucketFeed[] = [];
  /** Since when writes to a bucket have failed. */
  readonly #failingSince = new Map<BucketName, Instant>();
  #finish: (reason: string) => void = () => {};
  #timer: Timer | undefined;
  #silentLooks = 0;
  #isEnded = false;

  private constructor(connection: NatsConnection, manager: JetStreamManager, dependencies: NatsSessionDependencies) {
    this.connection = connection;
    this.#manager = manager;
    this.#dependencies = dependencies;
    this.ended = new Promise((resolve) => {
      this.#finish = resolve;
    });
    const inbox = createInbox();
    this.#writes = new PublishedWrites({
      clock: dependencies.clock,
      inbox,
      publish: (subject, value, reply, about) =>
        connection.publish(subject, value, about === undefined ? { reply } : { reply, headers: about }),
    });
    this.listen(`${inbox}.*`, (message) => this.#writes.answered(message.subject, message));
    connection.closed().then(
      (error) => this.end(error instanceof Error ? describeBusError(error) : 'the connection was lost'),
      (error: unknown) => this.end(describeBusError(error)),
    );
  }

  /** Opens all buckets and prepares their watches. Rejects if the engine does not do it; then the connection is closed. */
  static async open(connection: NatsConnection, dependencies: NatsSessionDependencies): Promise<NatsSession> {
    try {
      const streams = jetstream(connection, { timeout: REQUEST_WITHIN });
      const session = new NatsSession(connection, await streams.jetstreamManager(), dependencies);
      const kvm = new Kvm(streams);
      const watches = await Promise.all(
        BUCKET_NAMES.map(async (name) => {
          await session.#patiently(() => session.#openBucket(kvm, name));
          return session.#patiently(() => session.#prepareWatch(name));
        }),
      );
      session.#watches = watches.filter((watch) => watch !== undefined);
      session.#lookLater();
      return session;
    } catch (error) {
      connection.close().catch(() => {});
      throw error;
    }
  }

  /** Tells the watchers what the buckets hold, one bucket after the other. Resolves when all were told, or at the end. */
  async feed(): Promise<void> {
    for (const begin of this.#watches) {
      if (this.#isEnded) return;
      const feed = begin();
      this.#feeds.push(feed);
      await Promise.race([feed.whole, this.ended]);
    }
  }

  /** Calls `read` with each message of a subject. What `read` would throw ends the library's reading for ever. */
  listen(subject: string, read: (message: Msg) => void): void {
    this.connection.subscribe(subject, {
      callback: (error, message) => {
        if (error === null) this.#dependencies.call(() => read(message));
        else this.end(describeBusError(error));
      },
    });
  }

  /** Resolves when the engine knows at which subjects this node listens, or at the end. */
  async heard(): Promise<void> {
    await Promise.race([this.connection.flush().catch(() => {}), this.ended]);
  }

  /**
   * Writes a key. Resolves with the revision; `undefined`: the key has another one than `revision`. `isRemoval`: it is
   * removed.
   */
  async write(
    name: BucketName,
    key: string,
    value: string,
    revision?: number,
    isRemoval = false,
  ): Promise<number | undefined> {
    const about = revision === undefined ? undefined : headers();
    about?.set('Nats-Expected-Last-Subject-Sequence', String(revision));
    if (isRemoval) about?.set('KV-Operation', 'DEL');
    try {
      const written = await this.#writes.write(this.#prefixOf(name) + key, value, about);
      if (this.#failingSince.size > 0) this.#failingSince.delete(name);
      return written;
    } catch (error) {
      if (error instanceof BusUnavailable && !this.#failingSince.has(name))
        this.#failingSince.set(name, this.#dependencies.clock.now());
      throw error;
    }
  }

  /** What the engine holds under a key, by the server that decides. */
  async held(name: BucketName, key: string): Promise<HeldValue | undefined> {
    try {
      const subject = this.#prefixOf(name) + key;
      const message = await this.#manager.streams.getMessage(this.#streamOf(name), { last_by_subj: subject });
      if (message === null) return undefined;
      const isRemoved = message.header?.has('KV-Operation') ?? false;
      return { value: isRemoved ? undefined : message.string(), revision: message.seq };
    } catch (error) {
      throw new BusUnavailable(describeBusError(error));
    }
  }

  /** Resolves with the answer. `undefined`: nobody answers there. Rejects with `BusUnavailable`. */
  async ask(subject: string, question: string, within: Duration): Promise<string | undefined> {
    try {
      const answer = await this.connection.request(subject, question, { timeout: within });
      return answer.string();
    } catch (error) {
      if (error instanceof TimeoutError || (error instanceof RequestError && error.isNoResponders())) return undefined;
      throw new BusUnavailable(describeBusError(error));
    }
  }

  /** Ends it. Only the first reason counts. */
  end(reason: string): void {
    if (this.#isEnded) return;
    this.#isEnded = true;
    this.#timer?.cancel();
    for (const feed of this.#feeds) feed.end();
    this.#finish(reason);
    this.#writes.end(reason);
  }

  /**
   * Does it again where the engine does not answer. After the death of a server a bucket has no leader for some seconds, and a
   * watch may be given to the dead one: the next try gets another. One bucket that is late does not begin all anew.
   */
  async #patiently<T>(act: () => Promise<T>): Promise<T> {
    const { clock } = this.#dependencies;
    const last = after(clock.now(), OPENED_WITHIN);
    for (;;) {
      try {
        return await act();
      } catch (error) {
        if (!isUnanswered(error) || this.#isEnded || clock.now() >= last) throw error;
      }
      await new Promise<void>((resolve) => void clock.callAt(after(clock.now(), TRY_AGAIN_AFTER), resolve));
    }
  }

  async #openBucket(kvm: Kvm, name: BucketName): Promise<void> {
    const { cluster, replicas } = this.#dependencies;
    const storage = BUCKETS[name] === 'memory' ? StorageType.Memory : StorageType.File;
    // One that is there stays as it is. Nobody makes its replicas more while others write: NATS 2.9 may lose a value then.
    await kvm.create(bucketOf(cluster, name), { history: 1, replicas, storage });
  }

  /** `undefined`: nobody watches the bucket. */
  async #prepareWatch(name: BucketName): Promise<(() => BucketFeed) | undefined> {
    const { watchersOf, call } = this.#dependencies;
    const [watchers, prefix, subject] = [watchersOf(name), this.#prefixOf(name), createInbox()];
    if (watchers.length === 0) return undefined;
    // The engine sends nothing before somebody listens at the subject.
    const { num_pending: pending } = await this.#manager.consumers.add(this.#streamOf(name), {
      deliver_subject: subject,
      deliver_policy: DeliverPolicy.LastPerSubject,
      filter_subject: `${prefix}>`,
      ack_policy: AckPolicy.None,
      flow_control: true,
      idle_heartbeat: nanos(IDLE_HEARTBEAT),
      inactive_threshold: nanos(FORGET_WATCH_AFTER),
      mem_storage: true,
      num_replicas: 1,
    });
    return () => {
      const feed = new BucketFeed({
        ...{ name, watchers, prefix, call },
        confirm: (reply) => this.connection.publish(reply),
        broken: (reason) => this.end(reason),
      });
      feed.begin(pending);
      this.listen(subject, (message) => feed.message(message));
      return feed;
    };
  }

  /** Looks from time to time whether the watches are heard and writes are answered. */
  #lookLater(): void {
    const { clock } = this.#dependencies;
    const due = after(clock.now(), LOOK_EVERY);
    this.#timer = clock.callAt(due, () => {
      const now = clock.now();
      if (now - due < LATE_LOOK) this.#look(now);
      if (!this.#isEnded) this.#lookLater();
    });
  }

  #look(now: Instant): void {
    const silent = this.#feeds.find((feed) => !feed.wasHeard);
    this.#silentLooks = silent === undefined ? 0 : this.#silentLooks + 1;
    for (const feed of this.#feeds) feed.wasHeard = false;
    if (silent !== undefined && this.#silentLooks >= MOST_SILENT_LOOKS)
      this.end(`the watch of ${silent.name} is not heard any more`);
    for (const [name, since] of this.#failingSince)
      if (now - since >= FAILING_FOR) this.end(`the engine does not take what is written to ${name}`);
  }

  #streamOf(name: BucketName): string {
    return `KV_${bucketOf(this.#dependencies.cluster, name)}`;
  }

  #prefixOf(name: BucketName): string {
    return `$KV.${bucketOf(this.#dependencies.cluster, name)}.`;
  }
}

/** The engine has not answered, or has nobody yet who could. */
const isUnanswered = (error: unknown): boolean =>
  error instanceof TimeoutError ||
  (error instanceof JetStreamApiError && error.status === 503) ||
  (error instanceof Error && error.cause instanceof TimeoutError);

/** The message of an error of the library, for people. */
export const describeBusError = (error: unknown): string => {
  if (error instanceof JetStreamApiError) return `${error.message} (${error.code})`;
  return error instanceof Error && error.message !== '' ? error.message : String(error);
};
