// The certificates of factories: what is known of them, and what is written of it, never within the call that learns it.

import { createHash } from 'node:crypto';
import { describe, expect, it, vi } from 'vitest';
import { type FactoryCertificateStore, FactoryCertificates } from '../../src/capf/factory-certificates.js';
import { type DeviceName, deviceKey } from '../../src/core/identifiers.js';
import { DEVICE } from './harness.js';

const [ONE, OTHER] = [Buffer.from('3000', 'hex'), Buffer.from('3003020101', 'hex')];
const fingerprintOf = (der: Buffer): string => createHash('sha256').update(der).digest('hex');

/** A disk whose tasks end when the test says so. */
const slowDisk = (kept: readonly (readonly [string, Buffer])[] = []) => {
  const files = new Map<string, Buffer>(kept);
  const tasks: { readonly task: string; readonly end: (error?: Error) => void }[] = [];
  const started = (task: string, apply: () => void): Promise<void> =>
    new Promise((resolve, reject) => {
      tasks.push({
        task,
        end: (error) => {
          if (error !== undefined) return reject(error);
          apply();
          resolve();
        },
      });
    });
  const store: FactoryCertificateStore = {
    load: () => [...files].map(([device, der]) => ({ device: device as DeviceName, der })),
    save: (device, der) => started(`save ${device}`, () => void files.set(device, der)),
    remove: (device) => started(`remove ${device}`, () => void files.delete(device)),
  };
  return { store, files, tasks, end: (error?: Error) => tasks.at(-1)?.end(error) };
};

const learn = (known: FactoryCertificates, device: string, der: Buffer) => {
  let reads = 0;
  known.learn(device as DeviceName, fingerprintOf(der), () => {
    reads += 1;
    return der;
  });
  return reads;
};

describe('the certificates of factories', () => {
  it('are known at once and written later, one at a time', async () => {
    const disk = slowDisk();
    const known = new FactoryCertificates(disk.store);
    for (const device of ['SEP1', 'SEP2', 'SEP3']) learn(known, device, ONE);
    expect(known.of('sep2')).toMatchObject({ der: ONE, isProven: true });
    expect(disk.tasks.map(({ task }) => task)).toEqual(['save SEP1']);
    expect(disk.files.size).toBe(0);
    const written = known.written();
    for (const tasks of [1, 2, 3]) {
      await vi.waitFor(() => expect(disk.tasks).toHaveLength(tasks));
      disk.end();
    }
    await written;
    expect([...disk.files.keys()]).toEqual(['SEP1', 'SEP2', 'SEP3']);
  });

  it('are read and written once, however often a phone registers', async () => {
    const disk = slowDisk();
    const known = new FactoryCertificates(disk.store);
    expect(learn(known, DEVICE, ONE)).toBe(1);
    expect(learn(known, DEVICE, ONE)).toBe(0);
    disk.end();
    await known.written();
    expect(learn(known, DEVICE, ONE)).toBe(0);
    expect(disk.tasks).toHaveLength(1);
    expect(learn(known, DEVICE, OTHER)).toBe(1);
    expect(disk.tasks).toHaveLength(2);
  });

  it('write what is known last, though something else is being written', async () => {
    const disk = slowDisk();
    const known = new FactoryCertificates(disk.store);
    learn(known, DEVICE, ONE);
    learn(known, DEVICE, OTHER);
    known.forget(DEVICE);
    const written = known.written();
    disk.end();
    await vi.waitFor(() => expect(disk.tasks).toHaveLength(2));
    expect(disk.tasks.map(({ task }) => task)).toEqual([`save ${DEVICE}`, `remove ${DEVICE}`]);
    disk.end();
    await written;
    expect(disk.files.size).toBe(0);
    expect(known.of(DEVICE)).toBeUndefined();
  });

  it('are kept, and are not proven before their phone registers again', () => {
    const disk = slowDisk([[DEVICE, ONE]]);
    const known = new FactoryCertificates(disk.store);
    expect(known.of(DEVICE)).toMatchObject({ der: ONE, isProven: false });
    expect(learn(known, DEVICE, ONE)).toBe(0);
    expect(known.of(DEVICE)).toMatchObject({ der: ONE, isProven: true });
    expect(disk.tasks).toEqual([]);
  });

  it('go with their devices', () => {
    const disk = slowDisk([
      [DEVICE, ONE],
      ['SEP2', ONE],
    ]);
    const known = new FactoryCertificates(disk.store);
    known.retain((key) => key === deviceKey(DEVICE));
    expect(known.of(DEVICE)).toBeDefined();
    expect(known.of('SEP2')).toBeUndefined();
    expect(disk.tasks.map(({ task }) => task)).toEqual(['remove SEP2']);
  });

  it('are known without a disk, and with one that is full', async () => {
    const disk = slowDisk();
    const known = new FactoryCertificates(disk.store);
    learn(known, DEVICE, ONE);
    const written = known.written();
    disk.end(new Error('ENOSPC'));
    await written;
    expect(known.of(DEVICE)).toBeDefined();
    learn(known, DEVICE, OTHER);
    expect(disk.tasks).toHaveLength(2);
    const forgetful = new FactoryCertificates();
    learn(forgetful, DEVICE, ONE);
    await forgetful.written();
    expect(forgetful.of(DEVICE)).toMatchObject({ der: ONE, isProven: true });
  });
});
