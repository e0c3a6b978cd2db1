import { connect } from 'node:tls';

/** What comes back for the octets of a request, until the reply is whole. */
export const replay = (port: number, octets: Buffer): Promise<string> =>
  new Promise((resolve, reject) => {
    const socket = connect({ host: '127.0.0.1', port, rejectUnauthorized: false });
    let read = '';
    socket.on('data', (piece) => {
      read += piece.toString('utf8');
      if (!/<\/soapenv:Envelope>|<\/html>\n$/.test(read)) return;
      socket.destroy();
      resolve(read);
    });
    socket.on('error', reject);
    socket.on('close', () => resolve(read));
    socket.write(octets);
  });
