import { beforeEach, describe, expect, it } from 'vitest';
import { minutes, seconds } from '../../src/core/time.js';
import { NEIGHBOUR_BOUNDS, NeighbourWatch } from '../../src/daemon/neighbour-watch.js';
import { DeviceDatabase } from '../../src/devices/index.js';
import type { LabcmEvent } from '../../src/events.js';
import { aDevice } from '../support/devices.js';
import { EventRecorder } from '../support/event-recorder.js';
import { ManualClock } from '../support/manual-clock.js';
import { MemoryHost } from '../support/memory-host.js';

const PHONE = 'SEP001122334455';
const MAC = '001122334455';
const OTHER = 'SEP001122334466';
const OTHER_MAC = '001122334466';
const FOREIGN = '0050568F0001';
const ROUTER = '00000C07AC01';
const ADDRESS = '10.10.210.101';

let clock: ManualClock;
let host: MemoryHost;
let probe: EventRecorder<LabcmEvent>;
let database: DeviceDatabase;
let watch: NeighbourWatch;

beforeEach(() => {
  clock = new ManualClock();
  host = new MemoryHost();
  probe = new EventRecorder();
  database = new DeviceDatabase(probe.bus);
  database.configure([aDevice(PHONE), aDevice(OTHER), aDevice('softphone')], clock.now());
  watch = new NeighbourWatch({ host, clock, bus: probe.bus, devices: database });
});

const publish = (event: object): void => probe.bus.publish({ at: clock.now(), ...event } as LabcmEvent);
const fetches = (address = ADDRESS, type = 'tftp.completed'): void =>
  publish({ type, context: { address, port: 4000 } });
/** A device names itself at the address and fetches a file a minute after; then the table is read. */
const seen = (name: string, mac: string, address = ADDRESS): void => {
  clock.advance(seconds(60));
  database.recordAddress(name, address, clock.now());
  host.table.set(address, mac);
  fetches(address);
  clock.advance(seconds(2));
};
const told = () => probe.of('net.neighbour').map(({ type: _, at: __, ...facts }) => facts);

describe('the hardware address of a phone', () => {
  it.each<readonly [string, () => void]>([
    ['a lease', () => publish({ type: 'device.leased', device: PHONE, address: ADDRESS })],
    ['an address that was given back', () => publish({ type: 'dhcp.received', kind: 'DECLINE', address: ADDRESS })],
    ['a file over TFTP', () => fetches()],
    ['a file that was refused', () => fetches(ADDRESS, 'tftp.refused')],
    ['a file over HTTP', () => fetches(ADDRESS, 'http.file')],
    ['a registration', () => publish({ type: 'device.registered', device: PHONE, address: ADDRESS })],
    ['one of some lines', () => publish({ type: 'device.partially-registered', device: PHONE, address: ADDRESS })],
  ])('is looked up after %s', (_, happens) => {
    host.table.set(ADDRESS, MAC);
    happens();
    expect(watch.at(ADDRESS)).toBeUndefined();
    clock.advance(seconds(6));
    expect(watch.at(ADDRESS)).toMatchObject({ mac: MAC });
    expect(told()).toEqual([]);
  });

  it('is not looked up for another message of DHCP, for loopback, or for an address that there is none of', () => {
    publish({ type: 'dhcp.received', kind: 'DISCOVER', address: ADDRESS });
    publish({ type: 'dhcp.received', kind: 'DECLINE', address: undefined });
    fetches('127.0.0.1');
    expect(watch.size).toEqual({ remembered: 0, waiting: 0 });
    expect(clock.armed).toBe(0);
    fetches();
    clock.advance(seconds(2));
    expect(watch.at(ADDRESS)).toBeUndefined();
    expect(told()).toEqual([]);
  });

  it('is looked up some seconds after a lease, when the table no longer has the client before', () => {
    database.recordAddress(PHONE, ADDRESS, clock.now());
    host.table.set(ADDRESS, OTHER_MAC);
    publish({ type: 'device.leased', device: PHONE, address: ADDRESS });
    clock.advance(seconds(4));
    host.table.set(ADDRESS, MAC);
    clock.advance(seconds(2));
    expect(watch.at(ADDRESS)).toMatchObject({ mac: MAC });
    expect(told()).toEqual([]);
  });

  it('is looked up once a minute, and once for all phones of a second', () => {
    for (let count = 0; count < 100; count += 1) {
      fetches();
      fetches(`10.10.211.${count}`);
    }
    clock.advance(seconds(2));
    expect(host.readings).toBe(1);
    for (let count = 0; count < 58; count += 1) {
      fetches();
      clock.advance(seconds(1));
    }
    expect(host.readings).toBe(1);
    clock.advance(seconds(2));
    fetches();
    clock.advance(seconds(2));
    expect(host.readings).toBe(2);
    expect(clock.armed).toBe(0);
  });

  it('is told if it is not that of the device, once in ten minutes', () => {
    for (let count = 0; count < 5; count += 1) seen(PHONE, FOREIGN);
    expect(told()).toEqual([{ address: ADDRESS, mac: FOREIGN, device: PHONE, own: MAC }]);
    clock.advance(minutes(10));
    seen(PHONE, FOREIGN);
    expect(told()).toHaveLength(2);
  });

  it('is told if it is another than before, of a device without a hardware address of its own and of nobody', () => {
    seen('softphone', ROUTER);
    seen('softphone', FOREIGN);
    expect(told()).toEqual([{ address: ADDRESS, mac: FOREIGN, before: ROUTER, device: 'softphone' }]);
    expect(watch.at(ADDRESS)).toMatchObject({ mac: FOREIGN, before: { mac: ROUTER } });
    host.table.set('10.10.210.102', ROUTER);
    fetches('10.10.210.102');
    clock.advance(seconds(61));
    host.table.set('10.10.210.102', FOREIGN);
    fetches('10.10.210.102');
    clock.advance(seconds(2));
    expect(told()[1]).toEqual({ address: '10.10.210.102', mac: FOREIGN, before: ROUTER });
  });

  it('is told both ways of two machines that share an address', () => {
    seen(PHONE, MAC);
    seen(PHONE, FOREIGN);
    seen(PHONE, MAC);
    seen(PHONE, FOREIGN);
    expect(told()).toEqual([
      { address: ADDRESS, mac: FOREIGN, before: MAC, device: PHONE, own: MAC },
      { address: ADDRESS, mac: MAC, before: FOREIGN, device: PHONE },
    ]);
    expect(watch.at(ADDRESS)).toMatchObject({ mac: FOREIGN, before: { mac: MAC } });
  });

  it('that was another more than ten minutes ago has not changed', () => {
    seen('softphone', ROUTER);
    clock.advance(minutes(10));
    seen('softphone', FOREIGN);
    expect(told()).toEqual([]);
    expect(watch.at(ADDRESS)?.before).toBeUndefined();
  });

  it('that changed more than ten minutes ago is no longer said to have changed', () => {
    seen('softphone', ROUTER);
    seen('softphone', FOREIGN);
    clock.advance(minutes(10));
    expect(watch.at(ADDRESS)?.before).toMatchObject({ mac: ROUTER });
    seen('softphone', FOREIGN);
    expect(watch.at(ADDRESS)?.before).toBeUndefined();
  });

  it('has not changed where the address went from one device to another', () => {
    seen(PHONE, MAC);
    clock.advance(minutes(5));
    database.recordAddress(PHONE, '10.10.210.109', clock.now());
    seen(OTHER, OTHER_MAC);
    expect(database.holderOf(ADDRESS, clock.now())).toMatchObject({ configured: { name: OTHER } });
    expect(told()).toEqual([]);
  });

  it('stays known while the kernel has forgotten it', () => {
    seen('softphone', ROUTER);
    host.table.delete(ADDRESS);
    clock.advance(seconds(61));
    fetches();
    clock.advance(seconds(2));
    expect(watch.at(ADDRESS)).toMatchObject({ mac: ROUTER });
    seen('softphone', FOREIGN);
    expect(told()).toMatchObject([{ before: ROUTER }]);
  });

  it('is remembered of a bounded number of addresses', () => {
    const address = (index: number) => `10.${index >> 16}.${(index >> 8) & 255}.${index & 255}`;
    const { waiting, remembered } = NEIGHBOUR_BOUNDS;
    for (let index = 0; index < 4 * remembered; index += 1) {
      host.table.set(address(index), FOREIGN);
      fetches(address(index));
      if ((index + 1) % (2 * waiting) !== 0) continue;
      expect(watch.size.waiting).toBe(waiting);
      clock.advance(seconds(2));
    }
    expect(watch.size).toEqual({ remembered, waiting: 0 });
  });

  it('is no longer looked up when the watch has ended', () => {
    fetches();
    watch.close();
    expect(clock.armed).toBe(0);
    fetches('10.10.210.102');
    expect(clock.armed).toBe(0);
    expect(host.readings).toBe(0);
  });
});
