// The bus between machines: NATS with JetStream. This file and `nats-session.ts` are the only ones that know the library, and
// are loaded where a bus is configured. A session is used until anything about it is in doubt; then another one begins, and
// every watcher is told everything again. So there is one way in which things are repaired (`docs/protocols/cluster.md` §1).

import {
  connect,
  credsAuthenticator,
  type Msg,
  type NatsConnection,
  type NodeConnectionOptions,
} from '@nats-io/transport-node';
import { after, type Clock, type Duration, milliseconds, seconds } from '../core/time.js';
import { askSubject, newsSubject } from './bus-names.js';
import { busRemedy } from './bus-remedies.js';
import { describeBusError, NatsSession } from './nats-session.js';
import {
  type Bucket,
  type BucketName,
  type BucketWatcher,
  type BusState,
  BusUnavailable,
  type ClusterBus,
  checkedEntry,
  checkedText,
  LONGEST_VALUE,
  NodeSilent,
} from './ports.js';
import type { BusFiles, BusSettings } from './settings.js';

const CONNECT_WITHIN = seconds(3);
const FIRST_RETRY = milliseconds(250);
const LONGEST_RETRY = seconds(1);
/** A connection over which so many of these are not answered is dead: before a node is taken for dead. */
const PING_EVERY = seconds(1);
const MOST_PINGS = 2;
/** Questions of others that this node answers at once. More get no answer. */
const MOST_QUESTIONS = 1_024;
const MOST_CREATE_TRIES = 4;
const CLOSED = 'this node has closed the connection';

/** What the bus is made of. */
export interface NatsBusDependencies {
  readonly clock: Clock;
  readonly settings: BusSettings;
  readonly files: BusFiles;
  readonly cluster: string;
  readonly node: string;
  /** Resolves when a server greets; rejects with why it does not. The library is let near no other. */
  greets(host: string, port: number): Promise<void>;
  /** Called with what a callback has thrown: a fault of this program. */
  failed(error: unknown): void;
}

/** The connection of a node to the NATS servers of its cluster. */
export class NatsBus implements ClusterBus {
  readonly address: string;
  readonly #dependencies: NatsBusDependencies;
  readonly #watchers = new Map<BucketName, BucketWatcher[]>();
  readonly #listeners: ((state: BusState) => void)[] = [];
  readonly #readers = new Map<string, ((news: string) => void)[]>();
  #answer: ((question: string) => Promise<string>) | undefined;
  #questions = 0;
  #state: BusState;
  #session: NatsSession | undefined;
  /** The server that is tried first: nodes begin with different ones, and go on to the next. */
  #server: number;
  #running: Promise<void> | undefined;
  #isClosed = false;
  #wake: () => void = () => {};

  constructor(dependencies: NatsBusDependencies) {
    this.#dependencies = dependencies;
    const { settings, node } = dependencies;
    this.address = settings.servers.join(', ');
    this.#server = Buffer.from(node).reduce((sum, octet) => sum + octet, 0);
    this.#state = { isConnected: false, since: dependencies.clock.now(), reason: 'not connected yet' };
  }

  get state(): BusState {
    return this.#state;
  }

  onState(listener: (state: BusState) => void): void {
    this.#listeners.push(listener);
  }

  start(): void {
    this.#running ??= this.#run();
  }

  watch(name: BucketName, watcher: BucketWatcher): void {
    this.#watchers.set(name, [...(this.#watchers.get(name) ?? []), watcher]);
  }

  subscribe(kind: string, listener: (news: string) => void): void {
    this.#readers.set(kind, [...(this.#readers.get(kind) ?? []), listener]);
  }

  serve(answer: (question: string) => Promise<string>): void {
    this.#answer = answer;
  }

  publish(kind: string, news: string): void {
    const subject = newsSubject(this.#dependencies.cluster, kind);
    this.#call(() => {
      checkedText(news);
      if (this.#state.isConnected) this.#session?.connection.publish(subject, news);
    });
  }

  async ask(node: string, question: string, within: Duration): Promise<string> {
    checkedText(question);
    const subject = askSubject(this.#dependencies.cluster, node);
    const answer = await this.#connected().ask(subject, question, within);
    if (answer === undefined) throw new NodeSilent(node);
    return answer;
  }

  bucket(name: BucketName): Bucket {
    const write = async (key: string, value: string, revision?: number, isRemoval = false) =>
      this.#connected().write(name, key, checkedEntry(key, value), revision, isRemoval);
    return {
      put: async (key, value) => (await write(key, value)) ?? 0,
      create: async (key, value) => {
        let revision = await write(key, value, 0);
        for (let tries = 0; revision === undefined && tries < MOST_CREATE_TRIES; tries++) {
          const last = await this.#connected().held(name, key); // a removed key leaves a mark, which has a revision
          if (last?.value !== undefined) return undefined;
          revision = await write(key, value, last?.revision ?? 0);
        }
        return revision;
      },
      update: write,
      remove: async (key, revision) => (await write(key, '', revision, true)) !== undefined,
      get: async (key) => {
        checkedEntry(key, '');
        const found = await this.#connected().held(name, key);
        return found?.value === undefined ? undefined : { key, ...found };
      },
    };
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    this.#listeners.length = 0;
    const session = this.#session;
    session?.end(CLOSED);
    this.#wake();
    if (session !== undefined) await this.#running; // an attempt to connect ends by itself
  }

  /** Connects again and again. Never rejects. */
  async #run(): Promise<void> {
    const { clock } = this.#dependencies;
    let retryAfter = FIRST_RETRY;
    while (!this.#isClosed) {
      let reason: string;
      try {
        const session = await this.#open();
        this.#session = session;
        this.#set({ isConnected: true, since: clock.now() });
        session.feed().then(
          () => {
            retryAfter = FIRST_RETRY;
          },
          (error: unknown) => session.end(describeBusError(error)),
        );
        reason = await session.ended;
      } catch (error) {
        reason = describeBusError(error);
      }
      const session = this.#session;
      this.#session = undefined;
      this.#set({ isConnected: false, since: clock.now(), reason: busRemedy(reason, this.#isEncrypted) });
      await this.#leave(session);
      if (!this.#isClosed) await this.#pause(retryAfter);
      retryAfter = milliseconds(Math.min(LONGEST_RETRY, retryAfter * 2));
    }
  }

  async #open(): Promise<NatsSession> {
    const { clock, cluster, node, settings } = this.#dependencies;
    const connection = await this.#connect();
    if (this.#isClosed) {
      connection.close().catch(() => {});
      throw new Error(CLOSED);
    }
    const session = await NatsSession.open(connection, {
      ...{ clock, cluster, replicas: settings.replicas },
      watchersOf: (name) => this.#watchers.get(name) ?? [],
      call: (act) => this.#call(act),
    });
    session.listen(askSubject(cluster, node), (message) => void this.#reply(message));
    for (const [kind, readers] of this.#readers)
      session.listen(newsSubject(cluster, kind), (message) => {
        const news = message.string();
        for (const reader of readers) this.#call(() => reader(news));
      });
    await session.heard(); // what another node says from now on comes here
    if (this.#isClosed) session.end(CLOSED);
    return session;
  }

  /** Connects to the first server that answers. Rejects with what is wrong with each. */
  async #connect(): Promise<NatsConnection> {
    const { servers } = this.#dependencies.settings;
    const reasons = new Map<string, string>();
    for (let tried = 0; tried < servers.length && !this.#isClosed; tried++) {
      const server = servers[this.#server % servers.length] ?? '';
      this.#server += 1;
      try {
        const { host, port } = placeOf(server);
        await this.#dependencies.greets(host, port);
        return await connect(this.#options(server));
      } catch (error) {
        reasons.set(server, describeBusError(error));
      }
    }
    const different = new Set(reasons.values());
    const each = servers.map((server) => `${server}: ${reasons.get(server) ?? 'not tried'}`);
    throw new Error(different.size <= 1 ? [...different].join() : each.join('; '));
  }

  /** Closes the connection. What was sent in order goes out before, if the engine takes it within a moment. */
  async #leave(session: NatsSession | undefined): Promise<void> {
    if (session === undefined) return;
    const { connection } = session;
    const closed = (this.#isClosed ? connection.drain() : connection.close()).catch(() => {});
    await Promise.race([closed, this.#pause(LONGEST_RETRY)]);
    this.#wake();
    connection.close().catch(() => {});
  }

  #options(server: string): NodeConnectionOptions {
    const { settings, files, node } = this.#dependencies;
    const { user, password, token, tls } = settings;
    const isEncrypted = tls !== undefined || server.startsWith('tls:');
    // The library names no host for a server that is an IP address, and Node then checks the certificate for `localhost`.
    const { host, port } = placeOf(server);
    const { ca, certificate: cert, key, credentials } = files;
    return {
      servers: `${host}:${port}`,
      name: `labcm ${node}`,
      timeout: CONNECT_WITHIN,
      reconnect: false,
      pingInterval: PING_EVERY,
      maxPingOut: MOST_PINGS,
      noAsyncTraces: true,
      ...(user === undefined ? {} : { user, pass: password ?? '' }),
      ...(token === undefined ? {} : { token }),
      ...(credentials === undefined ? {} : { authenticator: credsAuthenticator(credentials) }),
      ...(isEncrypted ? { tls: defined({ ca, cert, key, host }) } : {}),
    };
  }

  async #reply(message: Msg): Promise<void> {
    if (this.#answer === undefined || this.#questions >= MOST_QUESTIONS || message.data.length > LONGEST_VALUE) return;
    this.#questions += 1;
    try {
      message.respond(checkedText(await this.#answer(message.string())));
    } catch (error) {
      this.#dependencies.failed(error);
    } finally {
      this.#questions -= 1;
    }
  }

  get #isEncrypted(): boolean {
    const { tls, servers } = this.#dependencies.settings;
    return tls !== undefined || servers.some((server) => server.startsWith('tls:'));
  }

  #connected(): NatsSession {
    if (this.#session !== undefined) return this.#session;
    throw new BusUnavailable(this.#state.isConnected ? 'not connected' : this.#state.reason);
  }

  #call(act: () => void): void {
    try {
      act();
    } catch (error) {
      this.#dependencies.failed(error);
    }
  }

  #set(state: BusState): void {
    const before = this.#state;
    if (!before.isConnected && !state.isConnected && before.reason === state.reason) return;
    this.#state = before.isConnected === state.isConnected ? { ...state, since: before.since } : state;
    for (const listener of this.#listeners) this.#call(() => listener(this.#state));
  }

  #pause(span: Duration): Promise<void> {
    const { clock } = this.#dependencies;
    return new Promise((resolve) => {
      const timer = clock.callAt(after(clock.now(), span), resolve);
      this.#wake = () => {
        timer.cancel();
        resolve();
      };
    });
  }
}

/** Of `nats://host:port`. */
const placeOf = (server: string): { readonly host: string; readonly port: number } => {
  const { hostname, port } = new URL(server);
  return { host: hostname, port: Number(port) };
};

const defined = (texts: Readonly<Record<string, string | undefined>>): Record<string, string> =>
  Object.fromEntries(Object.entries(texts).filter((pair): pair is [string, string] => pair[1] !== undefined));
