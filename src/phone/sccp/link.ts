import { type Duration, type Instant, seconds } from '../../core/time.js';
import type { StreamEnd, StreamLink, TlsClient } from '../../net/ports.js';
import type { CallManagerAddress } from '../boot/device-file.js';
import type { CallManagerLink, CallManagerLinkState, LinkOwner, OutOfService } from '../call-manager-link.js';
import type { CallBook } from '../calls/call-book.js';
import type { PhoneEnvironment } from '../environment.js';
import type { PhoneIdentity } from '../identity.js';
import type { Indicators } from '../indicators.js';
import { loadOf } from '../loads.js';
import type { NodeRole, ObeyObject, PhoneCommand, PublishStep } from '../steps.js';
import type { BootTimer } from '../timers.js';
import { SccpDialogue, type SccpOwner } from './dialogue.js';

const MISSES = 3;
const REGISTER_WITHIN = seconds(30);
const LEAVE_WITHIN = seconds(5);

/**
 * The links of one phone share this: the RegisterAck of the active node sets the keepalive interval of the standby
 * links.
 */
export interface KeepAliveIntervals {
  standby: Duration;
}

/** What an `SccpLink` needs. */
export interface SccpLinkOptions {
  readonly identity: PhoneIdentity;
  readonly environment: PhoneEnvironment;
  readonly owner: LinkOwner;
  readonly publish: PublishStep;
  /** The local address of the link; `undefined`: the kernel chooses. */
  readonly localAddress: string | undefined;
  /** How it comes over TLS, and to which port; `undefined`: it comes without. */
  readonly tls?: { readonly client: TlsClient; readonly port: number } | undefined;
  readonly intervals: KeepAliveIntervals;
  readonly indicators?: Indicators | undefined;
  /** The numbers that it watches without a key for them. */
  readonly watched?: readonly string[] | undefined;
  /** The phone's calls; absent: it takes none and makes none. */
  readonly calls?: CallBook | undefined;
  readonly obey: ObeyObject;
}

/**
 * The TCP link of an SCCP phone to one call manager: it feeds the dialogue, sends keepalives, and notices when the
 * server is gone (`sccp.md` §6.3).
 */
export class SccpLink implements CallManagerLink, SccpOwner {
  readonly node: CallManagerAddress;
  state: CallManagerLinkState = 'closed';
  readonly #options: SccpLinkOptions;
  readonly #keepAliveTimer: BootTimer;
  /** Bounds the wait for the answers to Register and Unregister. */
  readonly #answerTimer: BootTimer;
  #dialogue: SccpDialogue;
  #link: StreamLink | undefined;
  #interval: Duration;
  #missed = 0;
  #openedAt: Instant;
  #registeredAt: Instant;
  #keepAliveAt: Instant;

  constructor(node: CallManagerAddress, options: SccpLinkOptions) {
    const { environment } = options;
    this.node = node;
    this.#options = options;
    this.#interval = options.intervals.standby;
    this.#dialogue = this.#newDialogue();
    this.#keepAliveTimer = environment.timers.create((now) => this.#keepAliveDue(now));
    this.#answerTimer = environment.timers.create(() => this.#fail(`no answer: ${this.waitingFor}`));
    this.#openedAt = this.#registeredAt = this.#keepAliveAt = environment.timers.now();
  }

  get port(): number {
    return this.#options.tls?.port ?? this.node.sccpPort;
  }

  get waitingFor(): string {
    if (this.state === 'opening') return `a TCP connection to ${this.node.address}:${this.port}`;
    if (this.state === 'leaving') return 'UnregisterAck';
    return this.#dialogue.waitingFor;
  }

  get #role(): NodeRole {
    return this.state === 'standby' ? 'standby' : 'primary';
  }

  open(): void {
    const { environment, localAddress, intervals, tls } = this.#options;
    this.state = 'opening';
    this.#openedAt = environment.timers.now();
    this.#dialogue = this.#newDialogue();
    this.#interval = intervals.standby;
    const { address } = this.node;
    const { port } = this;
    const options = {
      ...(localAddress === undefined ? {} : { localAddress }),
      ...(tls === undefined ? {} : { tls: tls.client }),
    };
    environment.streams
      .connect({ address, port }, options, (link) => {
        if (this.state !== 'opening') link.destroy();
        else this.#link = link;
        return {
          received: (bytes) => this.#onReceived(link, bytes),
          closed: (cause) => this.#onClosed(link, cause),
        };
      })
      .then(
        (link) => this.#link === link && this.#onOpened(link),
        (error: NodeJS.ErrnoException) => this.state === 'opening' && this.#fail(`${error.code ?? error.message}`),
      );
  }

  register({ number, text: lastReason }: OutOfService): void {
    const link = this.#link;
    if (link === undefined) return;
    const { identity, publish, environment } = this.#options;
    this.state = 'registering';
    this.#registeredAt = environment.timers.now();
    this.#answerTimer.startIn(REGISTER_WITHIN);
    const text = `${number}: Name=${identity.name} Load=${loadOf(identity.model, 'SCCP')} Last=${lastReason}`;
    publish('phone.alarm-sent', { node: this.node.name, text });
    link.write(this.#dialogue.alarm(text));
    publish('phone.register-sent', { node: this.node.name, line: '' });
    link.write(this.#dialogue.register(link.local));
  }

  requestToken(): void {
    if (this.#link !== undefined) this.#link.write(this.#dialogue.requestToken(this.#link.local));
  }

  leave(): void {
    if (this.#link === undefined || (this.state !== 'registered' && this.state !== 'registering')) {
      this.close();
      this.#options.owner.onLeft(this);
      return;
    }
    this.state = 'leaving';
    this.#keepAliveTimer.cancel();
    this.#options.publish('phone.unregistering', { node: this.node.name });
    this.#answerTimer.startIn(LEAVE_WITHIN);
    this.#link.write(this.#dialogue.unregister());
  }

  close(): void {
    this.state = 'closed';
    this.#keepAliveTimer.cancel();
    this.#answerTimer.cancel();
    const link = this.#link;
    this.#link = undefined;
    this.#dialogue.end();
    link?.end();
  }

  // Callbacks of the dialogue.

  onAccepted(keepAlive: number, standbyKeepAlive: number, version: number): void {
    const { publish, environment, intervals } = this.#options;
    intervals.standby = seconds(Math.max(1, standbyKeepAlive));
    this.#interval = seconds(Math.max(1, keepAlive));
    this.#missed = 0;
    this.#keepAliveTimer.startIn(this.#interval);
    const took = environment.timers.now() - this.#registeredAt;
    publish('phone.accepted', { node: this.node.name, keepAlive, standbyKeepAlive, version, took });
  }

  onComplete(lines: readonly string[]): void {
    const { publish, owner, environment } = this.#options;
    this.state = 'registered';
    this.#answerTimer.cancel();
    const took = environment.timers.now() - this.#registeredAt;
    publish('phone.registered', { node: this.node.name, role: 'primary', lines, took });
    owner.onRegistered(this, lines);
  }

  onRefused(why: string): void {
    this.close();
    this.#options.owner.onRefused(this, why, undefined);
  }

  onKeepAliveAck(): void {
    const { publish, environment } = this.#options;
    this.#missed = 0;
    const took = environment.timers.now() - this.#keepAliveAt;
    publish('phone.keepalive-answered', { node: this.node.name, role: this.#role, took });
  }

  onToken(wait: number | undefined): void {
    this.#options.owner.onToken(this, wait);
  }

  onCommand(command: PhoneCommand): void {
    this.#options.publish('phone.commanded', { node: this.node.name, command });
    this.#options.owner.onCommand(this, command);
  }

  onUnregistered(accepted: boolean): void {
    if (this.state !== 'leaving') return;
    if (!accepted) {
      this.state = 'registered';
      this.#answerTimer.cancel();
      return;
    }
    this.#options.publish('phone.unregistered', { node: this.node.name });
    this.close();
    this.#options.owner.onLeft(this);
  }

  #newDialogue(): SccpDialogue {
    const { identity, publish, environment, calls: book, obey } = this.#options;
    const { frames, out, timers } = environment;
    const send = (bytes: Buffer): void => this.#link?.write(bytes);
    const calls = book === undefined ? {} : { calls: { book, timers, send } };
    const { indicators, watched } = this.#options;
    const seen = { indicators, watched };
    return new SccpDialogue({ identity, owner: this, publish, frames, out, pushes: { obey, send }, ...seen, ...calls });
  }

  #onOpened(link: StreamLink): void {
    const { publish, owner, environment } = this.#options;
    this.state = 'standby';
    this.#missed = 0;
    const took = environment.timers.now() - this.#openedAt;
    publish('phone.link-opened', {
      node: this.node.name,
      local: `${link.local.address}:${link.local.port}`,
      took,
    });
    owner.onOpened(this);
    // When a real phone sends its first keepalive is not known. Sent at once, it shows the server a standby phone.
    if (this.state === 'standby') this.#keepAliveDue(environment.timers.now());
  }

  #onReceived(link: StreamLink, bytes: Buffer): void {
    if (link !== this.#link) return;
    try {
      const reply = this.#dialogue.receive(bytes);
      if (reply !== undefined) this.#link?.write(reply);
    } catch (error) {
      this.#fail(error instanceof Error ? error.message : String(error));
    }
  }

  #onClosed(link: StreamLink, cause: StreamEnd): void {
    if (link !== this.#link) return;
    this.#link = undefined;
    if (this.state === 'leaving') {
      this.close();
      this.#options.owner.onLeft(this);
    } else this.#fail(cause === 'error' ? 'the link broke' : 'the server closed the link');
  }

  #keepAliveDue(now: Instant): void {
    const link = this.#link;
    if (link === undefined) return;
    const { publish } = this.#options;
    const role = this.#role;
    if (this.#missed > 0) publish('phone.keepalive-missed', { node: this.node.name, role, missed: this.#missed });
    if (this.#missed >= MISSES) {
      this.#fail(`${MISSES} keepalives without an answer`);
      return;
    }
    this.#missed += 1;
    this.#keepAliveAt = now;
    this.#keepAliveTimer.startIn(this.#interval);
    publish('phone.keepalive-sent', { node: this.node.name, role });
    link.write(this.#dialogue.keepAlive());
  }

  #fail(why: string): void {
    const left = this.state === 'leaving';
    this.close();
    this.#options.publish('phone.link-failed', { node: this.node.name, why });
    if (left) this.#options.owner.onLeft(this);
    else this.#options.owner.onFailed(this, why);
  }
}
