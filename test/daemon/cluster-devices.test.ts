// The devices as the whole cluster knows them, in virtual time.

import { describe, expect, it } from 'vitest';
import { keyOf } from '../../src/cluster/bus-names.js';
import { instant, seconds } from '../../src/core/time.js';
import { SharedDevices } from '../../src/daemon/cluster-devices.js';
import { deviceDetail, deviceSummary } from '../../src/http/api/device-json.js';
import { ClusterLab, flushed } from '../support/cluster-lab.js';

const A = 'SEP000000000001';
const B = 'SEP000000000002';

const devicesOf = (lab: ClusterLab, name: string): SharedDevices => {
  const { database, service } = lab.node(name);
  return new SharedDevices({
    ...{ clock: lab.clock, database, self: name },
    holderOf: (device) => service.holderOf(device),
    nodeOf: (node) => service.nodes.node(node),
    isGone: (node, instance) => service.nodes.isGone(node, instance),
    onChanged: (listener) => void service.onDeviceChanged(listener),
  });
};

const started = async (): Promise<ClusterLab> => {
  const lab = new ClusterLab(['CM1', 'CM2'], [A, B]);
  await lab.start();
  return lab;
};

const named = (devices: SharedDevices, name = A) => {
  const record = devices.byName(name);
  if (record === undefined) throw new Error(`no device ${name}`);
  return record;
};

describe('a device as the cluster knows it', () => {
  it('is registered where another node holds it, and here where this one does', async () => {
    const lab = await started();
    const devices = devicesOf(lab, 'CM1');
    expect(devices.nodeOf(named(devices))).toBeUndefined();
    lab.register('CM2', A, '10.0.0.77');
    await flushed();
    const record = named(devices);
    expect(record).toMatchObject({ state: 'registered', registration: { address: '10.0.0.77', protocol: 'SCCP' } });
    expect(record.configured).toBe(lab.node('CM1').database.byName(A)?.configured);
    expect([devices.nodeOf(record), devices.isElsewhere(record), devices.holderElsewhere(A)]).toEqual([
      'CM2',
      true,
      'CM2',
    ]);
    expect(deviceSummary(lab.clock, record)).toMatchObject({
      status: 'Registered',
      address: '10.0.0.77',
      reason: null,
    });
    lab.register('CM1', A, '10.0.0.78');
    const own = named(devices);
    expect(own).toBe(lab.node('CM1').database.byName(A));
    expect([devices.nodeOf(own), devices.isElsewhere(own), devices.holderElsewhere(A)]).toEqual([
      'CM1',
      false,
      undefined,
    ]);
  });

  it('is told of last by the node that it has left', async () => {
    const lab = await started();
    const devices = devicesOf(lab, 'CM1');
    expect(devices.nodeOf(named(devices))).toBeUndefined();
    lab.register('CM1', A);
    await flushed();
    lab.unregister('CM1', A);
    await flushed();
    expect(devices.nodeOf(named(devices))).toBe('CM1');
    lab.register('CM2', A);
    await flushed();
    expect(devices.nodeOf(named(devices))).toBe('CM2');
  });

  it('is one object as long as nothing else is told, so that lists make none', async () => {
    const lab = await started();
    const devices = devicesOf(lab, 'CM1');
    lab.register('CM2', A);
    await flushed();
    expect(named(devices)).toBe(named(devices));
    expect([...devices.devices()].find(({ configured }) => configured.name === A)).toBe(named(devices));
    const before = named(devices);
    lab.unregister('CM2', A);
    await lab.advance(50);
    expect(named(devices)).not.toBe(before);
    expect(named(devices)).toMatchObject({
      state: 'unregistered',
      registration: undefined,
      reason: { reason: 'unregistered' },
    });
  });

  it('of a dead node is unregistered since its death, and as it was when the node is back', async () => {
    const lab = await started();
    const devices = devicesOf(lab, 'CM1');
    lab.register('CM2', A);
    await lab.advance(1_000);
    lab.node('CM2').bus.cut(true);
    await lab.advance(10_000);
    const gone = named(devices);
    expect(gone).toMatchObject({ state: 'unregistered', registration: undefined, reason: { reason: 'node-gone' } });
    expect(gone.reason?.at).toBe(lab.node('CM1').service.nodes.node('CM2')?.since);
    expect(deviceSummary(lab.clock, gone).reason).toMatchObject({ name: 'ConnectivityError', number: 6 });
    expect(devices.nodeOf(gone)).toBe('CM2');
    expect(devices.holderElsewhere(A)).toBeUndefined();
    lab.node('CM2').bus.cut(false);
    await lab.advance(5_000);
    expect(named(devices)).toMatchObject({ state: 'registered' });
  });

  it('that nobody has registered since its node was restarted is the same at all nodes', async () => {
    const lab = await started();
    lab.register('CM1', A);
    await lab.advance(1_000);
    lab.kill('CM1');
    lab.startNode('CM1');
    const [again, other] = [devicesOf(lab, 'CM1'), devicesOf(lab, 'CM2')];
    await lab.advance(10_000);
    for (const devices of [again, other]) {
      const record = named(devices);
      expect(record).toMatchObject({ state: 'unregistered', registration: undefined, reason: { reason: 'shutdown' } });
      expect([devices.nodeOf(record), devices.holderElsewhere(A)]).toEqual(['CM1', undefined]);
    }
    expect([again.isElsewhere(named(again)), other.isElsewhere(named(other))]).toEqual([false, true]);
    expect(again.localOf(named(again))).toBe(lab.node('CM1').database.byName(A));
    // What it hears itself goes before that.
    lab.register('CM1', A);
    expect(named(again)).toBe(lab.node('CM1').database.byName(A));
    lab.unregister('CM1', A);
    expect(named(again)).toMatchObject({ state: 'unregistered', reason: { reason: 'unregistered' } });
    expect(named(again)).toBe(lab.node('CM1').database.byName(A));
  });

  it('has a time that is never in the future, and reasons that this version knows', async () => {
    const lab = await started();
    const devices = devicesOf(lab, 'CM1');
    lab.register('CM2', A);
    await flushed();
    const told = lab.node('CM2').service.holderOf(A);
    const write = async (more: object) => {
      lab.engine.write('registrations', keyOf(A), JSON.stringify({ v: 1, ...told, ...more }));
      await flushed();
    };
    await write({ since: lab.clock.wallTime(lab.now()) + seconds(300), transport: 'carrier-pigeon' });
    expect(named(devices).registration?.registeredAt).toBe(lab.now());
    expect(deviceDetail(lab.clock, named(devices)).registration?.transport).toBe('tcp');
    await write({ since: Number.MAX_SAFE_INTEGER });
    expect(deviceSummary(lab.clock, named(devices)).registeredAt).not.toBeNull();
    await write({ since: 0, capabilities: '4,x,25,,999999' });
    expect(deviceDetail(lab.clock, named(devices)).registration?.capabilities.map(({ payload }) => payload)).toEqual([
      4, 25,
    ]);
    await write({ state: 'rejected', reason: 'not-of-this-version' });
    expect(named(devices)).toMatchObject({ state: 'rejected', reason: { reason: 'unregistered' } });
    await write({ state: 'rejected', reason: 'wrong-model' });
    expect(named(devices)).toMatchObject({
      reason: { reason: 'wrong-model', at: instant(expect.any(Number) as never) },
    });
  });

  it('counts with this node alone', async () => {
    const lab = await started();
    const devices = devicesOf(lab, 'CM1');
    lab.register('CM2', A);
    lab.register('CM1', B);
    await flushed();
    expect(devices.size).toBe(2);
    expect(devices.registered).toEqual({ SCCP: 1, SIP: 0 });
    expect(devices.states.registered).toBe(1);
  });
});
