import { type Duration, seconds } from '../../core/time.js';
import type { Endpoint } from '../../net/ports.js';
import { OPCODE, opcodeOf } from '../../tftp/packet.js';
import { readRequestPacket } from '../boot/tftp-client.js';
import type { FaultRunner } from './fault-runner.js';
import type { Finding, Misbehaviour } from './misbehaviour.js';

interface ReceivedPacket {
  readonly bytes: Buffer;
  readonly from: Endpoint;
}

/** Sends one datagram to the TFTP server and collects for `within` what comes, without answering. */
const ask = async (runner: FaultRunner, packet: Buffer, within: Duration): Promise<readonly ReceivedPacket[]> => {
  const received: ReceivedPacket[] = [];
  const { localAddress = '0.0.0.0', files } = runner.plan;
  const socket = await runner.environment.datagrams.open({ address: localAddress, port: 0 }, (bytes, from) =>
    received.push({ bytes, from }),
  );
  socket.send(packet, 0, packet.length, files);
  await runner.wait(within);
  await socket.close();
  return received;
};

const packetFinding = (right: boolean, received: readonly ReceivedPacket[]): Finding => {
  const names = Object.entries(OPCODE);
  const types = received.map(({ bytes }) => names.find(([, code]) => code === opcodeOf(bytes))?.[0] ?? 'junk');
  return { right, received: types.join(', ') || 'nothing' };
};

const BOTH = ['SCCP', 'SIP'] as const;

/** The faults of a phone that asks for its files, for both protocols. */
export const FILE_FAULTS = {
  'deaf-to-blocks': {
    protocols: BOTH,
    does: 'asks for its configuration by TFTP and acknowledges nothing',
    must: 'send the first block a few times, ever more slowly, and give up',
    needsNoLine: true,
    run: async (runner) => {
      const received = await ask(runner, readRequestPacket(`${runner.plan.identity.name}.cnf.xml`), seconds(120));
      const blocks = received.filter(({ bytes }) => opcodeOf(bytes) === OPCODE.DATA);
      return packetFinding(blocks.length > 1 && blocks.length < 12, received.slice(0, 12));
    },
  },
  climber: {
    protocols: BOTH,
    does: 'asks for ../../../../etc/passwd',
    must: 'refuse it with an ERROR',
    needsNoLine: true,
    run: async (runner) => {
      const received = await ask(runner, readRequestPacket('../../../../etc/passwd'), seconds(2));
      return packetFinding(
        received.length === 1 && opcodeOf(received[0]?.bytes ?? Buffer.alloc(0)) === OPCODE.ERROR,
        received,
      );
    },
  },
  writer: {
    protocols: BOTH,
    does: 'wants to write its configuration',
    must: 'refuse it with an ERROR',
    needsNoLine: true,
    run: async (runner) => {
      const packet = Buffer.from(readRequestPacket(`${runner.plan.identity.name}.cnf.xml`));
      packet.writeUInt16BE(OPCODE.WRQ, 0);
      const received = await ask(runner, packet, seconds(2));
      return packetFinding(
        received.length === 1 && opcodeOf(received[0]?.bytes ?? Buffer.alloc(0)) === OPCODE.ERROR,
        received,
      );
    },
  },
} as const satisfies Record<string, Misbehaviour>;
