// The canned responder: no parsing, no names, no limits, no trace. Every request is answered with the same ready packets from
// the next of its sockets, every acknowledgement with the packet after it. What node itself costs, and nothing else.

import dgram from 'node:dgram';

const [port, octets, blksize = 512] = process.argv.slice(2).map(Number);
const SOCKETS = 512;

const packets = [];
for (let block = 1; (block - 1) * blksize <= octets; block += 1) {
  const size = Math.min(blksize, octets - (block - 1) * blksize);
  packets.push(Buffer.concat([Buffer.from([0, 3, block >> 8, block & 255]), Buffer.alloc(size, 120)]));
}

const asIs = (address, _options, done) => done(null, address, 4);
const open = (bound) =>
  new Promise((resolve) => {
    const socket = dgram.createSocket({ type: 'udp4', lookup: asIs, recvBufferSize: 4_194_304 });
    socket.bind(bound, '127.0.0.1', () => resolve(socket));
  });

const sockets = [];
for (let index = 0; index < SOCKETS; index += 1) {
  const socket = await open(0);
  socket.on('message', (bytes, from) => {
    const packet = packets[(bytes[2] << 8) | bytes[3]];
    if (packet !== undefined) socket.send(packet, 0, packet.length, from.port, from.address);
  });
  sockets.push(socket);
}
let next = 0;
const main = await open(port);
main.on('message', (_bytes, from) => {
  const socket = sockets[next++ % SOCKETS];
  socket.send(packets[0], 0, packets[0].length, from.port, from.address);
});
process.stdout.write('ready\n');
