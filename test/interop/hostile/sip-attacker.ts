// One address that attacks over UDP. It counts the octets that it sends and receives, and may answer requests.

import { createSocket } from 'node:dgram';
import { once } from 'node:events';

export interface Attacker {
  readonly address: string;
  readonly port: number;
  /** Octets. */
  readonly sent: number;
  readonly receivedOctets: number;
  readonly statuses: Readonly<Record<string, number>>;
  send(bytes: string | Buffer): void;
  close(): void;
}

const headerOf = (text: string, name: string): string => new RegExp(`^${name}: (.*)\r$`, 'm').exec(text)?.[1] ?? '';

/** The 200 to a request. */
const accepted = (request: string): string =>
  ['SIP/2.0 200 OK', ...['Via', 'From', 'To', 'Call-ID', 'CSeq'].map((name) => `${name}: ${headerOf(request, name)}`)]
    .concat('Content-Length: 0', '', '')
    .join('\r\n');

/** `answers`: whether requests to it are answered 200. */
export const attackerAt = async (address: string, target: number, answers = false, port = 0): Promise<Attacker> => {
  const socket = createSocket({ type: 'udp4', recvBufferSize: 4 * 1024 * 1024, sendBufferSize: 4 * 1024 * 1024 });
  socket.on('error', () => {});
  socket.bind(port, address);
  await once(socket, 'listening');
  let sent = 0;
  let receivedOctets = 0;
  const statuses: Record<string, number> = {};
  const send = (bytes: string | Buffer): void => {
    sent += bytes.length;
    socket.send(bytes, target, '127.0.0.1');
  };
  socket.on('message', (bytes) => {
    receivedOctets += bytes.length;
    const text = bytes.toString('latin1');
    const [first = '', second = ''] = text.split(' ', 2);
    const name = first === 'SIP/2.0' ? second : first;
    statuses[name] = (statuses[name] ?? 0) + 1;
    if (answers && first !== 'SIP/2.0') send(accepted(text));
  });
  return {
    address,
    port: socket.address().port,
    get sent() {
      return sent;
    },
    get receivedOctets() {
      return receivedOctets;
    },
    statuses,
    send,
    close: () => socket.close(),
  };
};
