// The TCP link of an SCCP phone to one call manager: opens it, feeds the dialogue, keeps it alive, notices when the far
// end is gone (`sccp.md` §6.3).

import { type Duration, type Instant, seconds } from '../../core/time.js';
import type { StreamEnd, StreamLink } from '../../net/ports.js';
import type { CallManagerNode } from '../boot/device-file.js';
import type { CallManagerLink, LinkOwner, LinkState, OutOfService } from '../call-manager-link.js';
import type { PhoneIdentity } from '../identity.js';
import { loadOf } from '../loads.js';
import type { NodeRole, PhoneCommand, Tell } from '../steps.js';
import type { BootTimer } from '../timers.js';
import type { PhoneWorld } from '../world.js';
import { SccpDialogue, type SccpOwner } from './dialogue.js';

const MISSES = 3;
const REGISTER_WITHIN = seconds(30);
const LEAVE_WITHIN = seconds(5);

/** What the links of one phone share: the primary's RegisterAck says how often the others are to be kept alive. */
export interface Rhythm {
  standby: Duration;
}

export interface SccpLinkParts {
  readonly identity: PhoneIdentity;
  readonly world: PhoneWorld;
  readonly owner: LinkOwner;
  readonly tell: Tell;
  /** The phone's own address; absent: the kernel's choice. */
  readonly localAddress: string | undefined;
  readonly rhythm: Rhythm;
}

export class SccpLink implements CallManagerLink, SccpOwner {
  readonly node: CallManagerNode;
  state: LinkState = 'closed';
  readonly #parts: SccpLinkParts;
  readonly #keepAlive: BootTimer;
  /** Bounds what is awaited: an answer to Register, the end of a registration. */
  readonly #patience: BootTimer;
  #dialogue: SccpDialogue;
  #link: StreamLink | undefined;
  #interval: Duration;
  #missed = 0;
  #openedAt: Instant;
  #registeredAt: Instant;
  #keepAliveAt: Instant;

  constructor(node: CallManagerNode, parts: SccpLinkParts) {
    const { world } = parts;
    this.node = node;
    this.#parts = parts;
    this.#interval = parts.rhythm.standby;
    this.#dialogue = this.#newDialogue();
    this.#keepAlive = world.agenda.appointment((now) => this.#keepAliveDue(now));
    this.#patience = world.agenda.appointment(() => this.#lost(`no answer: ${this.waitingFor}`));
    this.#openedAt = this.#registeredAt = this.#keepAliveAt = world.agenda.now();
  }

  get port(): number {
    return this.node.sccpPort;
  }

  get waitingFor(): string {
    if (this.state === 'opening') return `a TCP connection to ${this.node.address}:${this.node.sccpPort}`;
    if (this.state === 'leaving') return 'UnregisterAck';
    return this.#dialogue.waitingFor;
  }

  get #role(): NodeRole {
    return this.state === 'standby' ? 'standby' : 'primary';
  }

  open(): void {
    const { world, localAddress, rhythm } = this.#parts;
    this.state = 'opening';
    this.#openedAt = world.agenda.now();
    this.#dialogue = this.#newDialogue();
    this.#interval = rhythm.standby;
    const { address, sccpPort: port } = this.node;
    const options = localAddress === undefined ? {} : { localAddress };
    world.streams
      .connect({ address, port }, options, (link) => {
        if (this.state !== 'opening') link.destroy();
        else this.#link = link;
        return {
          received: (bytes) => this.#received(link, bytes),
          closed: (cause) => this.#closed(link, cause),
        };
      })
      .then(
        (link) => this.#link === link && this.#opened(link),
        (error: NodeJS.ErrnoException) => this.state === 'opening' && this.#lost(`${error.code ?? error.message}`),
      );
  }

  register({ number, words }: OutOfService): void {
    const link = this.#link;
    if (link === undefined) return;
    const { identity, tell, world } = this.#parts;
    this.state = 'registering';
    this.#registeredAt = world.agenda.now();
    this.#patience.in(REGISTER_WITHIN);
    const text = `${number}: Name=${identity.name} Load=${loadOf(identity.model, 'SCCP')} Last=${words}`;
    tell('phone.alarm-sent', { node: this.node.name, text });
    link.write(this.#dialogue.alarm(text));
    tell('phone.register-sent', { node: this.node.name, line: '' });
    link.write(this.#dialogue.register(link.local));
  }

  askToken(): void {
    if (this.#link !== undefined) this.#link.write(this.#dialogue.askToken(this.#link.local));
  }

  leave(): void {
    if (this.#link === undefined || (this.state !== 'registered' && this.state !== 'registering')) {
      this.close();
      this.#parts.owner.left(this);
      return;
    }
    this.state = 'leaving';
    this.#keepAlive.cancel();
    this.#parts.tell('phone.unregistering', { node: this.node.name });
    this.#patience.in(LEAVE_WITHIN);
    this.#link.write(this.#dialogue.unregister());
  }

  close(): void {
    this.state = 'closed';
    this.#keepAlive.cancel();
    this.#patience.cancel();
    const link = this.#link;
    this.#link = undefined;
    link?.end();
  }

  // What the dialogue has to say.

  accepted(keepAlive: number, standbyKeepAlive: number, version: number): void {
    const { tell, world, rhythm } = this.#parts;
    rhythm.standby = seconds(Math.max(1, standbyKeepAlive));
    this.#interval = seconds(Math.max(1, keepAlive));
    this.#missed = 0;
    this.#keepAlive.in(this.#interval);
    const took = world.agenda.now() - this.#registeredAt;
    tell('phone.accepted', { node: this.node.name, keepAlive, standbyKeepAlive, version, took });
  }

  complete(lines: readonly string[]): void {
    const { tell, owner, world } = this.#parts;
    this.state = 'registered';
    this.#patience.cancel();
    const took = world.agenda.now() - this.#registeredAt;
    tell('phone.registered', { node: this.node.name, role: 'primary', lines, took });
    owner.registered(this, lines);
  }

  refused(why: string): void {
    this.close();
    this.#parts.owner.refused(this, why, undefined);
  }

  keepAliveAnswered(): void {
    const { tell, world } = this.#parts;
    this.#missed = 0;
    const took = world.agenda.now() - this.#keepAliveAt;
    tell('phone.keepalive-answered', { node: this.node.name, role: this.#role, took });
  }

  token(wait: number | undefined): void {
    this.#parts.owner.token(this, wait);
  }

  commanded(command: PhoneCommand): void {
    this.#parts.tell('phone.commanded', { node: this.node.name, command });
    this.#parts.owner.commanded(this, command);
  }

  unregistered(accepted: boolean): void {
    if (this.state !== 'leaving') return;
    if (!accepted) {
      this.state = 'registered';
      this.#patience.cancel();
      return;
    }
    this.#parts.tell('phone.unregistered', { node: this.node.name });
    this.close();
    this.#parts.owner.left(this);
  }

  #newDialogue(): SccpDialogue {
    const { identity, tell, world } = this.#parts;
    return new SccpDialogue(identity, this, tell, world.frames, world.out);
  }

  #opened(link: StreamLink): void {
    const { tell, owner, world } = this.#parts;
    this.state = 'standby';
    this.#missed = 0;
    const took = world.agenda.now() - this.#openedAt;
    tell('phone.link-opened', {
      node: this.node.name,
      local: `${link.local.address}:${link.local.port}`,
      took,
    });
    owner.opened(this);
    // Nobody knows when a real phone's first one leaves; at once, the server sees that somebody stands by.
    if (this.state === 'standby') this.#keepAliveDue(world.agenda.now());
  }

  #received(link: StreamLink, bytes: Buffer): void {
    if (link !== this.#link) return;
    try {
      const reply = this.#dialogue.received(bytes);
      if (reply !== undefined) this.#link?.write(reply);
    } catch (error) {
      this.#lost(error instanceof Error ? error.message : String(error));
    }
  }

  #closed(link: StreamLink, cause: StreamEnd): void {
    if (link !== this.#link) return;
    this.#link = undefined;
    if (this.state === 'leaving') {
      this.close();
      this.#parts.owner.left(this);
    } else this.#lost(cause === 'error' ? 'the link broke' : 'the server closed the link');
  }

  #keepAliveDue(now: Instant): void {
    const link = this.#link;
    if (link === undefined) return;
    const { tell } = this.#parts;
    const role = this.#role;
    if (this.#missed > 0) tell('phone.keepalive-missed', { node: this.node.name, role, missed: this.#missed });
    if (this.#missed >= MISSES) {
      this.#lost(`${MISSES} keepalives without an answer`);
      return;
    }
    this.#missed += 1;
    this.#keepAliveAt = now;
    this.#keepAlive.in(this.#interval);
    tell('phone.keepalive-sent', { node: this.node.name, role });
    link.write(this.#dialogue.keepAlive());
  }

  #lost(why: string): void {
    const left = this.state === 'leaving';
    this.close();
    this.#parts.tell('phone.link-failed', { node: this.node.name, why });
    if (left) this.#parts.owner.left(this);
    else this.#parts.owner.failed(this, why);
  }
}
