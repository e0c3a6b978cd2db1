// A port through which another is reached, until it is closed: for a test that cuts one connection off and leaves the others.

import net from 'node:net';

export class TcpGate {
  readonly #server: net.Server;
  readonly #sockets = new Set<net.Socket>();
  #isShut = false;

  private constructor(target: number) {
    this.#server = net.createServer((near) => {
      if (this.#isShut) {
        near.destroy();
        return;
      }
      const far = net.connect(target, '127.0.0.1');
      for (const [one, other] of [
        [near, far],
        [far, near],
      ] as const) {
        this.#sockets.add(one);
        one.pipe(other);
        one.on('error', () => {});
        one.on('close', () => {
          this.#sockets.delete(one);
          other.destroy();
        });
      }
    });
  }

  static async open(target: number): Promise<TcpGate> {
    const gate = new TcpGate(target);
    await new Promise<void>((resolve) => gate.#server.listen(0, '127.0.0.1', resolve));
    return gate;
  }

  get port(): number {
    return (this.#server.address() as net.AddressInfo).port;
  }

  /** Ends what goes through, and lets nothing more through. */
  shut(isShut: boolean): void {
    this.#isShut = isShut;
    if (isShut) for (const socket of [...this.#sockets]) socket.destroy();
  }

  /** Nothing goes through any more, and nobody is told: as a network does that loses everything. */
  freeze(isFrozen: boolean): void {
    for (const socket of this.#sockets) {
      if (isFrozen) socket.pause();
      else socket.resume();
    }
  }

  async close(): Promise<void> {
    this.shut(true);
    await new Promise((resolve) => this.#server.close(resolve));
  }
}
