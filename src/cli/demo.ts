// What a newcomer sees after `npm start`: the two phones of the quick start boot against the daemon through real sockets,
// then where everything listens and what to try next.

import type { Listener } from '../daemon/service.js';
import { nodeDatagrams, nodeRandom } from '../net/node.js';
import { nodeStreams } from '../net/node-streams.js';
import { systemClock } from '../net/system-clock.js';
import { type Demo, runDemo } from '../phone/index.js';
import { table } from './table.js';
import { print, type World } from './world.js';

/** Resolves when both phones are registered or have failed; they stay until `stop`. */
export const bootTheStory = async (world: World, listeners: readonly Listener[]): Promise<Demo> => {
  const portOf = (service: Listener['service'], transport?: Listener['transport']): number | undefined =>
    listeners.find((one) => one.service === service && (transport === undefined || one.transport === transport))?.port;
  const ports = {
    dhcp: portOf('DHCP'),
    tftp: portOf('TFTP'),
    http: portOf('HTTP'),
    sccp: portOf('SCCP', 'tcp'),
    sip: portOf('SIP', 'tcp'),
  };
  print(world, '\nTwo simulated phones boot, as a Cisco IP Communicator does:\n');
  const demo = await runDemo({
    networks: { datagrams: nodeDatagrams, streams: nodeStreams, clock: systemClock, random: nodeRandom },
    server: '127.0.0.1',
    ports: Object.fromEntries(Object.entries(ports).filter(([, port]) => port !== undefined)),
    boot: ports.dhcp === undefined ? 'tftp' : 'full',
    print: (line) => print(world, line),
  });
  const rows = listeners.map(({ service, transport, address, port }) => [service, transport, `${address}:${port}`]);
  print(world, `\n${table(['SERVICE', 'OVER', 'LISTENS ON'], rows)}\n\n${NEXT.join('\n')}\n`);
  return demo;
};

const NEXT = [
  'Try next, in another terminal of this folder:',
  '  npx labcm status                      what is registered, and why not',
  '  npx labcm restart SEP005056A1033D     the phone unregisters, fetches its files, registers again',
  '  npx labcm phone --name SEP0A5500000001 --protocol sccp --tftp-port 6969 --within 5s      one that nobody configured',
  '  npx labcm timeline SEP0A5500000001    why it was refused, and what to add for it',
  '  curl http://127.0.0.1:8088/api/devices/ipctest2',
  '  less logs/ccm.txt                     the trace',
  'Ctrl+C ends it.',
];
