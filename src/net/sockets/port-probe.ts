// Whether a socket can be bound to an address and port, found out by binding one: what a number says of privileges and
// of other programs is the system's affair. Nothing stays open.

import dgram from 'node:dgram';
import net from 'node:net';

/** The system's code where it cannot, such as `EACCES`; `undefined`: it can. */
export const whyUnbindable = async (
  transport: 'tcp' | 'udp',
  address: string,
  port: number,
): Promise<string | undefined> => {
  try {
    await (transport === 'udp' ? bindDatagrams(address, port) : bindStream(address, port));
    return undefined;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code ?? 'EUNKNOWN';
  }
};

const bindDatagrams = (address: string, port: number): Promise<void> =>
  new Promise((resolve, reject) => {
    const socket = dgram.createSocket('udp4');
    socket.once('error', (error) => {
      socket.close();
      reject(error);
    });
    socket.bind({ address, port, exclusive: true }, () => socket.close(() => resolve()));
  });

const bindStream = (address: string, port: number): Promise<void> =>
  new Promise((resolve, reject) => {
    const server = net.createServer((link) => link.destroy());
    server.once('error', reject);
    server.listen({ host: address, port, exclusive: true }, () => server.close(() => resolve()));
  });
