// What a number does, for busy lamps, and when its watchers are told (`docs/protocols/calls.md` §2.14).

import { beforeEach, describe, expect, it } from 'vitest';
import type { DeviceLegs } from '../../src/calls/device-legs.js';
import { type CallEvent, LineStates, type NumberChanges } from '../../src/calls/index.js';
import type { LegState } from '../../src/calls/leg-table.js';
import type { DeviceName, DirectoryNumber } from '../../src/core/identifiers.js';
import { after, instant, milliseconds } from '../../src/core/time.js';

const DN = '5002' as DirectoryNumber;
const START = instant(1_000_000);

/** Line states over devices and legs that the test writes down. */
class Lines {
  now = START;
  reachable = true;
  doNotDisturb = false;
  /** How often somebody asked for the devices of the number. */
  looks = 0;
  /** The states of the legs, by device. */
  readonly legs = new Map<string, LegState[]>();
  readonly events: CallEvent[] = [];
  changes: NumberChanges | undefined;
  readonly states = new LineStates({
    numbers: {
      devicesOf: () => {
        this.looks += 1;
        return [...this.legs.keys()] as DeviceName[];
      },
      isReachable: () => this.reachable,
      isDoNotDisturb: () => this.doNotDisturb,
    },
    legs: () =>
      ({
        size: [...this.legs.values()].flat().length,
        of: (device: string) =>
          (this.legs.get(device) ?? []).map((state, index) => ({
            ci: index + 1,
            dn: DN,
            state,
            role: 'caller',
            parties: { called: { number: '5001', name: '', device: undefined } },
          })),
      }) as unknown as DeviceLegs,
    bus: { hasListener: () => true, publish: (event) => void this.events.push(event) },
    listen: (changes) => {
      this.changes = changes;
      return () => {
        this.changes = undefined;
      };
    },
  });

  /** The legs of the number's phones from now on; who watches is told within the next turn. */
  set(...byDevice: readonly (readonly LegState[])[]): void {
    this.legs.clear();
    for (const [index, states] of byDevice.entries()) this.legs.set(`SEP${index}`, [...states]);
    this.changes?.changed(DN, this.now);
    this.states.expire(this.now);
  }

  pass(span: number): void {
    const end = after(this.now, milliseconds(span));
    for (let due = this.states.nextDeadline(); due !== undefined && due <= end; due = this.states.nextDeadline()) {
      if (due > this.now) this.now = due;
      this.states.expire(this.now);
    }
    this.now = end;
  }
}

let lines: Lines;
beforeEach(() => {
  lines = new Lines();
});

describe('the state of a number', () => {
  it.each<[string, readonly (readonly LegState[])[], string]>([
    ['without a call is idle', [[]], 'idle'],
    ['that dials is in use', [['off-hook']], 'in-use'],
    ['that is connected is in use', [['connected']], 'in-use'],
    ['that holds a call is in use', [['hold']], 'in-use'],
    ['that only rings is alerting', [['ring-in'], []], 'alerting'],
    ['that rings beside a call is in use', [['ring-in', 'connected']], 'in-use'],
    ['of two phones, one of which talks, is in use', [['ring-in'], ['connected']], 'in-use'],
  ])('%s', (_what, legs, state) => {
    lines.set(...legs);
    expect(lines.states.stateOf(DN)).toBe(state);
  });

  it('is unknown where no phone has it registered, unless a call of it goes on', () => {
    lines.reachable = false;
    lines.set([]);
    expect(lines.states.stateOf(DN)).toBe('unknown');
    lines.set(['connected']);
    expect(lines.states.stateOf(DN)).toBe('in-use');
  });

  it('is do not disturb where it is idle, and what it does where it does something', () => {
    lines.doNotDisturb = true;
    lines.set([]);
    expect(lines.states.stateOf(DN)).toBe('do-not-disturb');
    lines.set(['ring-in']);
    expect(lines.states.stateOf(DN)).toBe('alerting');
  });
});

describe('who watches a number', () => {
  const watch = (detail?: 'state' | 'calls') => {
    const told: string[] = [];
    const stop = lines.states.watch(DN, (state) => told.push(state), detail);
    return { told, stop };
  };

  it('is told of a change once, and of none that is none', () => {
    lines.set([]);
    const { told } = watch();
    lines.set(['off-hook']);
    lines.pass(1_000);
    lines.set(['connected']);
    lines.pass(1_000);
    lines.set(['connected', 'ring-in']);
    lines.pass(1_000);
    lines.set([]);
    expect(told).toEqual(['in-use', 'idle']);
    expect(lines.events).toEqual([
      { type: 'call.line-state', at: START, device: 'SEP0', dn: DN, state: 'in-use', before: 'idle', told: 1 },
      {
        type: 'call.line-state',
        at: after(START, milliseconds(3_000)),
        device: 'SEP0',
        dn: DN,
        state: 'idle',
        before: 'in-use',
        told: 1,
      },
    ]);
  });

  it('is told every 200 ms at most, and the last state wins', () => {
    lines.set([]);
    const { told } = watch();
    lines.set(['off-hook']);
    for (let count = 0; count < 50; count += 1) {
      lines.set(count % 2 === 0 ? [] : ['ring-in']);
      lines.pass(2);
    }
    expect(told).toEqual(['in-use']);
    lines.pass(100);
    expect(told).toEqual(['in-use', 'alerting']);
    for (let count = 0; count < 100; count += 1) {
      lines.set(count % 2 === 0 ? [] : ['off-hook']);
      lines.pass(10);
    }
    lines.pass(1_000);
    expect(told.length).toBeLessThanOrEqual(8);
    expect(told.at(-1)).toBe('in-use');
  });

  it('is told nothing where it is as before when its time comes', () => {
    lines.set([]);
    const { told } = watch();
    lines.set(['off-hook']);
    lines.set([]);
    lines.set(['off-hook']);
    lines.pass(1_000);
    expect(told).toEqual(['in-use']);
  });

  it('is told of each call only if it wants to know', () => {
    lines.set([]);
    const plain = watch();
    const detailed = watch('calls');
    for (const states of [['off-hook'], ['ring-out'], ['connected'], ['hold']] as const) {
      lines.set(states);
      lines.pass(300);
    }
    expect([plain.told.length, detailed.told.length]).toEqual([1, 4]);
  });

  it('costs nothing once it has stopped: nobody listens', () => {
    expect(lines.changes).toBeUndefined();
    const one = watch();
    const other = watch();
    one.stop();
    expect(lines.changes).toBeDefined();
    lines.changes?.changed(DN, lines.now);
    other.stop();
    other.stop();
    expect([lines.changes, lines.states.size, lines.states.nextDeadline()]).toEqual([undefined, 0, undefined]);
  });

  it('is told with thousands of others in slices', () => {
    lines.set([]);
    const all = Array.from({ length: 1_000 }, () => watch());
    lines.set(['off-hook']);
    const told = () => all.filter((watcher) => watcher.told.length > 0).length;
    expect(told()).toBe(64);
    lines.pass(50);
    expect(told()).toBe(64 * 6);
    lines.pass(200);
    expect(all.every((watcher) => watcher.told.length === 1)).toBe(true);
  });

  it('has its number looked at once for all, whether it must be told', () => {
    lines.set([]);
    for (let count = 0; count < 1_000; count += 1) watch(count % 2 === 0 ? 'state' : 'calls');
    const before = lines.looks;
    lines.set([]); // nothing is different: nobody is told
    expect(lines.looks - before).toBeLessThanOrEqual(4);
  });

  it('hears of the change of a configuration', () => {
    lines.set([]);
    const { told } = watch();
    lines.reachable = false;
    lines.changes?.allChanged(lines.now);
    lines.pass(0);
    expect(told).toEqual(['unknown']);
  });
});
