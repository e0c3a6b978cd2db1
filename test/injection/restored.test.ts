// After the last rule the methods of every port are those that they were: for each kind of port, on the classes that the daemon uses
// and over real sockets.

import { once } from 'node:events';
import net from 'node:net';
import { afterEach, expect, it } from 'vitest';
import type { FileSource } from '../../src/core/files.js';
import { milliseconds } from '../../src/core/time.js';
import { openFileServer } from '../../src/http/file-server.js';
import type { Injector } from '../../src/injection/injector.js';
import { sccpWire } from '../../src/injection/protocols/sccp.js';
import { sipWire } from '../../src/injection/protocols/sip.js';
import { tftpWire } from '../../src/injection/protocols/tftp.js';
import { injectedCalls } from '../../src/injection/seams/calls.js';
import { injectedDatagrams, injectedInterfaces } from '../../src/injection/seams/datagrams.js';
import { injectedFiles } from '../../src/injection/seams/files.js';
import { type GatedServer, injectedListeners } from '../../src/injection/seams/handshakes.js';
import { injectedRequests } from '../../src/injection/seams/requests.js';
import { injectedStreams } from '../../src/injection/seams/streams.js';
import { FAULT_NAMES, FAULT_PLACES, type FaultPlace, faultRow } from '../../src/injection/settings.js';
import type { InterfaceHandler, StreamHandler, StreamLink, TlsGate } from '../../src/net/ports.js';
import { nodeInterfaces } from '../../src/net/sockets/interface-sockets.js';
import { nodeDatagrams } from '../../src/net/sockets/node-datagrams.js';
import { nodeStreams } from '../../src/net/sockets/node-streams.js';
import { systemClock } from '../../src/net/system-clock.js';
import { phoneHarness } from '../phone/harness.js';
import { EventRecorder } from '../support/event-recorder.js';
import { InjectorHarness, ruleOf } from './injector-harness.js';

/** Objects whose methods a rule of the place replaces, each with the names of these. */
type Replaced = readonly (readonly [target: object, ...methods: string[]])[];

const closes: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closes.splice(0).reverse()) await close();
});

class Heard implements InterfaceHandler, StreamHandler {
  onReceived(): void {}
  onDrained(): void {}
  received(): void {}
  closed(): void {}
}

const HERE = { address: '127.0.0.1', port: 0 };

const datagrams = async (injector: Injector, place: 'tftp' | 'sip', largest?: number): Promise<Replaced> => {
  const network = injectedDatagrams(nodeDatagrams, injector, place, place === 'tftp' ? tftpWire : sipWire);
  const socket = await network.open({ ...HERE, ...(largest === undefined ? {} : { largest }) }, () => {});
  closes.push(() => socket.close());
  return [[socket, 'send']];
};

/** A connection that is open before the rule. */
const stream = async (injector: Injector, place: 'sccp' | 'sip'): Promise<Replaced> => {
  const network = injectedStreams(nodeStreams, {
    ...{ injector, place, protocol: place === 'sccp' ? sccpWire : sipWire },
  });
  const handler = new Heard();
  let opened: (link: StreamLink) => void;
  const link = new Promise<StreamLink>((resolve) => {
    opened = resolve;
  });
  const server = await network.listen({ ...HERE, maxLinks: 2, maxLinksPerSource: 2 }, (one) => {
    opened(one);
    return handler;
  });
  closes.push(() => server.close());
  const client = net.connect(server.local.port, HERE.address);
  closes.push(() => client.destroy());
  await once(client, 'connect');
  return [
    [await link, 'write'],
    [handler, 'received', 'closed'],
  ];
};

const NO_FILES: FileSource = { open: (file) => ({ found: false, file, harmless: false }) };

/** Every kind of port. */
const PORTS: readonly (readonly [title: string, place: FaultPlace, open: (injector: Injector) => Promise<Replaced>])[] =
  [
    [
      'the interface of DHCP',
      'dhcp',
      async (injector) => {
        const handler = new Heard();
        const options = { interface: 'lo', port: 0, receiveBuffer: 65_536 };
        const socket = await injectedInterfaces(nodeInterfaces(), injector).open(options, handler);
        closes.push(() => socket.close());
        return [
          [socket, 'send'],
          [handler, 'onReceived'],
        ];
      },
    ],
    ['a socket of TFTP', 'tftp', (injector) => datagrams(injector, 'tftp')],
    ['a socket of TFTP that sends many at a time', 'tftp', (injector) => datagrams(injector, 'tftp', 1_500)],
    ['a socket of SIP', 'sip', (injector) => datagrams(injector, 'sip')],
    ['a connection of SIP', 'sip', (injector) => stream(injector, 'sip')],
    ['a connection of SCCP', 'sccp', (injector) => stream(injector, 'sccp')],
    ['the files of TFTP', 'tftp', async (injector) => [[injectedFiles(NO_FILES, injector, 'tftp'), 'open']]],
    ['the files of HTTP', 'http', async (injector) => [[injectedFiles(NO_FILES, injector, 'http'), 'open']]],
    [
      'the requests over HTTP',
      'http',
      async (injector) => {
        const ports: object[] = [];
        const inject = injectedRequests(injector);
        const server = await openFileServer({
          ...{ ...HERE, source: NO_FILES, clock: systemClock, bus: new EventRecorder<never>().bus as never },
          onPort: (port) => {
            ports.push(port);
            inject(port);
          },
        });
        closes.push(() => server.close());
        return ports.map((port) => [port, 'answer'] as const);
      },
    ],
    ...(['sccp', 'sip'] as const).map(
      (protocol) =>
        [
          `the legs of ${protocol.toUpperCase()}`,
          'call',
          async (injector: Injector): Promise<Replaced> => {
            const { primary } = await phoneHarness({ calls: {} });
            const supplier = primary[protocol].legSupplier;
            if (supplier === undefined) throw new Error('no calls are served');
            injectedCalls(injector, supplier, 'server');
            return [[supplier, 'portFor']];
          },
        ] as const,
    ),
  ];

/** A rule of a place that does nothing until something is met. */
const idle = (place: FaultPlace, id: string) => {
  const fault = FAULT_NAMES.find((name) => faultRow(name).where.includes(place));
  if (fault === undefined) throw new Error(place);
  return ruleOf({ id, where: place, fault });
};

const methodsOf = (replaced: Replaced) =>
  replaced.flatMap(([target, ...names]) => names.map((name) => ({ target, name, method: Reflect.get(target, name) })));

it.each(PORTS)('%s has its methods again', async (_, place, open) => {
  const { injector, clock } = new InjectorHarness();
  const replaced = await open(injector);
  const before = methodsOf(replaced);
  const own = before.map(({ target, name }) => Object.hasOwn(target, name));
  const expectAsBefore = (): void => {
    expect(before.length).toBeGreaterThan(0);
    for (const [index, { target, name, method }] of before.entries()) {
      expect(Reflect.get(target, name), name).toBe(method);
      expect(Object.hasOwn(target, name), name).toBe(own[index]);
      if (own[index] !== true) expect(Reflect.get(target, name)).toBe(Reflect.get(Object.getPrototypeOf(target), name));
    }
  };
  // By `clear`, with another rule that holds meanwhile.
  injector.add(idle(place, 'one'), 'api');
  injector.add(idle(place, 'two'), 'api');
  injector.clear('one');
  for (const { target, name, method } of before) expect(Reflect.get(target, name), name).not.toBe(method);
  injector.clear('two');
  expectAsBefore();
  // By `clearAll`, by its time, and by the configuration.
  injector.add(idle(place, 'one'), 'api');
  injector.clearAll();
  expectAsBefore();
  injector.add({ ...idle(place, 'one'), for: milliseconds(100) }, 'api');
  clock.advance(100);
  expectAsBefore();
  injector.apply([idle(place, 'one')]);
  injector.apply([]);
  expectAsBefore();
  expect(clock.armed).toBe(0);
});

it('a listener of TLS has no gate again', () => {
  class Listener implements GatedServer {
    gate: TlsGate | undefined;
    setGate(gate: TlsGate | undefined): void {
      this.gate = gate;
    }
    async close(): Promise<void> {}
  }
  const { injector } = new InjectorHarness();
  const listener = new Listener();
  const identity = { key: 'k', certificate: 'usual' };
  injectedListeners({ injector, expired: () => identity })(listener, identity);
  expect(listener.gate).toBeUndefined();
  injector.add(idle('tls', 'one'), 'api');
  expect(listener.gate).toBeDefined();
  injector.clear('one');
  expect(listener.gate).toBeUndefined();
  expect(listener.setGate).toBe(Listener.prototype.setGate);
});

it('every place has a port here', () => {
  expect(new Set([...PORTS.map(([, place]) => place), 'tls'])).toEqual(new Set(FAULT_PLACES));
});
