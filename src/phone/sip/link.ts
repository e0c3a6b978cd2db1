// The way of a SIP phone to one call manager, over TCP or UDP: opens it, feeds the dialogue, pings a node that stands by
// (`sip.md` §5.4, §5.5).

import { type Instant, seconds } from '../../core/time.js';
import type { Endpoint, StreamEnd, StreamLink } from '../../net/ports.js';
import { parseMessage } from '../../sip/message/parser.js';
import { Framer } from '../../sip/message/stream-parser.js';
import type { CallManagerNode, SipTimers } from '../boot/device-file.js';
import type { CallManagerLink, LinkOwner, LinkState, OutOfService } from '../call-manager-link.js';
import type { PhoneIdentity } from '../identity.js';
import type { NodeRole, PhoneCommand, Tell } from '../steps.js';
import type { BootTimer } from '../timers.js';
import type { PhoneWorld } from '../world.js';
import { SipDialogue, type SipOwner } from './dialogue.js';
import type { SipLine } from './requests.js';

const LEAVE_WITHIN = seconds(5);

export interface SipLinkParts {
  readonly identity: PhoneIdentity;
  readonly lines: readonly SipLine[];
  /** Numbers whose state its keys show. */
  readonly watched: readonly string[];
  readonly timers: SipTimers;
  readonly world: PhoneWorld;
  readonly owner: LinkOwner;
  readonly tell: Tell;
  readonly localAddress: string | undefined;
}

/** What carries texts: a stream, or datagrams to one endpoint. */
interface Carrier {
  readonly local: Endpoint;
  send(text: string): void;
  end(): void;
}

export class SipLink implements CallManagerLink, SipOwner {
  readonly node: CallManagerNode;
  state: LinkState = 'closed';
  readonly #parts: SipLinkParts;
  readonly #ping: BootTimer;
  readonly #patience: BootTimer;
  #carrier: Carrier | undefined;
  #dialogue: SipDialogue | undefined;
  /** Counts openings: what belongs to an earlier one is not ours any more. */
  #opening = 0;
  #openedAt: Instant;
  #sentAt: Instant;

  constructor(node: CallManagerNode, parts: SipLinkParts) {
    this.node = node;
    this.#parts = parts;
    this.#ping = parts.world.agenda.appointment(() => this.#pingDue());
    this.#patience = parts.world.agenda.appointment(() => this.#lost('no answer'));
    this.#openedAt = this.#sentAt = parts.world.agenda.now();
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
    const { identity, world } = this.#parts;
    this.state = 'opening';
    this.#openedAt = world.agenda.now();
    const opening = ++this.#opening;
    const carrier = identity.sip.transport === 'udp' ? this.#openDatagrams(opening) : this.#openStream(opening);
    carrier.then(
      (opened) => {
        if (this.#opening !== opening || this.state !== 'opening') opened.end();
        else this.#opened(opened);
      },
      (error: NodeJS.ErrnoException) => {
        if (this.#opening === opening && this.state === 'opening') this.#lost(error.code ?? error.message);
      },
    );
  }

  register(reason: OutOfService): void {
    if (this.#dialogue === undefined) return;
    this.state = 'registering';
    this.#ping.cancel();
    this.#sentAt = this.#parts.world.agenda.now();
    this.#dialogue.register(reason);
  }

  askToken(): void {
    this.#dialogue?.askToken();
  }

  leave(): void {
    if (this.#dialogue === undefined || (this.state !== 'registered' && this.state !== 'registering')) {
      this.close();
      this.#parts.owner.left(this);
      return;
    }
    this.state = 'leaving';
    this.#parts.tell('phone.unregistering', { node: this.node.name });
    this.#patience.in(LEAVE_WITHIN);
    this.#dialogue.unregister();
  }

  close(): void {
    this.state = 'closed';
    this.#opening += 1;
    this.#ping.cancel();
    this.#patience.cancel();
    this.#dialogue?.end();
    this.#dialogue = undefined;
    const carrier = this.#carrier;
    this.#carrier = undefined;
    carrier?.end();
  }

  // What the dialogue has to say.

  registered(lines: readonly string[], grantedSeconds: number): void {
    const { tell, owner, world, timers } = this.#parts;
    this.state = 'registered';
    const took = world.agenda.now() - this.#sentAt;
    const accepted = { keepAlive: grantedSeconds, standbyKeepAlive: timers.keepAliveExpires, version: undefined, took };
    tell('phone.accepted', { node: this.node.name, ...accepted });
    tell('phone.registered', { node: this.node.name, role: 'primary', lines, took });
    owner.registered(this, lines);
  }

  refreshed(took: number): void {
    this.#parts.tell('phone.refreshed', { node: this.node.name, took });
  }

  refused(why: string, retryAfter: number | undefined): void {
    this.close();
    this.#parts.owner.refused(this, why, retryAfter);
  }

  silent(): void {
    this.#lost('no answer');
  }

  pinged(): void {
    const took = this.#parts.world.agenda.now() - this.#sentAt;
    this.#parts.tell('phone.keepalive-answered', { node: this.node.name, role: this.#role, took });
  }

  token(wait: number | undefined): void {
    this.#parts.owner.token(this, wait);
  }

  commanded(command: PhoneCommand): void {
    this.#parts.tell('phone.commanded', { node: this.node.name, command });
    this.#parts.owner.commanded(this, command);
  }

  unregistered(): void {
    if (this.state !== 'leaving') return;
    this.#parts.tell('phone.unregistered', { node: this.node.name });
    this.close();
    this.#parts.owner.left(this);
  }

  challenged(realm: string): void {
    this.#parts.tell('phone.challenged', { node: this.node.name, realm });
  }

  async #openStream(opening: number): Promise<Carrier> {
    const { world, localAddress } = this.#parts;
    const { address, sipPort: port } = this.node;
    const framer = new Framer();
    const link = await world.streams.connect(
      { address, port },
      localAddress === undefined ? {} : { localAddress },
      (opened: StreamLink) => ({
        received: (bytes) => {
          for (const frame of framer.push(bytes)) {
            if (this.#opening !== opening) return;
            if (frame.kind === 'message') this.#dialogue?.received(frame.message);
            else if (frame.kind === 'ping') opened.write(Buffer.from('\r\n'));
            else this.#lost('what came was no SIP');
          }
        },
        closed: (cause) => {
          if (this.#opening === opening) this.#closed(cause);
        },
      }),
    );
    return {
      local: link.local,
      send: (text) => link.write(Buffer.from(text, 'latin1')),
      end: () => link.end(),
    };
  }

  async #openDatagrams(opening: number): Promise<Carrier> {
    const { world, localAddress } = this.#parts;
    const to = { address: this.node.address, port: this.node.sipPort };
    const address = localAddress ?? (to.address.startsWith('127.') ? '127.0.0.1' : '0.0.0.0');
    const socket = await world.datagrams.open({ address, port: 0 }, (bytes) => {
      const message = this.#opening === opening ? parseMessage(bytes) : undefined;
      if (message !== undefined) this.#dialogue?.received(message);
    });
    // A Contact must be reachable: the wildcard is no address.
    const own =
      socket.local.address === '0.0.0.0'
        ? world.datagrams.localAddresses().find((one) => !one.startsWith('127.'))
        : undefined;
    return {
      local: own === undefined ? socket.local : { address: own, port: socket.local.port },
      send: (text) => {
        const bytes = Buffer.from(text, 'latin1');
        socket.send(bytes, 0, bytes.length, to);
      },
      end: () => void socket.close(),
    };
  }

  #opened(carrier: Carrier): void {
    const { identity, lines, watched, timers, world, owner, tell } = this.#parts;
    this.#carrier = carrier;
    this.#dialogue = new SipDialogue({
      ...{ identity, lines, watched, timers, world, tell, node: this.node, local: carrier.local, owner: this },
      send: (text) => carrier.send(text),
    });
    this.state = 'standby';
    const took = world.agenda.now() - this.#openedAt;
    const { address, port } = carrier.local;
    tell('phone.link-opened', { node: this.node.name, local: `${address}:${port}`, took });
    owner.opened(this);
    this.#pingDue();
  }

  #closed(_cause: StreamEnd): void {
    if (this.state === 'leaving') {
      this.close();
      this.#parts.owner.left(this);
    } else this.#lost('the server closed the link');
  }

  #pingDue(): void {
    if (this.state !== 'standby') return;
    const { world, timers } = this.#parts;
    this.#sentAt = world.agenda.now();
    this.#ping.in(seconds(timers.keepAliveExpires));
    this.#parts.tell('phone.keepalive-sent', { node: this.node.name, role: 'standby' });
    this.#dialogue?.ping();
  }

  #lost(why: string): void {
    const left = this.state === 'leaving';
    this.close();
    this.#parts.tell('phone.link-failed', { node: this.node.name, why });
    if (left) this.#parts.owner.left(this);
    else this.#parts.owner.failed(this, why);
  }
}
