import { describe, expect, it } from 'vitest';
import { keyOf } from '../../src/cluster/bus-names.js';
import { ClusterLab, flushed } from '../support/cluster-lab.js';
import { seededRandom } from '../support/random.js';

const A = 'SEP000000000001';
const B = 'SEP000000000002';

const started = async (names = ['CM1', 'CM2'], devices = [A, B]): Promise<ClusterLab> => {
  const lab = new ClusterLab(names, devices);
  await lab.start();
  return lab;
};

/** How often registrations of a device ended at any node, by reason. */
const ends = (lab: ClusterLab, device: string): readonly string[] =>
  [...lab.nodes.values()].flatMap(({ name, recorder }) =>
    recorder
      .of('device.unregistered')
      .filter((event) => event.device === device)
      .map(({ reason }) => `${name} ${reason}`),
  );

describe('registrations of a cluster', () => {
  it('are told to every node, and the newest wins', async () => {
    const lab = await started(['CM1', 'CM2', 'CM3']);
    lab.register('CM1', A);
    await flushed();
    for (const name of ['CM1', 'CM2', 'CM3']) expect(lab.told(name, A)).toBe('registered CM1');
    await lab.advance(1_000);
    lab.register('CM2', A);
    await flushed();
    expect(lab.holders(A)).toEqual(['CM2']);
    expect(ends(lab, A)).toEqual(['CM1 superseded']);
    for (const name of ['CM1', 'CM2', 'CM3']) expect(lab.told(name, A)).toBe('registered CM2');
    expect(lab.node('CM1').recorder.of('cluster.registered-elsewhere')).toMatchObject([{ device: A, node: 'CM2' }]);
  });

  it('have exactly one holder when two nodes accept a device at the same instant', async () => {
    const lab = await started(['CM1', 'CM2', 'CM3']);
    for (let round = 0; round < 20; round += 1) {
      for (const name of round % 2 === 0 ? ['CM1', 'CM2', 'CM3'] : ['CM3', 'CM2', 'CM1']) lab.register(name, A);
      await lab.advance(500);
      expect(lab.holders(A)).toHaveLength(1);
      expect(lab.told('CM1', A)).toBe(`registered ${lab.holders(A)[0]}`);
    }
  });

  it('are not changed by a late end of an older one', async () => {
    const lab = await started();
    lab.register('CM1', A);
    await flushed();
    lab.register('CM2', A);
    lab.unregister('CM1', A); // before it has heard of the other
    await lab.advance(500);
    expect(lab.holders(A)).toEqual(['CM2']);
    for (const name of ['CM1', 'CM2']) expect(lab.told(name, A)).toBe('registered CM2');
  });

  it('end with their reason, and an own echo ends nothing', async () => {
    const lab = await started();
    lab.register('CM1', A);
    await lab.advance(10_000);
    expect(ends(lab, A)).toEqual([]);
    lab.unregister('CM1', A);
    await flushed();
    expect(lab.node('CM2').service.holderOf(A)).toMatchObject({ state: 'unregistered', reason: 'unregistered' });
  });

  it('wait while the bus is gone, and only the newest state is written', async () => {
    const lab = await started();
    const [cm1, cm2] = [lab.node('CM1'), lab.node('CM2')];
    cm1.bus.cut(true);
    expect(cm1.degradations.current).toHaveLength(1);
    for (let round = 0; round < 5; round += 1) {
      lab.register('CM1', A);
      lab.unregister('CM1', A);
    }
    lab.register('CM1', A);
    lab.register('CM1', B);
    lab.unregister('CM1', B);
    await lab.advance(2_000);
    expect(cm1.service.registrations.waiting).toBe(2);
    const seen: string[] = [];
    cm2.service.onDeviceChanged((device) => seen.push(`${device} ${lab.told('CM2', device)}`));
    cm1.bus.cut(false);
    await lab.advance(1_000);
    expect(cm1.degradations.current).toHaveLength(0);
    expect(seen.filter((one) => one.startsWith(A))).toEqual([`${A} registered CM1`]);
    expect(lab.told('CM2', B)).toBe('unregistered CM1');
    expect(cm1.service.registrations.waiting).toBe(0);
  });

  it.each(['CM1', 'CM2'])('stay with the younger one after a partition that cut off %s', async (cut) => {
    const lab = await started();
    lab.register('CM1', A);
    lab.register('CM2', B);
    await lab.advance(1_000);
    lab.node(cut).bus.cut(true);
    await lab.advance(30_000);
    lab.register('CM2', A);
    lab.register('CM1', B);
    await lab.advance(30_000);
    expect(lab.holders(A)).toEqual(['CM1', 'CM2']);
    lab.node(cut).bus.cut(false);
    await lab.advance(5_000);
    expect(lab.holders(A)).toEqual(['CM2']);
    expect(lab.holders(B)).toEqual(['CM1']);
    for (const name of ['CM1', 'CM2']) {
      expect(lab.told(name, A)).toBe('registered CM2');
      expect(lab.told(name, B)).toBe('registered CM1');
    }
    expect(ends(lab, A)).toEqual(['CM1 superseded']);
    expect(ends(lab, B)).toEqual(['CM2 superseded']);
  });

  it('stay with the first node if both are of one age after a partition', async () => {
    const lab = await started();
    lab.node('CM2').bus.cut(true);
    await lab.advance(10_000);
    lab.register('CM2', A);
    lab.register('CM1', A);
    await lab.advance(10_000);
    lab.node('CM2').bus.cut(false);
    await lab.advance(5_000);
    expect(lab.holders(A)).toEqual(['CM1']);
    expect(lab.told('CM2', A)).toBe('registered CM1');
  });

  it('are not decided while the other node does not answer, and are this one’s when it has died', async () => {
    const lab = await started();
    const cm1 = lab.node('CM1');
    lab.node('CM2').bus.cut(true);
    await lab.advance(10_000);
    lab.register('CM2', A);
    await lab.advance(10);
    lab.register('CM1', A);
    cm1.bus.serve(() => new Promise(() => {})); // it hangs
    await lab.advance(10_000);
    lab.node('CM2').bus.cut(false);
    await lab.advance(5_000);
    expect(lab.holders(A)).toEqual(['CM1', 'CM2']);
    lab.kill('CM1');
    await lab.advance(10_000);
    expect(lab.holders(A)).toEqual(['CM2']);
    expect(lab.told('CM2', A)).toBe('registered CM2');
  });

  it('are all told again after the engine lost its memory, and none ends', async () => {
    const devices = Array.from({ length: 600 }, (_, index) => `SEP${String(index).padStart(12, '0')}`);
    const lab = await started(['CM1', 'CM2'], devices);
    for (const [index, device] of devices.entries()) lab.register(index % 2 === 0 ? 'CM1' : 'CM2', device);
    await lab.advance(1_000);
    lab.engine.stop();
    await lab.advance(20_000);
    lab.unregister('CM1', devices[0] ?? '');
    expect(lab.told('CM2', devices[2] ?? '')).toBe('registered CM1');
    lab.engine.restart();
    // What is not told again yet is shown as it was.
    expect(lab.told('CM2', devices[2] ?? '')).toBe('registered CM1');
    await lab.advance(3_000);
    for (const [index, device] of devices.entries()) {
      const holder = index % 2 === 0 ? 'CM1' : 'CM2';
      for (const name of ['CM1', 'CM2'])
        expect(lab.told(name, device)).toBe(index === 0 ? 'unregistered CM1' : `registered ${holder}`);
    }
    expect(lab.node('CM1').recorder.of('device.unregistered')).toHaveLength(1);
    expect(lab.node('CM2').recorder.of('device.unregistered')).toHaveLength(0);
  });

  it('of a dead node are its own until the phone appears elsewhere', async () => {
    const lab = await started();
    lab.register('CM1', A);
    await lab.advance(1_000);
    lab.kill('CM1');
    await lab.advance(8_000);
    const { nodes, registrations } = lab.node('CM2').service;
    const told = registrations.of(A);
    expect(told).toMatchObject({ state: 'registered', node: 'CM1' });
    expect(nodes.isGone('CM1', told?.instance ?? '')).toBe(true);
    expect(lab.node('CM2').recorder.of('cluster.node-dead')).toMatchObject([{ node: 'CM1', reason: 'silent' }]);
    lab.register('CM2', A);
    await flushed();
    expect(lab.told('CM2', A)).toBe('registered CM2');
  });

  it('of an earlier start are taken back by the node itself', async () => {
    const lab = await started();
    lab.register('CM1', A);
    lab.register('CM1', B);
    await lab.advance(1_000);
    lab.kill('CM1');
    lab.startNode('CM1');
    lab.register('CM1', B);
    await lab.advance(10_000);
    expect(lab.node('CM2').service.holderOf(A)).toMatchObject({
      state: 'unregistered',
      reason: 'shutdown',
      node: 'CM1',
    });
    expect(lab.told('CM2', B)).toBe('registered CM1');
    expect(ends(lab, B)).toEqual([]);
  });

  it('are read from a later version, and a broken value costs one line and changes nothing', async () => {
    const lab = await started();
    lab.register('CM1', A);
    await lab.advance(1_000);
    const { recorder, service } = lab.node('CM2');
    const told = service.holderOf(A);
    const key = keyOf(A);
    const later = JSON.stringify({ ...told, v: 7, address: '10.9.9.9', moods: ['new'] });
    lab.engine.write('registrations', key, later);
    await flushed();
    expect(service.holderOf(A)).toMatchObject({ address: '10.9.9.9', node: 'CM1' });
    const broken = ['', '{', '[]', 'null', '7', '{"v":1}', '{"v":0}', later.replace('"registered"', '"asleep"')];
    for (const value of [...broken, later.replace(A, B), later.replace('"SCCP"', '"H323"')])
      lab.engine.write('registrations', key, value);
    lab.engine.write('registrations', 'no=key', later);
    await flushed();
    expect(recorder.of('cluster.value-broken')).toHaveLength(broken.length + 3);
    expect(service.holderOf(A)).toMatchObject({ address: '10.9.9.9', state: 'registered' });
    expect(lab.holders(A)).toEqual(['CM1']);
  });

  it.each(Array.from({ length: 24 }, (_, index) => index + 1))(
    'have one holder after whatever happens, seed %i',
    async (seed) => {
      const random = seededRandom(seed * 7_919);
      const names = ['CM1', 'CM2', 'CM3'];
      const devices = Array.from({ length: 6 }, (_, index) => `SEP${String(index).padStart(12, '0')}`);
      const lab = await started(names, devices);
      const pick = <T>(of: readonly T[]): T => of[random.below(of.length)] as T;
      for (let step = 0; step < 120; step += 1) {
        const name = pick(names);
        const runs = lab.nodes.has(name);
        switch (random.below(12)) {
          case 0:
            if (runs) lab.node(name).bus.cut(random.below(2) === 0);
            break;
          case 1:
            if (lab.engine.isRunning) lab.engine.stop();
            else lab.engine.restart();
            break;
          case 2:
            if (runs) lab.kill(name);
            else lab.startNode(name);
            break;
          case 3:
            if (runs) lab.unregister(name, pick(devices));
            break;
          default:
            if (runs) lab.register(name, pick(devices));
        }
        await lab.advance(random.below(3) === 0 ? 0 : random.below(4_000));
      }
      if (!lab.engine.isRunning) lab.engine.restart();
      for (const name of names) {
        if (!lab.nodes.has(name)) lab.startNode(name);
        lab.node(name).bus.cut(false);
      }
      await lab.advance(20_000, 250);
      for (const device of devices) {
        const holders = lab.holders(device);
        expect(holders.length).toBeLessThanOrEqual(1);
        for (const name of names) {
          const { service } = lab.node(name);
          const told = service.holderOf(device);
          const isHeld = told?.state === 'registered' && !service.nodes.isGone(told.node, told.instance);
          const shown = isHeld ? told.node : 'nobody';
          expect(`${name} ${device} ${shown}`).toBe(`${name} ${device} ${holders[0] ?? 'nobody'}`);
        }
      }
    },
  );
});
