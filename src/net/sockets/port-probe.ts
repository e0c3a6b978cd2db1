import dgram from 'node:dgram';
import net from 'node:net';

/**
 * Finds out whether a socket can be bound to an address and port by binding one, since only the system knows about
 * privileges and other programs. Nothing stays open. Returns the code of the system, such as `EACCES`; `undefined`:
 * it can be bound.
 */
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
