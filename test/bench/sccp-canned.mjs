// The peer of the SCCP bench: answers the n-th segment of a connection with the n-th ready answer, and reads nothing.
//   node sccp-canned.mjs <port> <dialogue.json>

import { readFileSync } from 'node:fs';
import net from 'node:net';

const [port, file] = process.argv.slice(2);
const answers = JSON.parse(readFileSync(file, 'utf8')).answers.map((hex) => Buffer.from(hex, 'hex'));

const server = net.createServer({ noDelay: true }, (socket) => {
  let turn = 0;
  socket.on('data', () => {
    const answer = answers[turn++];
    if (answer !== undefined) socket.write(answer);
  });
  socket.on('error', () => {});
});
server.listen({ host: '127.0.0.1', port: Number(port), backlog: 4096 }, () => process.stdout.write('ready\n'));
