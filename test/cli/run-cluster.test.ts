// `labcm run` as a member of a cluster: how it ends when it cannot be one.

import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { DaemonStartOptions } from '../../src/cli/environment.js';
import { BusUnreachableError, NameTakenError } from '../../src/core/errors.js';
import { folderWith } from '../config/harness.js';
import { labcm, start } from './harness.js';

const fileWith = (yaml: string): string => join(folderWith({ 'lab.yaml': yaml }), 'lab.yaml');

const YAML = 'cluster: { name: Lab, bus: nats://127.0.0.1:4222 }';

describe('labcm run in a cluster', () => {
  it('stops and ends with exit code 3 when another daemon has its name', async () => {
    const story: string[] = [];
    let fail: (error: Error) => void = () => {};
    const running = start(['run', '-c', fileWith(YAML)], {
      startDaemon: async () => ({
        listeners: [],
        failure: new Promise<Error>((resolve) => {
          fail = resolve;
        }),
        stop: async () => void story.push('stopped'),
        reload: () => Promise.reject(new Error('not asked')),
      }),
    });
    while (!running.out().includes('ready')) await new Promise((resolve) => setImmediate(resolve));
    fail(new NameTakenError('CM1', '10.10.210.11'));
    expect(await running.ended).toBe(3);
    expect(running.err()).toMatch(
      /labcm: self: found CM1, .* at 10\.10\.210\.11, wanted .*; stop that one, or set self/,
    );
    expect([story, running.listening()]).toEqual([['stopped'], 0]);
  });

  it('ends with exit code 4 when it must have the bus and has not', async () => {
    const options: boolean[] = [];
    const { code, err } = await labcm(['run', '-c', fileWith(YAML), '--require-bus'], {
      startDaemon: (_: unknown, { requireBus }: DaemonStartOptions) => {
        options.push(requireBus);
        return Promise.reject(new BusUnreachableError('nats://127.0.0.1:4222', 'connection refused', '15 s'));
      },
    });
    expect([code, options]).toEqual([4, [true]]);
    expect(err).toContain('labcm: cluster.bus: found nothing usable at nats://127.0.0.1:4222 within 15 s, wanted ');
  });

  it('takes --require-bus as a mistake where no bus is configured', async () => {
    const { code, err } = await labcm(['run', '-c', fileWith('cluster: Lab'), '--require-bus']);
    expect(code).toBe(2);
    expect(err).toContain(
      'labcm: --require-bus: found a configuration without cluster.bus, wanted one that names the bus',
    );
  });
});
