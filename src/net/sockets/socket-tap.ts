import type { Socket } from 'node:net';
import type { Endpoint, StreamTap, TapPoint, TappedEnd, TappedStream } from '../ports.js';
import { withoutIpv6Prefix } from './node-link.js';

class TappedConnection implements TappedStream {
  readonly remote: Endpoint;
  readonly local: Endpoint;
  readonly cipher = undefined;

  constructor({ remoteAddress, remotePort = 0, localAddress, localPort = 0 }: Socket) {
    this.remote = { address: withoutIpv6Prefix(remoteAddress), port: remotePort };
    this.local = { address: withoutIpv6Prefix(localAddress), port: localPort };
  }
}

type Written = readonly [
  chunk: Buffer | string | Uint8Array,
  encoding?: BufferEncoding | (() => void),
  ...rest: unknown[],
];

/**
 * Lets the tap see what a connection of node:http reads and writes, if there is a tap now. Call it after node's own
 * listener for the connection: node reads through a path of its own until somebody else listens for data.
 */
export const tapConnection = (socket: Socket, taps: TapPoint<StreamTap>): void => {
  if (taps.tap === undefined) return;
  const connection = new TappedConnection(socket);
  taps.tap.onOpened(connection);
  socket.on('data', (bytes: Buffer) => taps.tap?.onReceived(connection, bytes));
  let ended: TappedEnd = 'ended-here';
  const tell = ([chunk, encoding]: Written): void => {
    if (typeof chunk === 'string')
      taps.tap?.onSent(connection, Buffer.from(chunk, typeof encoding === 'string' ? encoding : 'utf8'));
    else if (chunk instanceof Uint8Array)
      taps.tap?.onSent(connection, Buffer.from(chunk.buffer, chunk.byteOffset, chunk.length));
  };
  const { write, end, resetAndDestroy } = socket;
  socket.write = ((...written: Written) => {
    tell(written);
    return write.apply(socket, written as never);
  }) as typeof write;
  socket.end = ((...written: Written | []) => {
    if (written.length > 0) tell(written as Written);
    return end.apply(socket, written as never);
  }) as typeof end;
  socket.resetAndDestroy = () => {
    ended = 'reset-here';
    return resetAndDestroy.call(socket);
  };
  socket.once('end', () => {
    if (!socket.writableEnded) ended = 'ended-by-peer';
  });
  socket.once('error', () => {
    ended = 'reset-by-peer';
  });
  socket.once('close', () => taps.tap?.onClosed(connection, ended));
};
