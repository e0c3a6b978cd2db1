import { join, relative } from 'node:path';
import type { ServiceListener } from '../../daemon/service.js';
import { nodeDatagrams, nodeRandom } from '../../net/sockets/node-datagrams.js';
import { nodeStreams } from '../../net/sockets/node-streams.js';
import { systemClock } from '../../net/system-clock.js';
import { type Demo, runDemo } from '../../phone/index.js';
import { type CliEnvironment, print } from '../environment.js';
import { table } from '../table.js';

/**
 * The demo of `npm start`: boots the two phones of the quick start against the daemon through real sockets and lets them
 * call each other, then prints where everything listens and what to try next. Resolves when they have hung up, or one
 * has failed to register; they stay until `stop`. `servesCalls`: the daemon serves calls.
 */
export const bootDemoPhones = async (
  environment: CliEnvironment,
  listeners: readonly ServiceListener[],
  traceDirectory: string,
  servesCalls: boolean,
): Promise<Demo> => {
  const portOf = (service: ServiceListener['service'], transport?: ServiceListener['transport']): number | undefined =>
    listeners.find((one) => one.service === service && (transport === undefined || one.transport === transport))?.port;
  const ports = {
    dhcp: portOf('DHCP'),
    tftp: portOf('TFTP'),
    http: portOf('HTTP'),
    sccp: portOf('SCCP', 'tcp'),
    sip: portOf('SIP', 'tcp'),
  };
  print(environment, '\nTwo simulated phones boot, as a Cisco IP Communicator does:\n');
  const demo = await runDemo({
    networks: { datagrams: nodeDatagrams, streams: nodeStreams, clock: systemClock, random: nodeRandom },
    server: '127.0.0.1',
    ports: Object.fromEntries(Object.entries(ports).filter(([, port]) => port !== undefined)),
    boot: ports.dhcp === undefined ? 'tftp' : 'full',
    print: (line) => print(environment, line),
  });
  if (servesCalls && demo.failures.length === 0) {
    print(environment, '\nThey call each other, the one of SCCP first and then the one of SIP:\n');
    for (const trouble of await demo.callEachOther()) print(environment, trouble);
  }
  const rows = listeners.map(({ service, transport, address, port }) => [service, transport, `${address}:${port}`]);
  print(
    environment,
    `\n${table(['SERVICE', 'OVER', 'LISTENS ON'], rows)}\n\n${suggestions(environment, listeners, traceDirectory).join('\n')}\n`,
  );
  return demo;
};

/** A device that the quick start does not have. */
const UNKNOWN_PHONE = 'SEP0A5500000001';
const USUAL_API = 8088;

/** Commands to try that leave the two phones alone, with the ports in use. */
const suggestions = (
  environment: CliEnvironment,
  listeners: readonly ServiceListener[],
  traceDirectory: string,
): readonly string[] => {
  const portOf = (service: ServiceListener['service']): number | undefined =>
    listeners.find((listener) => listener.service === service)?.port;
  const api = portOf('API');
  const tftp = portOf('TFTP');
  const at = api === undefined || api === USUAL_API ? '' : ` --api http://127.0.0.1:${api}`;
  const rows = [
    ...(api === undefined
      ? []
      : [
          [`npx labcm status${at}`, 'what is registered, and why not'],
          [`npx labcm dial 5005${at}`, 'what a number does, and why; nobody is called'],
          [`npx labcm restart SEP005056A1033D${at}`, 'it unregisters, fetches its files, registers again'],
        ]),
    ...(tftp === undefined
      ? []
      : [[`npx labcm phone --name ${UNKNOWN_PHONE} --tftp-port ${tftp}`, 'a phone that nobody configured']]),
    ...(api === undefined
      ? []
      : [
          [`npx labcm timeline ${UNKNOWN_PHONE}${at}`, 'why it was refused, and what to add for it'],
          [`curl http://127.0.0.1:${api}/api/devices/ipctest2`, 'a device, for programs'],
        ]),
    [`less ${nearby(environment, join(traceDirectory, 'ccm.txt'))}`, 'the trace'],
  ];
  const width = Math.max(...rows.map(([command = '']) => command.length));
  return [
    'Try next, in another terminal of this folder:',
    ...rows.map(([command = '', what = '']) => `  ${command.padEnd(width)}  ${what}`),
    'Ctrl+C ends it.',
  ];
};

/** A path as one would type it here. */
const nearby = ({ directory }: CliEnvironment, path: string): string => {
  const short = relative(directory, path);
  return short.startsWith('..') ? path : short;
};
