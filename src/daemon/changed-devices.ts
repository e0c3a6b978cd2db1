import type { EventBus } from '../core/event-bus.js';
import type { LabcmEvent } from '../events.js';

const NAMED = 5;

/** Names of devices: the first few of each kind. */
export type ChangedDevices = Readonly<Record<'added' | 'changed' | 'removed', readonly string[]>>;

/**
 * Runs `change`, and returns its result with the names of the devices that it added, changed and removed: the first
 * few of each.
 */
export const changedDevices = <T>(
  bus: EventBus<LabcmEvent>,
  change: () => T,
): { readonly result: T; readonly names: ChangedDevices } => {
  const names = { added: [] as string[], changed: [] as string[], removed: [] as string[] };
  const stops = (['added', 'changed', 'removed'] as const).map((kind) =>
    bus.on(`device.${kind}`, ({ device }) => {
      if (names[kind].length < NAMED) names[kind].push(device);
    }),
  );
  try {
    return { result: change(), names };
  } finally {
    for (const stop of stops) stop();
  }
};
