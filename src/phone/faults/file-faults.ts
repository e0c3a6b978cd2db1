// Faults of a phone that asks for its files, whatever it speaks afterwards.

import { type Duration, seconds } from '../../core/time.js';
import type { Endpoint } from '../../net/ports.js';
import { OPCODE, opcodeOf } from '../../tftp/packet.js';
import { readRequestPacket } from '../boot/tftp-client.js';
import type { FaultBench } from './fault-runner.js';
import type { Finding, Misbehaviour } from './misbehaviour.js';

interface Heard {
  readonly bytes: Buffer;
  readonly from: Endpoint;
}

/** Sends one datagram to the file server and listens for so long, answering nothing. */
const ask = async (bench: FaultBench, packet: Buffer, within: Duration): Promise<readonly Heard[]> => {
  const heard: Heard[] = [];
  const { localAddress = '0.0.0.0', files } = bench.plan;
  const socket = await bench.world.datagrams.open({ address: localAddress, port: 0 }, (bytes, from) =>
    heard.push({ bytes, from }),
  );
  socket.send(packet, 0, packet.length, files);
  await bench.wait(within);
  await socket.close();
  return heard;
};

const told = (right: boolean, heard: readonly Heard[]): Finding => {
  const names = Object.entries(OPCODE);
  const words = heard.map(({ bytes }) => names.find(([, code]) => code === opcodeOf(bytes))?.[0] ?? 'junk');
  return { right, heard: words.join(', ') || 'nothing' };
};

const BOTH = ['SCCP', 'SIP'] as const;

export const FILE_FAULTS = {
  'deaf-to-blocks': {
    protocols: BOTH,
    does: 'asks for its configuration by TFTP and acknowledges nothing',
    must: 'send the first block a few times, ever more slowly, and give up',
    run: async (bench) => {
      const heard = await ask(bench, readRequestPacket(`${bench.plan.identity.name}.cnf.xml`), seconds(120));
      const blocks = heard.filter(({ bytes }) => opcodeOf(bytes) === OPCODE.DATA);
      return told(blocks.length > 1 && blocks.length < 12, heard.slice(0, 12));
    },
  },
  climber: {
    protocols: BOTH,
    does: 'asks for ../../../../etc/passwd',
    must: 'refuse it with an ERROR',
    run: async (bench) => {
      const heard = await ask(bench, readRequestPacket('../../../../etc/passwd'), seconds(2));
      return told(heard.length === 1 && opcodeOf(heard[0]?.bytes ?? Buffer.alloc(0)) === OPCODE.ERROR, heard);
    },
  },
  writer: {
    protocols: BOTH,
    does: 'wants to write its configuration',
    must: 'refuse it with an ERROR',
    run: async (bench) => {
      const packet = Buffer.from(readRequestPacket(`${bench.plan.identity.name}.cnf.xml`));
      packet.writeUInt16BE(OPCODE.WRQ, 0);
      const heard = await ask(bench, packet, seconds(2));
      return told(heard.length === 1 && opcodeOf(heard[0]?.bytes ?? Buffer.alloc(0)) === OPCODE.ERROR, heard);
    },
  },
} as const satisfies Record<string, Misbehaviour>;
