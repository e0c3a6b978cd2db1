import { type Instant, seconds } from '../../core/time.js';
import type { Endpoint, StreamEnd, StreamLink, TlsClient } from '../../net/ports.js';
import { parseMessage } from '../../sip/message/parser.js';
import { StreamParser } from '../../sip/message/stream-parser.js';
import type { CallManagerAddress, SipTimers } from '../boot/device-file.js';
import type { CallManagerLink, CallManagerLinkState, LinkOwner, OutOfService } from '../call-manager-link.js';
import type { CallBook } from '../calls/call-book.js';
import type { PhoneEnvironment } from '../environment.js';
import type { PhoneIdentity } from '../identity.js';
import type { Indicators } from '../indicators.js';
import type { NodeRole, ObeyObject, PhoneCommand, PublishStep } from '../steps.js';
import type { BootTimer } from '../timers.js';
import { SipDialogue, type SipOwner } from './dialogue.js';
import type { SipLine } from './requests.js';

const LEAVE_WITHIN = seconds(5);

/** What a `SipLink` needs. */
export interface SipLinkOptions {
  readonly identity: PhoneIdentity;
  readonly lines: readonly SipLine[];
  /** The numbers on the phone's BLF buttons. */
  readonly watched: readonly string[];
  /** The numbers that it watches without a button for them. */
  readonly asked?: readonly string[] | undefined;
  readonly indicators?: Indicators | undefined;
  readonly timers: SipTimers;
  readonly environment: PhoneEnvironment;
  readonly owner: LinkOwner;
  readonly publish: PublishStep;
  readonly localAddress: string | undefined;
  /** How it comes over TLS; `undefined`: it comes without. */
  readonly tls?: TlsClient | undefined;
  /** The phone's calls; absent: it takes none and makes none. */
  readonly calls?: CallBook | undefined;
  readonly obey: ObeyObject;
}

/** A TCP connection, or a UDP socket with one peer. */
interface PhoneTransport {
  readonly local: Endpoint;
  send(text: string): void;
  end(): void;
}

/**
 * The link of a SIP phone to one call manager, over TCP or UDP: it feeds the dialogue and pings a standby node
 * (`sip.md` §5.4, §5.5).
 */
export class SipLink implements CallManagerLink, SipOwner {
  readonly node: CallManagerAddress;
  state: CallManagerLinkState = 'closed';
  readonly #options: SipLinkOptions;
  readonly #pingTimer: BootTimer;
  readonly #answerTimer: BootTimer;
  #transport: PhoneTransport | undefined;
  #dialogue: SipDialogue | undefined;
  /** Counts openings, so that late results of an earlier one are ignored. */
  #openingCount = 0;
  #openedAt: Instant;
  #sentAt: Instant;

  constructor(node: CallManagerAddress, options: SipLinkOptions) {
    this.node = node;
    this.#options = options;
    this.#pingTimer = options.environment.timers.create(() => this.#pingDue());
    this.#answerTimer = options.environment.timers.create(() => this.#fail('no answer'));
    this.#openedAt = this.#sentAt = options.environment.timers.now();
  }

  get port(): number {
    return this.node.sipPort;
  }

  get waitingFor(): string {
    const { address, sipPort } = this.node;
    if (this.state === 'opening') return `a connection to ${address}:${sipPort}`;
    return this.#dialogue?.waitingFor ?? '';
  }

  get #role(): NodeRole {
    return this.state === 'standby' ? 'standby' : 'primary';
  }

  open(): void {
    const { identity, environment } = this.#options;
    this.state = 'opening';
    this.#openedAt = environment.timers.now();
    const opening = ++this.#openingCount;
    const transport = identity.sip.transport === 'udp' ? this.#openDatagrams(opening) : this.#openStream(opening);
    transport.then(
      (opened) => {
        if (this.#openingCount !== opening || this.state !== 'opening') opened.end();
        else this.#onOpened(opened);
      },
      (error: NodeJS.ErrnoException) => {
        if (this.#openingCount === opening && this.state === 'opening') this.#fail(error.code ?? error.message);
      },
    );
  }

  register(reason: OutOfService): void {
    if (this.#dialogue === undefined) return;
    this.state = 'registering';
    this.#pingTimer.cancel();
    this.#sentAt = this.#options.environment.timers.now();
    this.#dialogue.register(reason);
  }

  requestToken(): void {
    this.#dialogue?.requestToken();
  }

  leave(): void {
    if (this.#dialogue === undefined || (this.state !== 'registered' && this.state !== 'registering')) {
      this.close();
      this.#options.owner.onLeft(this);
      return;
    }
    this.state = 'leaving';
    this.#options.publish('phone.unregistering', { node: this.node.name });
    this.#answerTimer.startIn(LEAVE_WITHIN);
    this.#dialogue.unregister();
  }

  close(): void {
    this.state = 'closed';
    this.#openingCount += 1;
    this.#pingTimer.cancel();
    this.#answerTimer.cancel();
    this.#dialogue?.end();
    this.#dialogue = undefined;
    const transport = this.#transport;
    this.#transport = undefined;
    transport?.end();
  }

  // Callbacks of the dialogue.

  onRegistered(lines: readonly string[], grantedSeconds: number): void {
    const { publish, owner, environment, timers } = this.#options;
    this.state = 'registered';
    const took = environment.timers.now() - this.#sentAt;
    const accepted = { keepAlive: grantedSeconds, standbyKeepAlive: timers.keepAliveExpires, version: undefined, took };
    publish('phone.accepted', { node: this.node.name, ...accepted });
    publish('phone.registered', { node: this.node.name, role: 'primary', lines, took });
    owner.onRegistered(this, lines);
  }

  onRefreshed(took: number): void {
    this.#options.publish('phone.refreshed', { node: this.node.name, took });
  }

  onRefused(why: string, retryAfter: number | undefined): void {
    this.close();
    this.#options.owner.onRefused(this, why, retryAfter);
  }

  onSilence(): void {
    this.#fail('no answer');
  }

  onPingAnswer(): void {
    const took = this.#options.environment.timers.now() - this.#sentAt;
    this.#options.publish('phone.keepalive-answered', { node: this.node.name, role: this.#role, took });
  }

  onToken(wait: number | undefined): void {
    this.#options.owner.onToken(this, wait);
  }

  onCommand(command: PhoneCommand): void {
    this.#options.publish('phone.commanded', { node: this.node.name, command });
    this.#options.owner.onCommand(this, command);
  }

  onUnregistered(): void {
    if (this.state !== 'leaving') return;
    this.#options.publish('phone.unregistered', { node: this.node.name });
    this.close();
    this.#options.owner.onLeft(this);
  }

  onChallenge(realm: string): void {
    this.#options.publish('phone.challenged', { node: this.node.name, realm });
  }

  async #openStream(opening: number): Promise<PhoneTransport> {
    const { environment, localAddress, tls } = this.#options;
    const { address } = this.node;
    const { port } = this;
    const parser = new StreamParser();
    const link = await environment.streams.connect(
      { address, port },
      { ...(localAddress === undefined ? {} : { localAddress }), ...(tls === undefined ? {} : { tls }) },
      (opened: StreamLink) => ({
        received: (bytes) => {
          for (const frame of parser.push(bytes)) {
            if (this.#openingCount !== opening) return;
            if (frame.kind === 'message') this.#dialogue?.receive(frame.message);
            else if (frame.kind === 'ping') opened.write(Buffer.from('\r\n'));
            else this.#fail('what came was no SIP');
          }
        },
        closed: (cause) => {
          if (this.#openingCount === opening) this.#onClosed(cause);
        },
      }),
    );
    return {
      local: link.local,
      send: (text) => link.write(Buffer.from(text, 'latin1')),
      end: () => link.end(),
    };
  }

  async #openDatagrams(opening: number): Promise<PhoneTransport> {
    const { environment, localAddress } = this.#options;
    const to = { address: this.node.address, port: this.node.sipPort };
    const address = localAddress ?? (to.address.startsWith('127.') ? '127.0.0.1' : '0.0.0.0');
    const socket = await environment.datagrams.open({ address, port: 0 }, (bytes) => {
      const message = this.#openingCount === opening ? parseMessage(bytes) : undefined;
      if (message !== undefined) this.#dialogue?.receive(message);
    });
    // The wildcard is no address that a Contact may have, since the server must reach it.
    const reachable =
      socket.local.address === '0.0.0.0'
        ? environment.datagrams.localAddresses().find((one) => !one.startsWith('127.'))
        : undefined;
    return {
      local: reachable === undefined ? socket.local : { address: reachable, port: socket.local.port },
      send: (text) => {
        const bytes = Buffer.from(text, 'latin1');
        socket.send(bytes, 0, bytes.length, to);
      },
      end: () => void socket.close(),
    };
  }

  #onOpened(transport: PhoneTransport): void {
    const { identity, lines, watched, asked, timers, environment, owner, publish, indicators, calls, obey } =
      this.#options;
    this.#transport = transport;
    this.#dialogue = new SipDialogue({
      ...{
        identity,
        lines,
        watched,
        asked,
        indicators,
        timers,
        environment,
        publish,
        node: this.node,
        local: transport.local,
        owner: this,
        calls,
        obey,
      },
      send: (text) => transport.send(text),
    });
    this.state = 'standby';
    const took = environment.timers.now() - this.#openedAt;
    const { address, port } = transport.local;
    publish('phone.link-opened', { node: this.node.name, local: `${address}:${port}`, took });
    owner.onOpened(this);
    this.#pingDue();
  }

  #onClosed(_cause: StreamEnd): void {
    if (this.state === 'leaving') {
      this.close();
      this.#options.owner.onLeft(this);
    } else this.#fail('the server closed the link');
  }

  #pingDue(): void {
    if (this.state !== 'standby') return;
    const { environment, timers } = this.#options;
    this.#sentAt = environment.timers.now();
    this.#pingTimer.startIn(seconds(timers.keepAliveExpires));
    this.#options.publish('phone.keepalive-sent', { node: this.node.name, role: 'standby' });
    this.#dialogue?.ping();
  }

  #fail(why: string): void {
    const left = this.state === 'leaving';
    this.close();
    this.#options.publish('phone.link-failed', { node: this.node.name, why });
    if (left) this.#options.owner.onLeft(this);
    else this.#options.owner.onFailed(this, why);
  }
}
