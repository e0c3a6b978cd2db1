// Whatever an owner's file holds, it loads or is told of: nothing else may come of it.

import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ConfigError } from '../../src/core/errors.js';
import { seededRandom } from '../support/random.js';
import { load } from './harness.js';

const outcomeOf = (yaml: string, overrides: readonly string[] = []): Promise<'loaded' | 'told'> =>
  load(yaml, {}, overrides).then(
    () => 'loaded',
    (error: unknown) => {
      if (!(error instanceof ConfigError) || error.faults.length === 0) throw error;
      for (const { found, wanted, key } of error.faults)
        if (found === '' || wanted === '' || key === '') throw new Error(`an empty fault: ${error.message}`);
      return 'told';
    },
  );

describe('a configuration', () => {
  it('of any text loads or is told of', async () => {
    await fc.assert(
      fc.asyncProperty(fc.string({ unit: 'binary' }), async (text) => void (await outcomeOf(text))),
      { numRuns: 300 },
    );
  });

  it('of any values under its own keys loads or is told of', async () => {
    const keys = [
      'cluster',
      'nodes',
      'self',
      'groups',
      'dhcp',
      'tftp',
      'http',
      'sccp',
      'sip',
      'policy',
      'phones',
      'devices',
      'trace',
      'autoRegistration',
      'devicesFile',
      'state',
    ];
    await fc.assert(
      fc.asyncProperty(fc.dictionary(fc.constantFrom(...keys), fc.jsonValue()), async (value) => {
        await outcomeOf(JSON.stringify(value));
      }),
      { numRuns: 300 },
    );
  });

  it('with lines lost, doubled and cut loads or is told of', async () => {
    const random = seededRandom(7);
    const lines = readFileSync('config/lab.yaml', 'utf8').split('\n');
    const outcomes = new Set<string>();
    for (let round = 0; round < 300; round += 1) {
      const changed = lines.flatMap((line) => {
        const dice = random.below(60);
        if (dice === 0) return [];
        if (dice === 1) return [line, line];
        return dice === 2 ? [line.slice(0, random.below(line.length + 1))] : [line];
      });
      outcomes.add(await outcomeOf(changed.join('\n')));
    }
    expect(outcomes).toEqual(new Set(['loaded', 'told']));
  });

  it('under any --set loads or is told of', async () => {
    await fc.assert(
      fc.asyncProperty(fc.string(), fc.string(), async (key, value) => {
        await outcomeOf('devices: [{ name: A, model: CIPC }]', [`${key}=${value}`, `devices.0.${key}=${value}`]);
      }),
      { numRuns: 300 },
    );
  });
});
