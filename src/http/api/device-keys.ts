// The keys of a phone with their labels and states.

import { withoutSecrets } from '../../core/secrets.js';
import type { DeviceRecord } from '../../devices/device.js';
import { assignedKeys } from '../../devices/keys.js';
import type { KeyJson } from './device-view-shapes.js';
import type { CallsView, DevicesView } from './ports.js';

/** The calls of a phone, by its name. */
type Calls = Pick<CallsView, 'callsOf'>;

/** Of several calls on a line the one that wants attention first. */
const URGENCY: readonly string[] = ['ring-in', 'connected'];

const urgencyOf = (state: string): number => (URGENCY.indexOf(state) + URGENCY.length + 1) % (URGENCY.length + 1);

/** By number: the states of a phone's lines that have calls. */
type LineStates = ReadonlyMap<string, string>;

const statesOf = ({ configured: { name } }: DeviceRecord, calls: Calls): LineStates => {
  const states = new Map<string, string>();
  for (const { legs } of calls.callsOf(name))
    for (const { device, dn, state } of legs) {
      if (device !== name) continue;
      const known = states.get(dn);
      if (known === undefined || urgencyOf(state) < urgencyOf(known)) states.set(dn, state);
    }
  return states;
};

const stateOfLine = ({ registration }: DeviceRecord, dn: string, states: LineStates): string =>
  registration?.registeredAt === undefined || registration.lines.every((line) => line !== dn)
    ? 'not registered'
    : (states.get(dn) ?? 'idle');

/** The state that a lamp shows: of the phone that does most on that line. */
const stateOfLamp = (number: string, devices: DevicesView, calls: Calls): string => {
  const states = devices
    .byDirectoryNumber(number as never)
    .map((record) => stateOfLine(record, number, statesOf(record, calls)));
  if (states.length === 0) return 'elsewhere';
  const busy = states.find((state) => state !== 'idle' && state !== 'not registered');
  return busy ?? (states.includes('idle') ? 'idle' : 'not registered');
};

/** The keys of a phone up to the last one that does something. A model without keys has its lines and speed dials. */
export const keysJson = (record: DeviceRecord, devices: DevicesView, calls: Calls): readonly KeyJson[] => {
  const { lines, speedDials, serviceUrls } = record.configured;
  const states = statesOf(record, calls);
  const assigned = assignedKeys(record.configured);
  const keys = assigned.length > 0 ? assigned : lines.map((_, index) => ({ use: 'line' as const, index }));
  const shown = keys.map(({ use, index }, place): KeyJson => {
    const blank = { key: place + 1, use, label: '', number: null, state: null };
    const line = use === 'line' ? lines[index] : undefined;
    if (line !== undefined)
      return { ...blank, label: line.label, number: line.dn, state: stateOfLine(record, line.dn, states) };
    const dial = use === 'speed-dial' ? speedDials[index] : undefined;
    if (dial !== undefined) {
      const state = dial.busyLampField ? stateOfLamp(dial.number, devices, calls) : null;
      return { ...blank, label: dial.label, number: dial.number, state };
    }
    const service = use === 'service' ? serviceUrls[index] : undefined;
    if (service !== undefined) return { ...blank, label: service.name, number: withoutSecrets(service.url) };
    return use === 'speed-dial' ? { ...blank, use: 'unused' } : blank;
  });
  return shown.slice(0, shown.findLastIndex(({ use }) => use !== 'unused') + 1);
};
