// Verdicts of a whole daemon and of a phone that a test speaks for, over a TCP connection.

import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { afterEach, expect, it } from 'vitest';
import { encode } from '../../../src/sccp/messages/catalogue.js';
import { SEED_PHONES, TestDaemon } from '../../support/daemon.js';
import { aCapabilitiesRes, aRegister } from '../../support/sccp-harness.js';

const DEVICE = 'ipctest2';
const VERSION = 0;

let lab: TestDaemon;
const sockets: Socket[] = [];

afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy();
  await lab.stop();
});

const start = async (): Promise<void> => {
  lab = new TestDaemon();
  lab.configure(SEED_PHONES);
  await lab.start();
};

const next = <T extends 'device.registered' | 'device.unregistered'>(type: T): Promise<void> =>
  new Promise((resolve) => {
    const stop = lab.daemon.bus.on(type, () => {
      stop();
      resolve();
    });
  });

const opened = async (): Promise<Socket> => {
  const { port } = lab.endpoint('SCCP');
  const socket = connect(port, '127.0.0.1');
  sockets.push(socket);
  socket.on('error', () => {});
  socket.resume();
  await once(socket, 'connect');
  return socket;
};

const registered = async (...before: readonly Buffer[]): Promise<Socket> => {
  const socket = await opened();
  const isRegistered = next('device.registered');
  const messages = [
    encode('RegisterReqMessage', aRegister(DEVICE), VERSION, 'utf8'),
    encode('CapabilitiesResMessage', aCapabilitiesRes(), VERSION, 'utf8', 'trimmed'),
  ];
  socket.write(Buffer.concat([...before, ...messages]));
  await isRegistered;
  return socket;
};

it('a phone that floods labcm was cut off', async () => {
  await start();
  const socket = await registered();
  const ended = next('device.unregistered');
  const one = encode('KeepAliveReqMessage', {}, VERSION, 'utf8');
  socket.write(Buffer.concat(Array<Buffer>(10_000).fill(one)));
  await ended;
  expect(lab.daemon.verdictOf(DEVICE)?.verdict).toMatchObject({
    code: 'stays.throttled',
    sentence: 'It sent more than 2000 messages in 5 s and was cut off.',
    evidence: [{ type: 'sccp.throttled' }, { type: 'device.unregistered' }],
  });
});

it('a phone whose connection was reset on the way says that the server did it', async () => {
  await start();
  const socket = await registered();
  const ended = next('device.unregistered');
  socket.resetAndDestroy();
  await ended;
  const text = `12: Name=${DEVICE} Load= 7.0.1.0 Last=CM-reset-TCP`;
  await registered(encode('AlarmMessage', { alarmSeverity: 2, text, param1: 0, param2: 0 }, VERSION, 'utf8'));
  expect(lab.daemon.verdictOf(DEVICE)?.verdict).toMatchObject({
    code: 'stays.reset-by-middle',
    sentence: 'It says that the server reset its connection, and labcm did not: something between them did.',
  });
});
