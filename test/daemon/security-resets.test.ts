// Phones of devices whose security mode changes are reset, a few at a time.

import { describe, expect, it } from 'vitest';
import { EventBus } from '../../src/core/event-bus.js';
import type { DeviceName } from '../../src/core/identifiers.js';
import { SecurityResets } from '../../src/daemon/security-resets.js';
import type { LabcmEvent } from '../../src/events.js';
import { ManualClock } from '../support/manual-clock.js';

const resets = () => {
  const clock = new ManualClock();
  const bus = new EventBus<LabcmEvent>((error) => {
    throw error;
  });
  const commands: string[] = [];
  const made = new SecurityResets({ clock, bus, command: (device, command) => commands.push(`${command} ${device}`) });
  const change = (device: string): void =>
    bus.publish({
      ...{ type: 'device.security-changed', at: clock.now(), before: 'none', mode: 'encrypted' },
      device: device as DeviceName,
    });
  return { clock, bus, commands, made, change };
};

describe('a device whose security mode changes', () => {
  it('is reset in a turn of its own, and once however often it changes meanwhile', () => {
    const { clock, commands, change } = resets();
    change('A');
    change('A');
    expect(commands).toEqual([]);
    clock.advance(0);
    expect(commands).toEqual(['reset A']);
    change('A');
    clock.advance(0);
    expect(commands).toEqual(['reset A', 'reset A']);
  });

  it('waits for others: fifty a second', () => {
    const { clock, commands, change } = resets();
    for (let at = 0; at < 60; at += 1) change(`P${at}`);
    clock.advance(0);
    expect(commands).toHaveLength(5);
    clock.advance(900);
    expect(commands).toHaveLength(50);
    clock.advance(200);
    expect(commands).toHaveLength(60);
    expect(clock.armed).toBe(0);
  });

  it('is not reset once labcm stops', () => {
    const { clock, bus, commands, made, change } = resets();
    change('A');
    made.close();
    change('B');
    clock.advance(1_000);
    expect(commands).toEqual([]);
    expect([clock.armed, bus.hasListener('device.security-changed')]).toEqual([0, false]);
  });
});
