// A stream network in memory: listeners by endpoint, links of two ends, octets delivered in order and never
// reentrantly. A link may be cut, or an end may ignore what comes.

import { X509Certificate } from 'node:crypto';
import type {
  Endpoint,
  StreamConnectOptions,
  StreamEnd,
  StreamHandler,
  StreamLink,
  StreamListenOptions,
  StreamNetwork,
  StreamServer,
} from '../../src/net/ports.js';

const key = ({ address, port }: Endpoint): string => `${address}:${port}`;

class End implements StreamLink {
  readonly peer = undefined;
  readonly backlog = 0;
  other: End | undefined;
  handler: StreamHandler | undefined;
  open = true;

  constructor(
    readonly network: MemoryStreamNetwork,
    readonly local: Endpoint,
    readonly remote: Endpoint,
  ) {}

  write(bytes: Buffer): void {
    const { other } = this;
    if (!this.open || other === undefined) return;
    const copy = Buffer.from(bytes);
    this.network.queue(() => {
      if (other.open && !this.network.isDeaf(this.local, this.remote)) {
        this.network.wire.push({ from: this.local, to: this.remote, bytes: copy });
        other.handler?.received(copy);
      }
    });
  }

  keeps(): void {}
  pause(): void {}
  resume(): void {}

  end(): void {
    this.shut('closed-here', 'peer-closed');
  }

  destroy(): void {
    this.shut('closed-here', 'error');
  }

  shut(here: StreamEnd, there: StreamEnd): void {
    if (!this.open) return;
    this.open = false;
    const { other } = this;
    this.network.queue(() => this.handler?.closed(here));
    this.network.queue(() => {
      if (other === undefined || !other.open || this.network.isDeaf(this.local, this.remote)) return;
      other.open = false;
      other.handler?.closed(there);
    });
  }
}

interface Listening {
  readonly accept: (link: StreamLink) => StreamHandler;
  readonly ends: Set<End>;
  /** Of a listener with TLS; the octets themselves are never encrypted here. */
  readonly certificate: string | undefined;
}

export class MemoryStreamNetwork implements StreamNetwork {
  readonly #listeners = new Map<string, Listening>();
  readonly #queue: (() => void)[] = [];
  readonly #deaf = new Set<string>();
  /** The alerts by which clients ended handshakes, in order. */
  readonly alerts: { readonly to: Endpoint; readonly alert: number }[] = [];
  #delivering = false;
  #nextPort = 50_000;
  /** Everything that arrived, in order. */
  readonly wire: { readonly from: Endpoint; readonly to: Endpoint; readonly bytes: Buffer }[] = [];
  /** A machine that is switched off: nothing to or from it arrives, and nobody is told. */
  unreachable = (address: string): void => void this.#deaf.add(address);
  reachable = (address: string): void => void this.#deaf.delete(address);

  isDeaf(from: Endpoint, to: Endpoint): boolean {
    return this.#deaf.has(from.address) || this.#deaf.has(to.address);
  }

  queue(work: () => void): void {
    this.#queue.push(work);
    if (this.#delivering) return;
    this.#delivering = true;
    for (let next = this.#queue.shift(); next !== undefined; next = this.#queue.shift()) next();
    this.#delivering = false;
  }

  async listen(
    { address, port, tls }: StreamListenOptions,
    accept: (link: StreamLink) => StreamHandler,
  ): Promise<StreamServer> {
    const local = { address, port: port === 0 ? this.#nextPort++ : port };
    const listening: Listening = { accept, ends: new Set(), certificate: tls?.certificate };
    this.#listeners.set(key(local), listening);
    return {
      local,
      get links() {
        return [...listening.ends].filter(({ open }) => open).length;
      },
      close: async () => {
        this.#listeners.delete(key(local));
        for (const end of listening.ends) end.destroy();
      },
    };
  }

  async connect(
    to: Endpoint,
    { localAddress = '10.10.210.200', tls }: StreamConnectOptions,
    accept: (link: StreamLink) => StreamHandler,
  ): Promise<StreamLink> {
    const listening = this.#listeners.get(key(to));
    if (listening === undefined || this.#deaf.has(to.address))
      throw Object.assign(new Error('refused'), { code: 'ECONNREFUSED' });
    if (tls?.judgeServer !== undefined && listening.certificate !== undefined) {
      const refusal = await tls.judgeServer(new X509Certificate(listening.certificate).raw);
      if (refusal !== undefined) {
        this.alerts.push({ to, alert: refusal.alert });
        throw new Error(refusal.why);
      }
    }
    const local = { address: localAddress, port: this.#nextPort++ };
    const mine = new End(this, local, to);
    const theirs = new End(this, to, local);
    mine.other = theirs;
    theirs.other = mine;
    listening.ends.add(theirs);
    theirs.handler = listening.accept(theirs);
    mine.handler = accept(mine);
    return mine;
  }
}
