// Helpers for UDP sockets of node:dgram.

import dgram from 'node:dgram';

type LookupDone = (error: Error | null, address: string, family: number) => void;

/** All our destinations are addresses: the lookup that node makes for each is the largest single cost of a send. */
const noLookup = (address: string, _options: unknown, done: LookupDone): void => done(null, address, 4);

/** Unbound. `receiveBuffer`: octets; `shared`: other sockets may be bound to the same port. */
export const newUdpSocket = (receiveBuffer?: number, shared = false): dgram.Socket =>
  dgram.createSocket({
    type: 'udp4',
    lookup: noLookup as never,
    reuseAddr: shared,
    ...(receiveBuffer === undefined ? {} : { recvBufferSize: receiveBuffer }),
  });

/** Binds to an address, or takes over a bound descriptor. Rejects with a `NodeJS.ErrnoException`. */
export const bindUdpSocket = (
  socket: dgram.Socket,
  where: dgram.BindOptions & { readonly fd?: number },
): Promise<dgram.Socket> =>
  new Promise((resolve, reject) => {
    socket.once('error', reject);
    socket.bind({ ...where, exclusive: true }, () => {
      socket.off('error', reject);
      // The ICMP answer to an earlier send surfaces as an error: it concerns one peer and must not end the socket.
      socket.on('error', () => {});
      resolve(socket);
    });
  });

/** Resolves when the socket is closed. */
export const closeUdpSocket = (socket: dgram.Socket): Promise<void> =>
  new Promise((resolve) => socket.close(() => resolve()));
