// Rules: whom they meet, how often, from when and until when.

import { describe, expect, it } from 'vitest';
import { milliseconds } from '../../src/core/time.js';
import type { DeviceRecord } from '../../src/devices/index.js';
import { findModel } from '../../src/devices/models.js';
import { ActiveFaultRule } from '../../src/injection/active-rule.js';
import { FAULT_NAMES, type FaultPlace, type FaultRule } from '../../src/injection/settings.js';
import type { FaultSubject } from '../../src/injection/subjects.js';
import { InjectorHarness, ruleOf } from './injector-harness.js';

const EVERY_FAULT = new Set(FAULT_NAMES);

const modelOf = (name: string): DeviceRecord => ({ configured: { model: findModel(name) } }) as unknown as DeviceRecord;

const subject = (device: string | undefined, address = '10.0.0.7', model?: string): FaultSubject => ({
  device,
  address,
  port: 5060,
  mac: undefined,
  record: model === undefined ? undefined : modelOf(model),
  key: device ?? address,
});

const meets = (
  rule: Partial<FaultRule>,
  whom: FaultSubject,
  names: readonly string[] = ['REGISTER'],
  place: FaultPlace = 'sip',
  direction: 'sent' | 'received' = 'sent',
): boolean => {
  const harness = new InjectorHarness();
  const active = new ActiveFaultRule(
    'r',
    ruleOf({ where: 'sip', fault: 'double', ...rule }),
    'api',
    harness.clock.now(),
  );
  return active.meets({ place, faults: EVERY_FAULT, direction, names, subject: whom }, harness.clock.now());
};

describe('a rule meets', () => {
  it.each<[string, Partial<FaultRule>, FaultSubject, boolean]>([
    ['everybody', {}, subject(undefined), true],
    ['a device by its name in any case', { device: 'sep0011' }, subject('SEP0011'), true],
    ['no other', { device: 'SEP0011' }, subject('SEP0012'), false],
    ['nobody who is not known', { device: '*' }, subject(undefined), false],
    ['devices by a pattern', { device: 'SEP00*' }, subject('SEP0011'), true],
    ['a model by its short name', { model: '7962' }, subject('a', '10.0.0.7', '7962'), true],
    ['not another model', { model: '7962' }, subject('a', '10.0.0.7', '8851'), false],
    ['not one of no model', { model: '7962' }, subject('a'), false],
    ['an address', { address: '10.0.0.7' }, subject('a'), true],
    ['a network', { address: '10.0.0.0/8' }, subject('a'), true],
    ['all addresses', { address: '0.0.0.0/0' }, subject('a'), true],
    ['not another network', { address: '10.1.0.0/16' }, subject('a'), false],
    ['nobody without an address', { address: '0.0.0.0/0' }, subject('a', ''), false],
  ])('%s', (_, rule, whom, expected) => {
    expect(meets(rule, whom)).toBe(expected);
  });

  it.each<[string, Partial<FaultRule>, readonly string[], boolean]>([
    ['every message', {}, ['ACK'], true],
    ['one by its name in any case', { message: ['register'] }, ['REGISTER'], true],
    ['one of several', { message: ['BYE', 'REGISTER'] }, ['REGISTER'], true],
    ['one by its other name', { message: ['REGISTER 200'] }, ['REGISTER 200', '200'], true],
    ['not another', { message: ['BYE'] }, ['REGISTER'], false],
    ['none without a name', { message: ['BYE'] }, [], false],
  ])('%s by name', (_, rule, names, expected) => {
    expect(meets(rule, subject('a'), names)).toBe(expected);
  });

  it('nothing where its fault cannot be made', () => {
    const { clock } = new InjectorHarness();
    const active = new ActiveFaultRule('r', ruleOf({ where: 'tftp', fault: 'drop' }), 'api', clock.now());
    const target = { place: 'tftp', direction: 'received', names: [], subject: subject('a') } as const;
    expect(active.meets({ ...target, faults: new Set(['wrong-file']) }, clock.now())).toBe(false);
    expect(active.matched).toBe(0);
  });

  it('messages of its place and its direction alone', () => {
    expect(meets({}, subject('a'), ['x'], 'sccp')).toBe(false);
    expect(meets({}, subject('a'), ['x'], 'sip', 'received')).toBe(false);
    expect(meets({ direction: 'both' }, subject('a'), ['x'], 'sip', 'received')).toBe(true);
    expect(meets({ where: 'all' }, subject('a'), ['x'], 'sccp')).toBe(true);
    expect(meets({ where: 'all' }, subject('a'), ['x'], 'tls')).toBe(false);
  });

  it('one phone in N, always the same ones', () => {
    const chosen = (seed: number): readonly string[] =>
      Array.from({ length: 200 }, (_, index) => `SEP${index}`).filter((name) =>
        meets({ oneIn: 4, seed }, subject(name)),
      );
    expect(chosen(1).length).toBeGreaterThan(25);
    expect(chosen(1).length).toBeLessThan(80);
    expect(chosen(1)).toEqual(chosen(1));
    expect(chosen(1)).not.toEqual(chosen(2));
  });
});

describe('an injector', () => {
  const target = (name: string) =>
    ({ place: 'sip', faults: EVERY_FAULT, direction: 'sent', names: ['REGISTER'], subject: subject(name) }) as const;

  const hits = ({ injector }: InjectorHarness, name = 'a', count = 1): number => {
    let made = 0;
    for (let index = 0; index < count; index += 1)
      injector.inject(target(name), () => {
        made += 1;
        return '';
      });
    return made;
  };

  it('gives ids, refuses one that is taken, and tells what it does', () => {
    const harness = new InjectorHarness();
    const { injector } = harness;
    expect(injector.add(ruleOf({ where: 'sip', fault: 'drop' }), 'api')).toMatchObject({ id: 'fault-1' });
    expect(injector.add(ruleOf({ id: 'mine', where: 'sip', fault: 'drop' }), 'api')).toMatchObject({ id: 'mine' });
    expect(injector.add(ruleOf({ id: 'mine', where: 'sip', fault: 'drop' }), 'api')).toBe('exists');
    expect(injector.clear('mine')).toMatchObject({ injected: 0 });
    expect(injector.clear('mine')).toBeUndefined();
    expect(injector.clearAll()).toBe(1);
    expect(injector.rules).toEqual([]);
    expect(harness.told).toEqual([
      'fault.added fault-1',
      'fault.added mine',
      'fault.cleared mine',
      'fault.cleared fault-1',
    ]);
  });

  it('tells who asked for a rule, and who cleared it', () => {
    const { injector, events } = new InjectorHarness();
    injector.add(ruleOf({ id: 'a', where: 'sip', fault: 'drop' }), 'api', '10.0.0.7');
    injector.add(ruleOf({ id: 'b', where: 'sip', fault: 'drop' }), 'api', '10.0.0.7');
    injector.add(ruleOf({ id: 'c', where: 'sip', fault: 'drop' }), 'configuration');
    injector.clear('a', '10.0.0.8');
    injector.clearAll('10.0.0.9');
    expect(events.map((event) => [event.type, 'from' in event ? event.from : undefined])).toEqual([
      ['fault.added', '10.0.0.7'],
      ['fault.added', '10.0.0.7'],
      ['fault.added', undefined],
      ['fault.cleared', '10.0.0.8'],
      ['fault.cleared', '10.0.0.9'],
      ['fault.cleared', '10.0.0.9'],
    ]);
  });

  it('holds no more than 64 rules, and forgets those that are over first', () => {
    const { injector } = new InjectorHarness();
    for (let index = 0; index < 64; index += 1) injector.add(ruleOf({ where: 'sip', fault: 'drop' }), 'api');
    expect(injector.add(ruleOf({ where: 'sip', fault: 'drop' }), 'api')).toBe('too-many');
  });

  it('lets the first ones of each phone pass, and ends a rule that was made as often as it says', () => {
    const harness = new InjectorHarness();
    harness.injector.add(ruleOf({ where: 'sip', fault: 'double', skip: 2, times: 3 }), 'api');
    expect(hits(harness, 'a', 3)).toBe(1);
    expect(hits(harness, 'b', 2)).toBe(0);
    expect(hits(harness, 'b', 5)).toBe(2);
    harness.clock.advance(1);
    const [rule] = harness.injector.rules;
    expect([rule?.matched, rule?.injected]).toEqual([7, 3]);
    expect(harness.events.at(-1)).toMatchObject({ type: 'fault.cleared', because: 'times', injected: 3 });
    expect(harness.injector.rules[0]?.state(harness.clock.now())).toBe('over');
    expect(hits(harness, 'c', 5)).toBe(0);
    // Its end is told once.
    expect(harness.injector.clear('fault-1')).toBe(rule);
    expect(harness.events.filter(({ type }) => type === 'fault.cleared')).toHaveLength(1);
  });

  it('makes a fault of a share of the messages, and the same ones again', () => {
    const run = (seed: number): readonly number[] => {
      const harness = new InjectorHarness();
      harness.injector.add(ruleOf({ where: 'sip', fault: 'drop', chance: 0.3, seed }), 'api');
      return Array.from({ length: 1000 }, () => hits(harness));
    };
    const made = run(9).reduce((sum, one) => sum + one, 0);
    expect(made).toBeGreaterThan(240);
    expect(made).toBeLessThan(360);
    expect(run(9)).toEqual(run(9));
    expect(run(9)).not.toEqual(run(10));
  });

  it('begins after a time and ends after another', () => {
    const harness = new InjectorHarness();
    const { clock, injector } = harness;
    injector.add(
      ruleOf({ where: 'sip', fault: 'drop', after: milliseconds(1_000), for: milliseconds(5_000) }),
      'configuration',
    );
    expect(hits(harness)).toBe(0);
    clock.advance(999);
    expect(hits(harness)).toBe(0);
    clock.advance(1);
    expect(hits(harness)).toBe(1);
    clock.advance(4_999);
    expect(hits(harness)).toBe(1);
    clock.advance(1);
    expect(hits(harness)).toBe(0);
    expect(harness.events.at(-1)).toMatchObject({ type: 'fault.cleared', because: 'for', injected: 2 });
    expect(clock.armed).toBe(0);
  });

  it('silences a phone from the first such message on, and no other', () => {
    const harness = new InjectorHarness();
    const { injector } = harness;
    injector.add(ruleOf({ where: 'sip', fault: 'silence', message: ['REGISTER'] }), 'api');
    const others = (name: string): number => {
      let made = 0;
      injector.inject({ ...target(name), names: ['BYE'] }, () => {
        made += 1;
        return '';
      });
      return made;
    };
    expect(others('a')).toBe(0);
    expect(hits(harness, 'a')).toBe(1);
    expect(others('a')).toBe(1);
    expect(others('b')).toBe(0);
  });

  it('takes the rules of the configuration, and keeps those that stay with their counts', () => {
    const harness = new InjectorHarness();
    const { injector } = harness;
    const [one, two, three] = [
      ruleOf({ id: 'one', where: 'sip', fault: 'drop' }),
      ruleOf({ id: 'two', where: 'sccp', fault: 'drop' }),
      ruleOf({ id: 'three', where: 'tftp', fault: 'drop' }),
    ];
    injector.add(ruleOf({ id: 'api', where: 'http', fault: 'drop' }), 'api');
    injector.apply([one, two]);
    hits(harness);
    injector.apply([one, three]);
    expect(injector.rules.map(({ id }) => id)).toEqual(['api', 'one', 'three']);
    expect(injector.rules[1]).toMatchObject({ injected: 1, by: 'configuration' });
    expect(harness.events.filter(({ type }) => type === 'fault.cleared')).toMatchObject([
      { rule: 'two', because: 'reload' },
    ]);
  });

  it('has room for the rules of the configuration, also where others are as many as may be', () => {
    const harness = new InjectorHarness();
    const { injector } = harness;
    for (let index = 0; index < 64; index += 1) injector.add(ruleOf({ where: 'sip', fault: 'drop' }), 'api');
    injector.apply([ruleOf({ id: 'filed', where: 'sccp', fault: 'drop' })]);
    expect(injector.rules).toHaveLength(64);
    expect(injector.rules.at(-1)).toMatchObject({ id: 'filed', by: 'configuration' });
    expect(harness.events.filter(({ type }) => type === 'fault.cleared')).toMatchObject([
      { rule: 'fault-1', because: 'room' },
    ]);
    injector.apply([]);
    expect(injector.rules).toHaveLength(63);
  });

  it('installs a place with its first rule and puts it back with the last', () => {
    const { injector, clock } = new InjectorHarness();
    const told: string[] = [];
    const seam = (place: FaultPlace) => ({
      place,
      install: () => void told.push(`+${place}`),
      uninstall: () => void told.push(`-${place}`),
    });
    injector.addSeam(seam('sip'));
    injector.addSeam(seam('sccp'));
    injector.add(ruleOf({ id: 'a', where: 'sip', fault: 'drop' }), 'api');
    injector.add(ruleOf({ id: 'b', where: 'all', fault: 'drop', for: milliseconds(100) }), 'api');
    injector.clear('a');
    expect(told).toEqual(['+sip', '+sccp']);
    injector.addSeam(seam('tftp'));
    clock.advance(100);
    expect(told).toEqual(['+sip', '+sccp', '+tftp', '-sip', '-sccp', '-tftp']);
  });
});
