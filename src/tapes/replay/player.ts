// Plays the phone of a tape against a daemon, and records what both say.

import { after, type Duration, dateOf, type Instant, milliseconds } from '../../core/time.js';
import type { Endpoint } from '../../net/ports.js';
import { contentOf } from '../decoded-tape.js';
import { type FileExchange, fileExchanges } from '../file-exchanges.js';
import { MessageMasks } from '../message-masks.js';
import { MASKED_CONTENT, type Tape, type TapeMessage, type TapeProtocol } from '../tape.js';
import { TapeRoom } from '../tape-room.js';
import { tapedPhoneOf } from '../taped-phone.js';
import type { ReplayAdapter } from './adapter.js';
import { type ExpectedMessage, HeardMessages, type PlayedConversation } from './conversation.js';
import { DhcpAdapter } from './dhcp-adapter.js';
import { fetchFile } from './file-fetch.js';
import { type ReplayIdentity, type ReplayPlaces, readdressed, renamed } from './identity.js';
import { openLink, type ReplayNetworks } from './links.js';
import { SccpAdapter } from './sccp-adapter.js';
import { type ReplayCredentials, SipAdapter } from './sip-adapter.js';

/** How a tape is played. */
export interface ReplayOptions {
  readonly networks: ReplayNetworks;
  /** Where the daemon has each service. */
  readonly servers: Readonly<Record<TapeProtocol, Endpoint>>;
  /** Who the phone is now; `undefined`: who it is on the tape. */
  readonly name?: string | undefined;
  readonly mac?: ReplayIdentity['mac'];
  readonly credentials?: ReplayCredentials | undefined;
  /** The address of this machine that is the phone's; `undefined`: the kernel chooses. */
  readonly localAddress?: string | undefined;
  /** Without the pauses of the tape. */
  readonly isFast: boolean;
  /** How long to wait for an answer that the tape has. */
  readonly wait: Duration;
  /**
   * Where several phones of one conversation are played: resolves when this phone may say what it said at `at`, with what is
   * called when that is said; and at `Infinity` when it may hang up its links. Absent: it may always.
   */
  readonly turn?: (at: number) => Promise<() => void>;
  /** Ends it before its end. */
  readonly signal?: AbortSignal;
  /** Is told how many of the tape's messages are done. */
  readonly onProgress?: (done: number, all: number) => void;
}

/** What came of it. */
export interface ReplayResult {
  /** What was said and heard now; the conversations have the numbers of the tape. */
  readonly heard: Tape;
  /** What could not be played, in sentences. */
  readonly troubles: readonly string[];
}

type Step =
  | { readonly kind: 'say' | 'hear'; readonly at: number; readonly message: TapeMessage }
  | { readonly kind: 'fetch'; readonly at: number; readonly exchange: FileExchange };

/** What may still come when the tape is over. */
const SETTLE = milliseconds(200);
const MOST_TROUBLES = 20;

const stepsOf = (tape: Tape): readonly Step[] => {
  const said = tape.messages
    .filter(({ protocol, octets }) => protocol !== 'tftp' && protocol !== 'http' && octets.length > 0)
    .map((message): Step => ({ kind: message.from === 'phone' ? 'say' : 'hear', at: message.at, message }));
  const fetched = fileExchanges(tape).map((exchange): Step => ({ kind: 'fetch', at: exchange.at, exchange }));
  return [...said, ...fetched].sort((a, b) => a.at - b.at);
};

/** Plays a tape once. */
export class TapePlayer {
  readonly #tape: Tape;
  readonly #options: ReplayOptions;
  readonly #identity: ReplayIdentity;
  readonly #adapters: Readonly<Partial<Record<TapeProtocol, ReplayAdapter>>>;
  readonly #sip: SipAdapter;
  readonly #expected = new HeardMessages();
  readonly #conversations = new Map<number, PlayedConversation>();
  readonly #messages: TapeMessage[] = [];
  readonly #masks = new MessageMasks();
  readonly #room = new TapeRoom();
  readonly #troubles = new Set<string>();
  /** By conversation: the place of its last message. */
  readonly #lastSteps = new Map<number, number>();
  readonly #start: Instant;
  #onHeard: () => void = () => {};

  constructor(tape: Tape, options: ReplayOptions) {
    this.#tape = tape;
    this.#options = options;
    const { networks, name, mac, credentials } = options;
    this.#identity = { taped: tapedPhoneOf(tape.messages), name, mac };
    this.#sip = new SipAdapter(this.#identity, networks.random, credentials, tape.messages);
    this.#adapters = {
      dhcp: new DhcpAdapter(this.#identity, networks.random),
      sccp: new SccpAdapter(this.#identity),
      sip: this.#sip,
    };
    this.#start = networks.clock.now();
  }

  /** Resolves at the end of the tape, or soon after `signal`. Never rejects. */
  async run(): Promise<ReplayResult> {
    const { isFast, wait, turn, signal, onProgress } = this.#options;
    const steps = stepsOf(this.#tape);
    const hears = new Map<Step, ExpectedMessage>();
    for (const step of steps) if (step.kind === 'hear') hears.set(step, this.#expected.expect(step.message));
    for (const [index, step] of steps.entries())
      if (step.kind !== 'fetch') this.#lastSteps.set(step.message.conversation, index);
    let waiting: ExpectedMessage[] = [];
    let at = steps[0]?.at ?? 0;
    for (const [index, step] of steps.entries()) {
      if (signal?.aborted === true) break;
      const awaited = hears.get(step);
      if (awaited !== undefined) waiting.push(awaited);
      else {
        await this.#waitFor(waiting, wait);
        waiting = [];
        if (!isFast) await this.#pause(milliseconds(Math.round(step.at - at)));
        if (step.kind === 'fetch') await this.#fetch(step.exchange);
        else if (step.kind === 'say') {
          const said = await turn?.(step.at);
          await this.#say(step.message, index);
          said?.();
        }
      }
      at = step.kind === 'fetch' ? step.exchange.until : step.at;
      onProgress?.(index + 1, steps.length);
    }
    await this.#waitFor(waiting, wait);
    await turn?.(Number.POSITIVE_INFINITY);
    await this.#pause(SETTLE);
    for (const { link } of this.#conversations.values()) await link?.close();
    return { heard: this.#heardTape(), troubles: [...this.#troubles] };
  }

  #heardTape(): Tape {
    const { clock } = this.#options.networks;
    const { header } = this.#tape;
    return {
      header: {
        ...header,
        device: this.#options.name ?? header.device,
        source: 'daemon',
        begin: dateOf(clock.wallTime(this.#start)).toISOString(),
        masked: MASKED_CONTENT,
      },
      messages: [...this.#messages],
    };
  }

  #trouble(text: string): void {
    if (this.#troubles.size < MOST_TROUBLES) this.#troubles.add(text);
  }

  async #waitFor(awaited: readonly ExpectedMessage[], wait: Duration): Promise<void> {
    const isThere = (): boolean => awaited.every((one) => this.#expected.has(one));
    if (isThere() || this.#options.signal?.aborted === true) return;
    const { clock } = this.#options.networks;
    await new Promise<void>((resolve) => {
      const end = (): void => {
        timer.cancel();
        this.#onHeard = () => {};
        this.#options.signal?.removeEventListener('abort', end);
        resolve();
      };
      const timer = clock.callAt(after(clock.now(), wait), end);
      this.#options.signal?.addEventListener('abort', end);
      this.#onHeard = () => {
        if (isThere()) end();
      };
    });
    for (const one of awaited) if (!this.#expected.has(one)) this.#expected.giveUp(one);
  }

  #pause(span: Duration): Promise<void> {
    if (span <= 0 || this.#options.signal?.aborted === true) return Promise.resolve();
    const { clock } = this.#options.networks;
    return new Promise((resolve) => {
      const end = (): void => {
        timer.cancel();
        this.#options.signal?.removeEventListener('abort', end);
        resolve();
      };
      const timer = clock.callAt(after(clock.now(), span), end);
      this.#options.signal?.addEventListener('abort', end);
    });
  }

  async #say(message: TapeMessage, index: number): Promise<void> {
    const conversation = await this.#open(message, index);
    const adapter = this.#adapters[message.protocol];
    if (conversation.link === undefined || adapter === undefined) return;
    if (conversation.isClosed) {
      const { address, port } = this.#options.servers[message.protocol];
      this.#trouble(`${message.protocol.toUpperCase()} at ${address}:${port}: the server has closed the connection`);
      return;
    }
    const octets = adapter.adapt(message, this.#placesOf(message, conversation.link.local));
    if (octets === undefined) return;
    this.#sent(conversation, octets);
  }

  #sent({ number, protocol, transport, link }: PlayedConversation, octets: Buffer): void {
    if (link === undefined) return;
    this.#record({ from: 'phone', protocol, transport, conversation: number, octets, phone: link.local });
    link.send(octets);
  }

  #placesOf({ phone, server, protocol }: TapeMessage, local: Endpoint): ReplayPlaces {
    return { tapedPhone: phone, tapedServer: server, phone: local, server: this.#options.servers[protocol] };
  }

  /** The conversation of a message. One before it that is over is closed: the phone has begun another. */
  async #open(message: TapeMessage, index: number): Promise<PlayedConversation> {
    const { conversation: number, protocol, transport } = message;
    const known = this.#conversations.get(number);
    if (known !== undefined) return known;
    for (const other of this.#conversations.values())
      if (other.protocol === protocol && !other.isClosed && (this.#lastSteps.get(other.number) ?? 0) < index) {
        other.isClosed = true;
        await other.link?.close();
      }
    const { networks, servers, localAddress } = this.#options;
    const to = servers[protocol];
    const opened: PlayedConversation = await openLink(networks, {
      ...{ protocol, transport, to, localAddress },
      onMessage: (octets) => this.#heard(number, protocol, octets),
      onClosed: () => this.#closed(number),
    }).then(
      (link) => ({ number, protocol, transport, link, isClosed: false }),
      (error: NodeJS.ErrnoException) => {
        this.#trouble(`${protocol.toUpperCase()} at ${to.address}:${to.port}: ${error.code ?? error.message}`);
        return { number, protocol, transport, link: undefined, isClosed: true };
      },
    );
    this.#conversations.set(number, opened);
    return opened;
  }

  #closed(number: number): void {
    const conversation = this.#conversations.get(number);
    if (conversation !== undefined) conversation.isClosed = true;
  }

  #heard(number: number, protocol: TapeProtocol, octets: Buffer): void {
    const conversation = this.#conversations.get(number);
    const adapter = this.#adapters[protocol];
    if (conversation?.link === undefined || adapter === undefined || octets.length === 0) return;
    const isQuiet = protocol === 'sip' && this.#sip.expectsChallenge(octets);
    const taped = isQuiet ? undefined : this.#expected.hear(protocol, number, octets);
    if (!isQuiet)
      this.#record({
        from: 'server',
        protocol,
        transport: conversation.transport,
        conversation: number,
        octets,
        phone: conversation.link.local,
      });
    adapter.learn(taped, octets);
    const answer = adapter.answerTo?.(octets, taped);
    if (answer !== undefined) {
      if (isQuiet) conversation.link.send(answer);
      else this.#sent(conversation, answer);
    }
    this.#onHeard();
  }

  async #fetch(exchange: FileExchange): Promise<void> {
    const { networks, servers, localAddress, wait, signal } = this.#options;
    const { protocol, request } = exchange;
    const { conversation } = request;
    const to = servers[protocol];
    const octets = this.#requestOf(exchange);
    try {
      await fetchFile(networks, { exchange, octets, to, localAddress, wait, signal }, ({ phone, ...said }) =>
        this.#put({ ...said, protocol, transport: request.transport, conversation, phone, server: to }),
      );
    } catch (error) {
      const { code, message } = error as NodeJS.ErrnoException;
      this.#trouble(`${protocol.toUpperCase()} at ${to.address}:${to.port}: ${code ?? message}`);
    }
  }

  /** The request of a file, with the names of now. */
  #requestOf({ protocol, request }: FileExchange): Buffer {
    const { octets, phone, server } = request;
    const text = renamed(octets.toString('latin1'), this.#identity);
    if (protocol === 'tftp') return Buffer.from(text, 'latin1');
    const to = this.#options.servers.http;
    const places = { tapedPhone: phone, tapedServer: server, phone, server: to };
    return Buffer.from(
      readdressed(text, places, false).replace(/^(Host[ \t]*:[ \t]*)[^\r\n]*/im, `$1${to.address}:${to.port}`),
      'latin1',
    );
  }

  #record({
    protocol,
    octets,
    ...said
  }: Pick<TapeMessage, 'from' | 'protocol' | 'transport' | 'conversation' | 'octets' | 'phone'>): void {
    const { name } = contentOf(protocol, octets);
    const server = this.#options.servers[protocol];
    this.#put({ ...said, protocol, octets, name, leftOut: 0, server });
  }

  /** What is said now has secrets of its own, since the password of the phone is known here. */
  #put(message: Omit<TapeMessage, 'at'>): void {
    const { octets, leftOut } = this.#masks.masked(message);
    const at = this.#options.networks.clock.now() - this.#start;
    const taped = { ...message, octets, leftOut: message.leftOut + leftOut, at };
    if (this.#room.take(taped)) this.#messages.push(taped);
    else this.#trouble('there was more to hear than a tape has room for');
  }
}
