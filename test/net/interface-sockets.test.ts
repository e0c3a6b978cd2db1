import dgram from 'node:dgram';
import { afterEach, describe, expect, it } from 'vitest';
import type { Endpoint, InterfaceSocket } from '../../src/net/ports.js';
import { type InterfaceMeans, interfaceNetwork, toServeAlone } from '../../src/net/sockets/interface-sockets.js';
import { findNativeSockets } from '../../src/net/sockets/native-sockets.js';
import { inheritedSockets } from '../../src/net/sockets/socket-activation.js';

const LOOPBACK = { lo: [{ family: 'IPv4', address: '127.0.0.1', internal: true }] };
const ETHERNET = { eth1: [{ family: 'IPv4', address: '10.10.210.10', internal: false }] };
const NOTHING: InterfaceMeans = { maker: undefined, inherited: new Map(), interfaces: () => LOOPBACK };
const open = (means: Partial<InterfaceMeans>, name: string, port = 0) =>
  interfaceNetwork({ ...NOTHING, ...means }).open(
    { interface: name, port, receiveBuffer: 1 << 20 },
    { onReceived: () => {}, onDrained: () => {} },
  );

const closers: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0)) await close();
});

describe('an interface', () => {
  it('that cannot be told from others is refused, and what helps is said', async () => {
    await expect(open({ interfaces: () => ETHERNET }, 'eth1', 67)).rejects.toThrow(
      'DHCP on eth1 port 67: cannot make sure that only eth1 is answered. On Linux, install the optional package koffi (npm install koffi@3.3.4), or start labcm from a systemd socket unit with BindToDevice=eth1 and FileDescriptorName=eth1; elsewhere only the loopback interface can be served',
    );
  });

  it.each([
    ['darwin', 'macOS'],
    ['win32', 'Windows'],
    ['freebsd', 'freebsd'],
  ])('of %s cannot be served but for loopback, and what can be done is said', (platform, name) => {
    expect(toServeAlone('en0', platform)).toBe(
      `${name} has no sockets of one interface, so DHCP is served on its loopback interface alone: for phones on a network run labcm on Linux, or leave \`dhcp.enabled\` false and have another DHCP server give them this machine's address in option 150; all other services work here`,
    );
  });

  it('that is not there, or has no address, is refused with those that are', async () => {
    await expect(open({}, 'eth7')).rejects.toThrow(
      'this machine has no interface eth7 with an IPv4 address; it has lo',
    );
    const sixOnly = { eth1: [{ family: 'IPv6', address: 'fe80::1', internal: false }] };
    await expect(open({ interfaces: () => sixOnly }, 'eth1')).rejects.toThrow('give eth1 an address');
  });

  it('that is the loopback one needs nothing but a plain socket', async () => {
    const socket = await open({}, 'lo');
    closers.push(() => socket.close());
    expect(socket).toMatchObject({ interface: 'lo', addresses: ['127.0.0.1'], loopback: true });
    expect(socket.port).toBeGreaterThan(0);
  });
});

describe('sockets handed down', () => {
  it('go by the names that their units gave them, to the process that they are for', () => {
    const environment = { LISTEN_PID: '77', LISTEN_FDS: '2', LISTEN_FDNAMES: 'eth1:eth2' };
    expect([...inheritedSockets(environment, 77)]).toEqual([
      ['eth1', 3],
      ['eth2', 4],
    ]);
    expect([...inheritedSockets(environment, 78)]).toEqual([]);
    expect([...inheritedSockets({}, 77)]).toEqual([]);
    expect([...inheritedSockets({ ...environment, LISTEN_FDS: '1' }, 77)]).toEqual([['eth1', 3]]);
  });
});

const maker = findNativeSockets();

describe.skipIf(maker === undefined)('many datagrams per call (needs koffi)', () => {
  /** The loopback interface as though it were another one: bound to, and read many at once. */
  const opened = async (handler: { received?: (bytes: Buffer, from: Endpoint) => void; drained?: () => void }) => {
    const external = { lo: [{ family: 'IPv4', address: '127.0.0.1', internal: false }] };
    // 255.255.255.255 and 127.0.0.1 must share a port, so it is looked for first.
    const finder = dgram.createSocket('udp4');
    const port = await new Promise<number>((resolve) =>
      finder.bind(0, '127.0.0.1', () => resolve(finder.address().port)),
    );
    await new Promise<void>((resolve) => finder.close(() => resolve()));
    const socket = await interfaceNetwork({ ...NOTHING, maker, interfaces: () => external }).open(
      { interface: 'lo', port, receiveBuffer: 4 << 20 },
      { onReceived: handler.received ?? (() => {}), onDrained: handler.drained ?? (() => {}) },
    );
    closers.push(() => socket.close());
    return socket;
  };
  const client = async () => {
    const socket = dgram.createSocket({ type: 'udp4', recvBufferSize: 4 << 20 });
    await new Promise<void>((resolve) => socket.bind(0, '127.0.0.1', () => resolve()));
    closers.push(() => new Promise<void>((resolve) => socket.close(() => resolve())));
    return socket;
  };

  it('loses, doubles and reorders nothing, whole, with its sender', async () => {
    const COUNT = 150;
    const heard: string[] = [];
    const sender = await client();
    let done: () => void = () => {};
    const all = new Promise<void>((resolve) => {
      done = resolve;
    });
    let drained = 0;
    let socket: InterfaceSocket | undefined;
    socket = await opened({
      received: (bytes, from) => {
        heard.push(`${from.address}:${from.port} ${bytes.length} ${bytes.readUInt32BE(0)}`);
        socket?.send(bytes, '127.0.0.1', from);
        if (heard.length === COUNT) done();
      },
      drained: () => {
        drained += 1;
      },
    });
    const back: number[] = [];
    const answered = new Promise<void>((resolve) =>
      sender.on('message', (bytes) => {
        back.push(bytes.readUInt32BE(0));
        if (back.length === COUNT) resolve();
      }),
    );
    const { port } = sender.address();
    for (let number = 0; number < COUNT; number += 1) {
      const bytes = Buffer.alloc(4 + number * 9, number);
      bytes.writeUInt32BE(number);
      sender.send(bytes, socket.port, '127.0.0.1');
    }
    await all;
    await answered;
    expect(heard).toEqual(
      Array.from({ length: COUNT }, (_, number) => `127.0.0.1:${port} ${4 + number * 9} ${number}`),
    );
    expect(back).toEqual(Array.from({ length: COUNT }, (_, number) => number));
    expect(drained).toBeGreaterThan(0);
    expect(drained).toBeLessThan(COUNT);
  });

  it('lets others leave where the kernel refuses one', async () => {
    const receiver = await client();
    const { port } = receiver.address();
    const trigger = await client();
    let socket: InterfaceSocket | undefined;
    socket = await opened({
      drained: () => {
        // No route there from the loopback interface.
        for (const address of ['127.0.0.1', '198.51.100.1', '127.0.0.1', '198.51.100.1', '127.0.0.1'])
          socket?.send(Buffer.from('hello'), '127.0.0.1', { address, port });
      },
    });
    const heard = new Promise<number>((resolve) => {
      let count = 0;
      receiver.on('message', () => {
        count += 1;
        if (count === 3) resolve(count);
      });
    });
    trigger.send('x', socket.port, '127.0.0.1');
    expect(await heard).toBe(3);
  });
});
