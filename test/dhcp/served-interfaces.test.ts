// Interfaces that go and come back, on a network that is made up.

import { expect, it } from 'vitest';
import { ServedInterfaces } from '../../src/dhcp/served-interfaces.js';
import type { InterfaceHandler, InterfaceNetwork, InterfaceOptions } from '../../src/net/ports.js';
import { ManualClock } from '../support/manual-clock.js';

/** What `eth1` is now, and the sockets that were opened on it. */
class MadeUpNetwork implements InterfaceNetwork {
  identity: string | undefined = '4 10.0.0.1';
  failure: Error | undefined;
  readonly opened: { readonly port: number; readonly handler: InterfaceHandler; closed: boolean }[] = [];

  identityOf(): string | undefined {
    if (this.identity === 'unknown') throw new Error('EMFILE: too many open files');
    return this.identity;
  }

  async open({ interface: name, port }: InterfaceOptions, handler: InterfaceHandler) {
    if (this.failure !== undefined) throw this.failure;
    const socket = { port, handler, closed: false };
    this.opened.push(socket);
    const [, ...addresses] = (this.identity ?? '').split(' ');
    return {
      interface: name,
      addresses,
      loopback: false,
      port: port === 0 ? 1067 : port,
      send: () => {},
      close: async () => {
        socket.closed = true;
      },
    };
  }
}

const serving = async (port = 67) => {
  const network = new MadeUpNetwork();
  const clock = new ManualClock();
  const told: string[] = [];
  const heard: string[] = [];
  const interfaces = new ServedInterfaces({
    network,
    clock,
    onReceived: (bytes, _from, _to, { servedInterface: wire }) =>
      void heard.push(`${bytes} at ${wire.addresses.join()}`),
    onDrained: () => {},
    onChanged: (type, name, detail) => void told.push(`${type} ${name} ${detail}`),
  });
  await interfaces.open(['eth1'], port);
  /** Five seconds later, with this identity. */
  const look = async (identity: string | undefined): Promise<void> => {
    network.identity = identity;
    clock.advance(5000);
    for (let turn = 0; turn < 5; turn += 1) await new Promise((resolve) => setImmediate(resolve));
  };
  return { network, clock, told, heard, interfaces, look };
};

const GONE = 'dhcp.interface-lost eth1 it is gone, is down, or has no IPv4 address';

it('one that is made anew is served anew, though nobody saw it gone', async () => {
  const { network, interfaces, told, heard, look } = await serving();
  await look('4 10.0.0.1');
  expect([network.opened.length, told]).toEqual([1, []]);
  await look('5 10.0.0.1');
  expect(network.opened.map(({ closed }) => closed)).toEqual([true, false]);
  expect(told).toEqual(['dhcp.interface-served eth1 10.0.0.1']);
  network.opened[1]?.handler.onReceived(Buffer.from('DISCOVER'), { address: '0.0.0.0', port: 68 }, undefined);
  expect(heard).toEqual([`DISCOVER at ${0x0a000001}`]);
  await interfaces.close();
});

it('one that goes and comes back as it was keeps its sockets, and both are told once', async () => {
  const { network, interfaces, told, look } = await serving();
  await look(undefined);
  await look(undefined);
  await look('4 10.0.0.1');
  expect(told).toEqual([GONE, 'dhcp.interface-served eth1 10.0.0.1']);
  expect(network.opened.map(({ closed }) => closed)).toEqual([false]);
  await interfaces.close();
});

it('another address is answered from', async () => {
  const { interfaces, look } = await serving();
  await look('4 10.0.0.1 10.0.0.2');
  expect(interfaces.all.map(({ servedInterface: wire }) => wire.addresses)).toEqual([[0x0a000001, 0x0a000002]]);
  await interfaces.close();
});

it('one that cannot be served is told of once, tried again, and told of when it is', async () => {
  const { network, interfaces, told, look } = await serving();
  network.failure = new Error('EADDRINUSE');
  await look('5 10.0.0.1');
  await look('5 10.0.0.1');
  expect([told, interfaces.all]).toEqual([['dhcp.interface-failed eth1 EADDRINUSE'], []]);
  network.failure = undefined;
  await look('5 10.0.0.1');
  expect(told.slice(1)).toEqual(['dhcp.interface-served eth1 10.0.0.1']);
  await interfaces.close();
});

it('a machine that does not say what it has changes nothing, and is asked again', async () => {
  const { network, interfaces, told, look } = await serving();
  await look('unknown');
  expect([network.opened.length, told]).toEqual([1, []]);
  await look('5 10.0.0.1');
  expect(told).toHaveLength(1);
  await interfaces.close();
});

it('a port that was left to the machine stays as it is', async () => {
  const { network, interfaces, look } = await serving(0);
  await look('5 10.0.0.1');
  expect(network.opened.map(({ port }) => port)).toEqual([0, 1067]);
  await interfaces.close();
});

it('nothing is looked at any more after the end', async () => {
  const { network, clock, interfaces } = await serving();
  await interfaces.close();
  expect([clock.armed, network.opened.map(({ closed }) => closed)]).toEqual([0, [true]]);
});
